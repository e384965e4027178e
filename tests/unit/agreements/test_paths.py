"""The way to an agreement: its readable cases, and what holds for all answers."""

import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import paths
from agreements.paths import QUESTIONS, ROUTES, STOPS, Found, Part, Standing, route
from agreements.rules.vocabulary import SharingModel

FOLDER = Path(__file__).parents[2] / "cases" / "paths"
CASES = [
    case
    for path in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]


def standing(found: Found, standing: Standing) -> set[str]:
    return {each.route.key for each in found.verdicts if each.standing is standing}


def walks() -> Iterator[Found]:
    """Every way through the questions, from the first to where it ends."""
    waiting: list[dict[str, str]] = [{}]
    while waiting:
        answers = waiting.pop()
        found = route(answers)
        if found.question is None:
            yield found
            continue
        waiting += [
            {**answers, found.question.key: option} for option in found.question.options
        ]


ENDS = list(walks())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    found = route(case["answers"])
    assert (found.route.key if found.route else None) == case.get("route")
    assert found.document == case.get("document")
    assert found.stop == (STOPS[case["stop"]] if "stop" in case else None)
    assert (found.question.key if found.question else None) == case.get("asks")
    assert set(case.get("falls", ())) <= standing(found, Standing.FALLS)
    assert set(case.get("works", ())) <= standing(found, Standing.WORKS)


answers = st.fixed_dictionaries(
    {},
    optional={
        key: st.sampled_from([*question.options, "", "nonsense"])
        for key, question in QUESTIONS.items()
    },
)


@given(answers)
def test_any_answers_end_in_exactly_one_result(answers: dict[str, str]) -> None:
    found = route(answers)
    results = [found.question, found.route, found.stop]
    assert sum(each is not None for each in results) == 1
    assert (found.document is None) == (found.route is None)
    assert len(found.answered) + (found.question is not None) <= found.n_questions


@given(answers)
def test_only_what_was_asked_on_the_way_counts(answers: dict[str, str]) -> None:
    found = route(answers)
    assert route(found.answers) == found


@given(answers)
def test_every_other_route_has_a_verdict_with_its_law(answers: dict[str, str]) -> None:
    found = route(answers)
    own = {found.route.key} if found.route else set()
    assert {each.route.key for each in found.verdicts} == ROUTES.keys() - own
    assert all(each.because and each.citation for each in found.verdicts)


@given(answers, st.data())
def test_an_answer_more_never_lifts_a_route_that_fell(
    answers: dict[str, str], data: st.DataObject
) -> None:
    before = route(answers)
    if before.question is None:
        return
    option = data.draw(st.sampled_from(list(before.question.options)))
    after = route({**before.answers, before.question.key: option})
    fell = standing(before, Standing.FALLS)
    assert fell <= standing(after, Standing.FALLS)


def test_every_model_and_every_part_can_be_reached() -> None:
    reached = [each.route for each in ENDS if each.route]
    assert {each.model for each in reached} == set(SharingModel)
    assert {each.part for each in reached} == {*Part, None}
    assert {each.key for each in reached} == ROUTES.keys()


def test_every_stop_and_every_question_can_be_reached() -> None:
    assert {each.stop.title for each in ENDS if each.stop} == {
        each.title for each in STOPS.values()
    }
    asked = {one.question.key for each in ENDS for one in each.answered}
    assert asked == QUESTIONS.keys()


def test_the_route_that_stands_has_all_that_it_needs() -> None:
    for found in ENDS:
        for need in found.route.needs if found.route else ():
            assert any(
                found.answers.get(key) in options
                for key, options in need.met_by.items()
            ), (found.answers, need)


def test_a_stop_leaves_no_route_that_works_unsaid() -> None:
    for found in ENDS:
        if found.stop:
            assert standing(found, Standing.WORKS) == set(), found.answers


def test_needs_name_questions_and_answers_that_exist() -> None:
    for each in ROUTES.values():
        for need in each.needs:
            for key, options in need.met_by.items():
                assert options <= QUESTIONS[key].options.keys()
                assert options


def test_every_option_leads_somewhere_and_nothing_else_does() -> None:
    for node, leads in paths._NODES.items():
        question = QUESTIONS[paths._ASKS[node]]
        assert leads.keys() == question.options.keys()
        assert all(len(each) == 1 for each in leads.values())


def test_a_model_asks_no_more_questions_for_totals_than_five() -> None:
    usual = {"about": "groups", "homes": "buildings", "may_send": "yes"}
    found = route({**usual, "linker": "district", "existing": "none"})
    assert found.n_questions == len(found.answered) == 5


def test_the_number_of_questions_never_grows_on_the_way() -> None:
    for found in ENDS:
        given_so_far: dict[str, str] = {}
        numbers = [route({}).n_questions]
        for key, option in found.answers.items():
            given_so_far[key] = option
            numbers.append(route(given_so_far).n_questions)
        assert numbers == sorted(numbers, reverse=True)


def test_walks_end_for_every_pair_of_first_answers() -> None:
    pairs = product(QUESTIONS["about"].options, QUESTIONS["existing"].options)
    for about, existing in pairs:
        assert any(
            each.answers["about"] == about
            and each.answers.get("existing", existing) == existing
            for each in ENDS
        )
