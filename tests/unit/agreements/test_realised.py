"""Every case of a draft or a signature, made through services and read from rows.

A case names why services refuse its facts (`refused`), or why the product keeps the
rule by itself (`kept`); where that is not so, it fails.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from sys import intern

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings
from pytest_django import Settings

from accounts.acts import RuleBroken
from agreements.rules.vocabulary import Stage
from tests.support.realised import Realised
from tests.support.realising import moved, prepared, realise
from tests.unit.agreements.cases import (
    Case,
    cases_in,
    clean_facts,
    rule_files,
    scenario_files,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.prove,
    pytest.mark.usefixtures("present"),
]

BEFORE_SIGNATURE = (Stage.DRAFT, Stage.SIGNATURE)
CASES = sorted(
    (
        case
        for path in rule_files()
        for case in cases_in(path)
        if case.stage in BEFORE_SIGNATURE
    ),
    key=lambda case: case.page,
)
SCENES = [
    pytest.param(case, id=f"{path.stem}: {case.name}")
    for path in scenario_files()
    for case in cases_in(path)
    if case.stage in BEFORE_SIGNATURE
]


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest, past: Path) -> Iterator[Realised]:
    """Return a clean page without its file, once for all cases on it."""
    name = request.param
    others = [moved(case.facts) for case in CASES if case.page == name]
    with override_settings(DEMO=True):  # so that the clock can be moved
        yield prepared(moved(clean_facts(page=name)), others)


@pytest.mark.parametrize(
    ("page", "case"),
    [  # a fixture is kept for parameters that are one object, not only equal
        pytest.param(intern(case.page), case, id=f"{case.rule}: {case.name}")
        for case in CASES
    ],
    indirect=["page"],
    scope="module",
)
def test_case_is_found_in_what_services_made(
    page: Realised, case: Case, settings: Settings
) -> None:
    settings.DEMO = True
    stated = [(each["where"], each.get("subject", "")) for each in case.finds]
    if case.refused:
        with pytest.raises((RuleBroken, ValidationError)):
            realise(moved(case.facts), page)
        return
    found = realise(moved(case.facts), page).finds(case.rule, case.stage)
    if case.kept:
        assert Counter(found) < Counter(stated)
    else:
        assert Counter(found) == Counter(stated)


@pytest.mark.parametrize("scene", SCENES)
def test_scenario_is_found_in_what_services_made(
    scene: Case, settings: Settings
) -> None:
    settings.DEMO = True
    stated = [(e["rule"], e["where"], e.get("subject", "")) for e in scene.finds]
    found = realise(moved(scene.facts)).found(scene.stage)
    assert Counter(found) == Counter(stated)
