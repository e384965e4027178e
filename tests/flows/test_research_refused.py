"""Research files that are refused, sent back, declined, or asked for by the wrong."""

import re
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.acts import Conflict, Refused, RuleBroken
from agreements.models import Agreement
from indicators.models import Delivery, LinkageRun, ResearchFetch, ResearchFile
from indicators.services import research as services
from indicators.services.withdrawing import withdraw_delivery
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support import research, town
from tests.support.research import (
    act,
    decided,
    made_file,
    page,
    reader,
    signed,
    who,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def run_key(past: Path) -> int:
    """Link once, under an agreement that lists rows for research."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEMO", True)
        return make.linked(research.agreement()).pk


@pytest.fixture(autouse=True)
def demonstration(settings: Settings) -> None:
    settings.DEMO = True


@pytest.fixture
def run(run_key: int) -> LinkageRun:
    return LinkageRun.objects.select_related("agreement").get(pk=run_key)


@pytest.fixture
def made(run: LinkageRun) -> Agreement:
    return run.agreement


def test_only_one_file_for_a_recipient_is_open_at_a_time(run: LinkageRun) -> None:
    made_file(run)
    with pytest.raises(Conflict, match="Another file for this recipient"):
        made_file(run)


def test_classes_smaller_than_the_owners_agreed_are_refused(
    run: LinkageRun,
) -> None:
    analyst = who(run.agreement, "district", Role.ANALYST)
    flow = run.agreement.flows.get(key=research.FLOW)
    answer = analyst.post(
        f"/research/flows/{flow.pk}/new/", {"title": "Few", "run": run.pk, "k": 9}
    )
    assert answer.status_code == 422
    assert "classes of 10 children or more" in answer.content.decode()
    assert 'value="Few"' in answer.content.decode()


def test_a_file_that_hides_nobody_is_refused_with_a_reason(run: LinkageRun) -> None:
    file = made_file(run, k=town.N_TENANTS)
    assert file.state == "refused"
    assert "there is no file to send" in file.message
    analyst = who(run.agreement, "district", Role.ANALYST)
    assert "there is no file to send" in page(analyst, file).content.decode()


def test_it_can_be_discarded_sent_back_and_declined(run: LinkageRun) -> None:
    made = run.agreement
    analyst = who(made, "district", Role.ANALYST)
    counsel = who(made, "district", Role.COUNSEL)
    file = made_file(run)
    assert act(analyst, "discard", file).status_code == 302
    file = made_file(run)
    act(analyst, "put_forward", file)
    empty = act(counsel, "send_back", file, reason=" ")
    assert empty.status_code == 422
    assert "Say what must change" in empty.content.decode()
    act(counsel, "send_back", file, reason="Leave the school out.")
    assert "Leave the school out." in page(analyst, file).content.decode()
    file = signed(made_file(run))
    steward = who(made, "pha", Role.STEWARD)
    own = file.decisions.get(owner__kind="pha")
    empty = steward.post(f"/research/decisions/{own.pk}/", {"decline": "1"})
    assert empty.status_code == 422
    steward.post(
        f"/research/decisions/{own.pk}/", {"decline": "1", "reason": "Too early."}
    )
    states = list(ResearchFile.objects.values_list("state", flat=True))
    assert states == ["declined", "sent_back", "discarded"]
    assert page(reader(made), file).status_code == 404


def test_no_owner_can_be_outvoted(run: LinkageRun) -> None:
    file = signed(made_file(run))
    one = file.decisions.get(owner__kind="district")
    services.decide_file(
        decision=one,
        approve=True,
        reason="",
        actor=make.who(run.agreement, "district", Role.STEWARD),
    )
    file.refresh_from_db()
    assert file.state == "before_owners"
    with pytest.raises(Conflict, match="cannot be fetched"):
        services.fetch(file=file, actor=research.researcher(run.agreement))
    other = file.decisions.get(owner__kind="pha")
    with pytest.raises(Refused, match="Each owner decides"):
        services.decide_file(
            decision=other,
            approve=True,
            reason="",
            actor=make.who(run.agreement, "district", Role.STEWARD),
        )


def test_other_owners_read_no_exact_number(run: LinkageRun) -> None:
    file = signed(made_file(run))
    exact = f"{file.report['n_rows']} children"
    said = {
        side: page(who(run.agreement, side, Role.STEWARD), file).content.decode()
        for side in ("pha", "district")
    }
    assert exact in said["district"]
    assert exact not in said["pha"]
    assert "At least 10 children who are alike" in said["pha"]
    assert "1 in 10, or less often" in said["pha"]
    codebook = who(run.agreement, "pha", Role.STEWARD).get(
        f"/research/{file.pk}/codebook.json"
    )
    numbers = re.findall(r"(?<!\w)\d+(?!\w)", codebook.content.decode())
    assert str(file.report["n_rows"]) not in numbers


def test_only_the_districts_counsel_determines(run: LinkageRun) -> None:
    file = made_file(run)
    services.put_forward(file=file, actor=file.author)
    for side, role in (
        ("district", Role.ANALYST),
        ("district", Role.STEWARD),
        ("pha", Role.COUNSEL),
        ("university", Role.COUNSEL),
    ):
        with pytest.raises(RuleBroken):
            services.determine(
                file=file,
                sha256=file.sha256,
                typed_name=make.who(run.agreement, side, role).name,
                password=make.PASSWORD,
                actor=make.who(run.agreement, side, role),
            )
    with pytest.raises(Conflict, match="another one now"):
        services.determine(
            file=file,
            sha256="0" * 64,
            typed_name="Sol Icitor",
            password=make.PASSWORD,
            actor=make.who(run.agreement, "district", Role.COUNSEL),
        )


def test_only_the_recipients_person_on_the_access_list_fetches(
    run: LinkageRun,
) -> None:
    file = decided(signed(made_file(run)))
    made = run.agreement
    for side, role in (
        ("university", Role.DIRECTOR),
        ("district", Role.STEWARD),
        ("pha", Role.STEWARD),
    ):
        person = make.who(made, side, role)
        with pytest.raises(Refused):
            services.fetch(file=file, actor=person)
        assert act(make.signed_in(person), "fetch", file).status_code in (403, 404, 409)
    assert ResearchFetch.objects.count() == 0
    told = Notice.objects.filter(recipient=research.researcher(made))
    assert told.filter(subject__contains="a research file is ready").exists()
    for notice in Notice.objects.filter(path__startswith="/research/"):
        assert not any(c.last in notice.body for c in town.children())


def test_nobody_sends_on_what_was_made_of_a_wrong_delivery(run: LinkageRun) -> None:
    file = signed(made_file(run))
    district = run.agreement.partnership.organisations.get(kind="district")
    withdraw_delivery(
        delivery=run.students,
        wrong=Delivery.Wrong.values[0],
        actor=make.holder(district, Role.STEWARD),
    )
    steward = who(run.agreement, "pha", Role.STEWARD)
    own = file.decisions.get(owner__kind="pha")
    path = f"/research/decisions/{own.pk}/"
    assert steward.post(path, {"approve": "1"}).status_code == 409
    file.refresh_from_db()
    assert file.state == "stopped"
    assert "A delivery that it was made from was withdrawn" in file.message
