"""States a case's facts in a draft: parties, purposes, flows, people, sections.

Only what differs from what the draft says already is done, so that cases which differ
little from a page are made from it in a moment.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agreements import presets
from agreements.models import DataFlow, Purpose
from agreements.rules import facts as f
from agreements.rules.vocabulary import Covers
from agreements.services import sections, wordings
from partnerships.models import Site
from partnerships.roles import Role
from partnerships.services.directory import add_site, give_role
from tests import make

if TYPE_CHECKING:
    from tests.support.realised import Realised

SAID = ("text", "scope", "benefit", "study_title", "method", "necessity", "pii_use")
LISTED = ("collected_under", "reason", "authority")


def state(made: "Realised", said: f.AgreementFacts) -> None:
    """Let the draft say what the facts say; said: what it says already."""
    _parties(made, said)
    _purposes(made, said)
    _flows(made, said)
    _leave(made, said)
    _access(made, said)
    _sections(made, said)
    _wordings(made)
    _signatories(made, said)


def _parties(made: "Realised", said: f.AgreementFacts) -> None:
    partners, actor = made.partners, made.partners.director
    rows = {each.organisation_id: each for each in made.agreement.parties.all()}
    for party in made.facts.parties:
        if party in said.parties:
            continue
        organisation = partners.organisations[party.key]
        row = rows.get(organisation.pk) or sections.add_party(
            agreement=made.agreement, organisation=organisation, actor=actor
        )
        sections.save_party(
            party=row,
            values={"capacities": list(party.capacities), "signs": party.signs},
            actor=actor,
        )


def _leave(made: "Realised", said: f.AgreementFacts) -> None:
    """Take out who is no party, now that no flow is theirs."""
    kept = {made.partners.organisations[each.key].pk for each in made.facts.parties}
    for party in made.agreement.parties.exclude(organisation__in=kept):
        sections.remove_party(party=party, actor=made.partners.director)


def _purposes(made: "Realised", said: f.AgreementFacts) -> None:
    actor, before = made.partners.director, {each.key: each for each in said.purposes}
    for purpose in made.facts.purposes:
        if before.get(purpose.key) != purpose:
            sections.save_purpose(
                purpose=_purpose_row(made, purpose.key),
                values=_said_of(made, purpose),
                actor=actor,
            )
    for key in before.keys() - {each.key for each in made.facts.purposes}:
        row = _purpose_row(made, key)
        sections.save_purpose(purpose=row, values={"text": ""}, actor=actor)


def _purpose_row(made: "Realised", key: str) -> Purpose:
    """Return the purpose with a key; one that nobody described says nothing."""
    if key not in made.purposes:
        free = made.agreement.purposes.exclude(key__in=made.purposes.values())
        row = free.first() or sections.add_purpose(
            agreement=made.agreement, actor=made.partners.director
        )
        made.purposes[key] = row.key
    return made.agreement.purposes.get(key=made.purposes[key])


def _said_of(made: "Realised", purpose: f.Purpose) -> dict[str, Any]:
    program = purpose.program
    return {
        **{name: getattr(purpose, name) for name in SAID},
        "uses": list(purpose.uses),
        "study_kind": purpose.study_kind or "",
        "program_name": program.name if program else "",
        "program_is_education": bool(program and program.is_education),
        "program_supported_by": list(program.supported_by) if program else [],
        "program_run_by": [
            made.partners.organisations[key].pk
            for key in (program.runs_by if program else ())
        ],
    }


def _flows(made: "Realised", said: f.AgreementFacts) -> None:
    actor, before = made.partners.director, {each.key: each for each in said.flows}
    for key in before.keys() - {each.key for each in made.facts.flows}:
        sections.remove_flow(flow=made.agreement.flows.get(key=key), actor=actor)
    for flow in made.facts.flows:
        old = before.get(flow.key)
        if old == flow:
            continue
        if old and (old.sender, old.receiver) != (flow.sender, flow.receiver):
            row = made.agreement.flows.get(key=flow.key)
            sections.remove_flow(flow=row, actor=actor)
            old = None
        row = (
            made.agreement.flows.get(key=flow.key)
            if old
            else sections.add_flow(
                agreement=made.agreement,
                key=flow.key,
                sender=made.partners.organisation(flow.sender),
                receiver=made.partners.organisation(flow.receiver),
                actor=actor,
            )
        )
        sections.save_flow(flow=row, values=_terms_of(made, flow), actor=actor)
        _elements(
            made, row, flow, {each.code: each for each in old.fields} if old else {}
        )
        if not old:
            _buildings(made, flow)


def _terms_of(made: "Realised", flow: f.Flow) -> dict[str, Any]:
    return {
        "purpose": _purpose_row(made, flow.purpose),
        "grain": flow.grain,
        "basis": flow.basis or "",
        "frequency": flow.frequency or "",
        "method": flow.method or "",
        "selection": flow.selection,
        "code_origin": flow.code_origin or "",
        "service": flow.service,
        "attested": list(flow.attested),
        "scope_places": list(flow.scope.places),
        "scope_years": list(flow.scope.years),
        "scope_ages": list(flow.scope.ages),
        "scope_grades": list(flow.scope.grades),
    }


def _elements(
    made: "Realised", row: DataFlow, flow: f.Flow, before: Mapping[str, f.Field]
) -> None:
    actor = made.partners.director
    gone = before.keys() - {each.code for each in flow.fields}
    if gone:
        sections.unlist_elements(
            agreement=made.agreement,
            elements=row.elements.filter(code__in=gone),
            actor=actor,
        )
    for listed in flow.fields:
        if before.get(listed.code) == listed:
            continue
        element = (
            row.elements.get(code=listed.code)
            if listed.code in before
            else sections.list_element(flow=row, code=listed.code, actor=actor)
        )
        values = {name: getattr(listed, name) for name in LISTED}
        values["answers"] = [work_key(made.facts, each) for each in listed.answers]
        values["lineage"] = _lineage(made, listed.lineage)
        sections.save_element(element=element, values=values, actor=actor)


def _lineage(made: "Realised", lineage: f.Lineage | None) -> dict[str, list[Any]]:
    if lineage is None:
        return {}
    owners = [made.partners.organisations[key].pk for key in lineage.owners]
    return {"inputs": list(lineage.inputs), "owners": owners}


def work_key(facts: f.AgreementFacts, key: str) -> str:
    """Return the product's key of what a case does; where it has its own, its work."""
    is_own = any(each.key == key for each in facts.analyses)
    work = presets.work_of(facts.kind, facts.model)
    return work[-1] if is_own and key not in presets.ANALYSES else key


def _buildings(made: "Realised", flow: f.Flow) -> None:
    for address in flow.addresses:
        add_site(
            organisation=made.partners.organisations[flow.sender],
            kind=Site.Kind.BUILDING,
            code=str(address.row),
            name=f"Building {address.row}",
            address="1 Main Street" + " Apt 2" * address.has_unit_number,
            n_units=address.n_units,
            is_voucher=address.is_voucher,
            actor=make.SET_UP,
        )


def _access(made: "Realised", said: f.AgreementFacts) -> None:
    partners, before = made.partners, {each.person: each for each in said.access}
    for key in before.keys() - {each.person for each in made.facts.access}:
        row = made.agreement.access.get(membership=partners.people[key])
        sections.remove_access(entry=row, actor=partners.director)
    for entry in made.facts.access:
        if before.get(entry.person) == entry:
            continue
        if entry.person not in partners.people:
            partners.people[entry.person] = give_role(
                user=make.user(entry.name.strip() or "Gone Away"),
                organisation=partners.organisation(entry.party),
                role=Role.STEWARD,
                actor=make.SET_UP,
            )
        membership = partners.people[entry.person]
        sections.set_access(
            agreement=made.agreement,
            membership=membership,
            sees=entry.sees,
            from_on=entry.from_on,
            until_on=entry.until_on,
            actor=partners.director,
        )
        if entry.left_on or not entry.name.strip():
            make.leaves(membership.user)


def _sections(made: "Realised", said: f.AgreementFacts) -> None:
    before = _section_values(made, said)
    for section, values in _section_values(made, made.facts).items():
        if values != before[section] or said.min_cell is None:
            sections.save_section(
                agreement=made.agreement,
                section=section,
                values=values,
                actor=made.partners.director,
            )


def _section_values(
    made: "Realised", facts: f.AgreementFacts
) -> Mapping[str, Mapping[str, Any]]:
    term, destruction, offer = facts.term, facts.destruction, facts.offer
    sending = [each for each in facts.authorities if each.covers is Covers.SENDING]
    keys = {key: str(row.pk) for key, row in made.partners.organisations.items()}
    held = facts.review_held
    return {
        "review": {
            "review_held_on": held.held_on,
            "review_findings": held.findings,
            "new_targets": held.new_targets,
        },
        "parties": {
            "sending_authority_source": sending[0].source if sending else "",
            "sending_authority": sending[0].document if sending else "",
        },
        "purpose": {
            "measures": [
                each.key for each in facts.analyses if each.key in presets.MEASURES
            ],
            "breakdowns": ["building", "school"],
            "refresh": {
                work_key(facts, each.key): each.refresh for each in facts.analyses
            },
            "public_summary": "We learn." if facts.has_public_summary else "",
        },
        "dates": {
            "starts_on": term.starts_on,
            "ends_on": term.ends_on,
            "implementation_on": term.implementation_on,
            "review_on": term.review_on,
            "renewal": term.renewal or "",
            "list_days": destruction.list_days,
            "release_days": destruction.release_days,
            "end_days": destruction.end_days,
            "destroy_by": destruction.destroy_by,
            "covers_copies": destruction.covers_copies,
        },
        "protection": {
            "min_cell": facts.min_cell,
            "breach_hours": facts.handling.breach_hours,
            "contacts": facts.handling.contacts,
            "optional_clauses": sorted(facts.clauses),
            "offered_to": offer.joiner_type if offer else "",
            "offered_until": offer.until_on if offer else None,
        },
        "outside": {
            "onward": [
                {
                    "owner": keys[each.owner],
                    "name": each.name,
                    "interest": each.interest,
                    "basis": each.basis or "",
                }
                for each in facts.onward
            ],
            "subcontractors": [
                {
                    "party": keys[each.party],
                    "name": each.name,
                    "has_flow_down": each.has_flow_down,
                }
                for each in facts.subcontractors
            ],
        },
    }


def _wordings(made: "Realised") -> None:
    for each in made.facts.wordings:
        if each.is_own:
            wordings.add_own_clause(
                agreement=made.agreement,
                title=each.title,
                text=each.text,
                is_indemnity=each.is_indemnity,
                actor=made.partners.director,
            )
        else:
            wordings.set_wording(
                agreement=made.agreement,
                clause=each.clause,
                text=each.text,
                is_indemnity=each.is_indemnity,
                actor=made.partners.director,
            )


def _signing(
    facts: f.AgreementFacts, key: str
) -> tuple[str | None, f.Authority | None]:
    authority = next(
        (e for e in facts.authorities if (e.party, e.covers) == (key, Covers.SIGNING)),
        None,
    )
    return facts.signatories.get(key), authority


def _signatories(made: "Realised", said: f.AgreementFacts) -> None:
    partners = made.partners
    keys = {row.pk: key for key, row in partners.organisations.items()}
    for party in made.agreement.parties.select_related("organisation", "signatory"):
        key = keys[party.organisation_id]
        name, authority = _signing(made.facts, key)
        if party.signatory and (name, authority) == _signing(said, key):
            continue
        signatory = name and give_role(
            user=make.user(name),
            organisation=party.organisation,
            role=Role.SUPERINTENDENT,
            authority_source=authority.source if authority else "",
            authority_reference=authority.document if authority else "",
            authority_limits=authority.limits if authority else "",
            authority_expires_on=authority.expires_on if authority else None,
            actor=make.SET_UP,
        )
        sections.set_signatory(
            party=party, signatory=signatory or None, actor=partners.director
        )
