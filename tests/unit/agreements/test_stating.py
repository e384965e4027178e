"""Facts that rules read are stated on pages: how often, and from whose records."""

import pytest
from django.test import Client

from agreements.models import Agreement
from agreements.queries import facts_of
from agreements.rules.vocabulary import AgreementKind, Frequency, SharingModel
from tests import make
from tests.support.walking import FOLDER, Walk, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def system() -> Walk:
    """Return the draft of taking part in an integrated data system."""
    walk = Walk(read(FOLDER / "5.toml"))
    walk.begin(
        kind=AgreementKind.PARTICIPATION, model=SharingModel.INTEGRATED_DATA_SYSTEM
    )
    return walk


def page_of(made: Agreement, code: str) -> str:
    element = made.flows.get(key="Tables for the district").elements.get(code=code)
    return f"{made.get_absolute_url()}draft/schedule/{element.pk}/"


def found(made: Agreement, rule: str) -> list[str]:
    return [each.subject for each in make.check_draft(made) if each.rule == rule]


def test_how_often_a_table_is_made_is_stated_with_the_questions() -> None:
    made = make.agreement(until="draft")
    page: Client = make.signed_in(made.drafted_by)
    address = f"{made.get_absolute_url()}draft/purpose/"
    assert b'name="refresh_linking"' in page.get(address).content
    said = {"title": made.title, "measures": made.measures, "text": "learn"}
    page.post(address, said | {"refresh_attendance_rate": "once a month"})
    often = {each.key: each.refresh for each in facts_of(made).analyses}
    assert often["attendance_rate"] is Frequency.MONTHLY
    assert often["enrolled"] is Frequency.YEARLY


def test_what_is_made_in_a_system_names_whose_records_it_is_made_from(
    system: Walk,
) -> None:
    made, district, agency = (
        system.agreement,
        system.sides["district"].pk,
        system.sides["pha"].pk,
    )
    page, address = make.signed_in(system.director), page_of(made, "table.enrolled")
    before = found(made, "R-117")
    inputs = [f"{district} enrolment.school", f"{agency} tenant.development"]
    answer = page.post(address, {"answers": ["enrolled"], "made_from": inputs})
    assert answer.status_code == 302
    after = found(made, "R-117")
    assert before.count("table.enrolled") - after.count("table.enrolled") == 1
    content = page.get(address).content.decode()
    assert content.count(" checked") == 3
    assert f"{system.sides['lead'].pk} " not in "".join(inputs)


def test_what_its_owner_sends_itself_is_made_from_nothing_else() -> None:
    made = make.agreement(until="draft")
    element = made.flows.first().elements.first()
    address = f"{made.get_absolute_url()}draft/schedule/{element.pk}/"
    page = make.signed_in(made.drafted_by)
    assert b"made_from" not in page.get(address).content
    page.post(address, {"answers": ["linking"], "collected_under": "Form 1"})
    element.refresh_from_db()
    assert (element.collected_under, element.lineage) == ("Form 1", {})
