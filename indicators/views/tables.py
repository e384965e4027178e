"""Published tables as rows of text: the one form for page, chart and file."""

from dataclasses import dataclass

from indicators.disclosure.statements import Bar, bar, bars, comparison, heading
from indicators.disclosure.table import Mark, ProtectedCell, ProtectedTable
from indicators.measures.catalogue import BY_CODE

CHILDREN = "Children enrolled"


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A published table as text; `rows` begin with the group's label."""

    code: str
    caption: str
    columns: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def shown_table(table: ProtectedTable) -> ShownTable:
    """Return a published table with every value as it is printed."""
    measures = tuple(f"{BY_CODE[rate.code].label} (percent)" for rate in table.rates)
    return ShownTable(
        code=table.code,
        caption=f"{table.title}, school year {table.school_year}",
        columns=(table.dimension.capitalize(), CHILDREN, *measures),
        numbers=(CHILDREN, *measures),
        rows=tuple(_row(cell, table) for cell in (*table.groups, table.total)),
    )


def _row(cell: ProtectedCell, table: ProtectedTable) -> tuple[str, ...]:
    n = str(cell.n) if isinstance(cell.n, Mark) else f"{cell.n:,}"
    return (cell.label, n, *(str(cell.rates[rate.code]) for rate in table.rates))


@dataclass(frozen=True, slots=True)
class ShownChart:
    """One rate of a published table, as a finding, a comparison and bars."""

    id: str
    label: str
    finding: str
    comparison: str
    definition: str
    source: str
    rows: tuple[dict[str, object], ...]


def shown_charts(table: ProtectedTable) -> list[ShownChart]:
    """Return one chart per rate, the last listed rate first: it is the sharpest."""
    return [
        ShownChart(
            id=f"{table.code}-{rate.code}",
            label=rate.label,
            finding=heading(table, rate=rate.code),
            comparison=comparison(table, rate=rate.code),
            definition=BY_CODE[rate.code].definition,
            source=BY_CODE[rate.code].source,
            rows=(
                *(_drawn(one) for one in bars(table, rate=rate.code)),
                _drawn(bar(table.total, rate=rate.code)) | {"is_reference": True},
            ),
        )
        for rate in reversed(table.rates)
    ]


def _drawn(one: Bar) -> dict[str, object]:
    text = f"{one.text}%" if one.low is not None else one.text
    return {"label": one.label, "low": one.low, "high": one.high, "text": text}
