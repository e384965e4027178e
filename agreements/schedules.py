"""The terms of a text as tables that people read: its schedules (pure).

Made of the plain records that `terms_text.terms_of` gives, so that an earlier version
reads as it read then.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agreements.rules.elements import ELEMENTS
from agreements.rules.scope import Scope, in_words
from agreements.rules.vocabulary import Sight
from agreements.states import TOPICS

SIGHTS: Mapping[Sight, str] = {
    Sight.IDENTIFIERS: "names and birth dates",
    Sight.LINKED_ROWS: "linked rows",
    Sight.TABLES: "tables",
}
GRAINS: Mapping[str, str] = {
    "aggregate": "Tables",
    "deid_record": "Rows without identities",
    "coded_deid_record": "Rows without identities, with a random code",
    "pii_record": "Records about people",
    "case_view": "Records about people, on screen",
}
NONE_FILED = "None is on file"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a schedule; `key` says which row of another version it is."""

    key: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A table of the text. key: unique in a text, the same in every version."""

    key: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def labelled(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The rows, each cell with the name of its column."""
        return tuple(
            tuple(zip(self.columns, row.cells, strict=True)) for row in self.rows
        )


def schedules_of(terms: Mapping[str, Any]) -> tuple[Schedule, ...]:
    """Return the schedules of a text's terms, in their order on paper."""
    names = {each["key"]: each["name"] for each in terms["parties"]}
    questions = {each["key"]: each["label"] for each in terms["analyses"]}
    return (
        _key_terms(terms),
        _parties(terms),
        _flows(terms, names),
        *(_elements(flow, names, questions) for flow in terms["flows"]),
        _people(terms, names),
        *((states_of(terms),) if "state_reviews" in terms else ()),
    )


def _key_terms(terms: Mapping[str, Any]) -> Schedule:
    term, ends, handling = terms["term"], terms["destruction"], terms["handling"]
    stated = _purposes(terms["purposes"]) | {
        "Measures": "; ".join(
            f"{each['label']} by {_listed(each['breakdowns'])}"
            for each in terms["analyses"]
            if each["breakdowns"]
        ),
        "Smallest group shown": _counted(terms["min_cell"], "children"),
        "The term begins": _day(term["starts_on"]),
        "Sharing goes live": _day(term["implementation_on"]),
        "Review": _day(term["review_on"]),
        "The term ends": _day(term["ends_on"]),
        "Linking lists are kept": _counted(ends["list_days"], "days after the link"),
        "Linked rows are kept": _counted(
            ends["release_days"], "days after the last release"
        ),
        "Linked rows are kept otherwise": _counted(
            ends["end_days"], "days after the purpose ends"
        ),
        "Everything is destroyed by": _day(ends["destroy_by"]),
        "Method of destruction": ends["method"],
        "An incident is reported within": _counted(handling["breach_hours"], "hours"),
        "Notices go to": handling["contacts"],
    }
    if original := terms.get("original"):
        stated["Signed on paper on"] = _day(original["signed_on"])
        stated["SHA-256 of the original"] = original["digest"]
    for each in terms["onward"]:
        stated[f"May be passed on to {each['name']}"] = each["interest"]
    for each in terms["subcontractors"]:
        stated[f"Subcontractor {each['name']}"] = (
            "bound by the same terms" if each["has_flow_down"] else "not bound yet"
        )
    if offer := terms["offer"]:
        stated["Others may join until"] = _day(offer["until_on"])
    for each in terms["overrides"]:
        label = f"Counsel let {each['rule']} stand"
        stated[label] = "; ".join(filter(None, (stated.get(label), each["reason"])))
    return Schedule(
        key="terms",
        heading="Key terms",
        columns=("Term", "What is agreed"),
        rows=tuple(Row(label, (label, value)) for label, value in stated.items()),
    )


def _purposes(purposes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    stated: dict[str, str] = {}
    for position, purpose in enumerate(purposes, start=1):
        which = "" if position == 1 else f" {position}"
        stated |= {
            f"Purpose{which}": purpose["text"],
            f"Scope{which}": purpose["scope"],
            f"Benefit{which}": purpose["benefit"],
        }
    return stated


def _parties(terms: Mapping[str, Any]) -> Schedule:
    return Schedule(
        key="parties",
        heading="Schedule 1. Parties and roles",
        columns=("Party", "State", "Role", "Signed by"),
        rows=tuple(
            Row(
                each["key"],
                (
                    each["name"],
                    each["state"],
                    _listed(each["capacities"]),
                    terms["signatories"].get(each["key"], ""),
                ),
            )
            for each in terms["parties"]
        ),
    )


def _flows(terms: Mapping[str, Any], names: Mapping[str, str]) -> Schedule:
    return Schedule(
        key="flows",
        heading="Schedule 2. Data",
        columns=("Flow", "What is sent", "How often", "By which way"),
        rows=tuple(
            Row(
                flow["key"],
                (
                    _ends(flow, names),
                    _sent(flow),
                    flow["frequency"] or "",
                    flow["method"] or "",
                ),
            )
            for flow in terms["flows"]
        ),
    )


def _elements(
    flow: Mapping[str, Any], names: Mapping[str, str], questions: Mapping[str, str]
) -> Schedule:
    return Schedule(
        key=f"flow {flow['key']}",
        heading=f"Elements, {_ends(flow, names)}",
        columns=("Element", "Code", "Question it answers", "Collected under"),
        rows=tuple(
            Row(
                each["code"],
                (
                    label_of(each["code"]),
                    each["code"],
                    ", ".join(questions.get(key, key) for key in each["answers"]),
                    each["collected_under"],
                ),
            )
            for each in flow["fields"]
        ),
    )


def _people(terms: Mapping[str, Any], names: Mapping[str, str]) -> Schedule:
    return Schedule(
        key="people",
        heading="Schedule 3. People with access",
        columns=("Name", "Role", "Party", "May see", "From", "Until"),
        rows=tuple(
            Row(
                f"{each['party']} {each['person']}",
                (
                    each["name"] or "somebody who left",
                    each["role"],
                    names.get(each["party"], ""),
                    ", ".join(SIGHTS[Sight(word)] for word in each["sees"]),
                    _day(each["from_on"]),
                    _day(each["until_on"]),
                ),
            )
            for each in terms["access"]
        ),
    )


def states_of(terms: Mapping[str, Any]) -> Schedule:
    """Return Schedule 4: the law of each party's state, as counsel went through it."""
    states = dict.fromkeys(each["state"] for each in terms["parties"] if each["state"])
    rows = [row for state in states for row in _state(state, terms)]
    return Schedule(
        key="states",
        heading="Schedule 4. State terms",
        columns=("State", "Topic", "Term"),
        rows=tuple(rows or [Row("none", ("Not recorded", "State terms", NONE_FILED))]),
    )


def _state(state: str, terms: Mapping[str, Any]) -> Iterator[Row]:
    reviews = [each for each in terms["state_reviews"] if each["state"] == state]
    if not reviews:
        yield Row(state, (state, "State terms", NONE_FILED))
    names = {each["key"]: each["name"] for each in terms["parties"]}
    for review in reviews:
        for topic, words in _reviewed(review, names.get(review["party"], "")).items():
            key = f"{state} {review['party']} {topic}"
            yield Row(key, (state, topic, words))


def _reviewed(review: Mapping[str, Any], party: str) -> dict[str, str]:
    """Return what one party's counsel recorded, by topic, who and when first."""
    by = f"{review['reviewed_by']} for {party}" if party else review["reviewed_by"]
    stated = {
        "Gone through by": f"{by}, {_day(review['reviewed_on'])}; next review "
        f"{_day(review['next_review_on'])}"
    }
    for topic, label in TOPICS.items():
        if words := review["terms"].get(topic, "").strip():
            stated[label] = words
    if kept := review["keeps"]:
        until = _day(review["keeps_until"])
        stated["Kept longer by law"] = f"{kept}, until {until}" if until else kept
    return stated


def label_of(code: str) -> str:
    """Return an element's plain name, or its code where it has none."""
    element = ELEMENTS.get(code)
    return element.label if element else code


def _sent(flow: Mapping[str, Any]) -> str:
    """Return what is sent, and whose rows where not everybody's are."""
    what = GRAINS.get(flow["grain"], flow["grain"])
    said = flow.get("scope", {})  # a text may be older than that question
    scope = Scope(**{name: tuple(value) for name, value in said.items()})
    told = in_words(scope, flow.get("place_names", ()))
    return f"{what}, only rows {told}" if told else what


def _ends(flow: Mapping[str, Any], names: Mapping[str, str]) -> str:
    sender, receiver = (names.get(flow[end], "") for end in ("sender", "receiver"))
    if flow["sender"] == flow["receiver"]:
        return f"used inside {sender}"
    return f"from {sender} to {receiver}"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _counted(value: int | None, what: str) -> str:
    return "" if value is None else f"{value} {what}"


def _day(value: str | None) -> str:
    if not value:
        return ""
    day = date.fromisoformat(value)
    return f"{day:%B} {day.day}, {day.year}"
