"""Drafting: start a draft, check it, record counsel's finding, submit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import clock
from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements import presets
from agreements.lifecycle import AGREEMENT
from agreements.models import (
    AccessEntry,
    Agreement,
    CounselFinding,
    DataFlow,
    FlowElement,
    NumberSeries,
    Party,
    Purpose,
    TextVersion,
)
from agreements.policy import can_record_finding, can_start
from agreements.queries import facts_of, owners_of, schedule_digest
from agreements.rules.engine import evaluate
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import Stage
from agreements.services.approvals import open_round
from agreements.services.register import write_search_text
from agreements.services.sections import locked_draft
from agreements.services.versions import keep_version
from partnerships.models import Membership, Organisation, Partnership
from partnerships.policy import visible_partnerships
from partnerships.services.notices import queue_notice


def start_draft(
    *, partnership: Partnership, actor: User, token: UUID | None = None
) -> Agreement:
    """Return a new MOU of model 2, filled with what the model needs.

    token: of the page on which it was asked for. Asked for twice there, it is started
    once, and the second answer is the first draft. Raises RuleBroken unless the
    partnership has one agency and one district.
    """
    can_start(actor).require()
    if not visible_partnerships(actor).filter(pk=partnership.pk).exists():
        raise RuleBroken("Choose a partnership that you are in.")
    sides = sides_of(partnership)
    with transaction.atomic():
        if first := started_before(partnership, actor, token):
            return first
        return _start(partnership, sides, actor, token)


def started_before(
    partnership: Partnership, actor: User, token: UUID | None
) -> Agreement | None:
    """Return the draft that a page's button started already, if any.

    Until the transaction ends nobody else starts one in the partnership.
    """
    Partnership.objects.select_for_update(no_key=True).get(pk=partnership.pk)
    if token is None:
        return None
    return partnership.agreements.filter(drafted_by=actor, start_token=token).first()


def _start(
    partnership: Partnership,
    sides: Mapping[str, Organisation],
    actor: User,
    token: UUID | None,
) -> Agreement:
    dates = presets.dates_from(
        clock.today(organisation.time_zone for organisation in sides.values())
    )
    with act("agreements.start_draft", actor=actor, chain=partnership.chain) as this:
        agreement = Agreement.objects.create(
            partnership=partnership,
            number=next_number(dates.starts_on.year),
            start_token=token,
            drafted_by=actor,
            drafters=[actor.pk],
            title=f"School attendance of children in {sides['pha'].name} homes",
            measures=list(presets.MEASURES),
            breakdowns=list(presets.BREAKDOWNS),
            min_cell=max(side.min_cell for side in sides.values()),
            starts_on=dates.starts_on,
            ends_on=dates.ends_on,
            implementation_on=dates.implementation_on,
            review_on=dates.review_on,
            destroy_by=dates.destroy_by,
            list_days=30,
            release_days=90,
            end_days=60,
            breach_hours=24,
        )
        _fill_parties(agreement, sides)
        purpose = Purpose.objects.create(agreement=agreement, key=presets.PURPOSE)
        _fill_flows(agreement, purpose, sides)
        _fill_access(agreement, sides)
        write_search_text(agreement)
        this.subject = f"agreements.agreement:{agreement.pk}"
    return agreement


def sides_of(partnership: Partnership) -> dict[str, Organisation]:
    """Return a partnership's agency and district; RuleBroken if it lacks one yet."""
    if partnership.participations.filter(accepted_at=None).exists():
        raise RuleBroken(
            "Not every organisation has accepted the partnership yet. Its signatory is "
            "asked on the home page."
        )
    sides = {
        organisation.kind: organisation
        for organisation in partnership.organisations.all()
    }
    if not {"pha", "district"} <= set(sides):
        raise RuleBroken(
            "This kind of agreement joins a housing agency and a school district, "
            "and the partnership lacks one of them. Form it with both."
        )
    return {kind: sides[kind] for kind in ("pha", "district")}


def next_number(year: int) -> str:
    """Return the next number of a year, which nobody else gets."""
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save()
    return f"MOU-{year}-{series.last:03d}"


def _fill_parties(agreement: Agreement, sides: Mapping[str, Organisation]) -> None:
    for kind, organisation in sides.items():
        signatory = (
            Membership.objects.filter(organisation=organisation, ended_on=None)
            .exclude(authority_source="")
            .order_by("pk")
            .first()
        )
        Party.objects.create(
            agreement=agreement,
            organisation=organisation,
            capacities=[word.value for word in presets.CAPACITIES[kind]],
            signatory=signatory,
        )


def _fill_flows(
    agreement: Agreement, purpose: Purpose, sides: Mapping[str, Organisation]
) -> None:
    for preset in presets.MODEL_2:
        flow = DataFlow.objects.create(
            agreement=agreement,
            purpose=purpose,
            key=preset.key,
            sender=sides[preset.sender],
            receiver=sides[preset.receiver],
            grain=preset.grain,
            basis=preset.basis or "",
            frequency=preset.frequency,
            method=preset.method,
        )
        for code, answers in preset.elements:
            FlowElement.objects.create(
                flow=flow,
                code=code,
                answers=list(answers),
                collected_under=preset.collected_under,
            )


def _fill_access(agreement: Agreement, sides: Mapping[str, Organisation]) -> None:
    for (kind, role), sees in presets.SIGHT_OF_ROLE.items():
        for membership in Membership.objects.filter(
            organisation=sides[kind], role=role, ended_on=None
        ):
            AccessEntry.objects.create(
                agreement=agreement,
                membership=membership,
                sees=[sight.value for sight in sees],
                from_on=agreement.starts_on,
                until_on=agreement.ends_on,
            )


def check_draft(agreement: Agreement) -> tuple[Finding, ...]:
    """Return every finding that the rules have against the draft now."""
    return evaluate(facts_of(agreement), Stage.DRAFT)


def record_finding(
    *, agreement: Agreement, party: Organisation, ground: str, reason: str, actor: User
) -> CounselFinding:
    """Return counsel's finding on what a party sends, as it is listed now.

    The same finding on the same list, recorded again, is the one on record.
    """
    if not reason.strip():
        raise RuleBroken("Say in a sentence why you found so: the file needs it.")
    with transaction.atomic():
        row = Agreement.objects.select_for_update().get(pk=agreement.pk)
        can_record_finding(actor, row, party).require()
        found = {
            "counsel": actor,
            "ground": ground,
            "reason": reason,
            "schedule_digest": schedule_digest(row, party.pk),
        }
        last = CounselFinding.objects.filter(agreement=row, party=party).first()
        if last and all(getattr(last, name) == found[name] for name in found):
            return last
        return _new_finding(row, party, found)


def _new_finding(
    row: Agreement, party: Organisation, found: dict[str, Any]
) -> CounselFinding:
    with act(
        "agreements.record_finding",
        actor=found["counsel"],
        chain=row.chain,
        subject=row,
    ):
        finding = CounselFinding.objects.create(
            agreement=row, party=party, recorded_at=clock.now(), **found
        )
        queue_notice(
            key=f"finding:{finding.pk}",
            recipient=row.drafted_by,
            subject=f"{party.name}'s counsel recorded a finding on {row.number}",
            body="The draft can be checked again.",
            path=row.get_absolute_url(),
        )
    return finding


def submit(*, agreement: Agreement, actor: User) -> None:
    """Freeze the text and put it before every owner's counsel.

    Raises RuleBroken while a blocking finding stands.
    """
    with act(
        "agreements.submit", actor=actor, chain=agreement.chain, subject=agreement
    ) as this:
        row = locked_draft(agreement, actor)
        blocking = [finding for finding in check_draft(row) if finding.blocks]
        if blocking:
            count = "1 thing" if len(blocking) == 1 else f"{len(blocking)} things"
            raise RuleBroken(
                f"{count} must be put right before this can be sent: "
                + " ".join(finding.message for finding in blocking[:3])
            )
        row.state = AGREEMENT.move(row.state, "submit")
        row.save()
        round_ = open_round(agreement=row)
        keep_version(row, TextVersion.Made.SUBMITTED, actor)
        this.detail |= {
            "text": round_.text_digest,
            "owners": [owner.pk for owner in owners_of(row)],
        }
