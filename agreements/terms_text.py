"""The terms of an agreement as plain records: what digests are taken of (pure)."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from agreements.rules.facts import AgreementFacts

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
    "access",
    "onward",
    "subcontractors",
    "offer",
    "overrides",
)
_PRINTED_OF_PERSON = ("person", "name", "party", "role", "sees", "from_on", "until_on")
_PRINTED_OF_PARTY = ("key", "name", "type", "state", "capacities", "signs")


def terms_of(facts: AgreementFacts) -> dict[str, Any]:
    """Return the signed terms as JSON values, with dates as ISO text."""
    terms = {name: _plain(getattr(facts, name)) for name in _COMMON}
    return terms | {
        "access": [_only(each, _PRINTED_OF_PERSON) for each in facts.access],
        "parties": [_only(each, _PRINTED_OF_PARTY) for each in facts.parties],
        "flows": _plain(facts.flows),
        "clauses": sorted(facts.clauses),
        "signatories": dict(facts.signatories),
    }


def part_of(text: dict[str, Any], owner: str) -> dict[str, Any]:
    """Return an owner's part of a text: what binds all, and its own flows."""
    terms = text["terms"]
    return {name: terms[name] for name in _COMMON} | {
        "clauses": text["clauses"],
        "flows": [
            flow
            for flow in terms["flows"]
            if owner in (flow["sender"], flow["receiver"])
        ],
    }


def _only(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what the text prints of an object; the rest may change any day."""
    plain = _plain(value)
    return {name: plain[name] for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return json.loads(json.dumps(asdict(value), default=date.isoformat))
    return value
