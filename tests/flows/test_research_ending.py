"""Research files that end: sealed rows destroyed, copies told of and confirmed."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import ledger
from accounts.acts import Conflict
from accounts.events import NeedsOf
from accounts.hooks import ask
from accounts.models import LedgerEntry, User
from agreements.services import obligations
from indicators.models import Delivery, LinkageRun, ResearchFile
from indicators.services import research as services
from indicators.services.research_making import earlier_files, make_research_file
from indicators.services.withdrawing import withdraw_delivery
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support import research, town
from tests.support.research import act, decided, made_file, page, signed, who

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


def steward_of(run: LinkageRun) -> User:
    return make.who(run.agreement, "district", Role.STEWARD)


def withdrawn(run: LinkageRun, *files: ResearchFile) -> None:
    """Withdraw what files were made of, and let a worker destroy what is to go."""
    path = f"/data/deliveries/{run.students_id}/wrong/"
    client = make.signed_in(steward_of(run))
    assert "Research files stopped or withdrawn" in client.get(path).content.decode()
    wrong = Delivery.Wrong.VALUES
    assert client.post(path, {"wrong": wrong}).status_code == 302
    make.work_off()
    for file in files:
        file.refresh_from_db()


def are_destroyed(file: ResearchFile) -> bool:
    """Return whether no sealed row of a file is left, and the ledger proves it."""
    assert file.file is not None
    assert file.codes is not None
    proof = LedgerEntry.objects.filter(
        act="indicators.destroy_file", subject=f"indicators.researchfile:{file.pk}"
    ).first()
    kept = [holding.is_held for holding in (file.file, file.codes)]
    return not any(kept) and proof is not None and len(proof.detail["destroyed"]) == 2


def needs(person: User) -> list[str]:
    """Return what a person's home page says of research files."""
    found = ask(NeedsOf(person))
    return [f"{each.verb} {each.subject}" for each in found if "research" in each.url]


def test_who_fetched_what_was_wrong_destroys_it_and_signs(run: LinkageRun) -> None:
    file = decided(signed(made_file(run)))
    person = research.researcher(run.agreement)
    services.fetch(file=file, actor=person)
    withdrawn(run, file)
    assert file.state == "withdrawn"
    file = ResearchFile.objects.select_related("file", "codes").get(pk=file.pk)
    assert are_destroyed(file)
    with pytest.raises(Conflict, match="cannot be fetched"):
        services.fetch(file=file, actor=person)
    client = make.signed_in(person)
    assert act(client, "fetch", file).status_code == 409

    told = Notice.objects.get(recipient=person, subject__contains="destroy your copies")
    assert told.path == file.get_absolute_url()
    for notice in Notice.objects.filter(path=file.get_absolute_url()):
        assert not any(c.last in notice.body + notice.subject for c in town.children())
    steward = steward_of(run)
    assert any(each.startswith("Destroy your copies of") for each in needs(person))
    assert any(each.startswith("Await word") for each in needs(steward))
    shown = page(make.signed_in(steward), file).content.decode()
    assert "Not confirmed yet" in shown
    assert "sealed rows here were destroyed" in shown

    said = {"typed_name": person.name, "password": "wrong"}
    assert act(client, "confirm", file, **said).status_code == 422
    said["password"] = make.PASSWORD
    assert act(client, "confirm", file, **said | {"typed_name": "X"}).status_code == 422
    assert act(client, "confirm", file, **said).status_code == 302
    entry = LedgerEntry.objects.get(act="indicators.confirm_copies")
    assert entry.detail == {
        "sha256": file.sha256,
        "downloads": [file.fetches.get().pk],
    }
    shown = page(make.signed_in(steward), file).content.decode()
    assert f"Signed by {person.name}" in shown
    assert needs(person) == needs(steward) == []
    assert act(client, "confirm", file, **said).status_code in (404, 409)
    assert list(ledger.verify()) == []


def test_nobody_confirms_for_somebody_else_until_they_leave(run: LinkageRun) -> None:
    file = decided(signed(made_file(run)))
    person = research.researcher(run.agreement)
    services.fetch(file=file, actor=person)
    withdrawn(run, file)
    dean = make.holder(file.recipient, Role.DIRECTOR)
    said = {"typed_name": dean.name, "password": make.PASSWORD}
    client = make.signed_in(dean)
    assert act(client, "confirm", file, **said).status_code == 404
    agency = who(run.agreement, "pha", Role.STEWARD)
    assert act(agency, "confirm", file, **said).status_code == 403
    make.leaves(person)
    assert act(client, "confirm", file, **said).status_code == 302
    assert file.fetches.get().confirmed_by == dean


def test_no_file_follows_while_copies_of_a_wrong_one_are_left(run: LinkageRun) -> None:
    file = decided(signed(made_file(run)))
    person = research.researcher(run.agreement)
    services.fetch(file=file, actor=person)
    withdrawn(run, file)
    newer = make.linked(run.agreement)
    with pytest.raises(Conflict, match="not confirmed yet"):
        made_file(newer)
    act(
        make.signed_in(person),
        "confirm",
        file,
        typed_name=person.name,
        password=make.PASSWORD,
    )
    later = made_file(newer)
    assert later.state == "draft", later.message
    assert list(earlier_files(later)) == []


def test_file_that_is_being_made_stops(run: LinkageRun) -> None:
    file = made_file(run, is_worked=False)
    withdrawn(run, file)
    assert file.state == "stopped"
    assert file.file is None
    assert file.all_destroyed_at is not None


@pytest.mark.parametrize("end", ["discard", "send_back", "decline"])
def test_rows_of_a_file_that_ends_before_it_goes_are_destroyed_at_once(
    run: LinkageRun, end: str
) -> None:
    file = made_file(run)
    if end == "discard":
        act(who(run.agreement, "district", Role.ANALYST), end, file)
    elif end == "send_back":
        services.put_forward(file=file, actor=file.author)
        counsel = who(run.agreement, "district", Role.COUNSEL)
        act(counsel, end, file, reason="Leave the school out.")
    else:
        own = signed(file).decisions.get(owner__kind="pha")
        steward = who(run.agreement, "pha", Role.STEWARD)
        steward.post(
            f"/research/decisions/{own.pk}/", {"decline": "1", "reason": "Too fine."}
        )
    make.work_off()
    file = ResearchFile.objects.select_related("file", "codes").get(pk=file.pk)
    assert file.state in ("discarded", "sent_back", "declined")
    assert are_destroyed(file)


def test_hold_keeps_the_rows_until_it_closes(run: LinkageRun) -> None:
    file = made_file(run)
    hold = make.hold(run.agreement)
    services.discard_file(file=file, actor=file.author)
    make.minute()
    file = ResearchFile.objects.select_related("file", "codes").get(pk=file.pk)
    assert file.file is not None
    assert file.file.is_held
    obligations.close_hold(
        hold=hold, actor=make.who(run.agreement, "district", Role.COUNSEL)
    )
    make.minute()
    file = ResearchFile.objects.select_related("file", "codes").get(pk=file.pk)
    assert are_destroyed(file)


def test_owner_withdraws_and_what_follows_is_still_tested_against_it(
    run: LinkageRun,
) -> None:
    file = decided(signed(made_file(run)))
    person = research.researcher(run.agreement)
    services.fetch(file=file, actor=person)
    services.withdraw_file(file=file, reason="It is late.", actor=steward_of(run))
    make.work_off()
    file.refresh_from_db()
    assert file.file is not None
    assert file.file.is_held
    assert any(each.startswith("Destroy your copies of") for each in needs(person))
    flow = file.flow
    later = make_research_file(
        flow=flow, run=run, title="Later", k=10, actor=file.author
    )
    assert list(earlier_files(later)) == [file]


def test_withdrawal_by_the_service_names_its_files(run: LinkageRun) -> None:
    file = signed(made_file(run))
    withdraw_delivery(
        delivery=run.tenants,
        wrong=Delivery.Wrong.FILE,
        actor=make.who(run.agreement, "pha", Role.STEWARD),
    )
    entry = LedgerEntry.objects.get(act="indicators.withdraw_delivery")
    assert entry.detail["files"] == [file.pk]
