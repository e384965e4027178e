"""Every case of a draft or a signature, made through services and read from rows."""

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from accounts.acts import RuleBroken
from agreements.rules.vocabulary import Stage
from tests.support.realised import realise
from tests.unit.agreements.cases import Case, cases_in, rule_files

pytestmark = [pytest.mark.django_db, pytest.mark.prove]

BEFORE_SIGNATURE = (Stage.DRAFT, Stage.SIGNATURE)
CASES = [
    case
    for path in rule_files()
    for case in cases_in(path)
    if case.stage in BEFORE_SIGNATURE
]

REFUSED = {
    "R-001": "no partnership of one, and no organisation without a type",
    "R-002": "nothing is sent to or by an organisation that is no party",
    "R-002P": "nothing is sent to or by an organisation that is no party",
    "R-010": "nothing is sent to or by an organisation that is no party",
    "R-015": "nothing is sent to or by an organisation that is no party",
    "R-044": "only elements of the catalogue are listed, and all have a category",
    "R-045": "never listed",
    "R-046": "never listed",
    "R-047": "never listed",
    "R-048": "never listed",
}
"""Of which rules the services refuse some cases, and why; files may bring them."""

KEPT = {
    "R-015": "clause C17 is in every text with identifiable records",
    "R-100H": "clause C12-H is in every text with identifiable housing records",
}
"""Which rules the clause library keeps, so that some breaches cannot come about."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_case_is_found_in_what_services_made(case: Case, settings: Settings) -> None:
    settings.DEMO = True  # so that the clock can be moved to the case's day
    expected = [(each["where"], each.get("subject", "")) for each in case.finds]
    try:
        made = realise(case.facts)
    except (RuleBroken, ValidationError) as refused:
        assert case.rule in REFUSED, refused
        return
    found = made.finds(case.rule, case.stage)
    if case.rule in KEPT:
        expected = [each for each in expected if each in found]
    assert sorted(found) == sorted(expected)
