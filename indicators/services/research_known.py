"""What research files told of numbers: known cells for the tables that come later."""

from agreements.models import Agreement
from indicators.measures.cells import COUNTED
from indicators.measures.definitions import Base, choose
from indicators.models import ResearchFile
from indicators.published.document import Document, PublishedCell, Vector
from indicators.research_policy import SENT

_DIMENSIONS = {"development": "building", "school": "school"}
# Whom a file holds: the children whose days are counted, and nobody else.
_HELD = (choose("chronic_absence").population, COUNTED)


def told_by_files(agreement: Agreement, period: str) -> list[Document]:
    """Return what readers of research files count in them, as earlier documents.

    Only what a file tells exactly: where rows are left out, no number in it is sure.
    """
    sent = ResearchFile.objects.filter(
        agreement__partnership=agreement.partnership_id,
        period=period,
        state__in=SENT,
    )
    return [_document(file) for file in sent]


def _document(file: ResearchFile) -> Document:
    cells = []
    for column, dimension in _DIMENSIONS.items():
        told = file.report["told"].get(column)
        if told is None:
            continue
        cells.append(_cell(file.period, dimension, (), sum(told.values())))
        for code, n in sorted(told.items()):
            cells.append(_cell(file.period, dimension, ((dimension, code),), n))
    return Document(
        name=file.title,
        threshold=file.k,
        as_of="",
        declared=(),
        dims=(*_DIMENSIONS.values(), _HELD[0]),
        nonadditive=frozenset(),
        hierarchies={},
        labels={},
        measures=(),
        cells=tuple(cells),
    )


def _cell(period: str, table: str, vector: Vector, n: int) -> PublishedCell:
    return PublishedCell(
        table=table,
        period=period,
        base=Base.ENROLLED,
        vector=tuple(sorted((*vector, _HELD))),
        n=n,
        rates={},
    )
