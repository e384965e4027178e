"""From a reminder to a certificate: on time, not before, and once."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from accounts import clock, jobs, ledger
from accounts.acting import Actor
from accounts.acts import Conflict, RuleBroken
from accounts.models import Job, User
from agreements import seal
from agreements.models import Agreement, Obligation
from agreements.queries import today_of
from agreements.services import obligations, terms
from indicators.custody import vault
from indicators.models import Holding
from indicators.services import destruction, linkage
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support.paper import printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

# The date on Kiritimati is always a later one than in Pago Pago.
FIRST, LAST = "Pacific/Kiritimati", "Pacific/Pago_Pago"
LISTS = {"tenants", "students", "crosswalk", "review"}
RETENTION = timedelta(days=7)


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    joined = make.partners(agency_zone=LAST, district_zone=FIRST)
    made = make.agreement(joined)
    make.linked(made)
    return made.number


@pytest.fixture
def made(number: str, settings: Settings) -> Agreement:
    """Return an agreement under which both lists are linked; its dates can move."""
    settings.DEMO = True
    return Agreement.objects.get(number=number)


def duty_of(made: Agreement, kind: str = "linking_list") -> Obligation:
    return made.obligations.get(kind=kind)


def go_to(made: Agreement, day: date) -> None:
    """Move the dates on until it is `day` for the strictest owner."""
    clock.advance(days=(day - today_of(made)).days)


def destroy_due() -> None:
    """Do what falls due, and print nothing."""
    obligations.fall_due()
    for job in Job.objects.filter(kind=destruction.JOB):
        jobs.run(job.pk)


def held(made: Agreement) -> set[str]:
    return set(made.holdings.filter(state="held").values_list("kind", flat=True))


def key_file(holding: Holding, root: Path) -> Path:
    return Path(root, "keys", str(holding.owner_id), holding.key)


def blob_file(holding: Holding) -> Path:
    return Path(configured.VAULT_DIR, "blobs", holding.blob)


# On the date


def test_stewards_are_reminded_once_per_stage(made: Agreement) -> None:
    due_on = duty_of(made).due_on
    reminders = Notice.objects.filter(key__startswith=f"destroy:{duty_of(made).pk}:")
    seen = []
    for day in range((due_on - today_of(made)).days):
        go_to(made, due_on - timedelta(days=30 - day))
        obligations.remind_due()
        obligations.remind_due()
        seen.append(reminders.count())
    assert seen == [2] * 23 + [4] * 6 + [6]
    assert {notice.recipient for notice in reminders} == {
        make.who(made, kind, Role.STEWARD) for kind in ("pha", "district")
    }


def test_overdue_duty_reminds_every_day(made: Agreement) -> None:
    due_on = duty_of(made).due_on
    reminders = Notice.objects.filter(key__startswith=f"destroy:{duty_of(made).pk}:")
    go_to(made, due_on)
    obligations.remind_due()
    n_until_due = reminders.count()
    for _ in range(3):
        clock.advance(days=1)
        obligations.remind_due()
    assert reminders.count() == n_until_due + 3 * 2


def test_lists_are_destroyed_on_the_strictest_owners_date(made: Agreement) -> None:
    due_on = duty_of(made).due_on
    go_to(made, due_on - timedelta(days=1))
    destroy_due()
    assert held(made) == {*LISTS, "linked"}
    go_to(made, due_on)
    assert clock.today([FIRST]) == due_on
    assert clock.today([LAST]) < due_on
    destroy_due()
    assert held(made) == {"linked"}
    assert set(made.deliveries.values_list("state", flat=True)) == {"destroyed"}


def test_lists_last_thirty_days_after_the_link(made: Agreement) -> None:
    assert duty_of(made).due_on == today_of(made) + timedelta(days=30)


def test_later_link_does_not_put_the_lists_off(made: Agreement) -> None:
    due_on = duty_of(made).due_on
    clock.advance(days=10)
    make.student_records(made)
    make.work_off()
    assert [run.state for run in made.runs.all()] == ["linked", "superseded"]
    assert duty_of(made).due_on == due_on


def test_linked_rows_last_ninety_days_after_the_last_release(made: Agreement) -> None:
    assert duty_of(made, "linked_rows").due_on == made.destroy_by
    release = make.released(made.runs.get())
    due_on = today_of(made) + timedelta(days=90)
    assert duty_of(made, "linked_rows").due_on == due_on
    go_to(made, due_on)
    destroy_due()
    assert held(made) == set()
    again = make.released(release.run, until="computing")
    jobs.run(Job.objects.get(kind="indicators.protect", state="waiting").pk)
    again.refresh_from_db()
    assert again.state == "refused"
    assert "have been destroyed" in again.message


def test_ending_early_brings_the_dates_forward(made: Agreement) -> None:
    before = duty_of(made).due_on
    counsel = make.who(made, "pha", Role.COUNSEL)
    terms.terminate(agreement=made, reason="The project stopped.", actor=counsel)
    assert duty_of(made).due_on == before
    assert duty_of(made, "linked_rows").due_on == today_of(made) + timedelta(days=60)
    with pytest.raises(RuleBroken, match="No agreement in force"):
        make.housing_list(made)


def test_term_that_ends_ends_the_agreement(made: Agreement) -> None:
    go_to(made, made.ends_on)
    terms.expire_lapsed()
    made.refresh_from_db()
    assert made.state == "in_force"
    clock.advance(days=1)
    terms.expire_lapsed()
    terms.expire_lapsed()
    made.refresh_from_db()
    assert made.state == "ended"
    assert duty_of(made, "linked_rows").due_on == made.destroy_by


# How


def test_key_goes_first_and_then_the_blob(made: Agreement) -> None:
    holding = made.holdings.get(kind="tenants")
    blob = blob_file(holding)
    aside = blob.rename(blob.with_suffix(".aside"))
    blob.mkdir()  # cannot be erased as a file
    go_to(made, duty_of(made).due_on)
    destroy_due()
    assert not key_file(holding, configured.KEYSTORE_DIR).exists()
    assert held(made) == {*LISTS, "linked"}
    assert duty_of(made).state == "destroying"
    with pytest.raises(Conflict, match="being destroyed now"):
        make.hold(made)
    stopped_at = clock.now()
    blob.rmdir()
    aside.rename(blob)
    destroy_due()
    assert held(made) == {"linked"}
    assert not blob.exists()
    holding.refresh_from_db()
    assert holding.destroyed_at < stopped_at


def test_copy_of_the_key_is_gone_after_its_retention(made: Agreement) -> None:
    go_to(made, duty_of(made).due_on)
    destroy_due()
    holding = made.holdings.get(kind="students")
    copy = key_file(holding, configured.KEYSTORE_COPY_DIR)
    assert holding.unrecoverable_from == holding.destroyed_at + RETENTION
    vault().expire_copy(holding.unrecoverable_from - timedelta(seconds=1))
    assert copy.exists()
    vault().expire_copy(holding.unrecoverable_from)
    assert not copy.exists()


def test_destroyed_lists_cannot_be_linked_again(made: Agreement) -> None:
    make.student_records(made)
    run = made.runs.first()
    go_to(made, duty_of(made).due_on)
    destroy_due()
    make.work_off()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "has been destroyed meanwhile" in run.message
    assert jobs.latest(linkage.JOB, run).state == "failed"


# Holds


def counsel_of(made: Agreement) -> User:
    return make.who(made, "district", Role.COUNSEL)


def test_hold_stops_destruction_until_it_is_closed(made: Agreement) -> None:
    hold, counsel = make.hold(made), counsel_of(made)
    go_to(made, duty_of(made).due_on + timedelta(days=3))
    destroy_due()
    destroy_due()
    assert duty_of(made).state == "held"
    assert held(made) == {*LISTS, "linked"}
    obligations.close_hold(hold=hold, actor=counsel)
    destroy_due()
    assert held(made) == {"linked"}


def test_hold_between_due_date_and_worker_is_kept(made: Agreement) -> None:
    go_to(made, duty_of(made).due_on)
    obligations.fall_due()
    hold, counsel = make.hold(made), counsel_of(made)
    destroy_due()
    assert held(made) == {*LISTS, "linked"}
    assert duty_of(made).state == "held"
    obligations.close_hold(hold=hold, actor=counsel)
    destroy_due()
    assert held(made) == {"linked"}


def test_hold_stops_a_worker_that_has_not_begun(
    made: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = obligations.begin_destruction

    def begin_late(*, obligation: Obligation, actor: Actor) -> None:
        make.hold(made)
        begin(obligation=obligation, actor=actor)

    monkeypatch.setattr(destruction, "begin_destruction", begin_late)
    go_to(made, duty_of(made).due_on)
    destroy_due()
    assert duty_of(made).state == "held"
    assert held(made) == {*LISTS, "linked"}
    job = jobs.latest(destruction.JOB, duty_of(made))
    assert job
    assert "A hold is open" in job.message


def test_every_hold_must_close(made: Agreement) -> None:
    first, second, counsel = make.hold(made), make.hold(made), counsel_of(made)
    go_to(made, duty_of(made).due_on)
    destroy_due()
    obligations.close_hold(hold=first, actor=counsel)
    with pytest.raises(Conflict, match="closed already"):
        obligations.close_hold(hold=first, actor=counsel)
    destroy_due()
    assert held(made) == {*LISTS, "linked"}
    obligations.close_hold(hold=second, actor=counsel)
    destroy_due()
    assert held(made) == {"linked"}


# The certificate


def test_certificate_is_sealed_and_everything_happens_once(made: Agreement) -> None:
    go_to(made, duty_of(made).due_on)
    make.minute()
    duty = duty_of(made)
    certificate = duty.certificate
    destroyed_at = max(h.destroyed_at for h in made.holdings.exclude(kind="linked"))
    assert duty.unrecoverable_from == destroyed_at + RETENTION
    assert seal.verify(bytes(certificate.content))
    words = printed(bytes(certificate.content))
    moment = duty.unrecoverable_from
    spoken = f"{moment:%B} {moment.day}, {moment.year}, {moment:%H:%M:%S} UTC"
    assert f"is unrecoverable from {spoken}" in words
    for what in ("Housing list", "Student records", "Pairs of linked people"):
        assert what in words
    told = Notice.objects.filter(key__startswith=f"certificate:{duty.pk}:")
    assert make.who(made, "district", Role.STEWARD) in {
        notice.recipient for notice in told
    }
    counted = standing(made)
    for _ in range(3):
        make.minute()
    assert standing(made) == counted
    assert list(ledger.verify()) == []


def standing(made: Agreement) -> tuple[object, ...]:
    return (
        ledger.head(made.chain),
        made.documents.count(),
        Notice.objects.count(),
        Job.objects.count(),
        held(made),
    )
