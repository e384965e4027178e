"""The ways by which owners approve, and who decides for whom meanwhile."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts import clock
from agreements.models import Approval, ApprovalRound, Delegation, RouteStep, Step
from agreements.models.routes import What
from agreements.rules import facts as f
from partnerships.models import Organisation
from partnerships.roles import Role


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as it is asked for."""

    what: What
    role: Role
    title: str


# Until an organisation sets its own route, its counsel approves.
PLAIN = (Stage(What.APPROVES, Role.COUNSEL, "Counsel"),)
_REVIEW = Stage(What.REVIEWS, Role.STEWARD, "Data and privacy officer")
USUAL: dict[str, tuple[Stage, ...]] = {
    "district": (
        _REVIEW,
        Stage(What.APPROVES, Role.COUNSEL, "Solicitor"),
        Stage(What.REVIEWS, Role.SUPERINTENDENT, "Superintendent"),
        Stage(What.BOARD, Role.SUPERINTENDENT, "School board"),
        Stage(What.SIGNS, Role.SUPERINTENDENT, "Superintendent"),
    ),
    "pha": (
        _REVIEW,
        Stage(What.APPROVES, Role.COUNSEL, "Agency counsel"),
        Stage(What.SIGNS, Role.DIRECTOR, "Executive director"),
    ),
    "university": (
        _REVIEW,
        Stage(What.APPROVES, Role.COUNSEL, "Contracts office"),
        Stage(What.SIGNS, Role.DIRECTOR, "Authorized signatory"),
    ),
    "ids_lead": (
        _REVIEW,
        Stage(What.APPROVES, Role.COUNSEL, "Counsel"),
        Stage(What.BOARD, Role.DIRECTOR, "Governance committee"),
        Stage(What.SIGNS, Role.DIRECTOR, "Director"),
    ),
}
"""What is usual for a kind of organisation; it may set any other route."""


def route_of(organisation: Organisation) -> tuple[Stage, ...]:
    """Return the steps to an organisation's approval, without the one that signs."""
    rows = RouteStep.objects.filter(organisation=organisation).exclude(what=What.SIGNS)
    own = tuple(Stage(What(row.what), Role(row.role), row.title) for row in rows)
    return own or PLAIN


def signs_apart(organisation: Organisation) -> bool:
    """Return whether whoever approved may not sign; so it is unless a route says so."""
    row = RouteStep.objects.filter(organisation=organisation, what=What.SIGNS).first()
    return row.is_apart if row else True


def current_step(approval: Approval) -> Step | None:
    """Return the step at which an approval waits, if it does."""
    return approval.steps.filter(state="waiting").first()


def roles_of(approval: Approval) -> set[str]:
    """Return the roles that act on an approval."""
    return set(approval.steps.values_list("role", flat=True))


def approving_roles(approval: Approval) -> set[str]:
    """Return the roles whose approval an owner's decision is."""
    own = approval.steps.filter(what=What.APPROVES).values_list("role", flat=True)
    route = route_of(approval.owner)
    return set(own) or {each.role for each in route if each.what == What.APPROVES}


def delegations_now(organisation: Organisation) -> QuerySet[Delegation]:
    """Return the delegations that hold today in an organisation."""
    today = clock.today([organisation.time_zone])
    return Delegation.objects.filter(
        organisation=organisation,
        revoked_at=None,
        from_on__lte=today,
        until_on__gte=today,
        giver__is_active=True,
    )


def board_acts_of(newest: ApprovalRound | None) -> tuple[f.BoardAct, ...]:
    """Return what the parties' boards did about the newest text, as rules read it.

    newest: the round of that text, if it was put before anybody.
    """
    if newest is None:
        return ()
    given = Q(approval__round=newest, state="done")
    for carried in newest.approvals.filter(state="carried"):
        given |= Q(  # the board acted when that approval was given
            approval__round__agreement=newest.agreement_id,
            approval__owner=carried.owner_id,
            approval__decided_at=carried.decided_at,
            state="void",  # with its round, and stands all the same
        )
    rows = Step.objects.filter(given, what=What.BOARD).select_related("approval")
    return tuple(
        f.BoardAct(
            party=str(row.approval.owner_id),
            acted_on=row.board_on,
            item=row.board_item,
            is_approval=bool(row.board_approved),
        )
        for row in rows
        if row.board_on
    )
