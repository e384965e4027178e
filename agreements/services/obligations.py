"""Duties to destroy: open, remind, fall due, hold, discharge."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import clock, hooks, jobs
from accounts.acting import Actor, System, act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.deadlines import DESTRUCTION_REMINDERS, linked_rows_due
from agreements.events import ObligationFellDue
from agreements.lifecycle import OBLIGATION
from agreements.models import Agreement, Hold, Obligation
from agreements.policy import can_hold, is_system
from agreements.queries import owners_of, today_of
from partnerships.models import Organisation
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

CLAUSE = "C17"
CERTIFICATE = "agreements.certificate"
# Of every agreement; the others are opened by what first is kept.
ALWAYS = (Obligation.Kind.LINKING_LIST, Obligation.Kind.LINKED_ROWS)


def open_obligation(*, agreement: Agreement, kind: str, due_on: date) -> Obligation:
    """Return the open duty of a kind, made or moved to `due_on`.

    Called inside the act that causes it: execution, a link, a release. A list is due
    when the first of its links said: a later link never puts that off.
    """
    obligation = (
        Obligation.objects.select_for_update()
        .filter(agreement=agreement, kind=kind, discharged_at=None)
        .first()
    )
    if obligation is None:
        return Obligation.objects.create(
            agreement=agreement, kind=kind, due_on=due_on, clause=CLAUSE
        )
    if kind == Obligation.Kind.LINKING_LIST:
        due_on = min(due_on, obligation.due_on)
    if obligation.due_on != due_on and obligation.state in ("open", "held"):
        obligation.due_on = due_on
        obligation.save()
    return obligation


def open_all(*, agreement: Agreement) -> None:
    """Make sure that nothing is held without a duty to destroy it.

    Called at execution, with every delivery and with every link.
    """
    for kind, due_on in _latest(agreement).items():
        open_duties = agreement.obligations.filter(kind=kind, discharged_at=None)
        if kind in ALWAYS and not open_duties.exists():
            open_obligation(agreement=agreement, kind=kind, due_on=due_on)


def _latest(agreement: Agreement) -> dict[str, date]:
    """Return when each duty is due if nothing brings it forward, by its kind."""
    assert agreement.destroy_by is not None
    assert agreement.ends_on is not None
    rows_due = linked_rows_due(
        last_release_on=None,
        purpose_ends_on=agreement.ends_on,
        release_days=agreement.release_days or 0,
        end_days=agreement.end_days or 0,
        destroy_by=agreement.destroy_by,
    )
    return {
        Obligation.Kind.LINKING_LIST: agreement.destroy_by,
        Obligation.Kind.LINKED_ROWS: rows_due,
        Obligation.Kind.RESEARCH_FILES: rows_due,
        Obligation.Kind.RECORD_CODES: rows_due,
    }


def open_at_end(*, agreement: Agreement, kind: str) -> Obligation:
    """Return the open duty of a kind that waits for the end of the purpose.

    Called inside the act that keeps the first of its records.
    """
    standing = agreement.obligations.filter(kind=kind, discharged_at=None).first()
    if standing is not None:
        return standing
    due_on = _latest(agreement)[kind]
    return open_obligation(agreement=agreement, kind=kind, due_on=due_on)


def move_to_terms(*, agreement: Agreement, before: Agreement) -> None:
    """Move open duties to an agreement's changed terms.

    before: the agreement as it was. A duty that had come forward, by a link or a
    release, stays where it is, unless the new terms ask for it sooner.
    """
    was, now = _latest(before), _latest(agreement)
    for duty in agreement.obligations.select_for_update().filter(
        discharged_at=None, state__in=("open", "held")
    ):
        latest = now[duty.kind]
        due_on = latest if duty.due_on == was[duty.kind] else min(duty.due_on, latest)
        if due_on != duty.due_on:
            duty.due_on = due_on
            duty.save()


def bring_forward(*, agreement: Agreement, ended_on: date) -> None:
    """Move open duties to what the end of the purpose leaves of them."""
    limit = ended_on + timedelta(days=agreement.end_days or 0)
    for obligation in agreement.obligations.select_for_update().filter(
        discharged_at=None, due_on__gt=limit
    ):
        obligation.due_on = limit
        obligation.save()


def remind_due() -> None:
    """Send each duty's reminder for today's stage, once."""
    open_duties = Obligation.objects.filter(discharged_at=None)
    jobs.for_each(open_duties.select_related("agreement"), _remind)


def _remind(obligation: Obligation) -> None:
    agreement, due_on = obligation.agreement, obligation.due_on
    stage = DESTRUCTION_REMINDERS.stage(due_on=due_on, today=today_of(agreement))
    if stage is None:
        return
    when = f"{due_on:%B} {due_on.day}, {due_on.year}"
    for owner in owners_of(agreement):
        for person in people_with(Capability.DELIVER, owner):
            queue_notice(
                key=f"destroy:{obligation.pk}:{due_on}:{stage}",
                recipient=person,
                subject=f"{agreement.number}: destruction is due on {when}",
                body=(
                    f"Under {CLAUSE}, the {obligation.get_kind_display().lower()} "
                    f"is destroyed on {when}. It happens by itself; counsel of an "
                    "owner can place a hold before."
                ),
                path="/dates/",
            )


def fall_due() -> None:
    """Let every duty whose date has come be carried out.

    A hold keeps a duty from falling due; the next look after it is lifted finds it.
    """
    open_duties = Obligation.objects.filter(
        discharged_at=None, state__in=("open", "due", "destroying")
    )
    jobs.for_each(open_duties.select_related("agreement"), _fall_due)


def _fall_due(obligation: Obligation) -> None:
    if today_of(obligation.agreement) < obligation.due_on:
        return
    if obligation.state != "open":
        hooks.publish(ObligationFellDue(obligation))
        return
    with act(
        "agreements.fall_due",
        actor=System(CLAUSE),
        chain=obligation.agreement.chain,
        subject=obligation,
    ) as this:
        is_system(this.actor).require()
        Agreement.objects.select_for_update().get(pk=obligation.agreement_id)
        row = Obligation.objects.select_for_update().get(pk=obligation.pk)
        is_held = row.agreement.holds.filter(closed_at=None).exists()
        row.state = OBLIGATION.move(row.state, "hold" if is_held else "fall_due")
        row.save()
        if not is_held:
            hooks.publish(ObligationFellDue(row))


def lock_for_keeping(agreement: Agreement) -> Agreement:
    """Return the agreement as it is now, locked: something is about to be kept.

    Raises Conflict while a duty is being carried out: what came in between would be
    held without a duty to destroy it, or be destroyed at once.
    """
    row = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if row.obligations.filter(state="destroying").exists():
        raise Conflict(
            "Records under this agreement are being destroyed at this moment. Try "
            "again in a minute."
        )
    return row


def begin_destruction(*, obligation: Obligation, actor: Actor) -> None:
    """Pass the point of no return: from here on no hold can stop the duty.

    Raises RuleBroken while a hold is open. Repeatable.
    """
    agreement = obligation.agreement
    with transaction.atomic():
        Agreement.objects.select_for_update().get(pk=agreement.pk)
        row = Obligation.objects.select_for_update().get(pk=obligation.pk)
        if row.state == "destroying":
            return
        if agreement.holds.filter(closed_at=None).exists():
            raise RuleBroken("A hold is open, so nothing is destroyed. Close it first.")
        with act(
            "agreements.begin_destruction",
            actor=actor,
            chain=agreement.chain,
            subject=row,
        ):
            row.state = OBLIGATION.move(row.state, "begin")
            row.save()


def discharge(
    *,
    obligation: Obligation,
    evidence: list[dict[str, Any]],
    unrecoverable_from: datetime | None,
    actor: Actor,
) -> None:
    """Record that a duty was carried out; a certificate follows."""
    with act(
        "agreements.discharge",
        actor=actor,
        chain=obligation.agreement.chain,
        subject=obligation,
        detail={"holdings": [line["holding"] for line in evidence]},
    ):
        Agreement.objects.select_for_update().get(pk=obligation.agreement_id)
        row = Obligation.objects.select_for_update().get(pk=obligation.pk)
        row.state = OBLIGATION.move(row.state, "discharge")
        row.discharged_at = clock.now()
        row.evidence = evidence
        row.unrecoverable_from = unrecoverable_from
        row.save()
        jobs.enqueue(CERTIFICATE, row)


def place_hold(
    *, agreement: Agreement, owner: Organisation, reason: str, actor: User
) -> Hold:
    """Return a hold: nothing under the agreement is destroyed until it closes."""
    can_hold(actor, agreement, owner).require()
    if not reason.strip():
        raise RuleBroken("Say what the hold rests on, without naming anybody.")
    with act("agreements.place_hold", actor=actor, chain=agreement.chain) as this:
        Agreement.objects.select_for_update().get(pk=agreement.pk)
        begun = agreement.obligations.filter(state="destroying").first()
        if begun is not None:
            raise Conflict(
                f"The {begun.get_kind_display().lower()} is being destroyed now, which "
                "cannot be stopped. Place the hold again in a minute: it will cover "
                "what is left."
            )
        hold = Hold.objects.create(
            agreement=agreement, owner=owner, reason=reason, placed_at=clock.now()
        )
        this.subject = f"agreements.hold:{hold.pk}"
        for duty in agreement.obligations.select_for_update().filter(state="due"):
            duty.state = OBLIGATION.move(duty.state, "hold")
            duty.save()
    return hold


def close_hold(*, hold: Hold, actor: User) -> None:
    """Close a hold; duties whose date has passed fall due at the next look."""
    agreement = hold.agreement
    with act("agreements.close_hold", actor=actor, chain=agreement.chain, subject=hold):
        # Two that close at once would each see the other's hold still open.
        Agreement.objects.select_for_update().get(pk=agreement.pk)
        row = Hold.objects.select_for_update().get(pk=hold.pk)
        can_hold(actor, agreement, row.owner).require()
        if row.closed_at is not None:
            raise Conflict("This hold is closed already.")
        row.closed_at = clock.now()
        row.save()
        if not agreement.holds.filter(closed_at=None).exists():
            for duty in agreement.obligations.select_for_update().filter(state="held"):
                duty.state = OBLIGATION.move(duty.state, "lift_hold")
                duty.save()
