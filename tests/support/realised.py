"""An agreement that is made from a case's facts, and the partners it is made among.

Keys that cases choose become rows' keys; `Realised.key_of` leads back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count

from accounts import clock
from accounts.models import User
from agreements import presets
from agreements.models import Agreement
from agreements.queries import facts_of
from agreements.rules import facts as f
from agreements.rules.engine import RULES, evaluate
from agreements.rules.rule import Finding, Rule
from agreements.rules.vocabulary import PartyType, Stage
from agreements.services import drafting, records, sections
from partnerships.models import Membership, Organisation, Partnership
from partnerships.roles import Role
from partnerships.services.directory import add_organisation, give_role
from partnerships.services.engagement import form_partnership
from tests import make

_numbers = count(1)


def go_to(day: date) -> None:
    """Let it be a day, also an earlier one."""
    clock.advance(days=(day - clock.today()).days)


@dataclass
class Partners:
    """Organisations, their people, and the agreements that bind them already."""

    partnership: Partnership
    organisations: dict[str, Organisation]
    parties: dict[str, f.Party]
    director: User
    states: dict[str, str]
    counsel: dict[str, User] = field(default_factory=dict)
    people: dict[str, Membership] = field(default_factory=dict)
    above: dict[f.ParentTerms, Agreement] = field(default_factory=dict)
    redisclosing: dict[str, Agreement] = field(default_factory=dict)

    def copied(self) -> "Partners":
        """Return them for one test, whose people and agreements nobody else has."""
        return replace(
            self,
            counsel={**self.counsel},
            people={**self.people},
            above={**self.above},
            redisclosing={**self.redisclosing},
        )

    def organisation(self, key: str) -> Organisation:
        """Return who has a key; for any other one an organisation that is no party."""
        return self.organisations.get(key) or make.organisation()

    def counsel_of(self, key: str) -> User:
        """Return an organisation's counsel."""
        if key not in self.counsel:
            self.counsel[key] = make.person(
                "Cy Counsel", self.organisations[key], Role.COUNSEL
            )
        return self.counsel[key]


@dataclass
class Realised:
    """An agreement made from facts, and the keys that its rows were given."""

    partners: Partners
    facts: f.AgreementFacts
    agreement: Agreement
    purposes: dict[str, str] = field(default_factory=dict)

    def key_of(self, subject: str, where: str = "") -> str:
        """Return the case's own key for what a finding at a place is about."""
        if where == "access":
            people = self.partners.people.items()
            keys = {str(row.user_id): key for key, row in people}
        else:
            rows = self.partners.organisations.items()
            keys = {str(row.pk): key for key, row in rows}
        keys |= {row: key for key, row in self.purposes.items()}
        keys |= {code: name for name, code in self.partners.states.items()}
        head, _, tail = subject.partition(" ")
        return " ".join(filter(None, (keys.get(head, head), tail)))

    def finds(self, rule: str, stage: Stage) -> list[tuple[str, str]]:
        """Return what one rule finds in what was made."""
        asked = tuple(each for each in RULES if each.id == rule)
        return [(where, subject) for _, where, subject in self.found(stage, asked)]

    def found(
        self, stage: Stage, rules: tuple[Rule, ...] = RULES
    ) -> list[tuple[str, str, str]]:
        """Return what rules find in what was made: rule, where, about what."""
        found: tuple[Finding, ...] = evaluate(
            facts_of(self.agreement), stage, rules=rules
        )
        return [
            (each.rule, each.where, self.key_of(each.subject, each.where))
            for each in found
        ]


def blank(facts: f.AgreementFacts) -> f.AgreementFacts:
    """Return the facts of an agreement that says nothing yet."""
    return f.AgreementFacts(kind=facts.kind, model=facts.model, today=facts.today)


def opened(
    facts: f.AgreementFacts, others: Iterable[f.AgreementFacts] = ()
) -> Realised:
    """Return a draft that says nothing, and partners whose states' law was reviewed.

    others: cases whose further parties are among the partners as well.
    """
    go_to(min((each.reviewed_on for each in facts.state_reviews), default=facts.today))
    parties = {
        key: f.Party(
            key=key, name=key, type=PartyType.UNIVERSITY, state=facts.parties[0].state
        )
        for key in sorted(named_elsewhere(facts))
    }
    parties |= {each.key: each for of in (*others, facts) for each in of.parties}
    named = dict.fromkeys(each.state for each in parties.values() if each.state)
    states = {state: _code() for state in named}
    organisations = {
        key: _organisation(party, states) for key, party in parties.items()
    }
    director = make.user("Di Rector")
    beside = _bystanders(facts, organisations)
    partnership = form_partnership(
        name=f"Partnership {next(_numbers)}",
        organisations=[*organisations.values(), *beside],
        actor=make.SET_UP,
    )
    for organisation in (*organisations.values(), *beside):
        give_role(
            user=director,
            organisation=organisation,
            role=Role.DIRECTOR,
            actor=make.SET_UP,
        )
    partners = Partners(partnership, organisations, parties, director, states)
    _review_states(partners, facts)
    return Realised(partners, blank(facts), started(partners, facts))


def _review_states(partners: Partners, facts: f.AgreementFacts) -> None:
    """Let counsel of a party of each state go through its law."""
    for law in facts.state_reviews:
        key = next(each.key for each in facts.parties if each.state == law.state)
        kept = (law.keeps_until, facts.term.ends_on)
        records.review_state(
            organisation=partners.organisations[key],
            terms={"breach": "30 days"},
            keeps=law.keeps,
            keeps_days=(kept[0] - kept[1]).days if kept[0] and kept[1] else None,
            next_review_on=law.next_review_on,
            actor=partners.counsel_of(key),
        )


def _code() -> str:
    """Return a code that no other case's state has: law is on file by state."""
    tens, ones = divmod(next(_numbers) % 676, 26)
    return chr(65 + tens) + chr(65 + ones)


def named_elsewhere(facts: f.AgreementFacts) -> set[str]:
    """Return who is no party here, but is in an agreement beside or above this one."""
    return {*facts.redisclosure}.union(*(each.parties for each in facts.parents))


def _organisation(party: f.Party, states: dict[str, str]) -> Organisation:
    return add_organisation(
        name=f"Organisation {next(_numbers)} {party.key}",
        legal_name=party.name,
        kind=party.type or "",
        state=states.get(party.state, ""),
        time_zone="UTC",
        is_public=party.is_public,
        is_ed_funded=party.is_ed_funded,
        is_edu_authority=party.is_edu_authority,
        needs_board_act=party.needs_board_act,
        logs_disclosures=party.logs_disclosures,
        actor=make.SET_UP,
    )


def _bystanders(
    facts: f.AgreementFacts, organisations: dict[str, Organisation]
) -> list[Organisation]:
    """Return who must be there so that a draft of this model can be started at all."""
    preset = presets.preset_of(facts.kind, facts.model)
    types = {each.pk: PartyType(each.kind) for each in organisations.values()}
    beside: list[Organisation] = []
    for side in preset.sides:
        if presets.sides_among(preset, types) is None or len(types) < 2:
            more = make.organisation(kind=side.types[0])
            types[more.pk] = side.types[0]
            beside.append(more)
    return beside


def started(partners: Partners, facts: f.AgreementFacts) -> Agreement:
    """Return a draft of a kind and model, without what such a draft begins with."""
    draft = drafting.start_draft(
        partnership=partners.partnership,
        kind=facts.kind,
        model=facts.model,
        actor=partners.director,
    )
    return emptied(draft, actor=partners.director)


def emptied(draft: Agreement, *, actor: User) -> Agreement:
    """Return a draft without the flows, people and purposes it began with."""
    for entry in draft.access.all():
        sections.remove_access(entry=entry, actor=actor)
    for flow in draft.flows.all():
        sections.remove_flow(flow=flow, actor=actor)
    first, *more = draft.purposes.all()
    for purpose in more:
        sections.remove_purpose(purpose=purpose, actor=actor)
    sections.save_purpose(purpose=first, values={"uses": []}, actor=actor)
    return draft
