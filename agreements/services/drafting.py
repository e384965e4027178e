"""Drafting: start a draft, check it, record counsel's finding, submit."""

from collections.abc import Mapping
from textwrap import shorten
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts import clock
from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements import presets
from agreements.freezing import freeze
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
from agreements.presets import Preset
from agreements.queries import (
    facts_of,
    gaps_in,
    is_change,
    owners_of,
    schedule_digest,
    text_of,
)
from agreements.rules.engine import evaluate
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import (
    AgreementKind,
    CodeOrigin,
    Grain,
    PartyType,
    SharingModel,
    Stage,
    Use,
)
from agreements.services.library import load_clauses
from agreements.services.originals import keep_original
from agreements.services.register import write_search_text
from agreements.services.rounds import open_round
from agreements.services.sections import locked_draft
from agreements.services.standing import require_current
from agreements.services.versions import keep_version
from partnerships.models import Membership, Organisation, Partnership
from partnerships.policy import visible_partnerships
from partnerships.services.notices import queue_notice

TITLE = 160  # characters that an agreement's title may have


def start_draft(
    *,
    partnership: Partnership,
    actor: User,
    kind: AgreementKind = AgreementKind.MEMORANDUM,
    model: SharingModel = SharingModel.DISTRICT_LINKS,
    part: str = "",
    token: UUID | None = None,
) -> Agreement:
    """Return a new draft, filled with what its kind and model need.

    part: of a model that has parts, if one is meant. token: of the page on which it was
    asked for. Asked for twice there, it is started once, and the second answer is the
    first draft. Raises RuleBroken unless the partnership has every side of the model.
    """
    can_start(actor).require()
    if not visible_partnerships(actor).filter(pk=partnership.pk).exists():
        raise RuleBroken("Choose a partnership that you are in.")
    preset = presets.preset_of(kind, model, part)
    sides = sides_of(partnership, preset)
    with transaction.atomic():
        if first := started_before(partnership, actor, token):
            return first
        return _start(partnership, sides, preset, actor, kind, model, token)


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
    preset: Preset,
    actor: User,
    kind: AgreementKind,
    model: SharingModel,
    token: UUID | None,
) -> Agreement:
    dates = presets.dates_from(
        clock.today(organisation.time_zone for organisation in sides.values())
    )
    names = {key: side.name for key, side in sides.items()}
    with act("agreements.start_draft", actor=actor, chain=partnership.chain) as this:
        agreement = Agreement.objects.create(
            partnership=partnership,
            number=next_number(dates.starts_on.year, kind),
            kind=kind.upper(),
            model=model.value,
            start_token=token,
            drafted_by=actor,
            drafters=[actor.pk],
            title=shorten(preset.title.format_map(names), TITLE, placeholder=" …"),
            measures=list(preset.measures),
            breakdowns=list(presets.BREAKDOWNS) if preset.measures else [],
            refresh=presets.refresh_of(preset),
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
        _fill_parties(agreement, sides, preset)
        _fill_flows(agreement, sides, preset)
        _fill_access(agreement, sides, preset)
        write_search_text(agreement)
        this.subject = f"agreements.agreement:{agreement.pk}"
    return agreement


def accepted_organisations(partnership: Partnership) -> list[Organisation]:
    """Return a partnership's organisations; RuleBroken until all have accepted."""
    if partnership.participations.filter(accepted_at=None).exists():
        raise RuleBroken(
            "Not every organisation has accepted the partnership yet. Its signatory is "
            "asked on the home page."
        )
    return list(partnership.organisations.all())


def sides_of(partnership: Partnership, preset: Preset) -> dict[str, Organisation]:
    """Return which organisation is which side; RuleBroken if one is lacking."""
    organisations = {each.pk: each for each in accepted_organisations(partnership)}
    found = presets.sides_among(
        preset, {key: PartyType(each.kind) for key, each in organisations.items()}
    )
    if found is None:
        joined = [side.label for side in preset.sides if not side.may_lack]
        *before, last = joined if len(joined) > 1 else [*joined, "an owner of records"]
        raise RuleBroken(
            f"This kind of agreement joins {', '.join(before)} and {last}, and the "
            "partnership lacks one of them. Form it with all of them."
        )
    return {side: organisations[key] for side, key in found.items()}


def next_number(year: int, kind: AgreementKind = AgreementKind.MEMORANDUM) -> str:
    """Return the next number of a year, which nobody else gets."""
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save()
    return f"{kind.upper()}-{year}-{series.last:03d}"


def _fill_parties(
    agreement: Agreement, sides: Mapping[str, Organisation], preset: Preset
) -> None:
    for side in preset.sides:
        if side.key not in sides:
            continue
        signatory = (
            Membership.objects.filter(organisation=sides[side.key], ended_on=None)
            .exclude(authority_source="")
            .order_by("pk")
            .first()
        )
        Party.objects.create(
            agreement=agreement,
            organisation=sides[side.key],
            capacities=[word.value for word in side.capacities],
            signatory=signatory,
        )


def _fill_flows(
    agreement: Agreement, sides: Mapping[str, Organisation], preset: Preset
) -> None:
    purposes = _fill_purposes(agreement, preset)
    for flow in preset.flows:
        if {flow.sender, flow.receiver} - sides.keys():
            continue
        row = DataFlow.objects.create(
            agreement=agreement,
            purpose=purposes[flow.use],
            key=flow.key,
            sender=sides[flow.sender],
            receiver=sides[flow.receiver],
            grain=flow.grain,
            basis=flow.basis or "",
            frequency=flow.frequency,
            method=flow.method,
            code_origin=CodeOrigin.RANDOM if flow.grain is Grain.CODED else "",
        )
        for code, answers in flow.elements:
            FlowElement.objects.create(
                flow=row,
                code=code,
                answers=list(answers),
                collected_under=flow.collected_under,
            )


def _fill_purposes(agreement: Agreement, preset: Preset) -> dict[Use, Purpose]:
    """Return a purpose for each use, for what serves one may not serve another."""
    uses = dict.fromkeys(flow.use for flow in preset.flows)
    return {
        use: Purpose.objects.create(
            agreement=agreement,
            key=presets.PURPOSE if n == 1 else f"{presets.PURPOSE}-{n}",
            uses=[use.value],
        )
        for n, use in enumerate(uses, start=1)
    }


def _fill_access(
    agreement: Agreement, sides: Mapping[str, Organisation], preset: Preset
) -> None:
    for side in preset.sides:
        if side.key not in sides:
            continue
        for membership in Membership.objects.filter(
            organisation=sides[side.key],
            role__in=presets.ON_THE_LIST,
            ended_on=None,
        ):
            AccessEntry.objects.create(
                agreement=agreement,
                membership=membership,
                sees=[
                    sight.value
                    for sight in presets.sight_of(preset, side, membership.role)
                ],
                from_on=agreement.starts_on,
                until_on=agreement.ends_on,
            )


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
            path=reverse("draft_check", args=[row.number]),
        )
    return finding


def submit(*, agreement: Agreement, actor: User) -> None:
    """Freeze the text and put it before every owner's counsel.

    The text names the version of each clause. Raises RuleBroken while a blocking
    finding stands, somebody whom the text names has left, a clause has a gap, or a
    term is missing that must run.
    """
    load_clauses()
    with act(
        "agreements.submit", actor=actor, chain=agreement.chain, subject=agreement
    ) as this:
        row = locked_draft(agreement, actor)
        facts = facts_of(row)
        blocking = [each for each in evaluate(facts, Stage.DRAFT) if each.blocks]
        if blocking:
            count = "1 thing" if len(blocking) == 1 else f"{len(blocking)} things"
            raise RuleBroken(
                f"{count} must be put right before this can be sent: "
                + " ".join(finding.message for finding in blocking[:3])
            )
        _refuse_leavers(row)
        _refuse_gaps(facts)
        if is_change(row):
            require_current(row)
        freeze(facts, agreement=row.number, text_digest="")
        row.state = AGREEMENT.move(row.state, "submit")
        row.save()
        keep_original(row, this)
        round_ = open_round(agreement=row, facts=facts)
        keep_version(row, facts, TextVersion.Made.SUBMITTED, actor)
        this.detail |= {
            "text": round_.text_digest,
            "owners": [owner.pk for owner in owners_of(row)],
        }


def _refuse_leavers(row: Agreement) -> None:
    """Refuse a text that names somebody who has left: it could not take effect."""
    parties = row.parties.select_related("organisation", "signatory__user")
    gone = [
        f"{party.signatory.user.name}, who was to sign for {party.organisation.name}"
        for party in parties
        if party.signatory and party.signatory.ended_on
    ]
    left = Q(membership__ended_on__isnull=False) | Q(membership__user__is_active=False)
    gone += [
        f"{entry.membership.user.name}, on the access list"
        for entry in row.access.filter(left).select_related("membership__user")
    ]
    if gone:
        raise RuleBroken(
            f"The text names somebody who has left: {'; '.join(gone)}. Name another "
            "signatory, or remove the line of the access list, then send it again."
        )


def _refuse_gaps(facts: AgreementFacts) -> None:
    """Refuse a text in which something is still to be completed: it would be signed."""
    gaps = gaps_in(text_of(facts))
    if gaps:
        raise RuleBroken(
            "The text has gaps, and would be signed with them. Complete these, or word "
            "the clause without them: " + " ".join(gaps[:5])
        )
