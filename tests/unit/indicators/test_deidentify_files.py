"""Files for research as bytes: codes, order, codebooks, and what readers then know."""

import json
from collections.abc import Sequence
from typing import Any

from indicators.deidentify.children import Child
from indicators.deidentify.known import figures
from indicators.deidentify.making import Study
from indicators.deidentify.population import Demands
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import counted
from indicators.published.as_files import as_file, joined
from indicators.published.document import Document, PublishedCell
from tests.support import studied


def test_a_child_has_one_code_in_a_study_and_another_in_the_next() -> None:
    town = studied.children(300, seed=3)
    of = studied.linked(town)
    first = studied.made(of, studied.asked())
    again = studied.made(of, studied.asked(), studied.after(first), name="2")
    other = studied.made(of, studied.asked())
    code = {row["child"]: row["code"] for row in first.record}
    assert all(code.get(r["child"], r["code"]) == r["code"] for r in again.record)
    assert not {*code.values()} & {row["code"] for row in other.record}


def test_the_same_children_and_secret_give_the_same_bytes() -> None:
    of = studied.linked(studied.children(300, seed=4))
    question = studied.asked(elements=studied.ELEMENTS - {"record.code"})
    one, other = (studied.made(of, question) for _ in range(2))
    assert one.file.content == other.file.content
    assert one.file.codebook == other.file.codebook


def test_files_without_codes_are_tested_as_if_values_linked_them() -> None:
    town = studied.children(300, seed=5)
    uncoded = studied.asked(elements=studied.ELEMENTS - {"record.code"})
    first = studied.made(studied.linked(town), uncoded)
    again = studied.made(
        studied.linked(town), uncoded, Study(earlier=studied.after(first).earlier)
    )
    assert "record_code" not in first.file.content.decode()
    assert again.report["smallest_over_time"] >= Demands().k


def test_an_outcome_that_the_recipient_knows_is_made_coarser() -> None:
    of = studied.linked(studied.children(300, seed=6))
    question = studied.asked(known=frozenset({"attendance.days_absent"}))
    file = studied.made(of, question)
    (column,) = (c for c in file.report["columns"] if c["column"] == "days_absent")
    assert column["step"] > 0
    assert "Days absent" not in file.report["outcomes"]


def test_neither_file_nor_codebook_tells_how_codes_are_made_or_what_was_left() -> None:
    of = studied.linked(studied.children(250, seed=2))
    file = studied.made(of, studied.asked())
    said = str(file.file.codebook).casefold()
    assert file.report["n_left_out"] > 0
    assert "random" not in said
    assert not any(child.key in said for child in of.children)
    assert str(len(file.record)) not in said


def test_later_tables_are_protected_against_what_a_file_told() -> None:
    counts = {"D0": 4, "D1": 12, "D2": 40, "D3": 45, "D4": 50}
    cells = [{"table": "t", "place": p, "n": n} for p, n in counts.items()]
    cells.append({"table": "t", "place": None, "n": sum(counts.values())})

    def hidden(figures_known: list[dict[str, Any]]) -> set[str]:
        release = counted(
            _json(
                {
                    "format": 2,
                    "release": "r",
                    "dims": ["place"],
                    "threshold": 10,
                    "cells": cells,
                    "known": figures_known,
                }
            )
        )
        outcome = protect(release)
        assert not outcome.refusals
        return {cell.vector[0] for cell in outcome.cells if cell.n is None}

    before = hidden([])
    beside = next(place for place in sorted(before - {"D0"}))
    told = [
        Child(f"{n}", f"H{n}", None, beside, None, None, "S0", 170, n % 2 * 30)
        for n in range(counts[beside])
    ]
    told += [
        Child(f"x{n}", f"X{n}", None, "D4", None, None, "S0", 170, n % 2 * 30)
        for n in range(50)
    ]
    question = studied.asked(
        elements=frozenset({"tenant.development", "attendance.chronic_absence"})
    )
    file = studied.made(studied.linked(told), question)
    from_file = [
        figure
        for figure in figures(file.known, {"place": "development"})
        if figure["place"] == beside
    ]
    assert [figure["kind"] for figure in from_file] == ["exact"]
    after = hidden(from_file)
    # That one no longer hides the small one, so another must.
    assert after - before
    assert "D0" in after


def _json(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def test_a_file_tells_exact_numbers_only_where_nothing_is_left_out() -> None:
    def told(n: int, place: str) -> list[Child]:
        return [
            Child(
                *(f"{place}{i}", f"{place}{i}", None, place, None, None, "S0"),
                *(170, i % 2 * 30),
            )
            for i in range(n)
        ]

    question = studied.asked(
        elements=frozenset({"tenant.development", "attendance.chronic_absence"})
    )
    whole = studied.made(studied.linked(told(20, "D0") + told(30, "D1")), question)
    assert whole.report["told"] == {"development": {"D0": 20, "D1": 30}}
    few = told(20, "D0") + told(30, "D1") + told(3, "D2")
    less = studied.made(studied.linked(few), question)
    assert less.report["n_left_out"] or less.report["n_starred"]
    assert less.report["told"] == {}


def test_later_tables_do_not_lean_on_a_cell_that_a_file_told() -> None:
    counts = {"a": 4, "b": 12, "c": 40, "d": 45}
    leans_on = _hidden(counts, []) - {"a"}
    told = [_told(place, counts[place]) for place in sorted(leans_on)]
    after = _hidden(counts, told)
    assert not after & leans_on
    assert len(after) > 1


def _told(place: str, n: int) -> PublishedCell:
    vector = (("building", place),)
    return PublishedCell(
        table="building",
        period="2021–22",
        base="enrolled",
        vector=vector,
        n=n,
        rates={},
    )


def _hidden(counts: dict[str, int], told: Sequence[PublishedCell]) -> set[str | None]:
    """Return what is hidden of these buildings, after a file told of some."""
    cell = {"table": "building", "period": "2021–22", "base": "enrolled"}
    cells = [{**cell, "building": key, "n": n} for key, n in counts.items()]
    release = counted(
        _json(
            {
                "format": 2,
                "release": "r",
                "keys": ["period", "base"],
                "dims": ["building"],
                "threshold": 10,
                "cells": [*cells, {**cell, "n": sum(counts.values())}],
            }
        )
    )
    document = Document(
        name="f",
        threshold=10,
        as_of="",
        declared=(),
        dims=("building",),
        nonadditive=frozenset(),
        hierarchies={},
        labels={},
        measures=(),
        cells=tuple(told),
    )
    file = as_file(document, periods={"2021–22"})
    release, earlier = joined(release, [file] if told else [])
    outcome = protect(release, earlier=earlier)
    assert not outcome.refusals
    return {cell.vector[2] for cell in outcome.cells if cell.n is None}
