"""What a stranger reads in published documents, for `release_attacker`."""

from collections.abc import Iterable, Sequence
from typing import Any

from indicators.published.document import Document
from tests.support.release_attacker import findings


def record_of(document: Document, *, known: Iterable[dict[str, Any]] = ()) -> Any:
    """Return a document as the stranger's files are: text alone, "" for what is not."""
    codes = [m.id for m in document.measures if m.unit == "children"]
    return {
        "keys": ["period", "base"],
        "dims": list(document.dims),
        "nonadditive": sorted(document.nonadditive),
        "hierarchies": {d: dict(t) for d, t in document.hierarchies.items()},
        "indicators": codes,
        "threshold": document.threshold,
        "cells": [
            {
                "table": cell.table,
                "period": cell.period,
                "base": cell.base,
                **dict(cell.vector),
                "n": cell.n if isinstance(cell.n, int) else None,
                "rate": {
                    code: None if str(text) == "Suppressed" else str(text)
                    for code, text in cell.rates.items()
                    if code in codes and str(text) not in ("No data", "Not yet known")
                },
            }
            for cell in document.cells
            if str(cell.n) not in ("No data", "Not yet known")
        ],
        "known": list(known),
    }


def learned(
    documents: Sequence[Document], *, known: Iterable[dict[str, Any]] = ()
) -> list[str]:
    """Return what a stranger works out from the last document and those before it."""
    *before, last = documents
    records = [record_of(each) for each in before]
    return findings([*records, record_of(last, known=known)], hidden_is_not_0=False)


def groups_by(document: Document, dim: str) -> dict[str, Any]:
    """Return the cells by one dimension, by label; that of the total under ""."""
    found = {}
    for cell in document.cells:
        if not cell.vector:
            found[""] = cell
        elif len(cell.vector) == 1 and cell.vector[0][0] == dim:
            found[document.label(dim, cell.vector[0][1])] = cell
    return found
