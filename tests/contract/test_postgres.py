"""Locks, triggers and constraints on a real PostgreSQL, where SQLite proves nothing."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, connection

from accounts import jobs, ledger
from accounts.acting import System, act
from accounts.acts import Conflict
from accounts.models import ChainHead, Job, LedgerEntry, PendingDigest
from accounts.triggers import evidence_models
from partnerships.models import Membership, Notice, Organisation
from partnerships.roles import Role
from partnerships.services.directory import end_membership
from partnerships.services.notices import deliver_pending, queue_notice
from tests import make
from tests.contract.databases import at_once

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("postgres")]
C1 = System("C1")


def save(organisation: Organisation, name: str, *, chain: str, **options: Any) -> None:
    with act("tests.save", actor=C1, chain=chain, **options):
        organisation.name = name
        organisation.save()


@pytest.mark.parametrize("order", ["UPDATE {} SET actor = ''", "DELETE FROM {}"])
@pytest.mark.parametrize("of", [LedgerEntry, Organisation.history.model])
def test_evidence_refuses_update_and_delete(order: str, of: Any) -> None:
    make.organisation()
    with (
        pytest.raises(DatabaseError, match="evidence cannot be changed"),
        connection.cursor() as cursor,
    ):
        cursor.execute(order.format(of._meta.db_table))
    assert list(ledger.verify()) == []


def test_no_evidence_can_be_changed_or_truncated_and_nothing_else_is_locked() -> None:
    refused = set()
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            try:
                cursor.execute(f'TRUNCATE "{table}" CASCADE')
            except DatabaseError as error:
                assert "evidence cannot be changed" in str(error)
                refused.add(table)
    assert refused >= {model._meta.db_table for model in evidence_models()}
    assert "accounts_job" not in refused


def test_chain_never_forks_under_eight_at_once() -> None:
    chain = make.organisation().chain

    def work(i: int) -> None:
        for _ in range(10):
            with act("tests.act", actor=System(f"C{i}"), chain=chain):
                pass

    at_once(work, 8)
    entries = LedgerEntry.objects.filter(chain=chain).order_by("number")
    assert list(entries.values_list("number", flat=True)) == list(range(1, 81))
    assert list(ledger.verify()) == []


def test_chain_is_begun_once_by_acts_that_meet() -> None:
    def work(i: int) -> None:
        for n in range(5):
            with act("tests.begin", actor=C1, chain=f"partnership:{n}"):
                pass

    at_once(work, 8)
    numbers = ChainHead.objects.values_list("number", flat=True)
    assert list(numbers) == [8] * 5
    assert list(ledger.verify()) == []


def test_autosave_that_lands_during_a_save_point_waits_for_the_next() -> None:
    one, two = make.organisation(), make.organisation()
    save(one, "Before", chain=one.chain, is_save_point=False)
    late = iter(["Meanwhile"])

    def meanwhile(i: int) -> None:
        if name := next(late, None):
            save(two, name, chain=one.chain, is_save_point=False)

    def after_reading(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if sql.startswith("SELECT") and "accounts_pendingdigest" in sql:
            at_once(meanwhile, 1)
        return answer

    with connection.execute_wrapper(after_reading):
        save(one, "At the save point", chain=one.chain)
    assert PendingDigest.objects.count() == 1
    assert list(ledger.verify()) == []


def test_verifying_while_acts_land_finds_no_fault() -> None:
    organisations = [make.organisation() for _ in range(3)]
    is_over = threading.Event()

    def verify() -> list[str]:
        try:
            return [fault for _ in range(10) for fault in ledger.verify()]
        finally:
            is_over.set()

    def work(i: int) -> list[str]:
        if i == len(organisations):
            return verify()
        n = 0
        while not is_over.is_set():
            n += 1
            own = organisations[i]
            save(own, f"{i} {n}", chain=own.chain, is_save_point=n % 3 == 0)
        return []

    assert at_once(work, 4) == [[]] * 4


def test_one_of_many_workers_gets_the_job() -> None:
    person = make.user()
    keys = [jobs.enqueue(f"tests.{n}", person).pk for n in range(20)]
    claims = at_once(lambda i: [jobs.claim(key) for key in keys], 4)
    for by_each in zip(*claims, strict=True):
        assert [work.fence for work in by_each if work is not None] == [1]


def test_one_of_many_workers_takes_over_and_the_old_one_loses() -> None:
    job = jobs.enqueue("tests.lapse", make.user())
    old = jobs.claim(job.pk)
    past = jobs.clock.now() - dt.timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(leased_until=past)
    (new,) = filter(None, at_once(lambda i: jobs.claim(job.pk), 4))
    assert old is not None
    workers = [old, new]

    def finish(i: int) -> str:
        try:
            with workers[i].finish():
                return "done"
        except jobs.LeaseLost:
            return "lost"

    assert at_once(finish, 2) == ["lost", "done"]


def test_job_queued_by_many_at_once_is_one_row() -> None:
    person = make.user()
    keys = at_once(lambda i: jobs.enqueue("tests.queue", person).pk, 6)
    assert len(set(keys)) == Job.objects.count() == 1


def test_role_ended_by_two_at_once_ends_once() -> None:
    person = make.person("Di Example", make.organisation(), Role.DIRECTOR)
    membership = Membership.objects.get(user=person)

    def end(i: int) -> str:
        today = dt.date(2026, 5, 4 + i)
        row = Membership.objects.get(pk=membership.pk)
        try:
            end_membership(membership=row, today=today, actor=make.SET_UP)
        except Conflict:
            return "conflict"
        return "ended"

    assert sorted(at_once(end, 2)) == ["conflict", "ended"]
    assert membership.history.count() == 3  # given, pledged for, ended
    assert list(ledger.verify()) == []


def test_message_is_sent_once_by_workers_that_meet() -> None:
    person = make.user()
    for n in range(20):
        queue_notice(key=f"{n}", recipient=person, subject="S", body="B", path="/")
    assert sum(at_once(lambda i: deliver_pending(), 4)) == len(mail.outbox) == 20
    assert not Notice.objects.filter(sent_at=None).exists()


def test_ledger_number_is_used_once() -> None:
    make.organisation()
    entry = LedgerEntry.objects.get()
    entry.pk = None
    with pytest.raises(IntegrityError, match="ledger_chain_never_forks"):
        entry.save(force_insert=True)


def test_job_state_is_known_and_one_job_is_open() -> None:
    job = jobs.enqueue("tests.open", make.user())
    with pytest.raises(IntegrityError, match="job_state_known"):
        Job.objects.update(state="lost")
    job.pk = None
    with pytest.raises(IntegrityError, match="job_one_open_per_subject"):
        job.save()


def test_smallest_cell_and_single_role_are_held() -> None:
    agency = make.organisation()
    with pytest.raises(IntegrityError, match="organisation_min_cell_10_to_30"):
        Organisation.objects.update(min_cell=9)
    make.person("Di Example", agency, Role.DIRECTOR)
    membership = Membership.objects.get()
    membership.pk = None
    with pytest.raises(IntegrityError, match="membership_role_once"):
        Membership.objects.bulk_create([membership])
