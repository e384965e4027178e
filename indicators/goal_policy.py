"""Who sees, proposes and agrees targets, and states what was done for them."""

from collections.abc import Iterable
from functools import cache, partial
from typing import Any

from django.db.models import QuerySet

from accounts.acts import Decision, allow, deny, too_late
from accounts.models import User
from agreements.models import Agreement
from agreements.policy import visible_agreements
from indicators.lifecycle import INTERVENTION, TARGET
from indicators.models import Intervention, Target, TargetDecision
from indicators.policy import can_read
from partnerships.models import Organisation
from partnerships.policy import acts_for, may_for
from partnerships.roles import Capability

_ONLY_SOME = (
    "Only an analyst of a party, or who signs for it, proposes targets and states what "
    "was done."
)


def visible_targets(user: User) -> QuerySet[Target]:
    """Return the targets of the agreements that a person sees."""
    return Target.objects.filter(agreement__in=visible_agreements(user))


def visible_target_decisions(user: User) -> QuerySet[TargetDecision]:
    """Return the decisions on the targets that a person sees."""
    return TargetDecision.objects.filter(target__in=visible_targets(user))


def visible_interventions(user: User) -> QuerySet[Intervention]:
    """Return what was stated under the agreements that a person sees."""
    return Intervention.objects.filter(agreement__in=visible_agreements(user))


def speaks_for(user: User, agreement: Agreement) -> Organisation | None:
    """Return the party for which a person proposes: that it signs for comes first."""
    parties = agreement.parties.values("organisation")
    for capability in (Capability.SIGN, Capability.AUTHOR_RELEASE):
        found = acts_for(user, capability).filter(pk__in=parties).order_by("pk").first()
        if found is not None:
            return found
    return None


def can_propose_target(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may propose a target, or state what was done."""
    if speaks_for(user, agreement) is None:
        return deny(_ONLY_SOME)
    return can_read(user, agreement)


def can_decide_target(user: User, decision: TargetDecision) -> Decision:
    """Return whether a person may agree or decline for one party."""
    if decision.target.state != TARGET.initial:
        return too_late("This target is not open for decision.")
    if decision.decided_at is not None:
        return too_late(f"{decision.party.name} has decided already.")
    others = decision.target.decisions.exclude(pk=decision.pk)
    if others.filter(decided_by=user).exists():
        return deny("You decided for another party. Each party decides for itself.")
    return may_for(user, Capability.SIGN, decision.party)


def can_withdraw_target(user: User, target: Target) -> Decision:
    """Return whether a person may end a target.

    One that is proposed is taken back by who proposed it; out of one that is agreed
    each party may step, so that nobody is held to it against its will.
    """
    if not TARGET.allows(target.state, "withdraw"):
        return too_late("This target has ended already.")
    if target.state == TARGET.initial:
        if target.proposed_by_id == user.pk:
            return allow()
        return deny("Only who proposed a target takes it back. You may decline it.")
    parties = target.decisions.values("party")
    if acts_for(user, Capability.SIGN).filter(pk__in=parties).exists():
        return allow()
    return deny("Only who signs for a party ends a target that is agreed.")


def can_withdraw_intervention(user: User, row: Intervention) -> Decision:
    """Return whether a person may take back what was stated: its own party may."""
    return _may_take_back(row, speaks_for(user, row.agreement))


def with_own(
    user: User, rows: Iterable[Intervention]
) -> list[tuple[Intervention, bool]]:
    """Return each statement with whether a person may take it back.

    For whom the person speaks is asked once for each agreement.
    """
    own = cache(partial(speaks_for, user))
    return [(row, _may_take_back(row, own(row.agreement)).allowed) for row in rows]


def _may_take_back(row: Intervention, own: Organisation | None) -> Decision:
    if not INTERVENTION.allows(row.state, "withdraw"):
        return too_late("This is withdrawn already.")
    if own is None or own.pk != row.stated_for_id:
        return deny(f"Only people of {row.stated_for.name} withdraw what it stated.")
    return allow()


def readable_targets(user: User) -> QuerySet[Target]:
    """Return the targets whose baselines the access lists let a person read."""
    found = visible_targets(user)
    return found.filter(agreement__in=_readable(user, found.values("agreement")))


def readable_interventions(user: User) -> QuerySet[Intervention]:
    """Return what was stated, where the access lists let a person read results."""
    found = visible_interventions(user).filter(state=INTERVENTION.initial)
    return found.filter(agreement__in=_readable(user, found.values("agreement")))


def _readable(user: User, agreements: QuerySet[Any, Any]) -> list[int]:
    rows = Agreement.objects.filter(pk__in=agreements)
    return [each.pk for each in rows if can_read(user, each)]


def open_target_decisions(user: User) -> QuerySet[TargetDecision]:
    """Return the decisions on targets that wait for a person."""
    return visible_target_decisions(user).filter(
        state=TargetDecision.State.OPEN,
        target__state=TARGET.initial,
        party__in=acts_for(user, Capability.SIGN),
    )
