"""Linking: start a run when both sides are there, link, cancel, try again."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

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
from indicators import frames
from indicators.custody import kept_if_recorded, vault
from indicators.events import LinkageFinished
from indicators.lifecycle import LINKAGE
from indicators.measures.attendance import (
    linked_rows,
    residents,
    school_year,
    student_days,
)
from indicators.models import Delivery, Holding, LinkageRun
from indicators.policy import can_link, can_steer_run, linker_of
from indicators.vault.keystore import KeyMissing
from indicators.vault.vault import Sealed
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

if TYPE_CHECKING:
    from indicators.linkage.engine import Links

JOB = "indicators.link"
CLAUSE = "C49"
DESTROYED = (
    "What was delivered has been destroyed meanwhile, so there is nothing to link. "
    "Load both files again if the agreement still allows it."
)
COMPARED = frozenset(
    {
        "first_name",
        "middle_name",
        "last_name",
        "preferred_first_name",
        "preferred_last_name",
        "birth_date",
    }
)
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


def _opened(holding: Holding) -> dict[str, pa.Table]:
    try:
        content = vault().read(
            str(holding.owner_id), key_id=holding.key, blob=holding.blob
        )
    except KeyMissing:
        raise RuleBroken(DESTROYED) from None
    return frames.unpack(content)


def link_run(key: int, work: jobs.Work) -> None:
    """Link one run: compute outside any transaction, then write under the fence."""
    from indicators.linkage import engine  # only workers link; slow to load

    run = LinkageRun.objects.select_related(
        "agreement", "tenants__holding", "students__holding"
    ).get(pk=key)
    can_link(run.agreement).require()
    work.step("Open what was delivered")
    tenants = _opened(run.tenants.holding)["tenants"]
    school = _opened(run.students.holding)
    links = engine.link(
        named(tenants, "member_id"),
        named(school["student"], "id"),
        on_step=lambda step, count: work.step(STEPS[step], count),
    )
    found = links.pairs.rename_columns(CROSSWALK)
    pairs = _accepted(found)
    work.step("Add days enrolled and absent", pairs.num_rows)
    days = student_days(school["enrolment"], school["attendance"], school["calendar"])
    year, last_day = school_year(school["calendar"])
    rows = linked_rows(pairs, residents(tenants, by=last_day), days)
    work.step("Seal the result in the vault", rows.num_rows)
    linker = linker_of(run.agreement)
    assert linker is not None
    crosswalk = vault().put(str(linker.pk), frames.pack({"pairs": found}))
    roster = tenants.group_by("development").aggregate([("member_id", "count")])
    roster = roster.select(["development", "member_id_count"])
    linked = vault().put(
        str(linker.pk), frames.pack({"linked": rows, "roster": roster})
    )
    with kept_if_recorded(str(linker.pk), crosswalk, linked), work.finish():
        _record(run, links, rows, crosswalk, linked, year)


def named(frame: pa.Table, key: str) -> pa.Table:
    """Return the columns that linking reads, under its own name for the key."""
    wanted = [name for name in frame.column_names if name in COMPARED]
    return frame.select([key, *wanted]).rename_columns(["id", *wanted])


def _accepted(found: pa.Table) -> pa.Table:
    """Return the accepted pairs, under the names that both sides use."""
    accepted = found.filter(pc.equal(found["band"], "accept"))
    return accepted.select(["housing_id", "student_id"]).rename_columns(
        ["member_id", "student_id"]
    )


def _record(
    run: LinkageRun,
    links: "Links",
    rows: pa.Table,
    crosswalk: Sealed,
    linked: Sealed,
    year: str,
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
        row.school_year = year
        row.model_version = links.model.version
        row.model_hash = links.model.digest
        row.counts = {
            "tenants": links.n_left,
            "students": links.n_right,
            "candidates": links.n_candidates,
            "accepted": links.n_accepted,
            "to review": links.n_review,
            "with attendance": rows.num_rows,
        }
        row.crosswalk = _holding(
            agreement, Holding.Kind.CROSSWALK, crosswalk, links.pairs.num_rows
        )
        row.linked = _holding(agreement, Holding.Kind.LINKED, linked, rows.num_rows)
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
