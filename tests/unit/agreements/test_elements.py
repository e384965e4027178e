from collections import Counter

import pytest

from agreements.rules import elements
from agreements.rules.elements import ELEMENTS, Category, category_of, element_of


def test_every_element_of_the_line_has_its_category() -> None:
    expected = {
        "tenant.member_id": "H.ID",
        "tenant.birth_date": "H.ID",
        "tenant.development": "H.PROG",
        "tenant.ssn": "X.SSN",
        "tenant.verified_income": "H.INCV",
        "tenant.rent": "H.INCT",
        "tenant.criminal_record": "H.CRIM",
        "tenant.protected_status": "H.VAWA",
        "tenant.disability": "H.DIS",
        "tenant.notes": "T.FREE",
        "student.id": "E.ID",
        "attendance.category": "E.REC",
        "table.chronic_absence": "E.REC",
        "match.result": "E.MATCH",
    }
    assert {code: category_of(code) for code in expected} == expected


def test_every_category_has_an_element() -> None:
    assert {each.category for each in ELEMENTS.values()} == set(Category)


@pytest.mark.parametrize(
    "category",
    [
        *(each for each in Category if each.value.startswith(("O.", "D."))),
        Category.PROTECTED_STATUS,
        Category.DRUG_TREATMENT,
        Category.DIRECTORY,
        Category.MEAL_ELIGIBILITY,
        Category.STUDENT_HOMELESS,
        Category.STUDENT_HEALTH,
        Category.SPECIAL_EDUCATION,
    ],
)
def test_what_has_a_law_of_its_own_says_so(category: Category) -> None:
    assert all(each.note for each in ELEMENTS.values() if each.category is category)


def test_an_unknown_element_has_no_category() -> None:
    assert category_of("tenant.shoe_size") is None
    assert element_of("favourite colour") is None


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("LAST_NAME", "tenant.last_name"),
        ("memberlastname3b", "tenant.last_name"),
        (" Date of Birth ", "tenant.birth_date"),
        ("h3e", "tenant.birth_date"),
        ("originalmoveindate", "tenant.move_in_date"),
        ("SSN", "tenant.ssn"),
        ("formerheadofhousessn3w", "tenant.ssn"),
        ("student.id", "student.id"),
    ],
)
def test_real_headings_are_recognised(heading: str, code: str) -> None:
    element = element_of(heading)
    assert element is not None
    assert element.code == code


@pytest.mark.parametrize("heading", ["hohlastname", "citizenship3i", "zip", ""])
def test_other_headings_of_the_same_form_are_not_mistaken(heading: str) -> None:
    assert element_of(heading) is None


def test_no_heading_stands_for_two_elements() -> None:
    spellings = Counter(
        (elements._letters(name), each.code)
        for each in ELEMENTS.values()
        for name in each.headings
    )
    assert max(spellings.values()) == 1
    assert len({letters for letters, _ in spellings}) == len(spellings)


def test_a_column_is_the_part_after_the_dot() -> None:
    assert ELEMENTS["tenant.move_in_date"].column == "move_in_date"


def test_education_and_housing_never_overlap() -> None:
    assert not any(each.is_education and each.is_housing for each in Category)
    assert Category.STUDENT_IDENTITY.is_education
    assert Category.RESIDENT_IDENTITY.is_housing
    assert not Category.SOCIAL_SECURITY.is_housing


def test_ceds_numbers_keep_their_six_digits() -> None:
    named = [each.ceds for each in ELEMENTS.values() if each.ceds]
    numbers = [number for each in named for number in each.split(", ")]
    assert numbers
    assert all(len(each) == 6 and each.isdigit() for each in numbers)
