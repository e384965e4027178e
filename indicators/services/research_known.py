"""What research files told of numbers: known cells for the tables that come later."""

from agreements.models import Agreement
from indicators.disclosure.table import ProtectedCell, ProtectedTable
from indicators.models import ResearchFile
from indicators.research_policy import SENT

_DIMENSIONS = {"development": "building", "school": "school"}


def told_by_files(
    agreement: Agreement, period: str
) -> list[tuple[ProtectedTable, ...]]:
    """Return what readers of research files count in them, as editions before tables.

    Only what a file tells exactly: where rows are left out, no number in it is sure.
    """
    sent = ResearchFile.objects.filter(
        agreement__partnership=agreement.partnership_id,
        period=period,
        state__in=SENT,
    )
    return [
        tuple(
            _table(dimension, period, file.report["told"][column])
            for column, dimension in _DIMENSIONS.items()
            if column in file.report["told"]
        )
        for file in sent
    ]


def _table(dimension: str, period: str, told: dict[str, int]) -> ProtectedTable:
    return ProtectedTable(
        code=dimension,
        title=f"Children by {dimension}",
        dimension=dimension,
        school_year=period,
        rates=(),
        groups=tuple(
            ProtectedCell(key=f"{dimension}:{code}", label=code, n=n, rates={})
            for code, n in sorted(told.items())
        ),
        total=ProtectedCell(key="all", label="All", n=sum(told.values()), rates={}),
    )
