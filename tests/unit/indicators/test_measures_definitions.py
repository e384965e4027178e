"""The twenty indicators as data: named exactly, and never changed without a version."""

import pytest

from accounts.acts import RuleBroken
from agreements import preset_flows as presets
from agreements.rules.elements import ELEMENTS
from indicators.measures.definitions import DEFINITIONS, Base, Unit, choose

# What each version says, as it was shipped. A definition that says something else is
# another version: raise it, and put its digest here.
SHIPPED = {
    "on_time_enrolment v2": "1b5645c05c124ba8",
    "starting_on_time v2": "6376b3e1dffab652",
    "attendance_rate v1": "672c262faf813070",
    "chronic_absence v1": "2cbfdf7df61ddaf1",
    "absences_by_kind v1": "5e428e5405a5ff43",
    "suspension v2": "c9ac8f6382fe3b3a",
    "reading_grade_3 v2": "8c7faa4f5c669d7f",
    "reading_grade_8 v2": "235e5cc4e1eadcf2",
    "math_grade_8 v2": "5ccb0585e78f8161",
    "proficiency v2": "8b7635339b3692c6",
    "growth v1": "3a8d756a42603eb5",
    "grade_point_average v2": "5f00a08122874580",
    "core_courses_passed v2": "f771e0be729608a6",
    "credits_on_target v1": "eb88d6d3e797c9d0",
    "on_time_graduation v4": "169e6033fc122d5f",
    "graduation_ever v4": "08411e0008bac9f5",
    "dropout v4": "3ce73503d00ad20a",
    "overlap v1": "03f18d7657070141",
    "link_rate v1": "dc7b6c094192e742",
    "gap v1": "83bcd676ffcbe3cb",
    "local v1": "3b56375aa74221f6",
}


def test_all_twenty_indicators_are_defined() -> None:
    assert {each.number for each in DEFINITIONS.values()} == {*range(1, 21)}


def test_the_road_maps_case_study_asks_for_eight() -> None:
    listed = {code for code, each in DEFINITIONS.items() if each.is_case_study}
    # On-time and ever graduation are one metric of the eight.
    assert listed - {"graduation_ever"} == {
        "reading_grade_3",
        "reading_grade_8",
        "math_grade_8",
        "on_time_graduation",
        "starting_on_time",
        "chronic_absence",
        "suspension",
        "dropout",
    }


def test_a_definition_changes_only_with_its_version() -> None:
    found = {
        f"{code} v{each.version}": each.shipped[:16]
        for code, each in DEFINITIONS.items()
    }
    assert found == SHIPPED


@pytest.mark.parametrize("code", DEFINITIONS)
def test_defaults_are_allowed_and_have_a_source(code: str) -> None:
    definition = DEFINITIONS[code]
    assert definition.source
    assert {*definition.elements} <= {*ELEMENTS}
    for option in definition.options.values():
        assert option.checked(option.default) == option.default
        assert option.source


@pytest.mark.parametrize("code", presets.FURTHER)
def test_drafts_list_what_a_measure_is_counted_from(code: str) -> None:
    listed = {c for flow in presets.PRESETS["2"].flows for c, _ in flow.elements}
    listed |= {*presets.COUNTED_FROM.get(code, ())}
    needed = DEFINITIONS[code].elements
    assert {each for each in needed if not each.startswith("tenant.")} <= listed


@pytest.mark.parametrize("code", DEFINITIONS)
def test_every_choice_of_every_option_has_words_without_holes(code: str) -> None:
    for option in DEFINITIONS[code].options.values():
        needed = dict(option.only_if)
        for value in option.allowed or (option.default,):
            measure = choose(code, **{**needed, option.name: value})
            for text in (measure.numerator, measure.denominator, measure.population):
                assert "{" not in text
            assert measure.numerator
            assert measure.denominator
            assert measure.unit in Unit
            assert measure.base in Base


def test_every_choice_is_a_measure_of_its_own() -> None:
    for code, definition in DEFINITIONS.items():
        for option in definition.options.values():
            needed = dict(option.only_if)
            ids = {
                choose(code, **{**needed, option.name: v}).id for v in option.allowed
            }
            assert len(ids) == len(option.allowed)


def test_the_same_choice_has_the_same_id() -> None:
    plain = choose("chronic_absence")
    assert plain == choose("chronic_absence", percent=10, threshold="percent")
    assert plain.id.startswith("chronic_absence v1 ")
    assert plain.digest != choose("chronic_absence", percent=11).digest


def test_an_option_that_does_not_bear_on_the_choice_is_refused() -> None:
    assert choose("chronic_absence").option("days") is None
    with pytest.raises(RuleBroken, match="threshold = days"):
        choose("chronic_absence", days=15)


@pytest.mark.parametrize(
    ("code", "options", "why"),
    [
        ("truancy", {}, "“truancy” is not a measure"),
        ("chronic_absence", {"share": 10}, "has no option “share”"),
        ("chronic_absence", {"percent": 90}, "from 1 to 50"),
        ("chronic_absence", {"percent": True}, "from 1 to 50"),
        ("chronic_absence", {"percent": "10"}, "from 1 to 50"),
        ("chronic_absence", {"threshold": "weeks"}, "one of percent, days"),
        ("core_courses_passed", {"subjects": "math"}, "a list of texts"),
        ("core_courses_passed", {"subjects": ["math", ""]}, "a list of texts"),
        ("proficiency", {"subject": " "}, "a text"),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_what_can(
    code: str, options: dict[str, object], why: str
) -> None:
    with pytest.raises(RuleBroken, match=why):
        choose(code, **options)


def test_words_say_what_was_chosen() -> None:
    measure = choose("chronic_absence", threshold="days", minimum_days=30)
    assert measure.numerator == "students absent at least 15 days"
    assert measure.denominator == "students enrolled at least 30 days"


def test_measures_among_the_same_children_share_their_population() -> None:
    rate, chronic = choose("attendance_rate"), choose("chronic_absence", percent=20)
    assert rate.population == chronic.population
    assert rate.population != choose("chronic_absence", minimum_days=30).population
    assert (
        choose("reading_grade_3").population
        != choose("proficiency", subject="reading").population
    )
