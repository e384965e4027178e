"""What a sender said of its headings: proposed again until somebody forgets it.

headings: always the digest of all headings as files hold them. What was said of words
in cells is not put on file: a cell may hold anything, a person's name too. Nor is what
was said of rows that do not tell enough, or of how a file writes its letters: the next
file is another one.
"""

from dataclasses import replace

from accounts import clock
from accounts.models import User
from agreements.models import DataFlow
from indicators.arrival_report import answers_from, answers_record
from indicators.arrivals.contract import Answers
from indicators.models import Layout


def remembered(flow: DataFlow, headings: str) -> Answers | None:
    """Return what the sender answered before of the same headings, if anything."""
    row = _row_of(flow, headings)
    return answers_from(row.answers) if row is not None else None


def remember(
    flow: DataFlow, headings: str, answers: Answers, *, actor: User
) -> Layout | None:
    """Return what was answered, put on file; called inside the act that loads.

    None where no heading could be told, so that nothing would be recognised.
    """
    if not headings:
        return None
    row = _row_of(flow, headings) or Layout(
        sender=flow.sender, flow=flow.key, headings=headings
    )
    record = answers_record(replace(answers, categories={}, untold="", encoding=""))
    if row.pk is None or row.answers != record:
        row.answers, row.answered_by = record, actor
        row.answered_at = clock.now()
        row.save()
    return row


def forget(flow: DataFlow, headings: str) -> None:
    """Delete what was answered before; called inside the act that forgets it."""
    row = _row_of(flow, headings)
    if row is not None:
        row.delete()


def _row_of(flow: DataFlow, headings: str) -> Layout | None:
    return Layout.objects.filter(
        sender=flow.sender, flow=flow.key, headings=headings
    ).first()
