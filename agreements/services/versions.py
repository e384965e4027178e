"""Save points: a version of the text is kept when it has changed since the last."""

from django.db import transaction

from accounts import clock
from accounts.acting import act
from accounts.models import User
from agreements.digests import digest_of
from agreements.models import Agreement, TextVersion
from agreements.queries import facts_of, latest_version, template_of, text_now
from agreements.rules.facts import AgreementFacts
from agreements.services.library import load_clauses
from agreements.services.sections import locked_draft


def save_version(*, agreement: Agreement, actor: User) -> TextVersion:
    """Return the version that holds the draft's text as it is now.

    Nothing is written when the last one already does.
    """
    load_clauses()
    with transaction.atomic():
        row = locked_draft(agreement, actor)
        facts, last = facts_of(row), latest_version(row)
        if last and last.digest == digest_of(text_now(facts)):
            return last
        with act(
            "agreements.save_version", actor=actor, chain=row.chain, subject=row
        ) as this:
            version = keep_version(row, facts, TextVersion.Made.SAVED, actor)
            this.detail |= {"version": version.number, "text": version.digest}
    return version


def keep_version(
    agreement: Agreement,
    facts: AgreementFacts,
    made: TextVersion.Made,
    actor: User,
) -> TextVersion:
    """Return the version of the text as it is now, new unless the last one is it.

    agreement: locked. facts: its own, read since. Called inside an act.
    """
    text = text_now(facts)
    digest = digest_of(text)
    last = latest_version(agreement)
    if last and last.digest == digest:
        return last
    return TextVersion.objects.create(
        agreement=agreement,
        number=last.number + 1 if last else 1,
        title=agreement.title,
        text=text,
        template=template_of(facts),
        digest=digest,
        made=made,
        saved_by=actor,
        saved_at=clock.now(),
    )
