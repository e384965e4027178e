"""Page, chart and file print a published table from one and the same text."""

from indicators.disclosure.table import Band, Mark, ProtectedCell, ProtectedTable, Rate
from indicators.disclosure.table import Unit as Of
from indicators.views.tables import shown_charts, shown_table

HIDDEN = Mark.SUPPRESSED
RATES = (
    Rate("attendance_rate", "Attendance rate", Of.DAYS),
    Rate("chronic_absence", "Chronic absence", Of.CHILDREN),
)


def cell(label: str, n: int | Mark, *texts: str) -> ProtectedCell:
    shown = [Mark(text) if text in set(Mark) else Band.parse(text) for text in texts]
    codes = [rate.code for rate in RATES]
    return ProtectedCell(label, label, n, dict(zip(codes, shown, strict=True)))


TABLE = ProtectedTable(
    code="building",
    title="Children by building",
    dimension="building",
    school_year="2021–22",
    rates=RATES,
    groups=(
        cell("Alder", 1_204, "≥95", "10–14"),
        cell("Birch", HIDDEN, HIDDEN, HIDDEN),
        cell("Cedar", 0, Mark.NO_DATA, Mark.NO_DATA),
    ),
    total=cell("All matched children", 2_400, "94", "12"),
)


def test_rows_are_text_exactly_as_published() -> None:
    shown = shown_table(TABLE)
    assert shown.rows == (
        ("Alder", "1,204", "≥95", "10–14"),
        ("Birch", "Suppressed", "Suppressed", "Suppressed"),
        ("Cedar", "0", "No data", "No data"),
        ("All matched children", "2,400", "94", "12"),
    )


def test_columns_name_unit_and_school_year() -> None:
    shown = shown_table(TABLE)
    assert shown.caption == "Children by building, school year 2021–22"
    assert shown.columns == (
        "Building",
        "Children enrolled",
        "Attendance rate (percent)",
        "Chronic absence (percent)",
    )
    assert set(shown.numbers) == set(shown.columns[1:])


def test_every_rate_has_a_chart_and_its_definition() -> None:
    charts = shown_charts(TABLE)
    ids = [chart.id for chart in charts]
    assert ids == ["building-chronic_absence", "building-attendance_rate"]
    assert all(chart.definition and chart.source for chart in charts)


def test_chart_has_no_geometry_for_what_is_hidden() -> None:
    for chart in shown_charts(TABLE):
        rows = {row["label"]: row for row in chart.rows}
        assert rows["Birch"] == {
            "label": "Birch",
            "low": None,
            "high": None,
            "text": "Suppressed",
        }
        assert rows["Cedar"]["low"] is None


def test_chart_says_what_the_table_says() -> None:
    texts = {row[0]: row[1:] for row in shown_table(TABLE).rows}
    chronic, attendance = shown_charts(TABLE)
    for position, chart in ((1, attendance), (2, chronic)):
        for row in chart.rows:
            printed = texts[str(row["label"])][position]
            assert str(row["text"]).removesuffix("%") == printed


def test_all_children_together_are_the_reference() -> None:
    for chart in shown_charts(TABLE):
        marked = [row["label"] for row in chart.rows if row.get("is_reference")]
        assert marked == ["All matched children"]
