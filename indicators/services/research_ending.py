"""Research files that end: their sealed rows destroyed, copies told of and confirmed.

A file ends before anybody got it, or because what it was made of was wrong. One that an
owner withdraws for another reason stays sealed: files after it are tested against it.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts import clock, jobs
from accounts.acting import System, act
from accounts.acts import RuleBroken
from accounts.models import User
from accounts.services import confirm_identity
from agreements.models import Agreement, Hold
from indicators.lifecycle import RESEARCH
from indicators.models import Holding, LinkageRun, ResearchFile
from indicators.policy import can_destroy
from indicators.research_policy import (
    can_confirm_copies,
    copies_to_confirm,
)
from indicators.services import research_making
from indicators.services.destruction import METHOD, destroyed_early
from partnerships.models import Partnership
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

JOB = "indicators.destroy_file"
CLAUSE = "C17"
ENDED = Q(state__in=("discarded", "sent_back", "declined", "stopped")) | Q(
    state="withdrawn", source_withdrawn_at__isnull=False
)


def files_of(runs: Iterable[LinkageRun]) -> QuerySet[ResearchFile]:
    """Return the research files made of some linkages that are still of account."""
    over = ("refused", "discarded", "sent_back", "declined", "stopped")
    return ResearchFile.objects.filter(
        run__in=[run.pk for run in runs], source_withdrawn_at=None
    ).exclude(state__in=over)


def lock_files(agreement: Agreement) -> None:
    """Lock the research files of an agreement's partnership, before the agreement."""
    Partnership.objects.select_for_update(no_key=True).get(pk=agreement.partnership_id)


def lose_source(*, files: Iterable[ResearchFile], message: str) -> None:
    """End files whose source was wrong; called inside the act that withdraws it.

    Nobody fetches them any more. Whoever did is told to destroy every copy.
    """
    for file in files:
        row = ResearchFile.objects.select_for_update().get(pk=file.pk)
        if row.state != "withdrawn":
            row.state = RESEARCH.move(row.state, "lose_source")
        row.source_withdrawn_at, row.message = clock.now(), message
        row.save()
        job = jobs.latest(research_making.JOB, row)
        if job is not None and job.is_open:
            jobs.request_cancel(job, waits=False)
        _tell(row)
        jobs.enqueue(JOB, row)


def _tell(row: ResearchFile) -> None:
    """Tell whoever has a copy what to do, and whoever made or decided it that it ended.

    The words name no person and no record.
    """
    fetched = User.objects.filter(pk__in=row.fetches.values("person")).distinct()
    for person in fetched:
        queue_notice(
            key=f"research:{row.pk}:source",
            recipient=person,
            subject=f"{row.agreement.number}: destroy your copies of a research file",
            body=(
                "What the file was made of turned out to be wrong, and the file is "
                "withdrawn. Destroy every copy of it and what was made of its rows, "
                "then confirm it on the file's page."
            ),
            path=row.get_absolute_url(),
        )
    stewards = people_with(Capability.DECIDE_RELEASE, row.flow.sender)
    for person in {row.author, *stewards} - {*fetched}:
        queue_notice(
            key=f"research:{row.pk}:source",
            recipient=person,
            subject=f"{row.agreement.number}: the source of a research file was wrong",
            body=(
                "The file is stopped, and its sealed rows are destroyed. Its page says "
                "why, and who still has to confirm that copies are destroyed."
            ),
            path=row.get_absolute_url(),
        )


def confirm_copies(
    *, file: ResearchFile, typed_name: str, password: str, actor: User
) -> None:
    """Sign that every copy of a withdrawn file that was fetched is destroyed.

    Raises RuleBroken where the name or the password is another one.
    """
    confirm_identity(user=actor, password=password)
    if typed_name.strip().casefold() != actor.name.casefold():
        raise RuleBroken(f"Type your name as it is on record: {actor.name}.")
    with act(
        "indicators.confirm_copies",
        actor=actor,
        chain=file.agreement.chain,
        subject=file,
    ) as this:
        lock_files(file.agreement)
        row = ResearchFile.objects.select_for_update().get(pk=file.pk)
        can_confirm_copies(actor, row).require()
        confirmed = []
        for fetch in copies_to_confirm(actor, row):
            fetch.confirmed_at, fetch.confirmed_by = clock.now(), actor
            fetch.confirmed_name = typed_name.strip()
            fetch.save()
            confirmed.append(fetch.pk)
        this.detail |= {"sha256": row.sha256, "downloads": confirmed}
        if not row.fetches.filter(confirmed_at=None).exists():
            _tell_confirmed(row)


def _tell_confirmed(row: ResearchFile) -> None:
    for person in people_with(Capability.DECIDE_RELEASE, row.flow.sender):
        queue_notice(
            key=f"research:{row.pk}:confirmed",
            recipient=person,
            subject=f"{row.agreement.number}: copies of a research file are destroyed",
            body="Everybody who fetched it has confirmed that. Its page says who.",
            path=row.get_absolute_url(),
        )


def destroy_file(key: int, work: jobs.Work) -> None:
    """Destroy the sealed rows of a file that ended. It may be repeated.

    Under an open hold nothing is destroyed: the first minute after it tries again.
    """
    actor = System(CLAUSE)
    can_destroy(actor).require()
    file = ResearchFile.objects.select_related("agreement").get(pk=key)
    work.step("Destroy the keys, then the sealed copies")
    with work.finish():
        # Nobody places a hold, and nothing else destroys, as long as this is locked.
        lock_files(file.agreement)
        agreement = Agreement.objects.select_for_update().get(pk=file.agreement_id)
        is_ended = ResearchFile.objects.filter(ENDED, pk=key).exists()
        if is_ended and not agreement.holds.filter(closed_at=None).exists():
            _destroy(file, actor)


def _destroy(file: ResearchFile, actor: System) -> None:
    with act(
        "indicators.destroy_file",
        actor=actor,
        chain=file.agreement.chain,
        subject=file,
    ) as this:
        row = ResearchFile.objects.select_for_update().get(pk=file.pk)
        parts = [key for key in (row.file_id, row.codes_id) if key is not None]
        kept = Holding.objects.filter(pk__in=parts, state="held")
        proof = destroyed_early(file.agreement, kept.select_for_update().order_by("pk"))
        row.all_destroyed_at = clock.now()
        row.save()
        this.detail |= {"method": METHOD, "destroyed": proof}


def destroy_what_ended() -> None:
    """Let a worker destroy the rows of ended files, unless a hold keeps them."""
    ended = ResearchFile.objects.filter(ENDED, all_destroyed_at=None).exclude(
        agreement__in=Hold.objects.filter(closed_at=None).values("agreement")
    )
    jobs.for_each(ended, lambda row: jobs.enqueue(JOB, row))


def stop_destruction(key: int, message: str) -> None:
    """Leave it undone: the next minute tries again."""
