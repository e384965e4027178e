"""Destruction while a worker reads: the result is destroyed too, or never recorded."""

from collections import Counter
from functools import partial

import pytest

from accounts import clock, jobs
from agreements.models import Agreement, Obligation
from agreements.services import obligations
from indicators.models import Holding
from indicators.services import destruction, linkage, releases
from tests import make
from tests.contract.racing import N_TIMES, Begin, n_jobs, together

pytestmark = pytest.mark.prove  # fifty times each takes minutes

LISTS, ROWS = Obligation.Kind.LINKING_LIST, Obligation.Kind.LINKED_ROWS
RECORDED_AGAIN = "Records under this agreement are being destroyed at this moment."
# Within how many seconds destruction begins: about as long as the other work takes.
READING_SECONDS = 0.8


def both_duties_due() -> None:
    """Leave four jobs: one links, one counts tables, two destroy what both read."""
    made = make.agreement()
    run = make.linked(made)
    make.released(run)
    make.released(run, until="computing")
    make.housing_list(made)
    clock.advance(days=90)
    obligations.fall_due()


def destroying(made: Agreement, kind: str) -> partial[None]:
    return partial(jobs.run, jobs.latest(destruction.JOB, duty(made, kind)).pk)


def duty(made: Agreement, kind: str) -> Obligation:
    return made.obligations.filter(kind=kind).earliest("pk")


def assert_destroyed(made: Agreement, kind: str) -> None:
    """Demand that a duty was carried out, and that nothing of before it is held."""
    assert duty(made, kind).state == "discharged"
    assert n_jobs(destruction.JOB, duty(made, kind)) == 1
    assert jobs.latest(destruction.JOB, duty(made, kind)).state == "done"
    kinds = destruction.KINDS_OF[Obligation.Kind(kind)]
    assert not made.holdings.filter(
        kind__in=kinds, state="held", created_at__lt=duty(made, kind).discharged_at
    ).exists()


def test_destroying_while_a_run_links(begin: Begin) -> None:
    race, seen = begin(both_duties_due), Counter[str]()
    for i in range(N_TIMES):
        kind = LISTS if i % 4 else ROWS
        with race.again(i) as chance:
            made = Agreement.objects.get()
            run = made.runs.get(state="waiting")
            link = partial(jobs.run, jobs.latest(linkage.JOB, run).pk)
            spread = [0.1, READING_SECONDS]
            together(chance, link, destroying(made, kind), spread=spread)
            run.refresh_from_db()
            assert_destroyed(made, kind)
            assert n_jobs(linkage.JOB, run) == 1
            if run.state == "failed":
                assert run.crosswalk is run.linked is None
                assert run.message.startswith((linkage.DESTROYED, RECORDED_AGAIN))
            else:
                assert run.state == "linked"
                assert run.crosswalk.is_held == (kind == ROWS)
            seen[run.state] += 1
    assert seen["failed"]


def test_destroying_while_tables_are_counted(begin: Begin) -> None:
    race, seen = begin(both_duties_due), Counter[str]()
    for i in range(N_TIMES // 2):
        with race.again(i) as chance:
            made = Agreement.objects.get()
            release = made.releases.get(state="computing")
            count = partial(jobs.run, jobs.latest(releases.JOB, release).pk)
            spread = [0.1, READING_SECONDS]
            together(chance, count, destroying(made, ROWS), spread=spread)
            release.refresh_from_db()
            assert_destroyed(made, ROWS)
            if release.state == "refused":
                assert release.document == {}
                assert release.message == releases.DESTROYED
            else:
                assert release.state == "draft"
                assert release.document
            assert not Holding.objects.filter(kind="linked", state="held").exists()
            seen[release.state] += 1
    assert seen["refused"]
