"""Answers lower floors; starts this floor's work."""

import logging

from accounts import hooks, jobs
from accounts.acting import System
from accounts.events import MinutePassed
from agreements.events import AgreementEnded, ObligationFellDue
from indicators.events import DeliveryAccepted, LinkageFinished
from indicators.services import (
    aggregates,
    arrivals,
    destruction,
    examination,
    feeds,
    goals,
    headcounts,
    keys,
    learning,
    linkage,
    releases,
    research_ending,
    research_making,
    reviewing,
    withdrawing,
)

log = logging.getLogger(__name__)

jobs.register(
    jobs.Kind(
        examination.JOB, run=examination.examine, stop=examination.stop_examination
    )
)
jobs.register(jobs.Kind(linkage.JOB, run=linkage.link_run, stop=linkage.fail_run))
jobs.register(
    jobs.Kind(reviewing.JOB, run=reviewing.relink, stop=reviewing.fail_relink)
)
jobs.register(jobs.Kind(learning.JOB, run=learning.learn, stop=learning.fail_learning))
jobs.register(
    jobs.Kind(releases.JOB, run=releases.protect_release, stop=releases.fail_release)
)
jobs.register(
    jobs.Kind(
        destruction.JOB,
        run=destruction.destroy_holdings,
        stop=destruction.stop_destruction,
    )
)
jobs.register(
    jobs.Kind(
        withdrawing.JOB,
        run=withdrawing.destroy_withdrawn,
        stop=withdrawing.stop_destruction,
    )
)
jobs.register(
    jobs.Kind(
        research_making.JOB,
        run=research_making.deidentify_file,
        stop=research_making.fail_file,
    )
)
jobs.register(
    jobs.Kind(
        research_ending.JOB,
        run=research_ending.destroy_file,
        stop=research_ending.stop_destruction,
    )
)
jobs.register(
    jobs.Kind(headcounts.JOB, run=headcounts.run_trial, stop=headcounts.stop_trial)
)
jobs.register(jobs.Kind(keys.JOB, run=keys.rotate_keys, stop=keys.stop_rotation))


@hooks.subscribe(DeliveryAccepted)
def on_delivery_accepted(event: DeliveryAccepted) -> None:
    """Note for which due date it came; link once both sides are there."""
    feeds.note_arrival(delivery=event.delivery)
    aggregates.tell_of_counts(event.delivery)
    if event.delivery.holding.kind in linkage.LINKED_KINDS:
        linkage.start_run(agreement=event.delivery.agreement)


@hooks.subscribe(LinkageFinished)
def on_linkage_finished(event: LinkageFinished) -> None:
    """Replace releases of the linkage before; tell those who author releases."""
    withdrawing.supersede_releases(run=event.run)
    linkage.tell_analysts(event.run)


@hooks.subscribe(AgreementEnded)
def on_agreement_ended(event: AgreementEnded) -> None:
    """Stop what links; erase what waits; void what was learned or only proposed."""
    arrivals.end_all(agreement=event.agreement)
    linkage.stop_runs(agreement=event.agreement)
    learning.void_models(
        agreement=event.agreement,
        reason="The agreement has ended.",
        actor=System(linkage.CLAUSE),
    )
    goals.end_proposed(agreement=event.agreement, actor=System(linkage.CLAUSE))


@hooks.subscribe(ObligationFellDue)
def on_obligation_due(event: ObligationFellDue) -> None:
    """Destroy what the obligation names."""
    jobs.enqueue(destruction.JOB, event.obligation)


@hooks.subscribe(MinutePassed)
def keep_feeds(event: MinutePassed) -> None:
    """Tell people of what did not come."""
    feeds.record_misses()


@hooks.subscribe(MinutePassed)
def finish_withdrawals(event: MinutePassed) -> None:
    """Destroy what a hold, or a job that was given up, has kept so far."""
    withdrawing.destroy_what_is_left()
    research_ending.destroy_what_ended()


@hooks.subscribe(MinutePassed)
def settle_rounds(event: MinutePassed) -> None:
    """End rounds that an owner leaves open although another asks for changes."""
    releases.settle_rounds()


@hooks.subscribe(MinutePassed)
def expire_arrivals(event: MinutePassed) -> None:
    """Erase what waited at the door for a day, and counts kept for a year."""
    arrivals.expire()
    headcounts.expire()


@hooks.subscribe(MinutePassed)
def sweep_vault(event: MinutePassed) -> None:
    """Erase what no holding names; report holdings whose copy is missing."""
    swept = destruction.sweep()
    if swept is None:
        log.error("vault: the database is older than the vault; nothing is swept")
    elif swept.missing:
        log.error("vault: %s holdings have lost their copy", len(swept.missing))
