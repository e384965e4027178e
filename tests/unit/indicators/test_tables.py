"""Page, chart and file print a published document from one and the same text."""

from dataclasses import replace

from indicators.disclosure.table import Band, Mark
from indicators.measures.definitions import choose
from indicators.published.document import Document, PublishedCell
from indicators.published.making import published
from indicators.views.tables import shown_table, tables_of

HIDDEN = Mark.SUPPRESSED
RATES = [published(choose(code)) for code in ("chronic_absence", "suspension")]
NAMES = {"A1": "Alder", "B1": "Birch", "C1": "Cedar"}


def cell(building: str, n: int | Mark, *texts: str) -> PublishedCell:
    shown = [Mark(text) if text in set(Mark) else Band.parse(text) for text in texts]
    return PublishedCell(
        table="building",
        period="2021–22",
        base="enrolled",
        vector=(("building", building),) if building else (),
        n=n,
        rates=dict(zip((rate.id for rate in RATES), shown, strict=True)),
    )


DOCUMENT = Document(
    name="autumn",
    threshold=10,
    as_of="2022-07-01",
    declared=(),
    dims=("building",),
    nonadditive=frozenset(),
    hierarchies={},
    labels={"building": NAMES},
    measures=tuple(replace(rate, population="") for rate in RATES),
    cells=(
        cell("C1", 0, Mark.NO_DATA, Mark.NO_DATA),
        cell("A1", 1_204, "≥95", "10–14"),
        cell("B1", HIDDEN, HIDDEN, HIDDEN),
        cell("", 2_400, "94", "12"),
    ),
)
(TABLE,) = tables_of(DOCUMENT)


def test_rows_are_text_exactly_as_published() -> None:
    shown = shown_table(TABLE)
    assert shown.rows == (
        ("Alder", "1,204", "≥95", "10–14"),
        ("Birch", "Suppressed", "Suppressed", "Suppressed"),
        ("Cedar", "0", "No data", "No data"),
        ("All children together", "2,400", "94", "12"),
    )


def test_columns_name_unit_and_school_year() -> None:
    shown = shown_table(TABLE)
    assert shown.caption == "Children by building, school year 2021–22"
    assert shown.columns == (
        "Building",
        "Children",
        "Chronic absence (percent)",
        "Suspended or expelled (percent)",
    )
    assert set(shown.numbers) == set(shown.columns[1:])
