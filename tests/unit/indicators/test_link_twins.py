"""Twins and namesakes in one file, as the command `link` tells them apart."""

import pyarrow.csv as pa_csv
import pytest

from tests.support import people
from tests.support.linking import pairs_in

HEADINGS = "id,first_name,middle_name,last_name,gender,birth_date,address,zip\n"
HOME = "2011-04-05,77 Oak Ave,98110"


def decision(link, write, one: str, two: str, *options: str) -> str:
    """Return what becomes of two rows among many others of the same file."""
    others = people.files(seed=3, n_housing=1, n_students=400, dirt=people.PLAIN)
    rows = others.students.select(HEADINGS.strip().split(","))
    path = write("children.csv", "")
    pa_csv.write_csv(rows, path)
    path = write("l.csv", f"{path.read_text()}one,{one},{HOME}\ntwo,{two},{HOME}\n")
    status, _, told, out = link(path, "--dedupe", *options)
    assert status == 0, told
    found = {
        row["decision"] for row in pairs_in(out) if row["left_id"] in ("one", "two")
    }
    return found.pop() if found else "none"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Maria,L,Castellanos,F", "Mariana,R,Castellanos,F"),
        ("Isabella,,Okafor,F", "Isabel,,Okafor,F"),
        ("Jayden,,Okonkwo,M", "Jaden,,Okonkwo,M"),
        ("Maria,Elena,Castellanos,F", "Maria,Isabel,Castellanos,F"),
        ("Jayden,,Okonkwo,M", "Jaden,,Okonkow,M"),
        ("Okonkwo,,Jayden,M", "Jaden,,Okonkwo,M"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--cardinality", "one-to-one")])
def test_who_may_be_a_twin_in_one_file_is_not_linked_without_review(
    link, write, one, two, options
):
    assert decision(link, write, one, two, *options) != "link"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Maria,L,Castellanos,F", "Maria,Luz,Castellanos,F"),
        ("Isabella,,Okafor,F", "Bella,,Okafor,F"),
        ("Jayden,,Okonkwo,M", "Jayden,T,Okonkow,M"),
        ("Okonkwo,,Jayden,M", "Jayden,,Okonkwo,M"),
    ],
)
def test_who_has_the_same_first_name_in_one_file_is_linked(link, write, one, two):
    assert decision(link, write, one, two) == "link"
