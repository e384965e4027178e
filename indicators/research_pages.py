"""Research files in words: what went into one, and how well attackers would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.events import Need
from accounts.models import User
from agreements.pages import spoken
from indicators.deidentify.extract import CODE_COLUMN
from indicators.models import ResearchDecision, ResearchFetch, ResearchFile
from indicators.research_policy import (
    can_confirm_copies,
    can_decide_file,
    can_determine,
    can_fetch,
    can_put_forward,
    visible_research,
)
from partnerships.policy import may_for
from partnerships.roles import Capability

COLUMN_COLUMNS = ("What could identify", "How it goes", "How far it was made coarser")
ATTACK_COLUMNS = ("Attacker", "Knows", "Right about one child at most", "On average")
CODEBOOK_COLUMNS = ("Heading", "Definition", "How far it goes")
DETERMINATION = (
    "For {owner}: all that identifies a student was removed from this file, and no "
    "student can reasonably be identified from it, considering single and multiple "
    "releases and other information that is reasonably available (34 CFR "
    "99.31(b)(1)). {codes}I have read what goes, how it was tested, and against what."
)
CODES = (
    "Record codes are not based on personal information, and how they are made is not "
    "disclosed (34 CFR 99.31(b)(2)). "
)
FETCH_COLUMNS = ("Who", "When", "SHA-256 of what was sent", "Copies destroyed")
COPIES = (
    "For {recipient}: every copy of this file that was fetched, and all that was made "
    "of its rows and could tell of one of them, is destroyed. Nobody kept any."
)


def report_facts(file: ResearchFile, *, is_exact: bool) -> list[tuple[str, str]]:
    """Return what was measured of a file, each with its name.

    is_exact: for the district's own people. To others who know a list, a number that
    moves by one tells of a child: they read what each number is at least.
    """
    report = file.report
    if not report:
        return []
    left_out, starred = report["n_left_out"], report["n_starred"]

    def n_of(n: int, least: int) -> str:
        return f"{n:,}" if is_exact else f"At least {least:,}"

    def some(n: int) -> str:
        return f"{n:,}" if is_exact else "Some"

    surest = f"{_percent(report['surest'], 1 if is_exact else 10)} of a class"
    apart = f"told apart by {report['homes_by']}"
    return [
        ("Rows", f"{n_of(report['n_rows'], report['n_rows'] // 10 * 10)} children"),
        (
            "Rows left out",
            f"{some(left_out)}, never fewer than {file.k} together"
            if left_out
            else "None",
        ),
        (
            "Rows in which single values are left out",
            some(starred) if starred else "None",
        ),
        (
            "Smallest class",
            f"{n_of(report['smallest'], file.k)} children who are alike; {file.k} were "
            "asked for",
        ),
        (
            "Smallest class over all files of this recipient",
            f"{n_of(report['smallest_over_time'], file.k)} children",
        ),
        (
            "Fewest households in a class",
            f"{n_of(report['fewest_households'], report['households'])}, {apart}",
        ),
        ("Surest outcome", f"At most {surest} have the same outcome"),
        ("Information lost", f"{_percent(report['loss'], 5)} of what could identify"),
        ("Outcomes in the file", ", ".join(report["outcomes"]) or "None"),
    ]


def _percent(share: float, step: int) -> str:
    """Return a share in percent, rounded up to a multiple of a step."""
    return f"{-(-round(share * 100, 6) // step) * step:.0f} percent"


def column_rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return how far each quasi-identifier was made coarser."""
    return [
        (
            each["label"],
            each["level"].capitalize(),
            f"Step {each['step']} of {each['of']}" if each["step"] else "Not at all",
        )
        for each in report.get("columns", ())
    ]


def attack_rows(file: ResearchFile, *, is_exact: bool) -> list[tuple[str, ...]]:
    """Return how well each attacker does, in children; to others, at the most."""
    most = f"1 in {file.k}, or less often"
    return [
        (
            each["name"],
            each["knows"].capitalize(),
            f"1 in {int(1 / each['at_most'])}" if is_exact else most,
            f"1 in {int(1 / each['on_average'])}" if is_exact else most,
        )
        for each in file.report.get("attacks", ())
    ]


def codebook_rows(codebook: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the columns of a file as its codebook explains them."""
    return [
        (
            each["name"],
            each["definition"],
            each["detail"].capitalize() or "As it is",
        )
        for each in codebook.get("columns", ())
    ]


def fetch_rows(file: ResearchFile) -> list[tuple[str, ...]]:
    """Return who fetched a file, and when."""
    return [
        (
            each.person.name,
            f"{timezone.localtime(each.fetched_at):%B %-d, %Y %H:%M %Z}",
            each.sha256,
            _confirmed(each, file),
        )
        for each in file.fetches.select_related("person")
    ]


def _confirmed(fetch: ResearchFetch, file: ResearchFile) -> str:
    """Return whether somebody signed that the copies of a download are destroyed."""
    if fetch.confirmed_at is None:
        return "Not confirmed yet" if file.state == "withdrawn" else "Not asked for"
    on = spoken(timezone.localtime(fetch.confirmed_at).date())
    return f"Signed by {fetch.confirmed_name} on {on}"


def destroyed_in_words(file: ResearchFile) -> str:
    """Return when the sealed rows of a file were destroyed here; "" while they are."""
    if file.all_destroyed_at is None or file.file is None:
        return ""
    on = spoken(timezone.localtime(file.all_destroyed_at).date())
    return (
        f"Its sealed rows here were destroyed on {on}: the keys first, then the "
        "copies. The ledger holds the proof."
    )


def decision_lines(
    file: ResearchFile, decisions: Sequence[ResearchDecision], reader: User
) -> list[str]:
    """Return what each owner decided; nothing of others until one has decided."""
    has_voted = any(each.decided_by_id == reader.pk for each in decisions)
    is_blind = file.state == "before_owners" and not has_voted
    return [_line(each, is_blind=is_blind) for each in decisions]


def _line(decision: ResearchDecision, *, is_blind: bool) -> str:
    owner = decision.owner.name
    if decision.decided_at is None or decision.decided_by is None:
        return f"{owner}: waiting"
    if is_blind:
        return f"{owner}: decided; shown once you have decided"
    reason = f" “{decision.reason}”" if decision.reason else ""
    return f"{owner}: {decision.state} by {decision.decided_by.name}.{reason}"


def determination(file: ResearchFile) -> str:
    """Return the sentence under which a determination is signed."""
    headings = [each["name"] for each in file.codebook.get("columns", ())]
    return DETERMINATION.format(
        owner=file.flow.sender.name, codes=CODES if CODE_COLUMN in headings else ""
    )


def signed_in_words(file: ResearchFile) -> str:
    """Return who signed a determination and when; "" while nobody has."""
    if file.signed_at is None or file.signed_by is None:
        return ""
    on = spoken(timezone.localtime(file.signed_at).date())
    return f"Signed by {file.signed_name} for {file.flow.sender.name} on {on}."


def research_needs(user: User) -> Iterator[Need]:
    """Yield the research files that wait for a person: to ask, sign, decide, fetch."""
    yield from _copies(user)
    to_fetch = Q(state="released", recipient__memberships__user=user)
    is_open = Q(state__in=("draft", "before_district", "before_owners"))
    waiting = (
        visible_research(user)
        .filter(is_open | to_fetch)
        .exclude(fetches__person=user)
        .distinct()
    )
    for file in waiting.select_related("agreement", "flow__sender", "recipient"):
        own = next(
            (each for each in _open(file) if can_decide_file(user, each)),
            None,
        )
        if can_put_forward(user, file):
            yield _need(file, "Put forward", "It is made, tested and attacked.")
        elif can_determine(user, file):
            yield _need(
                file, "Determine", f"You are counsel of {file.flow.sender.name}."
            )
        elif own is not None:
            yield _need(file, "Decide", f"You are data steward of {own.owner.name}.")
        elif can_fetch(user, file):
            yield _need(file, "Fetch", "Every owner has approved it.")


def _copies(user: User) -> Iterator[Need]:
    """Yield the withdrawn files of which copies are not confirmed to be destroyed.

    They stay with whoever answers for the copies, and with the sender's stewards.
    """
    withdrawn = visible_research(user).filter(
        state="withdrawn", fetches__in=ResearchFetch.objects.filter(confirmed_at=None)
    )
    for file in withdrawn.distinct().select_related("flow__sender", "recipient"):
        if can_confirm_copies(user, file):
            yield _need(
                file,
                "Destroy your copies of",
                "It is withdrawn. Sign on its page that no copy is left.",
            )
        elif may_for(user, Capability.DECIDE_RELEASE, file.flow.sender):
            yield replace(
                _need(
                    file,
                    "Await word that copies are destroyed:",
                    f"{file.recipient.name} has not confirmed it yet.",
                ),
                is_waiting_on_others=True,
            )


def _open(file: ResearchFile) -> Iterator[ResearchDecision]:
    if file.state == "before_owners":
        for decision in file.decisions.filter(decided_at=None).select_related("owner"):
            decision.file = file
            yield decision


def _need(file: ResearchFile, verb: str, reason: str) -> Need:
    return Need(
        verb=verb,
        subject=f"the research file “{file.title}”",
        reason=reason,
        url=file.get_absolute_url(),
    )
