"""Linking what the memorandum sends: names and birth dates, and nothing else."""

import sys
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from indicators.demo import people
from indicators.linkage import engine
from indicators.services.linked import COMPARED
from tests.support.arriving import EVENTS, ROSTER, TENANTS, arrive


def compared(frame: pa.Table, key: str) -> pa.Table:
    names = [name for name in frame.column_names if name in COMPARED]
    return frame.select([key, *names]).rename_columns(["id", *names])


def exactly(row: dict[str, Any]) -> tuple[object, ...]:
    """Return first name, surname and birth date, whatever the capitals."""
    return (
        row["first_name"].casefold(),
        row["last_name"].casefold(),
        row["birth_date"],
    )


def f1(found: set[tuple[str, str]], truth: set[tuple[str, str]]) -> float:
    return 2 * len(found & truth) / (len(found) + len(truth))


def test_names_and_birth_dates_link_the_demonstration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = people.make()
    truth = set(made.truth.items())
    arrival = arrive({"tenants.csv": made.tenants_csv}, TENANTS)
    tenants = arrival.frames["tenants"]
    sent = {path.name: path.read_bytes() for path in people.EDFI_FILES}
    sent["enrolment.csv"] = made.enrolment_csv
    students = arrive(sent, ROSTER | EVENTS).frames["student"]

    by_key: dict[tuple[object, ...], list[str]] = {}
    for row in students.to_pylist():
        by_key.setdefault(exactly(row), []).append(row["id"])
    exact = {
        (row["member_id"], student)
        for row in tenants.to_pylist()
        for student in by_key.get(exactly(row), ())
    }
    pairs = engine.link(compared(tenants, "member_id"), compared(students, "id")).pairs
    accepted = pairs.filter(pc.equal(pairs["band"], "accept"))
    linked = set(
        zip(
            *(accepted[n].to_pylist() for n in ("left_id", "right_id")),
            strict=True,
        )
    )
    precision = len(linked & truth) / len(linked)
    with capsys.disabled():
        sys.stdout.write(
            f"\ndemo: exact F1 {f1(exact, truth):.3f}, linked F1 "
            f"{f1(linked, truth):.3f}, precision {precision:.4f}\n"
        )
    assert f1(exact, truth) <= 0.65
    assert f1(linked, truth) >= 0.97
    assert precision >= 0.99
