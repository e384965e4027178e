"""The published document: written and read the same, and figures found in it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from indicators.disclosure.table import Band, Mark
from indicators.published.document import (
    Document,
    Figure,
    PublishedCell,
    PublishedMeasure,
    from_record,
    to_record,
)

TESTED = "grade 3: tested in reading (state)"
READING = PublishedMeasure(
    id="reading_3.1.abc",
    code="reading_3",
    label="Grade-3 reading",
    numerator="at or above proficient",
    denominator="tested",
    population=TESTED,
    unit="children",
    source="law.md 8, row 7",
)
ABSENT = PublishedMeasure(
    id="chronic_absence.1.def",
    code="chronic_absence",
    label="Chronic absence",
    numerator="absent",
    denominator="enrolled",
    population="",
    unit="children",
    source="EDFacts FS195",
    is_lower_better=True,
)
TEXTS = st.one_of(
    st.sampled_from(Mark),
    st.tuples(st.integers(0, 100), st.integers(0, 100)).map(
        lambda ends: Band(*sorted(ends))
    ),
)


def _document(*cells: PublishedCell) -> Document:
    return Document(
        name="autumn",
        threshold=10,
        as_of="2022-06-30",
        declared=("Residents are those on October 1.",),
        dims=("building", TESTED),
        nonadditive=frozenset(),
        hierarchies={"building": {"B1": "Oak Court"}},
        labels={"building": {"B1": "Oak 1"}},
        measures=(READING, ABSENT),
        cells=cells,
    )


def _cell(vector: dict[str, str], n: int | Mark, **rates: Band | Mark) -> PublishedCell:
    names = {"reading": READING.id, "absent": ABSENT.id}
    return PublishedCell(
        table="building",
        period="2021–22",
        base="enrolled",
        vector=tuple(sorted(vector.items())),
        n=n,
        rates={names[name]: text for name, text in rates.items()},
    )


@given(st.lists(st.tuples(st.integers(0, 99), TEXTS), max_size=4))
def test_a_document_is_read_as_it_was_written(drawn: list[tuple[int, Band]]) -> None:
    cells = [_cell({"building": f"B{n}"}, n, absent=text) for n, text in drawn]
    document = _document(*cells)
    written = json.loads(json.dumps(to_record(document)))
    again = from_record(written)
    assert to_record(again) == to_record(document)
    # "≤100" and "≥0" say the same, so texts are compared, not their ends.
    assert len(again.cells) == len(cells)


def test_a_figure_is_found_by_its_group_whoever_it_counts() -> None:
    document = _document(
        _cell({"building": "B1"}, 40, absent=Band(20, 29)),
        _cell({"building": "B1", TESTED: "counted"}, 12, reading=Band(0, 49)),
        _cell({"building": "B1", TESTED: "not counted"}, Mark.SUPPRESSED),
    )
    at = {"building": "B1"}
    assert document.figure(READING.id, "2021–22", at) == Figure(12, Band(0, 49))
    assert document.figure(ABSENT.id, "2021–22", at) == Figure(40, Band(20, 29))
    assert document.children("2021–22", at, base="enrolled") == 40
    assert document.label("building", "B1") == "Oak 1"
    assert document.values("building", "2021–22") == ("B1",)


def test_what_is_not_there_has_no_data() -> None:
    document = _document(_cell({"building": "B1"}, 40))
    nothing = Figure(Mark.NO_DATA, Mark.NO_DATA)
    assert document.figure(ABSENT.id, "2021–22", {"building": "B1"}) == nothing
    assert document.figure(ABSENT.id, "2020–21", {}) == nothing
    assert document.children("2021–22", {"building": "B2"}, base="enrolled") == (
        Mark.NO_DATA
    )
