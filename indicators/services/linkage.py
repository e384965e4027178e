"""Linking: start a run when both sides are there, link, cancel, try again."""

from typing import TYPE_CHECKING

from accounts import clock, hooks, jobs
from accounts.acting import System, act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.deadlines import linking_list_due
from agreements.models import Agreement, Obligation
from agreements.queries import today_of
from agreements.services.obligations import (
    lock_for_keeping,
    open_all,
    open_obligation,
)
from indicators.custody import kept_if_recorded
from indicators.events import LinkageFinished
from indicators.lifecycle import LINKAGE
from indicators.linkage import quality, review
from indicators.models import Delivery, Holding, LinkageRun
from indicators.policy import can_link, can_steer_run, linker_of
from indicators.queries import accepted_model, listed_for
from indicators.services.linked import (
    DESTROYED,
    ForReview,
    Result,
    named,
    quality_in_short,
    said_before,
    seal_result,
    seal_review,
    year_linked,
)
from indicators.services.persons import lists_of, said_of
from indicators.vault.vault import Sealed
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

if TYPE_CHECKING:
    from indicators.linkage.engine import Links

JOB = "indicators.link"
CLAUSE = "C49"
# What is linked; nothing starts because counts or addresses of buildings came.
LINKED_KINDS = (Holding.Kind.TENANTS, Holding.Kind.STUDENTS)
CROSSWALK = ["housing_id", "student_id", "weight", "probability", "band"]
STEPS = {
    "clean": "Make names and dates comparable",
    "estimate": "Estimate how many pairs there are",
    "block": "Find pairs worth comparing",
    "compare": "Compare the pairs",
    "decide": "Weigh the evidence",
    "one-to-one": "Keep one student per child",
}


def start_run(*, agreement: Agreement) -> LinkageRun | None:
    """Return the run on the newest two deliveries; None until both are there.

    Called inside the act that accepts a delivery.
    """
    current = {
        delivery.holding.kind: delivery
        for delivery in Delivery.objects.filter(
            agreement=agreement, state="accepted"
        ).select_related("holding")
    }
    tenants = current.get(Holding.Kind.TENANTS)
    students = current.get(Holding.Kind.STUDENTS)
    if tenants is None or students is None:
        return None
    can_link(agreement).require()
    for old in agreement.runs.select_for_update().filter(
        state__in=("linked", "failed")
    ):
        old.state = LINKAGE.move(old.state, "supersede")
        old.save()
    run = LinkageRun.objects.create(
        agreement=agreement,
        tenants=tenants,
        students=students,
        requested_at=clock.now(),
    )
    jobs.enqueue(JOB, run)
    return run


def link_run(key: int, work: jobs.Work) -> None:
    """Link one run: compute outside any transaction, then write under the fence."""
    from indicators.linkage import engine, model  # only workers link; slow to load

    run = LinkageRun.objects.select_related(
        "agreement", "tenants__holding", "students__holding"
    ).get(pk=key)
    if run.state != LINKAGE.initial:
        with work.finish():
            return
    can_link(run.agreement).require()
    work.step("Open what was delivered")
    said = said_of(run)
    lists = lists_of(run, said)
    tenants = lists.housing["tenants"]
    housing = named(tenants, "member_id")
    students = named(lists.school["student"], "id")
    learned = accepted_model(run.agreement)
    links = engine.link(
        housing,
        students,
        weights=model.from_json(learned.parameters) if learned else None,
        is_explained=True,
        on_step=lambda step, count: work.step(STEPS[step], count),
    )
    known = said_before(run, housing, students)
    found = links.pairs.rename_columns(CROSSWALK)
    pairs = review.placed(review.contested(found, known))
    queue = review.queue(pairs, known, seed=f"{run.pk}:{links.model.digest}")
    linker = linker_of(run.agreement)
    assert linker is not None
    owner = str(linker.pk)
    year = year_linked(run, lists.school)
    settled = review.settled(pairs, known)
    result = seal_result(
        owner,
        settled,
        lists,
        work,
        year=year,
        listed=listed_for(run.agreement),
    )
    people = quality.people(tenants, on=year.last_on)
    to_read = seal_review(
        owner,
        queue,
        housing=housing,
        students=students,
        people=people,
        explained=links.explained,
    )
    run.quality = quality_in_short(
        queue, people, result.cells, review.concluded_pairs(queue, [])
    )
    run.repeats_used, run.counts = said.digest, said.counts(lists)
    kept = result.crosswalk, result.linked, to_read.sealed
    with kept_if_recorded(owner, *kept), work.finish():
        _record(run, links, result, to_read)


def _record(
    run: LinkageRun, links: "Links", result: Result, to_read: ForReview
) -> None:
    agreement = run.agreement
    with act(
        "indicators.link", actor=System(CLAUSE), chain=agreement.chain, subject=run
    ) as this:
        agreement = lock_for_keeping(agreement)
        row = LinkageRun.objects.select_for_update().get(pk=run.pk)
        can_link(agreement).require()
        if not all(each.holding.is_held for each in (row.tenants, row.students)):
            raise RuleBroken(DESTROYED)
        row.state = LINKAGE.move(row.state, "finish")
        row.model_version = links.model.version
        row.model_hash = links.model.digest
        row.quality = run.quality
        row.repeats_used = run.repeats_used
        row.counts = {
            "tenants": links.n_left,
            "students": links.n_right,
            "candidates": links.n_candidates,
            "accepted": result.n_accepted,
            "to review": to_read.n_waiting,
            "with attendance": result.n_with_days,
            **run.counts,
        }
        keep_result(row, result)
        row.review = _holding(
            agreement, Holding.Kind.REVIEW, to_read.sealed, to_read.n_pairs
        )
        row.n_to_read, row.n_readings = to_read.n_pairs, to_read.n_readings
        row.finished_at = clock.now()
        is_newest = row == agreement.runs.first()
        if not is_newest:
            row.state = LINKAGE.move(row.state, "supersede")
        row.save()
        this.detail |= {"model": links.model.digest, "counts": row.counts}
        open_all(agreement=agreement)
        assert agreement.destroy_by is not None
        open_obligation(
            agreement=agreement,
            kind=Obligation.Kind.LINKING_LIST,
            due_on=linking_list_due(
                accepted_on=today_of(agreement),
                list_days=agreement.list_days or 0,
                destroy_by=agreement.destroy_by,
            ),
        )
        if is_newest:
            hooks.publish(LinkageFinished(row))


def keep_result(row: LinkageRun, result: Result) -> None:
    """Put a result in a run's row, which the caller saves."""
    row.school_year = result.year.name
    row.first_on, row.last_on = result.year.first_on, result.year.last_on
    row.crosswalk = _holding(
        row.agreement, Holding.Kind.CROSSWALK, result.crosswalk, result.n_pairs
    )
    row.linked = _holding(
        row.agreement, Holding.Kind.LINKED, result.linked, result.n_rows
    )


def _holding(agreement: Agreement, kind: str, sealed: Sealed, n_rows: int) -> Holding:
    linker = linker_of(agreement)
    assert linker is not None
    return Holding.objects.create(
        agreement=agreement,
        owner=linker,
        kind=kind,
        blob=sealed.blob,
        key=sealed.key_id,
        n_rows=n_rows,
        n_bytes=sealed.n_bytes,
        created_at=clock.now(),
    )


def fail_run(key: int, message: str) -> None:
    """Record why a run stopped; called inside the job's last transaction."""
    run = LinkageRun.objects.select_for_update().get(pk=key)
    if run.state != LINKAGE.initial:
        return  # a delivery was withdrawn meanwhile, and the run with it
    with act(
        "indicators.link_failed",
        actor=System(CLAUSE),
        chain=run.agreement.chain,
        subject=run,
    ):
        run.state = LINKAGE.move(run.state, "fail")
        run.message = message[:400]
        run.save()
        linker = linker_of(run.agreement)
        for steward in people_with(Capability.LINK, linker) if linker else ():
            queue_notice(
                key=f"link-failed:{run.pk}:{clock.now().isoformat()}",
                recipient=steward,
                subject=f"{run.agreement.number}: the linking stopped",
                body="Its page says why, and lets you try again.",
                path=f"/data/runs/{run.pk}/",
            )


def cancel_run(*, run: LinkageRun, actor: User) -> None:
    """Ask a running linkage to stop at its next step."""
    can_steer_run(actor, run).require()
    job = jobs.latest(JOB, run)
    if job is not None and job.is_open:
        with act(
            "indicators.cancel_run",
            actor=actor,
            chain=run.agreement.chain,
            subject=run,
        ):
            jobs.request_cancel(job)


def stop_runs(*, agreement: Agreement) -> None:
    """Ask what still links under an agreement to stop; called as it ends."""
    for run in agreement.runs.filter(state=LINKAGE.initial):
        job = jobs.latest(JOB, run)
        if job is not None and job.is_open:
            jobs.request_cancel(job, waits=False)


def retry_run(*, run: LinkageRun, actor: User) -> None:
    """Start a run again that failed or was cancelled."""
    with act(
        "indicators.retry_run", actor=actor, chain=run.agreement.chain, subject=run
    ):
        row = LinkageRun.objects.select_for_update().get(pk=run.pk)
        can_steer_run(actor, row).require()
        row.state = LINKAGE.move(row.state, "retry")
        row.message = ""
        row.save()
        jobs.enqueue(JOB, row)


def tell_analysts(run: LinkageRun) -> None:
    """Tell those who author releases that a linkage is done."""
    for party in run.agreement.parties.select_related("organisation"):
        for analyst in people_with(Capability.AUTHOR_RELEASE, party.organisation):
            queue_notice(
                key=f"linked:{run.pk}",
                recipient=analyst,
                subject=f"{run.agreement.number}: both lists are linked",
                body="A release can be made from the result.",
                path="/releases/",
            )
