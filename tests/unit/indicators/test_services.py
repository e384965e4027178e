"""What the services of the top floor write, beyond what the flows show."""

import io
import os
from pathlib import Path

import pytest
from django.conf import settings

from accounts import clock, jobs, ledger
from accounts.acting import act
from accounts.acts import Refused, RuleBroken
from agreements.models import Agreement
from agreements.services import obligations, terms
from indicators import frames
from indicators.custody import vault
from indicators.models import Holding, ReleaseDecision
from indicators.queries import document_of
from indicators.services import deliveries, destruction, linkage, releases
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support import clerical, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    linked = make.linked().agreement
    empty = make.agreement(linked.partnership)
    return {"empty": empty.number, "linked": linked.number}


@pytest.fixture
def empty(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["empty"])


@pytest.fixture
def linked(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["linked"])


def opened(holding: Holding) -> dict[str, int]:
    content = vault().read(str(holding.owner_id), key_id=holding.key, blob=holding.blob)
    return {name: frame.num_rows for name, frame in frames.unpack(content).items()}


# Deliveries


def test_delivery_is_sealed_under_its_senders_key(empty: Agreement) -> None:
    delivery = make.housing_list(empty)
    assert delivery.holding.owner == delivery.sender
    assert opened(delivery.holding) == {"tenants": town.N_TENANTS, "repeats": 0}
    assert delivery.n_rows == delivery.holding.n_rows == town.N_TENANTS
    assert delivery.has_exclusion_attested


def test_newer_delivery_replaces_the_older_one_and_destroys_nothing(
    empty: Agreement,
) -> None:
    first, second = make.housing_list(empty), make.housing_list(empty)
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "accepted")
    assert opened(first.holding) == opened(second.holding)


def test_files_that_stand_are_not_loaded_again(empty: Agreement) -> None:
    content = town.tenants_csv(town.children())
    first = make.housing_list(empty, content)
    head, stored = ledger.head(empty.chain), kept()
    with pytest.raises(deliveries.SameFiles, match=r"arrived on .* and are in use"):
        make.housing_list(empty, content)
    assert (ledger.head(empty.chain), kept()) == (head, stored)
    assert empty.deliveries.get() == first


def test_files_that_were_replaced_can_be_loaded_again(empty: Agreement) -> None:
    content = town.tenants_csv(town.children())
    for sent in (content, content + b"\r\n", content):
        make.housing_list(empty, sent)
    assert empty.deliveries.count() == 3
    assert empty.deliveries.filter(state="accepted").count() == 1


def test_files_stand_whatever_their_order(empty: Agreement) -> None:
    files = list(town.student_files(town.children()).values())
    make.student_records(empty, files)
    with pytest.raises(deliveries.SameFiles):
        make.student_records(empty, files[::-1])


def test_what_is_refused_once_it_is_sealed_is_destroyed_at_once(
    empty: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement_of = obligations.lock_for_keeping

    def lock_late(agreement: Agreement) -> Agreement:
        superintendent = make.who(empty, "district", Role.SUPERINTENDENT)
        terms.pause(agreement=agreement, actor=superintendent)
        return agreement_of(agreement)

    monkeypatch.setattr(deliveries, "lock_for_keeping", lock_late)
    before = kept()
    with pytest.raises(Refused, match="Sharing is paused"):
        make.housing_list(empty)
    assert kept() == before
    assert not empty.deliveries.exists()


def kept() -> set[str]:
    """Return the names of every blob and key in the vault."""
    roots = (Path(settings.VAULT_DIR, "blobs"), Path(settings.KEYSTORE_DIR, "keys"))
    return {path.name for root in roots for path in root.rglob("*") if path.is_file()}


def test_rows_with_errors_are_counted_and_set_aside(empty: Agreement) -> None:
    content = town.tenants_csv(town.children()).replace(b"2006-01-09", b"1850-01-09", 1)
    delivery = make.housing_list(empty, content)
    assert delivery.n_rows == town.N_TENANTS
    assert delivery.n_set_aside == 1
    assert delivery.holding.n_rows == town.N_TENANTS - 1
    assert "Barady" not in str(delivery.receipt)


def test_list_may_come_in_parts(empty: Agreement) -> None:
    make.add_places(empty)
    flow = empty.flows.get(key="Housing list")
    children = town.children()
    halves = [children[::2], [*children[1::2], children[0]]]
    delivery = deliveries.receive(
        flow=flow,
        files=[io.BytesIO(town.tenants_csv(half)) for half in halves],
        attests_exclusions=True,
        actor=make.holder(flow.sender, Role.STEWARD),
    )
    assert (delivery.n_rows, delivery.n_set_aside) == (town.N_TENANTS + 1, 1)
    assert opened(delivery.holding) == {"tenants": town.N_TENANTS, "repeats": 0}


def test_linking_waits_for_both_sides(empty: Agreement) -> None:
    make.housing_list(empty)
    assert not empty.runs.exists()
    make.student_records(empty)
    assert empty.runs.get().state == "waiting"


# Linking


def test_linkage_keeps_pairs_and_rows_for_the_linker(linked: Agreement) -> None:
    run = linked.runs.get()
    assert run.counts["accepted"] == run.counts["with attendance"] == 66
    assert run.crosswalk.owner == run.linked.owner == run.students.sender
    kept = clerical.held(run.linked)
    told = {name: frame.column_names for name, frame in kept.items()}
    assert told == {
        "days": ["id", "school", "days_enrolled", "days_absent"],
        "enrolment": ["id", "school", "entry_date", "exit_date"],
        "people": ["id", "household"],
        "tenancies": [
            "id",
            "development",
            "move_in_date",
            "move_out_date",
            "household",
        ],
    }
    codes = {*kept["tenancies"]["id"].to_pylist()}
    assert len(codes) == town.N_TENANTS
    assert {*kept["enrolment"]["id"].to_pylist()} < codes
    listed = {f"T{n}" for n in range(200)} | {str(n) for n in range(200)}
    assert not codes & listed


def test_analysts_are_told_once(linked: Agreement) -> None:
    told = Notice.objects.filter(key__startswith=f"linked:{linked.runs.get().pk}:")
    assert [notice.recipient.name for notice in told] == ["Ana Lyst"]


def test_new_delivery_supersedes_the_old_linkage(linked: Agreement) -> None:
    old = linked.runs.get()
    make.student_records(linked)
    old.refresh_from_db()
    assert old.state == "superseded"
    with pytest.raises(RuleBroken, match="Only the newest"):
        make.released(old, until="computing")


def test_linkage_that_is_done_is_not_cancelled(linked: Agreement) -> None:
    run = linked.runs.get()
    steward = make.holder(run.students.sender, Role.STEWARD)
    linkage.cancel_run(run=run, actor=steward)
    assert not jobs.latest(linkage.JOB, run).is_cancel_requested


# Releases


def test_threshold_is_the_strictest_owners(linked: Agreement) -> None:
    assert releases.threshold_of(linked) == 10
    agency = linked.partnership.organisations.get(kind="pha")
    with act("tests.strict", actor=make.SET_UP, chain=agency.chain, subject=agency):
        agency.min_cell = 22
        agency.save()
    assert releases.threshold_of(linked) == 22
    release = make.released(linked.runs.get(), until="draft")
    assert release.threshold == 22
    shown = [cell.n for cell in document_of(release).cells]
    assert min(n for n in shown if isinstance(n, int)) >= 22


def test_tables_are_those_that_the_mandate_lists(linked: Agreement) -> None:
    release = make.released(linked.runs.get(), until="draft")
    document = document_of(release)
    assert {*document.tables} == {"building", "school", "building × school"}
    assert [m.code for m in document.measures] == [
        "attendance_rate",
        "chronic_absence",
        "overlap",
    ]
    assert release.audit["clean"]


def test_place_that_nobody_listed_refuses_the_release(linked: Agreement) -> None:
    site = linked.partnership.organisations.get(kind="pha").sites.first()
    with act("tests.unlist", actor=make.SET_UP, chain=linked.chain):
        site.delete()
    release = make.released(linked.runs.get(), until="computing")
    make.work_off()
    release.refresh_from_db()
    assert release.state == "refused"
    assert "buildings that are not listed" in release.message
    assert release.document == {}


def test_nothing_is_published_while_sharing_is_paused(linked: Agreement) -> None:
    release = make.released(linked.runs.get(), until="proposed")
    director = make.holder(
        linked.partnership.organisations.get(kind="pha"), Role.DIRECTOR
    )
    terms.pause(agreement=linked, actor=director)
    for decision in release.decisions.all():
        with pytest.raises(RuleBroken, match="Sharing is paused"):
            vote(decision)
    release.refresh_from_db()
    assert release.state == "proposed"
    terms.resume(agreement=linked, actor=director)
    for decision in release.decisions.all():
        vote(decision)
    release.refresh_from_db()
    assert release.state == "published"


def vote(decision: ReleaseDecision) -> None:
    releases.decide(
        decision=decision,
        approve=True,
        reason="",
        actor=make.holder(decision.owner, Role.STEWARD),
    )


def test_withdrawal_says_why(linked: Agreement) -> None:
    release = make.released(linked.runs.get())
    steward = make.holder(release.decisions.first().owner, Role.STEWARD)
    with pytest.raises(RuleBroken, match="Say why"):
        releases.withdraw(release=release, reason=" ", actor=steward)


# Sweeping


def blob_file(name: str) -> Path:
    return Path(settings.VAULT_DIR, "blobs", name)


def test_sweep_erases_what_no_holding_names_and_keeps_the_rest(
    linked: Agreement,
) -> None:
    orphan = vault().put("7", b"nobody recorded this")
    two_hours_ago = (clock.now() - 2 * destruction.GRACE).timestamp()
    os.utime(blob_file(orphan.blob), (two_hours_ago, two_hours_ago))
    young = vault().put("7", b"still being recorded")
    destruction.sweep()
    assert not blob_file(orphan.blob).exists()
    assert blob_file(young.blob).exists()
    sizes = opened(linked.runs.get().linked)
    assert (sizes["enrolment"], sizes["tenancies"]) == (66, town.N_TENANTS)


def test_sweep_reports_a_holding_that_has_lost_its_copy(linked: Agreement) -> None:
    holding = linked.runs.get().linked
    blob_file(holding.blob).unlink()
    (missing,) = destruction.sweep().missing
    assert missing.blob == holding.blob
