"""The life of an agreement in force: pause, resume, end early, expire."""

from datetime import date

from accounts import hooks
from accounts.acting import Actor, System, act
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from agreements.deadlines import EXPIRY_REMINDERS
from agreements.events import AgreementEnded
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement
from agreements.policy import can_pause, is_system
from agreements.queries import IN_FORCE, owners_of, today_of
from agreements.services.obligations import bring_forward
from partnerships.policy import acts_for, people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def _locked(agreement: Agreement) -> Agreement:
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def pause(*, agreement: Agreement, actor: User) -> None:
    """Stop all sharing at once, for the organisation that the person acts for."""
    with act("agreements.pause", actor=actor, chain=agreement.chain, subject=agreement):
        row = _locked(agreement)
        can_pause(actor, row).require()
        row.state = AGREEMENT.move(row.state, "pause")
        row.paused_by = (
            acts_for(actor, Capability.PAUSE)
            .filter(pk__in=row.parties.values("organisation"))
            .first()
        )
        row.save()
        n_paused = Agreement.history.filter(id=row.pk, state="paused").count()
        _tell(row, key=f"paused:{row.pk}:{n_paused}", what="was paused")


def resume(*, agreement: Agreement, actor: User) -> None:
    """Let sharing go on; only the organisation that paused it may."""
    with act(
        "agreements.resume", actor=actor, chain=agreement.chain, subject=agreement
    ):
        row = _locked(agreement)
        can_pause(actor, row).require()
        own = acts_for(actor, Capability.PAUSE)
        if row.paused_by and not own.filter(pk=row.paused_by.pk).exists():
            raise Refused(f"Only {row.paused_by.name}, which paused it, may resume.")
        row.state = AGREEMENT.move(row.state, "resume")
        row.paused_by = None
        row.save()


def terminate(*, agreement: Agreement, reason: str, actor: User) -> None:
    """End an agreement early; its duties to destroy come forward."""
    if not reason.strip():
        raise RuleBroken("Say why it ends: the other parties are told.")
    with act(
        "agreements.terminate", actor=actor, chain=agreement.chain, subject=agreement
    ):
        row = _locked(agreement)
        can_pause(actor, row).require()
        _end(row, "terminate", today_of(row), actor)


def expire_lapsed() -> int:
    """Return how many agreements ended because their term is over."""
    n_ended = 0
    for agreement in Agreement.objects.filter(state__in=IN_FORCE):
        today = today_of(agreement)
        if agreement.ends_on is None or today <= agreement.ends_on:
            continue
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
            _end(row, "expire", today, this.actor)
            n_ended += 1
    return n_ended


def remind_expiry() -> int:
    """Return how many agreements have a reminder out for today's stage."""
    n_reminded = 0
    for agreement in Agreement.objects.filter(
        state__in=IN_FORCE, ends_on__isnull=False
    ):
        ends_on = agreement.ends_on
        assert ends_on is not None
        stage = EXPIRY_REMINDERS.stage(due_on=ends_on, today=today_of(agreement))
        if stage is not None:
            n_reminded += 1
            _tell(
                agreement,
                key=f"ends:{agreement.pk}:{stage}",
                what=f"ends on {ends_on:%B} {ends_on.day}, {ends_on.year}",
            )
    return n_reminded


def _end(row: Agreement, move: str, today: date, actor: Actor) -> None:
    row.state = AGREEMENT.move(row.state, move)
    row.paused_by = None
    row.save()
    bring_forward(agreement=row, ended_on=today)
    hooks.publish(AgreementEnded(row))
    _tell(row, key=f"ended:{row.pk}", what="has ended")


def _tell(row: Agreement, *, key: str, what: str) -> None:
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
