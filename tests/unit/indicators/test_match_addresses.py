"""The district's own tool: what it matches, what it writes, and what never leaves."""

import csv
import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from indicators.addressfiles.buildings import Building
from indicators.disclosure.release_file import protected
from tests.support import addresses, town

CODES = list(town.BUILDINGS)


def run(
    folder: Path,
    *options: str,
    lines: Any = None,
    listed: Sequence[Building] = addresses.BUILDINGS,
    code: int = 0,
) -> Path:
    """Run the tool on the town, and return the folder that it writes to."""
    (folder / "buildings.csv").write_bytes(addresses.list_csv(listed))
    given = addresses.rows() if lines is None else lines
    (folder / "students.csv").write_bytes(addresses.export_csv(given))
    out = folder / "out"
    year = () if "--school-year" in options else ("--school-year", "2025-26")
    call = (
        "match_addresses",
        str(folder / "buildings.csv"),
        str(folder / "students.csv"),
        *("--out", str(out)),
        *year,
        *options,
    )
    if code:
        with pytest.raises(SystemExit) as ended:
            call_command(*call)
        assert ended.value.code == code
    else:
        call_command(*call)
    return out


def cells(path: Path) -> dict[tuple[str, str], Any]:
    """Return the cells of a release file by table and value; "" is the total."""
    record = json.loads(path.read_text())
    return {
        (cell["table"], cell["building"] or cell["school"] or ""): cell
        for cell in record["cells"]
    }


def test_students_are_counted_at_the_buildings_where_they_live(tmp_path: Path) -> None:
    out = run(tmp_path)
    counted = cells(out / "keep" / "counts.json")
    sizes = {
        at[1]: (cell["n"], cell["x"]["chronic_absence"]) for at, cell in counted.items()
    }
    expected = {c: (n, late) for c, (n, late, _) in zip(CODES, town.SIZES, strict=True)}
    assert sizes == expected | {"": (66, 14)}


def test_only_protected_counts_leave(tmp_path: Path) -> None:
    out = run(tmp_path)
    assert {p.name for p in out.iterdir()} == {"aggregates.json", "keep", "report.txt"}
    leaving = protected((out / "aggregates.json").read_bytes())
    assert not any(cell.x for cell in leaving.cells)
    shown = {cell.vector[1]: cell.n for cell in leaving.cells}
    assert shown[CODES[3]] is None  # four children
    assert list(shown.values()).count(None) >= 2
    said = (out / "aggregates.json").read_text() + (out / "report.txt").read_text()
    for line in addresses.rows():
        assert str(line[1]) not in said
    assert '"report"' not in said
    assert (out / "keep").stat().st_mode & 0o077 == 0


def test_what_is_nearly_an_address_waits_for_a_person(tmp_path: Path) -> None:
    lines = addresses.rows()
    near = [
        [901, "7050 32nd Avenu S", "Seattle", "98118", "255901001", 100, 0],
        [902, "4410 S Alaksa St", "Seattle", "98118", "255901001", 100, 0],
        [903, "120 Main St", "Tacoma", "98402", "255901001", 100, 0],
        [904, "6559 35th Ave SW", "Seattle", "98118", "255901001", 100, 0],
        [905, "7050 32nd", "Seattle", "98118", "255901001", 100, 0],
        [906, "7050 33rd Ave S", "Seattle", "98118", "255901001", 100, 0],
    ]
    out = run(tmp_path, lines=lines + near)
    with (out / "keep" / "review.csv").open() as file:
        waiting = list(csv.DictReader(file))
    assert {row["address"]: row["why"] for row in waiting} == {
        "7050 32nd Avenu S": "the street is spelt otherwise",
        "4410 S Alaksa St": "the street is spelt otherwise",
        "120 Main St": "the postal code or the city is another",
        "6559 35th Ave SW": "the number is on the other side of the street",
        "7050 32nd": "the type or the direction of the street is missing",
    }
    assert cells(out / "keep" / "counts.json")["building", ""]["n"] == 66

    for row in waiting:
        row["same_building"] = "yes" if row["zip"] == "98118" else "no"
    decided = tmp_path / "decided.csv"
    with decided.open("w", newline="") as file:
        writer = csv.DictWriter(file, waiting[0].keys())
        writer.writeheader()
        writer.writerows(waiting)
    out = run(tmp_path, "--reviewed", str(decided), lines=lines + near)
    assert cells(out / "keep" / "counts.json")["building", ""]["n"] == 70
    with (out / "keep" / "review.csv").open() as file:
        assert not list(csv.DictReader(file))


def test_a_saint_may_be_abbreviated(tmp_path: Path) -> None:
    saint = Building("SM", "St. Mark's", "5 ST. MARKS PLACE", "Seattle", "98118", 40)
    line = [901, "5 Saint Marks Pl", "Seattle", "98118", "255901001", 100, 0]
    lines, listed = [*addresses.rows(), line], [*addresses.BUILDINGS, saint]
    out = run(tmp_path, lines=lines, listed=listed)
    with (out / "keep" / "matches.csv").open() as file:
        found = {
            row["id"]: (row["building"], row["fit"]) for row in csv.DictReader(file)
        }
    assert found["901"] == ("SM", "standard")


def test_ed_fi_files_give_the_days(tmp_path: Path) -> None:
    files = town.student_files(town.children())
    paths = []
    for name in (
        "StudentSchoolAttendance.xml",
        "EducationOrgCalendar.xml",
        "enrolment.csv",
    ):
        (tmp_path / name).write_bytes(files[name])
        paths.append(str(tmp_path / name))
    lines = [row[:4] for row in addresses.rows()]
    (tmp_path / "buildings.csv").write_bytes(addresses.list_csv())
    (tmp_path / "students.csv").write_bytes(
        addresses.export_csv(lines, addresses.HEADINGS[:4])
    )
    call_command(
        "match_addresses",
        str(tmp_path / "buildings.csv"),
        str(tmp_path / "students.csv"),
        *("--out", str(tmp_path / "out"), "--by", "building", "school"),
        *("--attendance", *paths),
    )
    counted = cells(tmp_path / "out" / "keep" / "counts.json")
    assert counted["school", ""]["period"] == "2021–22"
    assert counted["school", ""]["x"] == {"chronic_absence": 14}
    assert {at[1] for at in counted if at[0] == "school"} == {"", *town.SCHOOLS}


def test_a_map_names_the_columns(tmp_path: Path) -> None:
    named = ("SIS", "Residence", "Town", "Post", "Campus", "Possible", "Missed")
    (tmp_path / "buildings.csv").write_bytes(addresses.list_csv())
    (tmp_path / "students.csv").write_bytes(
        addresses.export_csv(addresses.rows(), named)
    )
    ours = ("id", "address", "city", "zip", "school", "days_enrolled", "days_absent")
    layout = {"columns": dict(zip(named, ours, strict=True))}
    (tmp_path / "map.json").write_text(json.dumps(layout))
    call_command(
        "match_addresses",
        str(tmp_path / "buildings.csv"),
        str(tmp_path / "students.csv"),
        *("--out", str(tmp_path / "out"), "--map", str(tmp_path / "map.json")),
        *("--school-year", "2025-26"),
    )
    assert cells(tmp_path / "out" / "keep" / "counts.json")["building", ""]["n"] == 66


def test_nothing_leaves_when_nothing_safe_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(tmp_path)
    assert (out / "aggregates.json").exists()
    first = json.loads((out / "aggregates.json").read_text())
    earlier = tmp_path / "earlier.json"
    earlier.write_text(json.dumps(first))
    moved = addresses.rows()[1:]  # one child fewer than was published
    out = run(tmp_path, "--published", str(earlier), lines=moved, code=1)
    assert not (out / "aggregates.json").exists()
    assert not (out / "report.txt").exists()
    assert "fewer than the threshold" in capsys.readouterr().err
    assert "Nothing may leave" in (out / "keep" / "report.txt").read_text()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--school-year", "soon"), "--school-year"),
        (("--threshold", "5"), "from 10 to 30"),
        (("--map", "nowhere.json"), "no file to read"),
        (("--reviewed", "nowhere.csv"), "no list to read"),
        (("--published", "nowhere.json"), "nowhere.json"),
        (("--attendance", "nowhere.xml"), "cannot be read"),
        (("--by", "grade"), "invalid choice"),
    ],
)
def test_what_is_given_wrongly_is_said_in_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    says: str,
) -> None:
    out = run(tmp_path, *options, code=2)
    assert says in capsys.readouterr().err
    assert not (out / "aggregates.json").exists()


def test_it_needs_no_database_and_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    # Without the mark django_db, opening a database fails the test.
    assert (run(tmp_path) / "aggregates.json").exists()
