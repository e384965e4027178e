"""Targets and interventions: propose, decide, withdraw, state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from accounts import clock
from accounts.acting import Act, Actor, act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.models import Agreement
from indicators.goal_policy import (
    can_decide_target,
    can_propose_target,
    can_withdraw_intervention,
    can_withdraw_target,
    speaks_for,
)
from indicators.lifecycle import INTERVENTION, TARGET
from indicators.models import Intervention, Release, Target, TargetDecision
from indicators.published import goals
from indicators.published.goals import is_further, year_of
from indicators.published.rows import band_of, residents
from indicators.published.wording import name_of_residents, printed
from indicators.queries import document_of
from partnerships.models import Organisation
from partnerships.policy import acts_for, people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is to be reached. dim, value: the group, or "" for all residents.

    period: the school year whose printed rate is the baseline. steps: two school years
    with the percent to be reached by each, the nearer first.
    """

    measure: str
    period: str
    steps: tuple[tuple[str, int], tuple[str, int]]
    dim: str = ""
    value: str = ""


def propose_target(*, release: Release, aim: Aim, reason: str, actor: User) -> Target:
    """Return a new target, put before every party of the release's agreement.

    Who signs for a party and proposes has agreed for it.
    """
    agreement = release.agreement
    with act("indicators.propose_target", actor=actor, chain=agreement.chain) as this:
        locked = _lock(agreement)
        can_propose_target(actor, locked).require()
        row = _proposed(release, aim)
        party = speaks_for(actor, locked)
        assert party is not None
        row.proposed_for, row.proposed_by = party, actor
        row.proposed_at, row.reason = clock.now(), reason
        row.save()
        this.subject = f"indicators.target:{row.pk}"
        for each in locked.parties.select_related("organisation").order_by("pk"):
            _ask(row, each.organisation, actor)
        _settle(row, this)
    return row


def _lock(agreement: Agreement) -> Agreement:
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def _proposed(release: Release, aim: Aim) -> Target:
    """Return the target of an aim; RuleBroken where it has nothing to start from."""
    if release.state != "published":
        raise RuleBroken("A target starts from a published release that stands.")
    document = document_of(release)
    at = {aim.dim: aim.value} if aim.dim else {}
    known = {each.id: each for each in document.measures}
    if aim.measure not in known:
        raise RuleBroken("This release does not hold the measure. Choose another one.")
    start = residents(document, aim.measure, aim.period, at)
    if band_of(start) is None:
        raise RuleBroken(
            "The rate of this group is not printed as a range, so nothing can start "
            "from it. Choose a group or a school year that is shown."
        )
    about = known[aim.measure]
    (short_year, short), (long_year, long) = aim.steps
    if not year_of(aim.period) < year_of(short_year) < year_of(long_year):
        raise RuleBroken(
            "The short term must end after the baseline, and the long term after the "
            "short term. Correct the school years."
        )
    target = goals.Target(
        key=0,
        measure=about.id,
        dim=aim.dim,
        value=aim.value,
        baseline=aim.period,
        steps=aim.steps,
        is_lower_better=about.is_lower_better,
    )
    if not is_further(band_of(start), target):
        way = "lower" if about.is_lower_better else "higher"
        raise RuleBroken(
            f"The baseline is {printed(start.text)}, and {about.label.lower()} is "
            f"better when it is {way}. The short-term target must go on from the "
            "baseline, and the long-term target from the short-term one."
        )
    return Target(
        agreement=release.agreement,
        release=release,
        measure=about.id,
        measure_label=about.label,
        is_lower_better=about.is_lower_better,
        dim=aim.dim,
        value=aim.value,
        group_label=document.label(aim.dim, aim.value)
        if aim.dim
        else name_of_residents(document),
        baseline_period=aim.period,
        baseline_text=printed(start.text),
        short_year=short_year,
        short_percent=short,
        long_year=long_year,
        long_percent=long,
    )


def _ask(row: Target, party: Organisation, actor: User) -> None:
    """Let a party decide; that of a proposer who signs for it has agreed."""
    decision = TargetDecision(target=row, party=party)
    signs = acts_for(actor, Capability.SIGN).filter(pk=party.pk).exists()
    if signs and party.pk == row.proposed_for_id:
        decision.state = TargetDecision.State.AGREED
        decision.decided_by, decision.decided_at = actor, clock.now()
    decision.save()
    if decision.state == TargetDecision.State.OPEN:
        for person in people_with(Capability.SIGN, party):
            queue_notice(
                key=f"target:{decision.pk}",
                recipient=person,
                subject=f"{row.agreement.number}: a target waits for your decision",
                body=(
                    f"{row.proposed_for.name} proposes a target under "
                    f"{row.agreement.number}. You decide for {party.name}; nobody "
                    "decides for you."
                ),
                path=row.get_absolute_url(),
            )


def decide_target(
    *, decision: TargetDecision, agree: bool, reason: str, actor: User
) -> None:
    """Record one party's decision; all agreed sets the target, one refusal ends it."""
    if not agree and not reason.strip():
        raise RuleBroken("Say why, so that another target can be proposed.")
    agreement = decision.target.agreement
    with act(
        "indicators.decide_target",
        actor=actor,
        chain=agreement.chain,
        subject=decision,
    ) as this:
        _lock(agreement)
        row = Target.objects.select_for_update().get(pk=decision.target_id)
        own = TargetDecision.objects.select_for_update().get(pk=decision.pk)
        own.target = row
        can_decide_target(actor, own).require()
        states = TargetDecision.State
        own.state = states.AGREED if agree else states.DECLINED
        own.decided_by, own.decided_at = actor, clock.now()
        own.reason = reason
        own.save()
        this.detail |= {"party": own.party_id, "agreed": agree}
        if agree:
            _settle(row, this)
        else:
            row.state = TARGET.move(row.state, "decline")
            row.end_reason = reason
            row.save()
            _tell(row, "was declined")


def _settle(row: Target, this: Act) -> None:
    """Set a target that every party has agreed, in place of what it supersedes."""
    if row.decisions.exclude(state=TargetDecision.State.AGREED).exists():
        return
    for old in Target.objects.select_for_update().filter(
        agreement=row.agreement_id,
        measure=row.measure,
        dim=row.dim,
        value=row.value,
        state="agreed",
    ):
        old.state = TARGET.move(old.state, "supersede")
        old.save()
    row.state = TARGET.move(row.state, "agree")
    row.save()
    this.detail |= {"set": True}
    _tell(row, "is agreed")


def _tell(row: Target, what: str) -> None:
    queue_notice(
        key=f"target:{row.pk}:{row.state}",
        recipient=row.proposed_by,
        subject=f"Your target under {row.agreement.number} {what}",
        body=f"The target that you proposed {what}.",
        path=row.get_absolute_url(),
    )


def withdraw_target(*, target: Target, reason: str, actor: User) -> None:
    """End a target; it stays on record, and no chart shows it any more."""
    if not reason.strip():
        raise RuleBroken("Say why: every party reads it.")
    agreement = target.agreement
    with act(
        "indicators.withdraw_target",
        actor=actor,
        chain=agreement.chain,
        subject=target,
    ):
        _lock(agreement)
        row = Target.objects.select_for_update().get(pk=target.pk)
        can_withdraw_target(actor, row).require()
        row.state = TARGET.move(row.state, "withdraw")
        row.end_reason = reason
        row.save()


def end_proposed(*, agreement: Agreement, actor: Actor) -> None:
    """Take back the targets on which parties of an ended agreement would still decide.

    Called inside the act that ends it. Those that are agreed stay on record.
    """
    for row in Target.objects.select_for_update().filter(
        agreement=agreement, state=TARGET.initial
    ):
        with act(
            "indicators.end_target", actor=actor, chain=agreement.chain, subject=row
        ):
            row.state = TARGET.move(row.state, "withdraw")
            row.end_reason = (
                "The agreement has ended, so nobody decides on it any more."
            )
            row.save()


def state_intervention(
    *,
    release: Release,
    what: str,
    provider: str,
    dim: str,
    places: Sequence[str],
    first_on: date,
    last_on: date | None,
    actor: User,
) -> Intervention:
    """Return what one party states was done. places: of the release; none: everywhere.

    A statement of what was done binds nobody, so its own party alone makes it.
    """
    if not what.strip() or not provider.strip():
        raise RuleBroken("Say what was done, and who did it.")
    if last_on is not None and last_on < first_on:
        raise RuleBroken("The last day is before the first. Correct one of them.")
    agreement = release.agreement
    names = _names(release, dim, places)
    with act(
        "indicators.state_intervention", actor=actor, chain=agreement.chain
    ) as this:
        can_propose_target(actor, agreement).require()
        party = speaks_for(actor, agreement)
        assert party is not None
        row = Intervention.objects.create(
            agreement=agreement,
            what=what.strip(),
            provider=provider.strip(),
            dim=dim if places else "",
            places=list(names),
            labels=list(names.values()),
            first_on=first_on,
            last_on=last_on,
            stated_for=party,
            stated_by=actor,
            stated_at=clock.now(),
        )
        this.subject = f"indicators.intervention:{row.pk}"
    return row


def _names(release: Release, dim: str, places: Sequence[str]) -> Mapping[str, str]:
    """Return the places with their names; RuleBroken where one is not published."""
    document = document_of(release)
    held = {v for cell in document.cells for name, v in cell.vector if name == dim}
    if not held.issuperset(places):
        raise RuleBroken("Choose places that the release shows.")
    return {place: document.label(dim, place) for place in dict.fromkeys(places)}


def withdraw_intervention(*, intervention: Intervention, actor: User) -> None:
    """Take back what was stated; it stays on record."""
    agreement = intervention.agreement
    with act(
        "indicators.withdraw_intervention",
        actor=actor,
        chain=agreement.chain,
        subject=intervention,
    ):
        row = (
            Intervention.objects.select_for_update(of=("self",))
            .select_related("agreement", "stated_for")
            .get(pk=intervention.pk)
        )
        can_withdraw_intervention(actor, row).require()
        row.state = INTERVENTION.move(row.state, "withdraw")
        row.save()
