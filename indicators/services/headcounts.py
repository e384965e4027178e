"""An agency's own counts: kept sealed, tried at a threshold by a worker, destroyed."""

import time
from collections.abc import Iterator
from datetime import timedelta

from accounts import clock, jobs
from accounts.acting import System, act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.models import Agreement
from agreements.queries import IN_FORCE, owners_of
from agreements.rules.publication import SMALLEST_MIN_CELL
from indicators import staging
from indicators.headcount_policy import can_count
from indicators.headcounts.reading import Headcounts, as_table, read_headcounts
from indicators.headcounts.telling import sets_of, titled, to_record
from indicators.models import Headcount, Trial
from partnerships.models import Organisation

JOB = "indicators.try_headcount"
COUNTS = "counts"
# Older counts say little of who lives there now.
LIFE_DAYS = 365
_OFTEN = 2.0
LOST = (
    "These counts are destroyed or were lost, so nothing can be tried. Enter them "
    "again under Data."
)


def strictest(agreement: Agreement) -> int:
    """Return the smallest group that a draft, or an agreement, lets be shown.

    It is the strictest owner's. Partners move that of a draft, and read no answer at
    another one unless the agency asks for it.
    """
    owners = owners_of(agreement).values_list("min_cell", flat=True)
    return max([SMALLEST_MIN_CELL, agreement.min_cell or 0, *owners])


def current_headcount(organisation: Organisation) -> Headcount | None:
    """Return the counts that an agency keeps, if it keeps any."""
    return Headcount.objects.filter(
        organisation=organisation, destroyed_at=None
    ).first()


def headcounts_of(headcount: Headcount) -> Headcounts:
    """Return the numbers that are sealed; raises RuleBroken where they are gone."""
    owner = str(headcount.organisation_id)
    part = headcount.sealed.get(COUNTS)
    try:
        if part is None:
            raise staging.Gone(LOST)
        table = staging.record_of(owner, part)["table"]
    except staging.Gone:
        raise RuleBroken(LOST) from None
    return read_headcounts(table)


def keep_headcount(*, organisation: Organisation, text: str, actor: User) -> Headcount:
    """Return the counts as they are kept from now on; those before are destroyed.

    What would show of them is worked out at the agency's own threshold, and at the
    stricter ones of agreements that it signed.
    """
    can_count(actor, organisation).require()
    read = read_headcounts(text)
    owner = str(organisation.pk)
    parts = {COUNTS: staging.seal_record(owner, {"table": as_table(read)})}
    with (
        staging.staged_if_recorded(owner, parts.values()),
        act(
            "indicators.keep_headcount",
            actor=actor,
            chain=organisation.chain,
            detail={"breakdowns": list(read.breakdowns), "groups": len(read.groups)},
        ) as this,
    ):
        _end(_locked(organisation))
        row = Headcount.objects.create(
            organisation=organisation,
            breakdowns=list(read.breakdowns),
            n_groups=len(read.groups),
            sealed=parts,
            kept_by=actor,
            kept_at=clock.now(),
        )
        this.subject = f"indicators.headcount:{row.pk}"
        for agreement, threshold in _thresholds(organisation):
            trial = Trial.objects.create(
                headcount=row, agreement=agreement, threshold=threshold
            )
            jobs.enqueue(JOB, trial)
    return row


def destroy_headcount(*, organisation: Organisation, actor: User) -> None:
    """Destroy the key of an agency's counts, and what was worked out of them."""
    can_count(actor, organisation).require()
    with act(
        "indicators.destroy_headcount", actor=actor, chain=organisation.chain
    ) as this:
        row = _locked(organisation)
        if row is None:
            raise RuleBroken("There are no counts to destroy.")
        this.subject = f"indicators.headcount:{row.pk}"
        _end(row)


def expire() -> None:
    """Destroy the counts that were kept for a year; called every minute."""
    late = Headcount.objects.filter(
        destroyed_at=None, kept_at__lte=clock.moment() - timedelta(days=LIFE_DAYS)
    )
    jobs.for_each(late.select_related("organisation"), _expire)


def _expire(headcount: Headcount) -> None:
    organisation = headcount.organisation
    with act(
        "indicators.expire_headcount",
        actor=System("headcount"),
        chain=organisation.chain,
        subject=headcount,
    ):
        row = _locked(organisation)
        if row is not None and row.pk == headcount.pk:
            _end(row)


def try_headcount(*, headcount: Headcount, agreement: Agreement, actor: User) -> None:
    """Have a worker find out what would show under an agreement.

    Only the agency asks for it: for others each new answer would be one more glimpse.
    What was tried for the agreement at a threshold before is no longer read.
    """
    organisation, threshold = headcount.organisation, strictest(agreement)
    can_count(actor, organisation).require()
    with act(
        "indicators.try_headcount",
        actor=actor,
        chain=organisation.chain,
        subject=headcount,
        detail={"threshold": threshold},
    ):
        row = _locked(organisation)
        if row is None or row.pk != headcount.pk:
            raise RuleBroken(LOST)
        of = None if threshold == organisation.min_cell else agreement
        row.trials.filter(agreement=agreement).exclude(threshold=threshold).delete()
        trial, _ = Trial.objects.get_or_create(
            headcount=row, agreement=of, threshold=threshold
        )
        if not trial.found:
            jobs.enqueue(JOB, trial)


def cancel_trial(*, trial: Trial, actor: User) -> None:
    """Ask the worker to stop at its next step."""
    can_count(actor, trial.headcount.organisation).require()
    job = jobs.latest(JOB, trial)
    if job is not None and job.is_open:
        jobs.request_cancel(job)


def run_trial(key: int, work: jobs.Work) -> None:
    """Find out what would show by every set of breakdowns, and keep how much it is."""
    from indicators.headcounts.trying import tried  # only workers; slow to load

    trial = Trial.objects.select_related("headcount").filter(pk=key).first()
    if trial is None or trial.found:
        with work.finish():
            return
    headcounts = headcounts_of(trial.headcount)
    found = {}
    for breakdowns in sets_of(headcounts.breakdowns):
        work.step(titled(breakdowns))
        found[breakdowns] = tried(
            headcounts,
            breakdowns,
            threshold=trial.threshold,
            progress=_Watch(work),
        )
    with work.finish():
        alike = Trial.objects.filter(
            headcount=trial.headcount_id, threshold=trial.threshold, found={}
        )
        alike.update(found=to_record(found))


class _Watch:
    """Ends the engine's work where a person cancelled it, or another worker has it."""

    def __init__(self, work: jobs.Work) -> None:
        self.work, self.last = work, time.monotonic()

    def __call__(self, step: str, done: int, of: int) -> None:
        """Look from time to time whether to go on."""
        if time.monotonic() - self.last > _OFTEN:
            self.last = time.monotonic()
            self.work.go_on()


def stop_trial(key: int, message: str) -> None:
    """Leave the trial without an answer: whoever counts may ask again."""


def _thresholds(organisation: Organisation) -> Iterator[tuple[Agreement | None, int]]:
    """Yield at which thresholds to try counts as they are kept, and for what agreement.

    Drafts are none of them: each that a partner writes would be one more glimpse.
    """
    yield None, organisation.min_cell
    signed = Agreement.objects.filter(
        parties__organisation=organisation, state__in=IN_FORCE
    ).distinct()
    for agreement in signed:
        if (threshold := strictest(agreement)) != organisation.min_cell:
            yield agreement, threshold


def _locked(organisation: Organisation) -> Headcount | None:
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    return (
        Headcount.objects.select_for_update(of=("self",))
        .filter(organisation=organisation, destroyed_at=None)
        .first()
    )


def _end(row: Headcount | None) -> None:
    """Let go of counts inside an act; their key is destroyed once that is certain."""
    if row is None:
        return
    row.trials.all().delete()
    staging.erase_once_committed(str(row.organisation_id), row.sealed.values())
    row.sealed, row.destroyed_at = {}, clock.now()
    row.save()
