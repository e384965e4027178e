"""A sender's own name for a file goes no further."""

import io

import pytest

from indicators.unnamed import Unnamed, standard_name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Lopez family.csv", ""),
        ("students.json", "students.json"),
        ("export/Students.json", "Students.json"),
        ("C:\\export\\calendarDates.json", "calendarDates.json"),
        ("lopez.json", ""),
        ("students.csv", ""),
        ("export/users.csv", "users.csv"),
        ("Manifest.csv", "Manifest.csv"),
        ("TeacherRoster.csv", "TeacherRoster.csv"),
        ("Client.csv", "Client.csv"),
        ("", ""),
    ],
)
def test_only_a_standards_own_name_is_kept(name: str, kept: str) -> None:
    assert standard_name(name) == kept


def test_a_file_without_its_name_is_read_as_before() -> None:
    file = io.BytesIO(b"Ana\nBen\n")
    file.name = "Lopez.csv"
    unnamed = Unnamed(file)
    assert unnamed.name == ""
    assert unnamed.read(3) == b"Ana"
    unnamed.seek(0)
    assert unnamed.read() == b"Ana\nBen\n"
