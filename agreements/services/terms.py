"""The life of an agreement in force: pause, resume, end early, expire."""

from datetime import date

from accounts import clock, hooks, jobs
from accounts.acting import System, act
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from agreements.deadlines import EXPIRY_REMINDERS
from agreements.events import AgreementEnded
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement
from agreements.policy import can_pause, is_system
from agreements.queries import IN_FORCE, bound_by, owners_of, today_of
from agreements.services.obligations import bring_forward
from partnerships.policy import acts_for, people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def _locked(agreement: Agreement) -> Agreement:
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def pause(*, agreement: Agreement, actor: User) -> None:
    """Stop all sharing at once, for the organisations that the person acts for."""
    with act("agreements.pause", actor=actor, chain=agreement.chain, subject=agreement):
        row = _locked(agreement)
        can_pause(actor, row).require()
        own = _own(row, actor)
        if set(own) <= set(row.paused_by):
            raise Conflict("You have paused it already.")
        if not row.paused_by:
            row.state = AGREEMENT.move(row.state, "pause")
        row.paused_by = sorted({*row.paused_by, *own})
        row.save()
        _tell(row, key=f"paused:{row.pk}:{clock.now().isoformat()}", what="was paused")


def resume(*, agreement: Agreement, actor: User) -> None:
    """Take back a pause; sharing goes on when nobody pauses any more."""
    with act(
        "agreements.resume", actor=actor, chain=agreement.chain, subject=agreement
    ):
        row = _locked(agreement)
        can_pause(actor, row).require()
        left = sorted(set(row.paused_by) - set(_own(row, actor)))
        if left == row.paused_by:
            raise Refused("Only a party that paused it may take its pause back.")
        row.paused_by = left
        if not left:
            row.state = AGREEMENT.move(row.state, "resume")
        row.save()


def _own(row: Agreement, actor: User) -> list[int]:
    """Return the parties for which a person may pause."""
    parties = row.parties.values("organisation")
    own = acts_for(actor, Capability.PAUSE).filter(pk__in=parties)
    return list(own.values_list("pk", flat=True))


def terminate(*, agreement: Agreement, reason: str, actor: User) -> None:
    """End an agreement early; its duties to destroy come forward."""
    if not reason.strip():
        raise RuleBroken("Say why it ends: the other parties are told.")
    with act(
        "agreements.terminate", actor=actor, chain=agreement.chain, subject=agreement
    ):
        row = _locked(agreement)
        can_pause(actor, row).require()
        _end(row, "terminate", today_of(row), why=reason.strip())


def expire_lapsed() -> None:
    """End every agreement whose term is over."""
    jobs.for_each(Agreement.objects.filter(state__in=IN_FORCE), _expire)


def _expire(agreement: Agreement) -> None:
    today = today_of(agreement)
    if agreement.ends_on is None or today <= agreement.ends_on:
        return
    with act(
        "agreements.expire",
        actor=System("C31"),
        chain=agreement.chain,
        subject=agreement,
    ) as this:
        is_system(this.actor).require()
        row = _locked(agreement)
        if row.state not in IN_FORCE:
            raise Conflict("The agreement has ended already.")
        _end(row, "expire", today)


def remind_expiry() -> None:
    """Send each agreement's reminder of its end for today's stage, once."""
    jobs.for_each(Agreement.objects.filter(state__in=IN_FORCE), _remind_expiry)


def _remind_expiry(agreement: Agreement) -> None:
    ends_on = agreement.ends_on
    assert ends_on is not None
    stage = EXPIRY_REMINDERS.stage(due_on=ends_on, today=today_of(agreement))
    if stage is not None:
        _tell(
            agreement,
            key=f"ends:{agreement.pk}:{stage}",
            what=f"ends on {ends_on:%B} {ends_on.day}, {ends_on.year}",
        )


def _end(row: Agreement, move: str, today: date, *, why: str = "") -> None:
    row.state = AGREEMENT.move(row.state, move)
    row.paused_by = []
    row.ended_because = why
    row.save()
    bring_forward(agreement=row, ended_on=today)
    hooks.publish(AgreementEnded(row))
    _tell(row, key=f"ended:{row.pk}", what="has ended")
    for other in bound_by(row).filter(state__in=IN_FORCE):
        with act(
            "agreements.end_with", actor=System("C29"), chain=other.chain, subject=other
        ) as this:
            is_system(this.actor).require()
            _end(_locked(other), move, today, why=f"{row.number} has ended.")


def _tell(row: Agreement, *, key: str, what: str) -> None:
    """Queue a message that repeats nothing that somebody typed."""
    for owner in owners_of(row):
        for capability in (Capability.DRAFT, Capability.DELIVER, Capability.SIGN):
            for person in people_with(capability, owner):
                queue_notice(
                    key=key,
                    recipient=person,
                    subject=f"{row.number} {what}",
                    body=f"{row.number}, in which {owner.name} is an owner, {what}.",
                    path=row.get_absolute_url(),
                )
