"""Students at the listed buildings: matched, counted, and what a person must decide."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from accounts.acts import RuleBroken
from indicators.addressfiles.buildings import Building
from indicators.addressfiles.students import Student
from indicators.linkage.places import Buildings, Fit, Found

REVIEW_HEADINGS = (
    *("address", "city", "zip", "n_students", "building", "building_address", "why"),
    "same_building",
)
YES, NO = "yes", "no"
_ROW = pa.schema(
    {
        "building": pa.string(),
        "school": pa.string(),
        "days_enrolled": pa.float64(),
        "days_absent": pa.float64(),
    }
)
_Address = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Matched:
    """Each student with the building found; doubtful addresses with their students.

    n_without_days: students at a building who are left out because their days are not
    given or are impossible.
    """

    buildings: tuple[str, ...]
    fits: tuple[Fit, ...]
    doubtful: Mapping[_Address, tuple[Found, int]]
    linked: pa.Table
    n_without_days: int

    def n_of(self, fit: Fit) -> int:
        """Return how many students fit so surely."""
        return self.fits.count(fit)


def read_reviewed(path: Path) -> Mapping[tuple[_Address, str], bool]:
    """Return what a person decided of doubtful addresses, by address and building."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeError):
        raise RuleBroken(f"--reviewed: there is no list to read at {path}.") from None
    decided: dict[tuple[_Address, str], bool] = {}
    for number, row in enumerate(rows, start=2):
        answer = (row.get("same_building") or "").strip().casefold()
        if answer not in ("", YES, NO) or not {*REVIEW_HEADINGS} <= row.keys():
            raise RuleBroken(
                f"--reviewed: line {number} must say {YES} or {NO} under "
                "same_building, or nothing, in the list that this command wrote."
            )
        if answer:
            address = tuple(_unquoted(row[name]) for name in ("address", "city", "zip"))
            decided[
                (address[0], address[1], address[2]), _unquoted(row["building"])
            ] = answer == YES
    return decided


def _unquoted(cell: str | None) -> str:
    """Return a cell without the mark that keeps spreadsheets from reckoning."""
    return (cell or "").removeprefix("'")


def match(
    students: Sequence[Student],
    buildings: Sequence[Building],
    *,
    reviewed: Mapping[tuple[_Address, str], bool],
) -> Matched:
    """Return which student lives at which building, as far as it is sure."""
    listed = Buildings((b.code, b.address, b.postal_code, b.city) for b in buildings)
    addresses = [(s.address, s.city, s.postal_code) for s in students]
    n_students = Counter(addresses)
    found = {
        at: _decided(listed.find(at[0], city=at[1], postal_code=at[2]), at, reviewed)
        for at in n_students
    }
    at_building, fits, rows, n_without = [], [], [], 0
    for student, at in zip(students, addresses, strict=True):
        one = found[at]
        is_sure = one.fit in (Fit.EXACT, Fit.STANDARD)
        at_building.append(one.buildings[0] if is_sure else "")
        fits.append(one.fit)
        if not is_sure:
            continue
        enrolled, absent = student.n_enrolled, student.n_absent
        if enrolled is None or absent is None or absent > enrolled:
            n_without += 1
            continue
        rows.append((one.buildings[0], student.school, enrolled, absent))
    doubtful = {
        at: (one, n_students[at])
        for at, one in found.items()
        if one.fit is Fit.DOUBTFUL
    }
    linked = pa.table(
        [pa.array(c, t) for c, t in zip(_columns(rows), _ROW.types, strict=True)],
        schema=_ROW,
    )
    return Matched(tuple(at_building), tuple(fits), doubtful, linked, n_without)


def _columns(rows: Sequence[tuple[object, ...]]) -> Iterable[list[object]]:
    return ([row[at] for row in rows] for at in range(len(_ROW)))


def _decided(
    found: Found, at: _Address, reviewed: Mapping[tuple[_Address, str], bool]
) -> Found:
    """Return a doubtful address as a person decided it, if somebody did."""
    if found.fit is not Fit.DOUBTFUL:
        return found
    answers = {code: reviewed.get((at, code)) for code in found.buildings}
    same = [code for code, answer in answers.items() if answer]
    if len(same) > 1:
        raise RuleBroken(
            "--reviewed: one address is said to be more than one building, "
            f"{' and '.join(same)}. Say {YES} to one of them."
        )
    if same:
        return Found(Fit.STANDARD, (same[0],), found.why)
    if all(answer is False for answer in answers.values()):
        return Found(Fit.NONE)
    return found


def review_rows(
    matched: Matched, buildings: Sequence[Building]
) -> list[tuple[str, ...]]:
    """Return the doubtful addresses as rows for a person, the most students first."""
    addresses: dict[str, list[str]] = {}
    for building in buildings:
        addresses.setdefault(building.code, []).append(building.address)
    by_number = sorted(
        matched.doubtful.items(), key=lambda item: (-item[1][1], item[0])
    )
    return [
        (*at, str(n), code, ", ".join(addresses[code]), found.why, "")
        for at, (found, n) in by_number
        for code in found.buildings
    ]


def match_rows(
    matched: Matched, students: Sequence[Student]
) -> Iterator[tuple[str, str, str]]:
    """Yield each student at a building: id, building, how surely."""
    for student, code, fit in zip(
        students, matched.buildings, matched.fits, strict=True
    ):
        if code:
            yield student.id, code, str(fit)
