"""Whatever is changed, removed or inserted by hand after a whole line is named."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, models, transaction
from pytest_django import Settings

from accounts import clock, ledger
from accounts.history import tracked_models
from accounts.models import LedgerEntry
from accounts.triggers import evidence_models
from agreements import word
from agreements.models import Agreement, ProofRecord
from agreements.queries import source_of
from agreements.services import (
    copies,
    drafting,
    obligations,
    records,
    routes,
    sections,
    signing,
    wordings,
)
from agreements.services.copying import copy_as_new
from agreements.services.proposals import import_word
from agreements.services.standing import stand_under
from agreements.services.versions import save_version
from indicators.models import Release
from indicators.services import goals
from indicators.services.headcounts import keep_headcount
from indicators.services.keys import order_rotation
from indicators.services.learning import ask_model
from indicators.services.research import fetch
from partnerships.roles import Role
from tests import make
from tests.support import at_door, clerical, repeating, research, words
from tests.support.directory import drop_box_key
from tests.support.intruder import unguard
from tests.support.world_of_data import aim_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

Model = type[models.Model]
EVIDENCE = sorted(evidence_models(), key=lambda model: model._meta.label_lower)
NAMED = [model for model in EVIDENCE if model is not LedgerEntry]
TRACKED = tracked_models()
# Kept out of history, so that they are not copied around.
NOT_IN_HISTORY = {
    "accounts.user.password",
    "agreements.paperoriginal.content",  # its digest is
}


@pytest.fixture(scope="module")
def line(past: Path) -> str:
    """Walk from the partners to the certificate, and past a hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEMO", True)
        made = make.agreement()
        repeating.decided(repeating.delivered(made))
        at_door.answered(made)
        run = make.linked(made)
        clerical.one_read(run, make.who(made, "district", Role.STEWARD))
        clerical.read_all(run, make.who(made, "district", Role.STEWARD))
        ask_model(run=run, actor=make.who(made, "district", Role.STEWARD))
        make.work_off()
        goals_of(make.released(run))
        beside(made)
        rows_sent()
        signed_otherwise(made)
        hold = make.hold(made)
        counsel = make.holder(hold.owner, Role.COUNSEL)
        obligations.close_hold(hold=hold, actor=counsel)
        clock.advance(days=60)
        obligations.fall_due()
        order_rotation()
        agency = made.partnership.organisations.get(kind="pha")
        drop_box_key(agency, make.person("Ad Min", agency, Role.ADMINISTRATOR))
        make.work_off()
    return made.number


def goals_of(release: Release) -> None:
    """Agree a target for all residents, and state what was done for it."""
    director = make.who(release.agreement, "pha", Role.DIRECTOR)
    target = goals.propose_target(
        release=release, aim=aim_of(release), reason="", actor=director
    )
    goals.decide_target(
        decision=target.decisions.get(decided_at=None),
        agree=True,
        reason="",
        actor=make.who(release.agreement, "district", Role.SUPERINTENDENT),
    )
    goals.state_intervention(
        release=release,
        what="Outreach",
        provider="Neighbours",
        dim="",
        places=[],
        first_on=dt.date(2022, 2, 1),
        last_on=None,
        actor=director,
    )


def rows_sent() -> None:
    """Send a file for research, and let it be fetched."""
    made = research.agreement()
    file = research.decided(research.signed(research.made_file(make.linked(made))))
    fetch(file=file, actor=research.researcher(made))


def beside(made: Agreement) -> None:
    """Start a draft that stands under an agreement, with records on its file."""
    agency = made.partnership.organisations.get(kind="pha")
    director, counsel = (
        make.holder(agency, role) for role in (Role.DIRECTOR, Role.COUNSEL)
    )
    draft = copy_as_new(agreement=made, actor=director)
    keep_headcount(
        organisation=agency, text="building,children\nElm,30", actor=director
    )
    stand_under(agreement=draft, parent=made, actor=director)
    version = save_version(agreement=draft, actor=director)
    file = word.write_text(source_of(version), version.text)
    for asked in ("Really?", "Since when?", "Who says so?"):
        file = words.commented(file, "It calls each", asked)
    import_word(agreement=draft, content=file, actor=director)
    for title in ("Breakfast", "Lunch"):
        wordings.add_own_clause(
            agreement=draft, title=title, text="We eat.", actor=director
        )
    sections.save_section(
        agreement=draft, section="dates", values={"list_days": 99}, actor=director
    )
    records.override(
        agreement=draft,
        owner=agency,
        rule="R-081",
        subject="list_days",
        reason="The school year must be over first.",
        actor=counsel,
    )
    make.original(draft)
    records.keep_record(
        agreement=draft,
        party=agency,
        kind=ProofRecord.Kind.COUNSEL_REVIEW,
        dated_on=dt.date(2026, 1, 1),
        document="Counsel's office",
        flow=draft.flows.first(),
        actor=counsel,
    )
    records.review_state(
        organisation=agency,
        terms={"breach": "30 days"},
        keeps="Contracts",
        keeps_days=30,
        next_review_on=dt.date(2099, 1, 1),
        actor=counsel,
    )


def signed_otherwise(made: Agreement) -> None:
    """Go other ways: with comments, on paper, declined, and again by a route."""
    joined = made.partnership
    agency, district = (joined.organisations.get(kind=k) for k in ("pha", "district"))
    director = make.holder(agency, Role.DIRECTOR)
    other = make.agreement(joined, until="signing")
    for kind in ("pha", "district"):
        make.comment(other, kind)
    make.paper(other)
    signing.decline_to_sign(
        agreement=other,
        reason="The board has not met.",
        actor=make.holder(district, Role.SUPERINTENDENT),
    )
    for organisation in (agency, district):
        routes.delegate(
            organisation=organisation,
            taker=make.holder(organisation, Role.STEWARD),
            from_on=dt.date(2026, 1, 1),
            until_on=dt.date(2099, 1, 1),
            actor=make.holder(organisation, Role.COUNSEL),
        )
    routes.adopt_usual(organisation=agency, actor=director)
    drafting.submit(agreement=other, actor=director)
    copies.take_copy(document=made.documents.get(kind="executed"), actor=director)


@pytest.fixture(autouse=True)
def line_walked(line: str, settings: Settings) -> None:
    settings.DEMO = True


def rows_of(model: Model) -> models.QuerySet[Any]:
    return model._default_manager.order_by("pk")


def other(field: Any, value: Any) -> Any:
    """Return a value of the field's kind that is not this one."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case dt.datetime() | dt.date():
            return value + dt.timedelta(days=1)
        case bytes() | memoryview():
            return bytes(value) + b"\n"
        case str() if value:
            return value[:-1] + ("1" if value[-1] != "1" else "2")
        case str():
            return "x"
        case dict() | list():
            return {"another": "value"}
    kind = field.get_internal_type()
    return _FILLED.get(kind, 1)


_FILLED = {
    "DateTimeField": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    "DateField": dt.date(2026, 1, 1),
    "TextField": "x",
    "CharField": "x",
    "JSONField": {"another": "value"},
    "BooleanField": True,
    "GenericIPAddressField": "127.0.0.9",
}


@contextmanager
def undone() -> Iterator[None]:
    """Undo what is done meanwhile, and put every trigger back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_the_line_has_rows_of_every_kind() -> None:
    empty = [model for model in (*EVIDENCE, *TRACKED) if not rows_of(model).exists()]
    assert empty == []
    assert list(ledger.verify()) == []


def test_database_itself_refuses_to_change_evidence() -> None:
    for model in EVIDENCE:
        rows = rows_of(model).filter(pk=rows_of(model).first().pk)
        with pytest.raises(DatabaseError, match="evidence can"), transaction.atomic():
            rows.update(**{columns(model)[-1].attname: None})
        with pytest.raises(DatabaseError, match="evidence can"), transaction.atomic():
            rows._raw_delete("default")


def columns(model: Model) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def columns_in_turn(models: list[Model]) -> Iterator[list[tuple[Any, Any]]]:
    """Yield rows with the column of each to change, until every column had its turn.

    No row stands twice in one list, so that each change must be named by itself.
    """
    turns: dict[int, list[tuple[Any, Any]]] = defaultdict(list)
    for model in models:
        rows = list(rows_of(model).reverse())
        for n, field in enumerate(columns(model)):
            turns[n // len(rows)].append((rows[n % len(rows)], field))
    yield from turns.values()


def changed_by_hand(row: Any, field: Any) -> bool:
    """Change a column of a row, unless a constraint holds it as well."""
    change = {field.attname: other(field, getattr(row, field.attname))}
    try:
        with transaction.atomic():
            rows_of(type(row)).filter(pk=row.pk).update(**change)
    except IntegrityError:
        return False
    return True


def test_change_of_any_column_of_evidence_is_named() -> None:
    unguard()
    for some in columns_in_turn(NAMED):
        with undone():
            changed = set()
            for row, field in some:
                if changed_by_hand(row, field):
                    changed.add(f"{row._meta.label_lower} row {row.pk} was changed.")
            assert changed - set(ledger.verify()) == set(), some


def test_change_of_any_column_of_the_ledger_is_named() -> None:
    entry = LedgerEntry.objects.filter(chain="system").latest("number")
    unguard()
    for field in columns(LedgerEntry):
        with undone():
            change = {field.attname: other(field, getattr(entry, field.attname))}
            LedgerEntry.objects.filter(pk=entry.pk).update(**change)
            assert any("system" in fault for fault in ledger.verify()), field


def test_change_of_any_column_of_a_live_row_is_named_or_refused() -> None:
    for some in columns_in_turn(TRACKED):
        with undone():
            changed = set()
            for row, field in some:
                if f"{row._meta.label_lower}.{field.name}" in NOT_IN_HISTORY:
                    continue
                if changed_by_hand(row, field):
                    changed.add(f"{row._meta.label} {row.pk} differs from its history.")
            assert changed - set(ledger.verify()) == set(), some


def test_removed_row_of_every_kind_of_evidence_is_named() -> None:
    with undone():
        unguard()
        removed = []
        for model in NAMED:
            row = rows_of(model).first()
            rows_of(model).filter(pk=row.pk)._raw_delete("default")
            removed.append(f"{model._meta.label_lower} row {row.pk} was removed.")
        assert set(ledger.verify()) >= set(removed)


def test_inserted_row_of_every_kind_of_evidence_is_named() -> None:
    with undone():
        inserted = []
        for model in NAMED:
            row = rows_of(model).first()
            row.pk = None
            try:
                with transaction.atomic():
                    model._default_manager.bulk_create([row])
            except IntegrityError:
                continue  # one mandate an agreement, one row a version of a clause
            newest = rows_of(model).last()
            inserted.append(
                f"{model._meta.label_lower} row {newest.pk} was inserted: "
                "no ledger entry names it."
            )
        assert len(inserted) >= len(NAMED) - 2
        assert set(ledger.verify()) >= set(inserted)


def test_removed_live_row_of_every_kind_is_named() -> None:
    with undone():
        removed = []
        for model in TRACKED:
            row = rows_of(model).first()
            rows_of(model).filter(pk=row.pk)._raw_delete("default")
            removed.append(f"{model._meta.label} {row.pk} was removed outside an act.")
        assert set(ledger.verify()) >= set(removed)
