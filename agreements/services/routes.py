"""An organisation's own route to approval, and who decides for whom meanwhile."""

from datetime import date

from accounts import clock
from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import Delegation, RouteStep
from agreements.models.routes import What
from agreements.policy import acts_in
from agreements.queries.routes import USUAL
from agreements.route_policy import can_delegate, can_edit_route
from partnerships.models import Organisation
from partnerships.services.notices import queue_notice


def adopt_usual(*, organisation: Organisation, actor: User) -> None:
    """Give an organisation the route that is usual for its kind."""
    with act(
        "agreements.adopt_route",
        actor=actor,
        chain=organisation.chain,
        subject=organisation,
    ):
        _locked(organisation, actor)
        if RouteStep.objects.filter(organisation=organisation).exists():
            raise Conflict(f"{organisation.name} has a route. Change its steps.")
        for order, stage in enumerate(USUAL[organisation.kind], start=1):
            RouteStep.objects.create(
                organisation=organisation,
                order=order,
                what=stage.what,
                role=stage.role,
                title=stage.title,
            )


def add_step(
    *,
    organisation: Organisation,
    what: str,
    role: str,
    title: str,
    is_apart: bool = True,
    actor: User,
) -> RouteStep:
    """Return a new step at the end of a route; one step at most signs."""
    with act(
        "agreements.add_route_step", actor=actor, chain=organisation.chain
    ) as this:
        _locked(organisation, actor)
        rows = RouteStep.objects.filter(organisation=organisation)
        if what == What.SIGNS and rows.filter(what=what).exists():
            raise Conflict("The route has a step that signs. Remove that first.")
        if what != What.APPROVES and not rows.filter(what=What.APPROVES).exists():
            raise RuleBroken(
                "Begin with the step that approves: without one nobody decides for "
                f"{organisation.name}."
            )
        last = rows.order_by("order").last()
        step = RouteStep.objects.create(
            organisation=organisation,
            order=last.order + 1 if last else 1,
            what=what,
            role=role,
            title=title.strip(),
            is_apart=is_apart,
        )
        this.subject = f"agreements.routestep:{step.pk}"
    return step


def remove_step(*, step: RouteStep, actor: User) -> None:
    """Take a step out of a route, which keeps one that approves while it has any."""
    organisation = step.organisation
    with act(
        "agreements.remove_route_step",
        actor=actor,
        chain=organisation.chain,
        subject=step,
    ):
        _locked(organisation, actor)
        rows = RouteStep.objects.filter(organisation=organisation).exclude(pk=step.pk)
        if rows.exists() and not rows.filter(what=What.APPROVES).exists():
            raise RuleBroken(
                "This is the only step that approves. Add another before you remove it."
            )
        step.delete()


def raise_step(*, step: RouteStep, actor: User) -> None:
    """Let a step come before the one that it followed."""
    organisation = step.organisation
    with act(
        "agreements.raise_route_step",
        actor=actor,
        chain=organisation.chain,
        subject=step,
    ):
        _locked(organisation, actor)
        rows = list(RouteStep.objects.filter(organisation=organisation))
        place = rows.index(step)
        if place == 0:
            raise Conflict("This is the first step already.")
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
        for order, row in enumerate(rows, start=1):
            if row.order != order:
                row.order = order
                row.save()


def _locked(organisation: Organisation, actor: User) -> None:
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    can_edit_route(actor, row).require()


def delegate(
    *,
    organisation: Organisation,
    taker: User,
    from_on: date,
    until_on: date,
    actor: User,
) -> Delegation:
    """Return the delegation by which a colleague decides for a person for some days."""
    can_delegate(actor, organisation).require()
    today = clock.today([organisation.time_zone])
    if until_on < from_on or until_on < today:
        raise RuleBroken("The last day lies before the first, or is over already.")
    if taker == actor or not acts_in(taker, organisation):
        raise RuleBroken(f"Choose a colleague who has a role in {organisation.name}.")
    row = Delegation(
        organisation=organisation,
        giver=actor,
        taker=taker,
        from_on=from_on,
        until_on=until_on,
        given_at=clock.now(),
    )
    with act("agreements.delegate", actor=actor, chain=organisation.chain, subject=row):
        row.save()
        queue_notice(
            key=f"delegated:{row.pk}",
            recipient=taker,
            subject=f"You decide for a colleague at {organisation.name}",
            body=f"{actor.name} delegated approvals to you. Sign in to see the days.",
            path="/delegations/",
        )
    return row


def revoke(*, delegation: Delegation, actor: User) -> None:
    """End a delegation before its last day, by whoever gave it."""
    with act(
        "agreements.revoke_delegation",
        actor=actor,
        chain=delegation.organisation.chain,
        subject=delegation,
    ):
        row = Delegation.objects.select_for_update().get(pk=delegation.pk)
        if row.revoked_at is not None:
            raise Conflict("This delegation has ended already.")
        row.revoked_at = clock.now()
        row.save()


def revoke_all_of(user: User, organisation: Organisation) -> None:
    """End what somebody who left gave or took. Called inside the act of leaving."""
    if acts_in(user, organisation):
        return
    rows = Delegation.objects.filter(organisation=organisation, revoked_at=None)
    for row in rows.filter(giver=user) | rows.filter(taker=user):
        row.revoked_at = clock.now()
        row.save()
