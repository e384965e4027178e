"""A wrong delivery goes with all that it led to, and what is out says so."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts import clock, jobs, ledger
from accounts.models import LedgerEntry
from agreements import presets
from agreements.models import Agreement
from agreements.services import obligations, terms
from indicators.models import Delivery, LinkageRun, Release
from indicators.services import linkage, releases, reviewing, withdrawing
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support import clerical, town
from tests.support.vaulted import assert_vault_is_on_record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

SAID = "Made from a delivery that was later withdrawn on"


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.released().agreement.number


@pytest.fixture
def made(number: str) -> Agreement:
    """Return an agreement with one linkage and one published release."""
    return Agreement.objects.get(number=number)


def housing(made: Agreement) -> Delivery:
    return made.deliveries.filter(flow=presets.HOUSING_LIST).latest("pk")


def steward_of(made: Agreement, kind: str) -> Client:
    return make.signed_in(make.who(made, kind, Role.STEWARD))


def withdraw(delivery: Delivery, *, wrong: str = "values") -> Any:
    steward = make.holder(delivery.sender, Role.STEWARD)
    path = f"/data/deliveries/{delivery.pk}/wrong/"
    return make.signed_in(steward).post(path, {"wrong": wrong})


def held(made: Agreement) -> set[str]:
    return set(made.holdings.filter(state="held").values_list("kind", flat=True))


def test_page_counts_what_goes_with_it(made: Agreement) -> None:
    make.released(made.runs.get(), until="draft")
    client = steward_of(made, "pha")
    receipt = client.get(housing(made).get_absolute_url()).content.decode()
    assert "This delivery is wrong" in receipt
    page = client.get(f"/data/deliveries/{housing(made).pk}/wrong/").content.decode()
    for line in (
        "<dt>Linkages withdrawn</dt><dd>1</dd>",
        "<dt>Releases discarded before they are published</dt><dd>1</dd>",
        "<dt>Published releases that are marked</dt><dd>1</dd>",
    ):
        assert line in page


def test_reason_is_asked_for(made: Agreement) -> None:
    before = ledger.head(made.chain)
    response = withdraw(housing(made), wrong="Ana Lopez is not a tenant")
    assert response.status_code == 422
    assert withdraw(housing(made), wrong="").status_code == 422
    assert ledger.head(made.chain) == before
    assert housing(made).state == "accepted"


def test_all_that_was_made_from_it_goes(made: Agreement) -> None:
    run, wrong = made.runs.get(), housing(made)
    draft = make.released(run, until="draft")
    assert withdraw(wrong).status_code == 302
    for row, state in ((wrong, "withdrawn"), (run, "withdrawn"), (draft, "discarded")):
        row.refresh_from_db()
        assert row.state == state
    assert "was withdrawn on" in run.message
    assert "Values in it are wrong." in draft.message
    make.work_off()
    assert held(made) == {"students"}
    assert_vault_is_on_record()
    entry = LedgerEntry.objects.get(act="indicators.destroy_withdrawn")
    destroyed = {line["holding"] for line in entry.detail["destroyed"]}
    assert destroyed == set(
        made.holdings.filter(state="destroyed").values_list("pk", flat=True)
    )
    assert len(destroyed) == 4
    assert list(ledger.verify()) == []


def test_pairs_and_rows_of_before_a_review_go_too(made: Agreement) -> None:
    run = made.runs.get()
    steward = make.who(made, "district", Role.STEWARD)
    clerical.one_read(run, steward)
    reviewing.use_readings(run=run, actor=steward)
    make.work_off()
    assert made.holdings.filter(kind="crosswalk", state="held").count() == 2
    withdraw(housing(made))
    make.work_off()
    assert held(made) == {"students"}
    assert_vault_is_on_record()


def test_receipt_stays_and_says_so(made: Agreement) -> None:
    withdraw(housing(made), wrong="people")
    for kind in ("pha", "district"):
        client = steward_of(made, kind)
        page = client.get(housing(made).get_absolute_url()).content.decode()
        assert "It holds people who should have been left out." in page
        assert "being destroyed" in page
        assert "This delivery is wrong" not in page
    make.work_off()
    page = client.get(housing(made).get_absolute_url()).content.decode()
    assert "<dt>State</dt><dd>Withdrawn, unrecoverable from" in page
    assert "Destroyed on" in page


def test_what_is_published_stays_and_says_so_everywhere(made: Agreement) -> None:
    release = made.releases.get()
    readers = steward_of(made, "pha")
    pages = (
        f"/dashboards/{release.pk}/",
        f"/dashboards/{release.pk}/building.csv",
        f"/releases/{release.pk}/",
        "/releases/",
        f"/agreements/{made.number}/",
    )
    assert not any(SAID in readers.get(page).content.decode() for page in pages)
    withdraw(housing(made))
    make.work_off()
    release.refresh_from_db()
    assert release.state == "published"
    for page in pages:
        assert SAID in readers.get(page).content.decode(), page
    told = Notice.objects.filter(key__startswith=f"release-marked:{release.pk}")
    assert {notice.recipient.name for notice in told} == {
        "Sam Steward",
        "Stevie Steward",
        "Ana Lyst",
    }
    assert {notice.path for notice in told} == {release.get_absolute_url()}
    response = readers.post(
        f"/releases/{release.pk}/withdraw/", {"reason": "The list was wrong."}
    )
    assert response.status_code == 302
    assert SAID in readers.get(f"/dashboards/{release.pk}/").content.decode()


def test_everybody_else_concerned_is_told_and_nobody_is_named(made: Agreement) -> None:
    make.released(made.runs.get(), until="proposed")
    before = set(Notice.objects.values_list("pk", flat=True))
    withdraw(housing(made))
    new = Notice.objects.exclude(pk__in=before)
    told = new.filter(key__startswith="withdrawn:")
    assert {each.recipient.name for each in told} == {"Stevie Steward", "Ana Lyst"}
    ended = new.filter(key__contains=":discarded")
    assert {each.recipient.name for each in ended} == {
        "Sam Steward",
        "Stevie Steward",
        "Ana Lyst",
    }
    children = town.children()
    names = {name for child in children for name in (child.first, child.last)}
    for notice in new:
        assert not [each for each in names if f" {each} " in f" {notice.body} "]


def test_sender_is_asked_for_the_right_files(made: Agreement) -> None:
    path = f"/data/flows/{made.flows.get(key=presets.HOUSING_LIST).pk}/load/"
    client = steward_of(made, "pha")
    assert path not in client.get("/").content.decode()
    withdraw(housing(made))
    assert path in client.get("/").content.decode()


def test_what_was_withdrawn_is_not_withdrawn_again(made: Agreement) -> None:
    assert withdraw(housing(made)).status_code == 302
    assert withdraw(housing(made)).status_code == 409


def test_only_the_senders_steward_may(made: Agreement) -> None:
    path = f"/data/deliveries/{housing(made).pk}/wrong/"
    for kind, role, status in (
        ("district", Role.STEWARD, 403),
        ("district", Role.ANALYST, 404),
        ("pha", Role.DIRECTOR, 404),
    ):
        client = make.signed_in(make.who(made, kind, role))
        for response in (client.get(path), client.post(path, {"wrong": "file"})):
            assert response.status_code == status
    assert housing(made).state == "accepted"


def test_it_can_be_said_after_a_pause_and_after_destruction(made: Agreement) -> None:
    terms.pause(agreement=made, actor=make.who(made, "district", Role.SUPERINTENDENT))
    assert withdraw(housing(made)).status_code == 302
    records = made.deliveries.get(flow=presets.STUDENT_RECORDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEMO", True)
        clock.advance(days=60)
        obligations.fall_due()
        make.work_off()
        records.refresh_from_db()
        assert records.state == "destroyed"
        assert withdraw(records).status_code == 302
        make.work_off()
    assert held(made) == set()
    assert_vault_is_on_record()


def test_right_files_are_linked_and_released_afterwards(made: Agreement) -> None:
    wrong, published = housing(made), made.releases.get()
    make.released(made.runs.get(), until="proposed")
    withdraw(wrong)
    make.work_off()
    make.housing_list(made)
    make.work_off()
    run = made.runs.first()
    assert run is not None
    assert run.state == "linked", run.message
    newer = make.released(run)
    assert (newer.state, newer.source_note) == ("published", "")
    published.refresh_from_db()
    assert published.source_note


def test_hold_keeps_the_records_until_it_closes(made: Agreement) -> None:
    before = held(made)
    hold = make.hold(made)
    page = steward_of(made, "pha").get(f"/data/deliveries/{housing(made).pk}/wrong/")
    assert b"when the open hold closes" in page.content
    withdraw(housing(made))
    make.work_off()
    make.minute()
    assert held(made) == before
    assert made.runs.get().state == "withdrawn"
    obligations.close_hold(hold=hold, actor=make.holder(hold.owner, Role.COUNSEL))
    make.minute()
    assert held(made) == {"students"}
    make.minute()
    assert LedgerEntry.objects.filter(act="indicators.destroy_withdrawn").count() == 1


# While something else goes on


@pytest.mark.parametrize("step", range(8))
def test_linking_stops_at_its_next_step(
    made: Agreement, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = make.housing_list(made)
    run = made.runs.get(state="waiting")
    on_step(monkeypatch, step, lambda: withdraw(wrong))
    jobs.run(jobs.latest(linkage.JOB, run).pk)
    assert_gone(run)


def on_step(monkeypatch: pytest.MonkeyPatch, step: int, do: Any) -> None:
    """Let something happen just before a step of the next job is noted."""
    plain, taken = jobs.Work.step, []

    def noted(work: jobs.Work, *args: Any) -> None:
        taken.append(args)
        if len(taken) == step + 1:
            monkeypatch.setattr(jobs.Work, "step", plain)
            do()
        plain(work, *args)

    monkeypatch.setattr(jobs.Work, "step", noted)


def assert_gone(run: LinkageRun) -> None:
    made = run.agreement
    make.work_off()
    make.minute()
    run.refresh_from_db()
    assert run.state == "withdrawn"
    assert "was withdrawn on" in run.message
    assert run.crosswalk is None or not run.crosswalk.is_held
    assert not made.holdings.filter(
        kind__in=("crosswalk", "linked", "review"),
        state="held",
        created_at__gt=(run.requested_at),
    ).exists()
    assert_vault_is_on_record()
    job = jobs.latest(linkage.JOB, run)
    assert not job.is_open
    assert job.attempts <= 1


def test_waiting_run_is_never_begun(made: Agreement) -> None:
    wrong = make.housing_list(made)
    run = made.runs.get(state="waiting")
    withdraw(wrong)
    make.work_off()
    assert jobs.latest(linkage.JOB, run).steps == []
    assert_gone(run)


@pytest.mark.parametrize("step", range(3))
def test_tables_that_are_being_made_are_discarded(
    made: Agreement, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = make.released(made.runs.get(), until="computing")
    on_step(monkeypatch, step, lambda: withdraw(housing(made)))
    jobs.run(jobs.latest(releases.JOB, release).pk)
    make.work_off()
    release.refresh_from_db()
    assert release.state == "discarded"
    assert "was withdrawn on" in release.message
    assert release.document == {}
    assert not jobs.latest(releases.JOB, release).is_open


def test_answers_are_not_used_any_more(
    made: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made.runs.get()
    steward = make.who(made, "district", Role.STEWARD)
    clerical.one_read(run, steward)
    reviewing.use_readings(run=run, actor=steward)
    on_step(monkeypatch, 1, lambda: withdraw(housing(made)))
    jobs.run(jobs.latest(reviewing.JOB, run).pk)
    make.work_off()
    assert held(made) == {"students"}
    assert_vault_is_on_record()


# A newer delivery, where nothing was wrong


def test_newer_linkage_of_the_year_supersedes_what_is_not_published(
    made: Agreement,
) -> None:
    published = made.releases.get()
    proposed = make.released(made.runs.get(), until="proposed")
    make.housing_list(made)
    make.work_off()
    published.refresh_from_db()
    proposed.refresh_from_db()
    assert (published.state, published.source_note) == ("published", "")
    assert proposed.state == "superseded"
    decision = proposed.decisions.get(owner__kind="pha")
    client = steward_of(made, "pha")
    response = client.post(f"/decisions/{decision.pk}/", {"approve": "1"})
    assert response.status_code == 409
    assert make.released(made.runs.first()).state == "published"


def test_linkage_of_another_year_leaves_a_proposal_alone(made: Agreement) -> None:
    proposed = make.released(made.runs.get(), until="proposed")
    files = town.student_files(town.children(), year=2023)
    make.student_records(made, list(files.values()))
    make.work_off()
    run = made.runs.first()
    assert run is not None
    assert run.school_year != proposed.period
    proposed.refresh_from_db()
    assert proposed.state == "proposed"
    for decision in proposed.decisions.all():
        steward = make.holder(decision.owner, Role.STEWARD)
        releases.decide(decision=decision, approve=True, reason="", actor=steward)
    proposed.refresh_from_db()
    assert proposed.state == "published"


def test_replaced_delivery_takes_only_what_was_made_from_it(made: Agreement) -> None:
    old, first = housing(made), made.runs.get()
    make.housing_list(made)
    make.work_off()
    second = made.runs.first()
    assert second is not None
    release = make.released(second)
    withdraw(old)
    make.work_off()
    first.refresh_from_db()
    second.refresh_from_db()
    release.refresh_from_db()
    assert (first.state, second.state) == ("withdrawn", "linked")
    assert release.source_note == ""
    assert Release.objects.exclude(source_withdrawn_at=None).get().run == first
    assert withdrawing.reach_of(old).runs == ()
    assert_vault_is_on_record()
