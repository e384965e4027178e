"""The terms of an agreement as plain records: what digests are taken of (pure)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from agreements.clause_library import LIBRARY
from agreements.clauses import dropped_from
from agreements.digests import digest_of
from agreements.rules.facts import AgreementFacts, StateReview

# What binds every party alike: a change here is a change of every owner's part.
_COMMON = (
    "kind",
    "model",
    "purposes",
    "analyses",
    "term",
    "destruction",
    "handling",
    "min_cell",
    "wordings",
    "onward",
    "subcontractors",
    "offer",
    "original",
    "overrides",
    "review_held",
    "state_reviews",
)
# Training and pledges of people, and registers of parties, are no part of the text.
_PRINTED_OF_PERSON = ("person", "name", "party", "role", "sees", "from_on", "until_on")
_PRINTED_OF_PARTY = ("key", "name", "type", "state", "capacities", "signs")
# These only repeat the schedules, of which each owner has its own part.
_RESTATING = frozenset({"fields_by_flow", "transfer_by_flow", "authorized_people"})
_RESTATED = {
    each.key: each.wording
    for each in LIBRARY.values()
    if _RESTATING & {*each.variables}
}


def terms_of(facts: AgreementFacts) -> dict[str, Any]:
    """Return the signed terms as JSON values, with dates as ISO text."""
    terms = {name: _plain(getattr(facts, name)) for name in _COMMON}
    return terms | {
        "access": [_only(each, _PRINTED_OF_PERSON) for each in facts.access],
        "parties": [_only(each, _PRINTED_OF_PARTY) for each in facts.parties],
        "flows": _plain(facts.flows),
        "clauses": sorted(facts.clauses),
        "dropped": sorted(dropped_from(facts)) if facts.amended else [],
        "signatories": dict(facts.signatories),
    }


def as_frozen(facts: AgreementFacts, terms: Mapping[str, Any]) -> AgreementFacts:
    """Return the facts with the states' law as frozen terms hold it.

    A party's counsel may go through its state's law any day; what was agreed then
    stands in the text.
    """
    reviews = (
        StateReview(**{name: _dated(name, value) for name, value in each.items()})
        for each in terms["state_reviews"]
    )
    return replace(facts, state_reviews=tuple(reviews))


def _dated(name: str, value: Any) -> Any:
    is_day = name in ("reviewed_on", "next_review_on", "keeps_until")
    return date.fromisoformat(value) if is_day and value else value


def part_of(text: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Return an owner's part of a text, in the shape of a text.

    The part holds what binds all, the owner's own flows and signatory, whom its
    records can reach, and the clauses without what they repeat of the schedules.
    """
    terms = text["terms"]
    near = _reached(terms["flows"], owner)
    return {
        "terms": {name: terms[name] for name in _COMMON}
        | {
            "access": [each for each in terms["access"] if each["party"] in near],
            "parties": [each for each in terms["parties"] if each["key"] in near],
            "flows": [
                flow
                for flow in terms["flows"]
                if owner in (flow["sender"], flow["receiver"])
            ],
            "clauses": terms["clauses"],
            "dropped": terms["dropped"],
            "signatories": {
                key: name for key, name in terms["signatories"].items() if key == owner
            },
        },
        "clauses": [each | {"text": bare_text(each)} for each in text["clauses"]],
    }


def shown_digest(text: Mapping[str, Any]) -> str:
    """Return the digest of what a reader of a text is shown: its terms and wordings.

    Which version of the library a wording has is recorded later, and not shown.
    """
    shown = [[each["key"], each["title"], each["text"]] for each in text["clauses"]]
    return digest_of([text["terms"], shown])


def _only(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what the text prints of an object; the rest may change any day."""
    plain = _plain(value)
    return {name: plain[name] for name in names}


def bare_text(clause: Mapping[str, Any]) -> str:
    """Return a clause's text without what it repeats of the schedules.

    A text in other words than the library's is returned whole.
    """
    wording, text = _RESTATED.get(clause["key"], ""), str(clause["text"])
    if not wording:
        return text
    pattern = re.sub(r"\\\{\w+\\\}", "(?:.*)", re.escape(wording))
    return wording if re.fullmatch(pattern, text, re.DOTALL) else text


def _reached(flows: Iterable[Mapping[str, Any]], owner: str) -> set[str]:
    """Return the parties that an owner's records can come to, itself included."""
    near, known = {owner}, list(flows)
    while more := {flow["receiver"] for flow in known if flow["sender"] in near} - near:
        near |= more
    return near


def _plain(value: Any) -> Any:
    """Return a value of the facts as JSON has it."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(_plain(each) for each in value)
    return value.isoformat() if isinstance(value, date) else value
