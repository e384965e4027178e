"""Makes the agreement that a case's facts describe, through the services alone.

What comes of it is read by `facts_of`, so that a rule whose facts nobody can state
cannot pass. Keys that cases choose become rows' keys; `Realised.key_of` leads back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from accounts import clock
from accounts.models import User
from agreements import presets
from agreements.models import Agreement
from agreements.queries import facts_of
from agreements.rules import facts as f
from agreements.rules.engine import RULES, evaluate
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import (
    Covers,
    Stage,
)
from agreements.services import drafting, sections
from partnerships.models import Organisation, Site
from partnerships.roles import Role
from partnerships.services.directory import add_organisation, add_site, give_role
from partnerships.services.engagement import form_partnership
from tests import make
from tests.support.on_file import File

_numbers = count(1)


@dataclass
class Realised:
    """An agreement made from facts, and the keys that its rows were given."""

    facts: f.AgreementFacts
    organisations: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    purposes: dict[str, str] = field(default_factory=dict)
    agreement: Agreement = field(init=False)

    def organisation(self, key: str) -> Organisation:
        """Return a party, or for any other key an organisation that is none."""
        return self.organisations.get(key) or make.organisation()

    def key_of(self, subject: str, where: str = "") -> str:
        """Return the case's own key for what a finding at a place is about."""
        named = self.people if where == "access" else self.organisations
        keys = {str(row.pk): key for key, row in named.items()}
        keys |= {row: key for key, row in self.purposes.items()}
        head, _, tail = subject.partition(" ")
        return " ".join(filter(None, (keys.get(head, head), tail)))

    def finds(self, rule: str, stage: Stage) -> list[tuple[str, str]]:
        """Return what one rule finds in what was made."""
        asked = tuple(each for each in RULES if each.id == rule)
        found: tuple[Finding, ...] = evaluate(
            facts_of(self.agreement), stage, rules=asked
        )
        return [(each.where, self.key_of(each.subject, each.where)) for each in found]


def realise(facts: f.AgreementFacts) -> Realised:
    """Return the agreement of these facts; RuleBroken where a service refuses one."""
    clock.advance(days=(facts.today - clock.today()).days)
    made = Realised(facts)
    _organisations(made)
    _draft(made)
    _purposes(made)
    _flows(made)
    _access(made)
    _sections(made)
    _signatories(made)
    File(made.agreement, facts, made.organisations).fill()
    return made


def _organisations(made: Realised) -> None:
    for party in made.facts.parties:
        made.organisations[party.key] = add_organisation(
            name=f"Organisation {next(_numbers)} {party.key}",
            legal_name=party.name,
            kind=party.type,
            state=party.state[:2].upper(),
            time_zone="America/Los_Angeles",
            is_public=party.is_public,
            is_ed_funded=party.is_ed_funded,
            is_edu_authority=party.is_edu_authority,
            needs_board_act=party.needs_board_act,
            logs_disclosures=party.logs_disclosures,
            actor=make.SET_UP,
        )


def _draft(made: Realised) -> None:
    facts = made.facts
    first = next(iter(made.organisations.values()))
    partnership = form_partnership(
        name=f"Partnership {next(_numbers)}",
        organisations=list(made.organisations.values()),
        actor=make.SET_UP,
    )
    director = make.person("Di Rector", first, Role.DIRECTOR)
    draft = drafting.start_draft(partnership=partnership, actor=director)
    for entry in draft.access.all():
        sections.remove_access(entry=entry, actor=director)
    for flow in draft.flows.all():
        sections.remove_flow(flow=flow, actor=director)
    there = {each.organisation_id: each for each in draft.parties.all()}
    for party in facts.parties:
        organisation = made.organisations[party.key]
        row = there.get(organisation.pk) or sections.add_party(
            agreement=draft, organisation=organisation, actor=director
        )
        sections.save_party(
            party=row,
            values={"capacities": list(party.capacities), "signs": party.signs},
            actor=director,
        )
    made.agreement = draft


def _by(made: Realised) -> User:
    return made.agreement.drafted_by


def _purposes(made: Realised) -> None:
    for place, purpose in enumerate(made.facts.purposes):
        row = (
            sections.add_purpose(agreement=made.agreement, actor=_by(made))
            if place
            else made.agreement.purposes.get()
        )
        made.purposes[purpose.key] = row.key
        program = purpose.program
        sections.save_purpose(
            purpose=row,
            values={
                **{
                    name: getattr(purpose, name)
                    for name in ("text", "scope", "benefit", "study_title")
                },
                **{
                    name: getattr(purpose, name)
                    for name in ("method", "necessity", "pii_use")
                },
                "uses": list(purpose.uses),
                "study_kind": purpose.study_kind or "",
                "program_name": program.name if program else "",
                "program_is_education": bool(program and program.is_education),
                "program_supported_by": list(program.supported_by) if program else [],
                "program_run_by": [
                    made.organisations[key].pk
                    for key in (program.runs_by if program else ())
                ],
            },
            actor=_by(made),
        )


def _flows(made: Realised) -> None:
    for flow in made.facts.flows:
        row = sections.add_flow(
            agreement=made.agreement,
            key=flow.key,
            sender=made.organisation(flow.sender),
            receiver=made.organisation(flow.receiver),
            actor=_by(made),
        )
        values: dict[str, Any] = {
            "grain": flow.grain,
            "basis": flow.basis or "",
            "frequency": flow.frequency or "",
            "method": flow.method or "",
            "selection": flow.selection,
            "code_origin": flow.code_origin or "",
            "service": flow.service,
            "attested": list(flow.attested),
        }
        if flow.purpose in made.purposes:
            key = made.purposes[flow.purpose]
            values["purpose"] = made.agreement.purposes.get(key=key)
        sections.save_flow(flow=row, values=values, actor=_by(made))
        for listed in flow.fields:
            element = sections.list_element(flow=row, code=listed.code, actor=_by(made))
            sections.save_element(
                element=element,
                values={
                    "answers": list(listed.answers),
                    "collected_under": listed.collected_under,
                    "reason": listed.reason,
                    "authority": listed.authority,
                    "lineage": _lineage(made, listed.lineage),
                },
                actor=_by(made),
            )
        for address in flow.addresses:
            add_site(
                organisation=made.organisations[flow.sender],
                kind=Site.Kind.BUILDING,
                code=str(address.row),
                name=f"Building {address.row}",
                address="1 Main Street" + " Apt 2" * address.has_unit_number,
                n_units=address.n_units,
                is_voucher=address.is_voucher,
                actor=make.SET_UP,
            )


def _lineage(made: Realised, lineage: f.Lineage | None) -> dict[str, list[Any]]:
    if lineage is None:
        return {}
    owners = [made.organisations[key].pk for key in lineage.owners]
    return {"inputs": list(lineage.inputs), "owners": owners}


def _access(made: Realised) -> None:
    for entry in made.facts.access:
        organisation = made.organisation(entry.party)
        person = make.user(entry.name.strip() or "Gone Away")
        membership = give_role(
            user=person,
            organisation=organisation,
            role=Role.STEWARD,
            actor=make.SET_UP,
        )
        made.people[entry.person] = person
        sections.set_access(
            agreement=made.agreement,
            membership=membership,
            sees=entry.sees,
            from_on=entry.from_on,
            until_on=entry.until_on,
            actor=_by(made),
        )
        if not entry.name.strip():
            make.leaves(person)


def _sections(made: Realised) -> None:
    facts = made.facts
    term, destruction = facts.term, facts.destruction
    sending = [each for each in facts.authorities if each.covers is Covers.SENDING]
    said: Mapping[str, Mapping[str, Any]] = {
        "parties": {
            "sending_authority_source": sending[0].source if sending else "",
            "sending_authority": sending[0].document if sending else "",
        },
        "purpose": {
            "measures": [
                each.key for each in facts.analyses if each.key != presets.LINKING
            ],
            "breakdowns": ["building", "school"],
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
            "offered_to": facts.offer.joiner_type if facts.offer else "",
            "offered_until": facts.offer.until_on if facts.offer else None,
        },
        "outside": {
            "onward": [
                {
                    "owner": str(made.organisations[each.owner].pk),
                    "name": each.name,
                    "interest": each.interest,
                    "basis": each.basis or "",
                }
                for each in facts.onward
            ],
            "subcontractors": [
                {
                    "party": str(made.organisations[each.party].pk),
                    "name": each.name,
                    "has_flow_down": each.has_flow_down,
                }
                for each in facts.subcontractors
            ],
        },
    }
    for section, values in said.items():
        sections.save_section(
            agreement=made.agreement, section=section, values=values, actor=_by(made)
        )


def _signatories(made: Realised) -> None:
    signing = {
        each.party: each
        for each in made.facts.authorities
        if each.covers is Covers.SIGNING
    }
    for party in made.agreement.parties.select_related("organisation"):
        key = made.key_of(str(party.organisation_id))
        if not made.facts.signatories.get(key):
            sections.set_signatory(party=party, signatory=None, actor=_by(made))
            continue
        authority = signing.get(key)
        signatory = give_role(
            user=make.user(made.facts.signatories[key]),
            organisation=party.organisation,
            role=Role.SUPERINTENDENT,
            authority_source=authority.source if authority else "",
            authority_reference=authority.document if authority else "",
            actor=make.SET_UP,
        )
        sections.set_signatory(party=party, signatory=signatory, actor=_by(made))
