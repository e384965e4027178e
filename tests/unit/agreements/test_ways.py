"""Before a text is sent, its drafter reads who will decide, and in which order."""

from datetime import timedelta

import pytest

from accounts.acting import act
from agreements.models import Agreement
from agreements.queries.ways import ways_of
from agreements.services import approvals, drafting, routes
from partnerships.models import Organisation
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries
from tests.support.words import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Agreement:
    return make.agreement(until="draft")


def district(made: Agreement) -> Organisation:
    return made.parties.get(organisation__kind="district").organisation


def check_page(made: Agreement) -> str:
    client = make.signed_in(made.drafted_by)
    return told(client.get(f"/agreements/{made.number}/draft/check/"))


def adopt(made: Agreement) -> None:
    owner = district(made)
    keeper = make.person("Ad Min", owner, Role.ADMINISTRATOR)
    routes.adopt_usual(organisation=owner, actor=keeper)


def test_counsel_decides_where_an_owner_set_no_route(draft: Agreement) -> None:
    page = check_page(draft)
    assert f"{district(draft).name} decides Counsel approves." in page
    assert "Sol Icitor gets an e-mail." in page
    assert "Usually" not in page


def test_route_of_an_owner_is_told_step_by_step(draft: Agreement) -> None:
    adopt(draft)
    page = check_page(draft)
    assert (
        "Data and privacy officer reviews, then Solicitor approves, then "
        "Superintendent reviews, then School board records the board's item."
    ) in page
    assert "Stevie Steward gets an e-mail." in page
    assert "the signatories get an e-mail: Di Rector, Sue Perintendent." in page


def test_drafter_learns_where_nobody_can_decide(draft: Agreement) -> None:
    make.leaves(make.who(draft, "district", Role.COUNSEL))
    assert "Nobody holds the role that acts first" in check_page(draft)


def test_usual_days_are_the_median_of_an_owners_own_decisions(draft: Agreement) -> None:
    solicitor = make.who(draft, "district", Role.COUNSEL)
    for days in (1, 2, 6):
        assert "Usually" not in check_page(draft)
        drafting.submit(agreement=draft, actor=draft.drafted_by)
        asked = draft.rounds.get(is_open=True)
        with act("tests.age", actor=make.SET_UP, chain=draft.chain, subject=asked):
            asked.opened_at -= timedelta(days=days)
            asked.save()
        approval = asked.approvals.get(owner=district(draft))
        approvals.send_back(approval=approval, reason="Not yet.", actor=solicitor)
        draft.refresh_from_db()
    assert "Counsel approves. Usually 2 days." in check_page(draft)


def test_queries_do_not_grow_with_owners_or_steps(draft: Agreement) -> None:
    before = n_queries(lambda: ways_of(draft))
    adopt(draft)
    assert n_queries(lambda: ways_of(draft)) == before
