"""The clause library for a memorandum of model 2, and its assembly into a text.

Model 2: the housing agency sends identifiers, the district links, tables come back.
The wording in `clause_texts/` is a suggestion for counsel to adapt. It is plain text;
`{names}` are replaced once by what the facts say, and a fact that is missing leaves a
visible gap instead of an error, so that a draft can be read at any time.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from accounts.acts import RuleBroken
from agreements.rules.facts import AgreementFacts, Flow
from agreements.rules.vocabulary import AgreementKind, Capacity, SharingModel, Sight

_TEXTS = Path(__file__).with_name("clause_texts")
_VARIABLE = re.compile(r"\{(\w+)\}")
_SERVED = (AgreementKind.MEMORANDUM, SharingModel.DISTRICT_LINKS)
_SURVIVING = ("C12-H", "C17", "C44", "C45")


class When(StrEnum):
    """When a clause must be in the text."""

    ALWAYS = "always"
    HOUSING = "housing"  # where identifiable housing records are sent
    CHOSEN = "chosen"  # where the parties choose it


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause of the library; `why` is what a drafter reads beside it."""

    key: str
    title: str
    source: str
    why: str
    mandatory_when: When
    wording: str

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the facts that the wording needs, each once, in order.

        What stands in braces and names no fact is text like all other.
        """
        named = dict.fromkeys(_VARIABLE.findall(self.wording))
        return tuple(each for each in named if each in _MEANING)

    def is_mandatory(self, facts: AgreementFacts) -> bool:
        """Whether an agreement with these facts must hold the clause."""
        if self.mandatory_when is When.HOUSING:
            return bool(facts.housing_disclosures)
        return self.mandatory_when is When.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledClause:
    """A clause with its variables filled in; `gaps` says what is still missing."""

    key: str
    title: str
    text: str
    is_mandatory: bool
    source: str
    why: str
    gaps: tuple[str, ...]


def _library() -> tuple[Clause, ...]:
    index = (_TEXTS / "library.toml").read_text(encoding="utf-8")
    return tuple(
        Clause(
            key=key,
            title=entry["title"],
            source=entry["source"],
            why=entry["why"],
            mandatory_when=When(entry["mandatory"]),
            wording=(_TEXTS / f"{key}.txt").read_text(encoding="utf-8").strip(),
        )
        for key, entry in tomllib.loads(index).items()
    )


LIBRARY = _library()
OPTIONAL = frozenset(each.key for each in LIBRARY if each.mandatory_when is When.CHOSEN)

_MEANING: Mapping[str, str] = {
    "party_list": "the parties",
    "role_by_party": "what each party does",
    "purpose": "the purpose",
    "scope": "the scope of the work",
    "fields_by_flow": "the elements that each party sends",
    "transfer_by_flow": "how often and by which way each flow moves",
    "analyses": "the permitted analyses",
    "owners": "the owners",
    "authorized_people": "the people with access",
    "recipients": "the recipients",
    "housing_receivers": "who receives housing records",
    "housing_senders": "who sends housing records",
    "min_cell": "the smallest group that may be shown",
    "review_days": "the days for examining a release",
    "list_days": "the days for keeping linking lists",
    "release_days": "the days for keeping linked rows after a release",
    "end_days": "the days for keeping linked rows after the purpose ends",
    "destroy_by": "the last date for destruction",
    "destruction_method": "the method of destruction",
    "certificate_days": "the days for the certificate",
    "contacts": "the contacts for notices",
    "breach_hours": "the hours for reporting an incident",
    "audit_days": "the days' notice of an inspection",
    "start": "the first day of the term",
    "end": "the last day of the term",
    "implementation": "the day on which sharing begins",
    "review": "the day of the review",
    "surviving": "the clauses that go on",
    "states": "the parties' states",
    "linkers": "who links",
    "analysts": "who analyzes",
}


def clauses_of(facts: AgreementFacts) -> tuple[Clause, ...]:
    """The clauses of this agreement: the mandatory ones and those it chose.

    Raises RuleBroken for any document but a memorandum of model 2.
    """
    if (facts.kind, facts.model) != _SERVED:
        raise RuleBroken(
            "The clause library holds the memorandum in which the district links "
            "and no other document. Choose that one, or have counsel write the text."
        )
    worded = {each.clause: each.text for each in facts.wordings}
    return tuple(
        replace(each, wording=worded.get(each.key, each.wording))
        for each in LIBRARY
        if each.is_mandatory(facts) or each.key in facts.clauses
    )


def with_mandatory_clauses(facts: AgreementFacts) -> AgreementFacts:
    """The same facts, whose `clauses` now hold the mandatory ones as well."""
    return replace(facts, clauses=frozenset(each.key for each in clauses_of(facts)))


def assemble(facts: AgreementFacts) -> tuple[AssembledClause, ...]:
    """The text of the agreement, clause by clause, in the library's order.

    A clause is there because it is mandatory for these facts or because the facts
    name it as chosen.
    """
    chosen = clauses_of(facts)
    values = _values(facts, {each.key: each.title for each in chosen})
    return tuple(_fill(each, facts, values) for each in chosen)


def _fill(
    clause: Clause, facts: AgreementFacts, values: Mapping[str, str]
) -> AssembledClause:
    gaps = tuple(_MEANING[each] for each in clause.variables if not values[each])

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in _MEANING:
            return match[0]
        return values[name] or f"[to be completed: {_MEANING[name]}]"

    return AssembledClause(
        key=clause.key,
        title=clause.title,
        text=_VARIABLE.sub(value_of, clause.wording),
        is_mandatory=clause.is_mandatory(facts),
        source=clause.source,
        why=clause.why,
        gaps=gaps,
    )


def _values(facts: AgreementFacts, titles: Mapping[str, str]) -> dict[str, str]:
    return {
        **_who(facts),
        **_what(facts),
        **_until_when(facts),
        "surviving": _listing(
            f"{titles[key]} ({key})" for key in _SURVIVING if key in titles
        ),
    }


def _who(facts: AgreementFacts) -> dict[str, str]:
    names = facts.name_of
    housing = facts.housing_disclosures
    return {
        "party_list": _listing(each.name for each in facts.parties),
        "role_by_party": "; ".join(
            f"{each.name} acts as {_listing(each.capacities)}"
            for each in facts.parties
            if each.capacities
        ),
        "owners": _listing(names(each) for each in facts.owners),
        "recipients": _listing(
            names(each.receiver) for each in facts.flows if each.is_disclosure
        ),
        "housing_receivers": _listing(names(each.receiver) for each in housing),
        "housing_senders": _listing(names(each.sender) for each in housing),
        "linkers": _listing(each.name for each in facts.acting_as(Capacity.LINKER)),
        "analysts": _listing(each.name for each in facts.acting_as(Capacity.ANALYST)),
        "states": _listing(each.state for each in facts.parties),
        "authorized_people": "; ".join(
            f"{each.name} ({each.role}, {names(each.party)})"
            for each in facts.access
            if {*each.sees} - {Sight.TABLES} and each.name
        ),
        "contacts": facts.handling.contacts,
    }


def _what(facts: AgreementFacts) -> dict[str, str]:
    def ends(flow: Flow) -> str:
        sender, receiver = facts.name_of(flow.sender), facts.name_of(flow.receiver)
        return f"from {sender} to {receiver}" if flow.is_disclosure else f"in {sender}"

    return {
        "purpose": _listing(each.text.rstrip(".") for each in facts.purposes),
        "scope": _listing(each.scope.rstrip(".") for each in facts.purposes),
        "fields_by_flow": "; ".join(
            f"{ends(flow)}, {_listing(_lowered(each.label) for each in flow.fields)}"
            for flow in facts.flows
            if flow.fields
        ),
        "transfer_by_flow": "; ".join(
            f"{ends(flow)}, {flow.frequency} by {flow.method}"
            for flow in facts.flows
            if flow.frequency and flow.method
        ),
        "analyses": "; ".join(
            f"{each.label}, by {_listing(each.breakdowns)}"
            if each.breakdowns
            else each.label
            for each in facts.analyses
        ),
        "min_cell": _number(facts.min_cell),
        "review_days": _number(facts.handling.release_review_days),
    }


def _until_when(facts: AgreementFacts) -> dict[str, str]:
    terms, handling, term = facts.destruction, facts.handling, facts.term
    return {
        "list_days": _number(terms.list_days),
        "release_days": _number(terms.release_days),
        "end_days": _number(terms.end_days),
        "destroy_by": _day(terms.destroy_by),
        "destruction_method": terms.method,
        "certificate_days": _number(terms.certificate_days),
        "breach_hours": _number(handling.breach_hours),
        "audit_days": _number(handling.audit_notice_days),
        "start": _day(term.starts_on),
        "end": _day(term.ends_on),
        "implementation": _day(term.implementation_on),
        "review": _day(term.review_on),
    }


def _listing(names: Iterable[str]) -> str:
    """“a”, “a and b”, “a, b and c”: each name once, in order, the empty left out."""
    named = [each for each in dict.fromkeys(names) if each]
    return " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))


def _lowered(label: str) -> str:
    return label[:1].lower() + label[1:]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _day(value: date | None) -> str:
    return "" if value is None else f"{value:%B} {value.day}, {value.year}"
