"""A research file from its making to its destruction, as everybody meets it."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import clock
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry
from agreements.models import Agreement
from agreements.services import obligations, terms
from indicators.models import Holding, LinkageRun, ResearchFetch, ResearchFile
from indicators.services import research as services
from indicators.services.research_known import told_by_files
from indicators.services.research_making import published_beside
from partnerships.roles import Role
from tests import make
from tests.support import research, town
from tests.support.research import (
    act,
    content,
    decided,
    made_file,
    page,
    reader,
    rows_kept,
    signed,
    who,
)
from tests.support.research_attacker import Attacker, Extract, Knowledge

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


def test_the_whole_line_is_walked_on_its_pages(made: Agreement) -> None:
    analyst = who(made, "district", Role.ANALYST)
    counsel = who(made, "district", Role.COUNSEL)
    assert "Research files" in analyst.get("/data/").content.decode()
    flow = made.flows.get(key=research.FLOW)
    path = f"/research/flows/{flow.pk}/new/"
    form = analyst.get(path).content.decode()
    assert "What does the recipient know" in form
    started = analyst.post(
        path, {"title": "Absence", "run": made.runs.first().pk, "k": 10}
    )
    assert started.status_code == 302
    file = ResearchFile.objects.get()
    assert "Running" in page(analyst, file).content.decode()
    make.work_off()
    file.refresh_from_db()
    assert file.state == "draft", file.message
    said = page(analyst, file).content.decode()
    for words in ("Smallest class", "Prosecutor", "Marketer", "The housing agency"):
        assert words in said
    assert page(counsel, file).status_code == 404
    assert "Put forward" in analyst.get("/").content.decode()
    assert act(analyst, "put_forward", file).status_code == 302
    assert "Determine" in counsel.get("/").content.decode()
    assert "34 CFR 99.31(b)(1)" in page(counsel, file).content.decode()
    refused = act(
        counsel,
        "determine",
        file,
        sha256=file.sha256,
        typed_name="Sol Icitor",
        password="wrong",
    )
    assert refused.status_code == 422
    assert "The password is not right" in refused.content.decode()
    assert 'value="Sol Icitor"' in refused.content.decode()
    done = act(
        counsel,
        "determine",
        file,
        sha256=file.sha256,
        typed_name="Sol Icitor",
        password=make.PASSWORD,
    )
    assert done.status_code == 302
    assert page(reader(made), file).status_code == 404
    for side in ("pha", "district"):
        steward = who(made, side, Role.STEWARD)
        own = file.decisions.get(owner__kind=side)
        assert "Your decision for" in page(steward, file).content.decode()
        steward.post(f"/research/decisions/{own.pk}/", {"approve": "1"})
    file.refresh_from_db()
    assert file.state == "released"
    university = reader(made)
    assert "every owner has approved it" in university.get("/").content.decode().lower()
    said = page(university, file).content.decode()
    assert "Fetch the file" in said
    assert "Prosecutor" not in said
    sent = act(university, "fetch", file)
    assert b"".join(sent.streaming_content) == content(file)
    assert sent["Content-Disposition"].endswith('.csv"')
    fetch = ResearchFetch.objects.get()
    assert fetch.sha256 == file.sha256
    assert LedgerEntry.objects.filter(act="indicators.fetch_file").count() == 1
    assert "Ulf Researcher" in page(counsel, file).content.decode()
    codebook = json.loads(university.get(f"/research/{file.pk}/codebook.json").content)
    assert codebook["sha256"] == file.sha256
    columns = ",".join(column["name"] for column in codebook["columns"])
    assert content(file).decode().startswith(f"{columns}\r\n")


def test_the_file_names_nobody_and_its_attacker_finds_nothing(
    run: LinkageRun,
) -> None:
    file = made_file(run)
    rows = rows_kept(file)
    children = {str(child.number): child for child in town.children()}
    extract = Extract(content(file), {row["code"]: row["child"] for row in rows})
    linked = [c for c in children.values() if c.building and c.school]
    knows = Knowledge(
        homes={key: child.last for key, child in children.items()},
        here=frozenset(str(child.number) for child in linked),
        facts={
            key: (child.first, child.last, str(child.born), f"T{child.number}")
            for key, child in children.items()
        },
    )
    assert Attacker([extract], knows, week=1).finds() == set()
    text = content(file).decode()
    assert not any(child.last in text for child in linked)
    assert "Suppressed" in file.codebook["suppressed"]


def test_nothing_of_a_child_is_in_the_database(run: LinkageRun) -> None:
    file = made_file(run)
    said = json.dumps([file.report, file.codebook])
    for child in town.children():
        assert child.last not in said
    assert {file.file.kind, file.codes.kind} == {"research", "codes"}
    assert file.file.owner == file.codes.owner == file.flow.sender


def test_the_same_child_keeps_its_code_and_files_are_tested_together(
    run: LinkageRun,
) -> None:
    first = decided(signed(made_file(run)))
    second = made_file(run)
    assert second.report["smallest_over_time"] >= 10
    codes = [
        {row["child"]: row["code"] for row in rows_kept(file)}
        for file in (first, second)
    ]
    both = codes[0].keys() & codes[1].keys()
    assert both
    assert all(codes[0][child] == codes[1][child] for child in both)
    signed(second)
    assert second.state == "before_owners"
    counsel = who(run.agreement, "district", Role.COUNSEL)
    assert first.title in page(counsel, second).content.decode()


def test_what_a_file_tells_is_known_to_the_releases_after_it(run: LinkageRun) -> None:
    file = decided(signed(made_file(run)))
    rows = services.content_of(file).decode().splitlines()[1:]
    (edition,) = told_by_files(run.agreement, file.period)
    assert bool(edition.cells) == bool(file.report["told"])
    totals = [cell for cell in edition.cells if len(cell.vector) == 1]
    assert bool(totals) == bool(edition.cells)
    for total in totals:
        assert total.n == len(rows) == file.report["n_rows"]
    release = make.released(run)
    assert release.state == "published"
    assert list(published_beside(file)) == [release]


def test_a_withdrawn_file_is_fetched_no_more(run: LinkageRun) -> None:
    file = decided(signed(made_file(run)))
    person = research.researcher(run.agreement)
    services.fetch(file=file, actor=person)
    steward = who(run.agreement, "pha", Role.STEWARD)
    assert act(steward, "withdraw", file, reason="").status_code == 422
    act(steward, "withdraw", file, reason="A wrong calendar.")
    assert "A wrong calendar." in page(make.signed_in(person), file).content.decode()
    with pytest.raises(Conflict, match="cannot be fetched"):
        services.fetch(file=file, actor=person)


def test_downloads_end_with_the_agreement_and_all_is_destroyed(
    run: LinkageRun,
) -> None:
    file = decided(signed(made_file(run)))
    made = run.agreement
    kinds = ("research_files", "record_codes")
    due = {duty.due_on for duty in made.obligations.filter(kind__in=kinds)}
    assert due == {made.destroy_by}
    terms.terminate(
        agreement=made,
        reason="It is over.",
        actor=make.who(made, "pha", Role.DIRECTOR),
    )
    with pytest.raises(Refused):
        services.fetch(file=file, actor=research.researcher(made))
    clock.advance(days=(made.end_days or 0) + 1)
    obligations.fall_due()
    make.work_off()
    states = Holding.objects.filter(kind__in=("research", "codes")).values_list(
        "state", flat=True
    )
    assert set(states) == {"destroyed"}
    duties = made.obligations.filter(kind__in=kinds)
    assert all(duty.certificate for duty in duties)
    with pytest.raises(RuleBroken, match="destroyed"):
        services.content_of(ResearchFile.objects.get(pk=file.pk))


def test_once_the_lists_are_destroyed_no_file_can_be_made(run: LinkageRun) -> None:
    made = run.agreement
    clock.advance(days=31)
    obligations.fall_due()
    make.work_off()
    file = made_file(run)
    assert file.state == "refused"
    assert "lists behind this linkage are destroyed" in file.message
    assert made.research_files.count() == 1


def test_rules_are_asked_of_the_exact_bytes(
    run: LinkageRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made_file(run)
    services.put_forward(file=file, actor=file.author)
    counsel = make.who(run.agreement, "district", Role.COUNSEL)

    def sign() -> None:
        services.determine(
            file=file,
            sha256=file.sha256,
            typed_name=counsel.name,
            password=make.PASSWORD,
            actor=counsel,
        )

    whole = content(file).decode()
    lines = whole.splitlines(keepends=True)
    alone = [*lines[:-1], lines[-1].replace(lines[-1].split(",")[1], "Elsewhere")]
    tampered = {
        "".join(alone): "of the 10 people it needs",
        whole.replace("chronic_absence", "birth_date", 1): "its codebook does not list",
        whole.replace("record_code", "student_number", 1): "codebook does not list",
    }
    for text, complaint in tampered.items():
        assert text != whole
        monkeypatch.setattr(services, "content_of", lambda _, t=text: t.encode())
        with pytest.raises(RuleBroken, match=complaint):
            sign()
        file.refresh_from_db()
        assert file.state == "before_district"
    monkeypatch.undo()
    sign()
