"""Measures that tell of one matter in two ways do not stand side by side."""

from typing import Any

import pytest

from accounts.acts import RuleBroken
from indicators.measures.definitions import Measure, choose
from indicators.measures.nesting import require_unrelated

Chosen = tuple[str, dict[str, Any]]
IN_SCHOOL = {"action": "in_school_suspension"}
OUT_OF_SCHOOL = {"action": "out_of_school_suspension"}
READING_3 = {"subject": "Reading", "grade": "03"}


def both(one: Chosen, other: Chosen) -> tuple[Measure, Measure]:
    return choose(one[0], **one[1]), choose(other[0], **other[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("on_time_graduation", {}), ("dropout", {"by": "cohort"})),
        (
            ("reading_grade_3", {}),
            ("proficiency", READING_3 | {"levels": ["Basic", "Below basic"]}),
        ),
        (
            ("reading_grade_3", {"among": "enrolled"}),
            ("proficiency", READING_3 | {"among": "enrolled", "levels": ["Basic"]}),
        ),
        (("reading_grade_3", {"levels": ["Basic"]}), ("reading_grade_3", {})),
        (
            ("on_time_graduation", {"alternates": ["alternate diploma"]}),
            ("on_time_graduation", {}),
        ),
        (
            ("credits_on_target", {"targets": ["5", "10", "15", "20"]}),
            ("credits_on_target", {}),
        ),
        (("suspension", IN_SCHOOL), ("suspension", OUT_OF_SCHOOL)),
        (("link_rate", {"found": "exact"}), ("link_rate", {"found": "probabilistic"})),
        (("attendance_rate", {"absent_percent": 1}), ("attendance_rate", {})),
    ],
)
def test_what_tells_of_one_matter_in_two_ways_is_refused(
    one: Chosen, other: Chosen
) -> None:
    for first, second in (both(one, other), both(other, one)):
        with pytest.raises(RuleBroken, match="the same children in two ways"):
            require_unrelated([first, second])
        with pytest.raises(RuleBroken, match="An earlier release of this school year"):
            require_unrelated([first], [second])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("on_time_enrolment", {}), ("starting_on_time", {"by": "entry"})),
        (("suspension", IN_SCHOOL), ("suspension", {})),
        (("chronic_absence", {"percent": 20}), ("chronic_absence", {})),
    ],
)
def test_what_is_inside_another_stands_beside_it_only_in_one_release(
    one: Chosen, other: Chosen
) -> None:
    for first, second in (both(one, other), both(other, one)):
        require_unrelated([first, second])
        with pytest.raises(RuleBroken, match="An earlier release of this school year"):
            require_unrelated([first], [second])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("on_time_enrolment", {}), ("starting_on_time", {})),
        (("on_time_graduation", {}), ("graduation_ever", {})),
        (("graduation_ever", {"years": 6}), ("graduation_ever", {})),
        (("on_time_graduation", {}), ("dropout", {})),
        (("reading_grade_3", {}), ("reading_grade_8", {})),
        (("reading_grade_8", {}), ("math_grade_8", {})),
        (("reading_grade_3", {"test": "local"}), ("reading_grade_3", {})),
        (("proficiency", {"subject": "math"}), ("proficiency", {})),
        (("overlap", {"matching": "another rule"}), ("overlap", {})),
    ],
)
def test_what_tells_of_other_matters_stands_side_by_side(
    one: Chosen, other: Chosen
) -> None:
    for first, second in (both(one, other), both(other, one), both(one, one)):
        require_unrelated([first, second])
        require_unrelated([first], [second])
