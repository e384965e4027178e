import datetime as dt

import pyarrow as pa
import pytest

from indicators.linkage import engine, quality

HOUSING = pa.table(
    {
        "id": ["1", "2", "3", "4"],
        "first_name": ["Temperance", "Ezekiel", "Wilhelmina", "Bartholomew"],
        "last_name": ["Okonkwo", "Vandersloot", "Featherstone", "Abernathy"],
        "birth_date": [
            dt.date(2010, 5, 17),
            dt.date(2011, 8, 23),
            dt.date(2012, 2, 14),
            None,
        ],
        "building": ["WA001000037", "WA001000037", "WA001000050", "WA001000050"],
    }
)
STUDENTS = pa.table(
    {
        "id": ["a", "b", "c"],
        "first_name": ["Temperance", "Zeke", "Octavia"],
        "last_name": ["Okonkwo", "Vandersloot", "Quillfeather"],
        "birth_date": [dt.date(2010, 5, 17), dt.date(2011, 8, 23), dt.date(2009, 1, 2)],
    }
)


@pytest.fixture(scope="module")
def report():
    return quality.report(engine.link(HOUSING, STUDENTS), HOUSING)


def test_match_rates_are_by_building(report):
    assert report.by_building.to_pylist() == [
        {
            "building": "WA001000037",
            "n_children": 2,
            "n_accepted": 2,
            "n_review": 0,
            "match_rate": 1.0,
        },
        {
            "building": "WA001000050",
            "n_children": 2,
            "n_accepted": 0,
            "n_review": 0,
            "match_rate": 0.0,
        },
    ]


def test_match_rates_are_by_birth_years_and_count_the_undated(report):
    rates = {
        row["birth_years"]: (row["n_children"], row["match_rate"])
        for row in report.by_birth_years.to_pylist()
    }
    assert rates == {
        "2010–2012": (3, pytest.approx(2 / 3)),
        "not stated": (1, 0.0),
    }


def test_exact_and_probabilistic_links_are_told_apart(report):
    assert (report.n_exact, report.n_probabilistic) == (1, 1)
    assert report.exact_rate == 0.5


def test_nothing_accepted_has_no_exact_rate():
    nobody = engine.link(HOUSING, STUDENTS.slice(0, 0))
    assert quality.report(nobody, HOUSING).exact_rate is None
