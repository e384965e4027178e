"""What is said of two values, as a reader would say it."""

from datetime import date

import pytest

from indicators.linkage.differences import in_words, lines


@pytest.mark.parametrize(
    ("name", "one", "two", "words"),
    [
        ("first_name", "Ana", "Ana", "Same"),
        ("first_name", "José", "JOSE", "Same but for capitals, accents or marks"),
        ("last_name", "O'Neil", "ONEIL", "Same but for capitals, accents or marks"),
        ("first_name", "Bill", "William", "Different: may be a short form"),
        ("first_name", "Ana", "Zoe", "Different"),
        ("first_name", "Marta", "Martha", "Different: by one letter"),
        ("first_name", "Jonh", "John", "Different: by one letter"),
        ("first_name", "Tamara", "Tamira", "Different: by one letter"),
        ("middle_name", "J", "James", "Different: one is the beginning"),
        ("last_name", "Cruz", "De la Cruz Ortiz", "Different"),
        ("last_name", "Ortiz", "Cruz-Ortiz", "Different: one part of the surname"),
        ("birth_date", date(2010, 3, 4), date(2010, 3, 4), "Same"),
        ("birth_date", date(2010, 3, 4), date(2010, 4, 3), "day and month are swapped"),
        ("birth_date", date(2010, 3, 4), date(2011, 3, 4), "Different: year"),
        ("birth_date", date(2010, 3, 4), date(2010, 5, 6), "Different: month and day"),
        ("birth_date", date(2010, 3, 4), date(2011, 5, 6), "year, month and day"),
        ("birth_date", None, date(2011, 5, 6), "Given on one side only"),
        ("sex", "", "", ""),
    ],
)
def test_what_differs_is_said_in_words(
    name: str, one: object, two: object, words: str
) -> None:
    for said in (in_words(name, one, two), in_words(name, two, one)):
        assert words in said
        assert said.startswith(words) or words[0].islower()


def test_fields_that_nobody_gives_are_left_out() -> None:
    housing = {"first_name": "Ana", "last_name": "Ortiz", "middle_name": None}
    school = {"first_name": "Ana", "birth_date": date(2010, 3, 4), "middle_name": ""}
    shown = [(line.label, line.one, line.two) for line in lines(housing, school)]
    assert shown == [
        ("First name", "Ana", "Ana"),
        ("Surname", "Ortiz", "Not given"),
        ("Birth date", "Not given", "March 4, 2010"),
    ]
