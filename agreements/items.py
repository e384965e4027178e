"""The items of a text that can be named: clauses, fields, people, dates (pure).

A text is the record that approval freezes, or an owner's part of it. Naming items the
same way everywhere lets a person ask for a change of one, comment on one, and be shown
which of them changed.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agreements.rules.elements import ELEMENTS
from agreements.terms_text import bare_text

WHOLE = "whole"
CLAUSES, FIELDS, PEOPLE, DATES, TERMS = (
    "Clauses",
    "Fields",
    "People",
    "Dates",
    "Other terms",
)
_DATES = {
    "starts_on": "First day of the term",
    "ends_on": "Last day of the term",
    "implementation_on": "Sharing goes live",
    "review_on": "Review",
    "destroy_by": "Everything is destroyed by",
}
_TERMS = {
    "purposes": "Purpose",
    "analyses": "Analyses",
    "handling": "Protection and incidents",
    "min_cell": "Smallest group shown",
    "wordings": "Altered clauses",
    "onward": "Onward parties",
    "subcontractors": "Subcontractors",
    "offer": "Offer to others",
    "original": "Original signed on paper",
    "overrides": "Overrides by counsel",
    "kind": "Kind of agreement",
    "model": "Sharing model",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a text. said: what it says; counted: what makes it another."""

    key: str
    group: str
    label: str
    said: str
    counted: str


@dataclass(frozen=True, slots=True)
class Change:
    """An item that is new, gone or different. Empty text: it was or is not there."""

    key: str
    label: str
    before: str
    after: str

    @property
    def word(self) -> str:
        """What happened to the item."""
        if not self.before:
            return "Added"
        return "Changed" if self.after else "Removed"

    @property
    def redline(self) -> list[tuple[str, str]]:
        """The words as ("same", "deleted" or "inserted", text), in order."""
        return list(_redline(self.before.split(), self.after.split()))


def items_of(text: Mapping[str, Any]) -> dict[str, Item]:
    """Return every item of a text by its key, in the order of reading."""
    found = [*_clauses(text), *_of_terms(text["terms"])]
    return {each.key: each for each in found}


def label_of(key: str, text: Mapping[str, Any] | None) -> str:
    """Return how an item is called; its key once it is in the text no more."""
    if key == WHOLE:
        return "The agreement as a whole"
    item = items_of(text).get(key) if text else None
    return item.label if item else key.partition(":")[2]


def choices_of(text: Mapping[str, Any]) -> list[Any]:
    """Return the items as the grouped choices of a form, the whole last."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for item in items_of(text).values():
        groups.setdefault(item.group, []).append((item.key, item.label))
    return [*groups.items(), (WHOLE, label_of(WHOLE, text))]


def changes_between(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Change, ...]:
    """Return what changed from one text, or part of one, to another."""
    old, new = items_of(before), items_of(after)
    return tuple(
        Change(
            key=key,
            label=(new.get(key) or old[key]).label,
            before=old[key].said if key in old else "",
            after=new[key].said if key in new else "",
        )
        for key in dict.fromkeys([*new, *old])
        if key not in old or key not in new or old[key].counted != new[key].counted
    )


def _clauses(text: Mapping[str, Any]) -> Iterator[Item]:
    for each in text["clauses"]:
        label = f"{each['key']} {each['title']}"
        yield Item(
            f"clause:{each['key']}", CLAUSES, label, each["text"], bare_text(each)
        )


def _of_terms(terms: Mapping[str, Any]) -> Iterator[Item]:
    yield from _flows(terms)
    names = {party["key"]: party["name"] for party in terms["parties"]}
    for entry in terms["access"]:
        party = names.get(entry["party"], "")
        said = _listed({**entry, "party": party, "person": ""})
        label = entry["name"] or "Somebody who left"
        yield _item(f"person:{entry['person']}", PEOPLE, label, entry, said)
    for name, label in _DATES.items():
        value = {**terms["destruction"], **terms["term"]}.get(name)
        yield _item(f"date:{name}", DATES, label, value)
    for group in ("term", "destruction"):
        for name, value in terms[group].items():
            if name not in _DATES:
                yield _item(f"term:{name}", TERMS, _spaced(name), value)
    for name, label in _TERMS.items():
        yield _item(f"term:{name}", TERMS, label, terms.get(name))
    for review in terms.get("state_reviews", ()):
        label = f"State terms: {review['state']}, {names.get(review['party'], '')}"
        said = _said({**review, "party": "", "state": ""})
        yield _item(
            f"state:{review['party']}:{review['state']}", TERMS, label, review, said
        )
    for party in terms["parties"]:
        label = party["name"] or "A party without a name"
        yield _item(f"party:{party['key']}", TERMS, f"Party: {label}", party)
    for key, name in terms["signatories"].items():
        label = f"Signatory: {names.get(key, 'a party')}"
        yield _item(f"signatory:{key}", TERMS, label, name)


def _flows(terms: Mapping[str, Any]) -> Iterator[Item]:
    for flow in terms["flows"]:
        for field in flow["fields"]:
            element = ELEMENTS.get(field["code"])
            label = f"{element.label if element else field['code']} ({flow['key']})"
            key = f"field:{flow['key']}:{field['code']}"
            yield _item(key, FIELDS, label, field)
        rest = {name: value for name, value in flow.items() if name != "fields"}
        yield _item(f"flow:{flow['key']}", FIELDS, f"Flow: {flow['key']}", rest)


def _item(key: str, group: str, label: str, value: Any, said: str = "") -> Item:
    counted = json.dumps(value, sort_keys=True)
    return Item(key, group, label, said or _said(value) or "nothing stated", counted)


def _said(value: Any) -> str:
    """Return a value of the terms as a person reads it."""
    if isinstance(value, Mapping):
        return _listed(value)
    if isinstance(value, list):
        return "; ".join(filter(None, map(_said, value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _spoken(value)
    return "" if value is None else str(value)


def _listed(value: Mapping[str, Any]) -> str:
    told = ((_spaced(name), _said(each)) for name, each in value.items())
    return ", ".join(f"{name}: {said}" for name, said in told if said)


def _spoken(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day:%B} {day.day}, {day.year}"


def _spaced(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _redline(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield "same", " ".join(before[a:b])
            continue
        if b > a:
            yield "deleted", " ".join(before[a:b])
        if d > c:
            yield "inserted", " ".join(after[c:d])
