"""Whose rows a flow carries: what the agreement says, and what its door then keeps."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts import ledger
from agreements import presets
from agreements.models import Agreement
from agreements.permission import Deliver
from agreements.queries import permitted, today_of
from agreements.rules.scope import Scope
from agreements.services.copying import copy_as_new
from agreements.services.versions import save_version
from indicators import frames
from indicators.custody import vault
from indicators.dropbox.session import RECEIPT, SEND_ATTESTED
from indicators.frames import Frames
from indicators.models import Arrival, Delivery
from indicators.services.deliveries import SameFiles
from partnerships.roles import Role
from tests import make
from tests.support import addresses, town
from tests.support.at_door import (
    ATTESTED,
    examined,
    examined_list,
    page_of,
    press,
    steward_of,
    words,
)
from tests.support.dropping import Program, got, put
from tests.support.scoped import scoped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
BUILDING, OTHER = list(town.BUILDINGS)[:2]
SCHOOL, OTHER_SCHOOL = town.SCHOOLS
AGES = (10, 18)
SCOPE = Scope(places=(BUILDING,), ages=AGES)


def drafted(made: Agreement) -> None:
    """Limit what both sides send."""
    scoped(made, presets.HOUSING_LIST, places=[BUILDING], ages=[*AGES])
    scoped(made, presets.STUDENT_RECORDS, places=[SCHOOL], years=[2021, 2021])


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(drafted=drafted).number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def are_covered(made: Agreement) -> list[town.Child]:
    """Return the children of the town whom the housing list's scope covers."""
    after, last = SCOPE.born(today_of(made))
    return [c for c in CHILDREN if c.building == BUILDING and after < c.born <= last]


def kept(delivery: Delivery) -> Frames:
    """Return the row-sets that a delivery put into the vault."""
    holding = delivery.holding
    return frames.unpack(
        vault().read(str(holding.owner_id), key_id=holding.key, blob=holding.blob)
    )


def set_aside(arrival: Arrival) -> list[list[str]]:
    """Return the rejected-rows file of an arrival: file, line and reason."""
    client = steward_of(arrival.agreement, arrival.flow)
    answer = client.get(f"{arrival.get_absolute_url()}rows-set-aside.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


# What the agreement says


def test_drafter_says_whose_rows_are_sent_and_every_paper_repeats_it() -> None:
    made = make.agreement(until="draft")
    make.add_places(made)
    director = make.signed_in(make.who(made, "pha", Role.DIRECTOR))
    flow = made.flows.get(key=presets.HOUSING_LIST)
    path = reverse("draft_flow", args=[made.number, flow.pk])
    shown = director.get(path).context["form"]
    said = {each.html_name: each.value() for each in shown if each.value()} | {
        "scope_places": [BUILDING],
        "scope_first_year": "2024",
        "scope_last_year": "2025",
        "scope_youngest": "5",
        "scope_oldest": "",
    }
    refused = director.post(path, said)
    assert "Say both the first and the last" in refused.content.decode()
    assert "5" in str(refused.context["form"]["scope_youngest"].value())
    assert director.post(path, said | {"scope_oldest": "18"}).status_code == 302
    name = town.BUILDINGS[BUILDING]
    whose = (
        f"only rows of {name}, of the school years 2024-25 to 2025-26 (July 1, 2024 to "
        "June 30, 2026), of children aged 5 to 18 on September 1"
    )
    assert whose in words(director.get(reverse("draft_schedule", args=[made.number])))
    assert whose in words(director.get(reverse("draft_check", args=[made.number])))
    again = director.get(path).context["form"]
    assert (again["scope_first_year"].value(), again["scope_oldest"].value()) == (
        2024,
        18,
    )


def test_versions_say_whose_rows_were_sent_and_a_copy_says_the_same() -> None:
    draft = make.agreement(until="draft")
    save_version(agreement=draft, actor=draft.drafted_by)
    scoped(draft, presets.HOUSING_LIST, places=[BUILDING], years=[2024, 2024])
    director = make.signed_in(make.who(draft, "pha", Role.DIRECTOR))
    shown = words(director.get(f"/agreements/{draft.number}/versions/"))
    assert "Schedule 2. Data" in shown
    assert f"Records about people, only rows of {town.BUILDINGS[BUILDING]}" in shown
    copy = copy_as_new(agreement=draft, actor=draft.drafted_by)
    for key in (presets.HOUSING_LIST, presets.STUDENT_RECORDS):
        assert copy.flows.get(key=key).scope == draft.flows.get(key=key).scope
    assert copy.flows.get(key=presets.HOUSING_LIST).scope.years == (2024, 2024)


def test_executed_terms_hold_whose_rows_are_sent(made: Agreement) -> None:
    director = make.signed_in(make.who(made, "pha", Role.DIRECTOR))
    answer = director.get(f"/agreements/{made.number}/mandate.json")
    record = json.loads(answer.content)
    scopes = {each["key"]: each["scope"] for each in record["flows"]}
    assert scopes[presets.HOUSING_LIST] == {
        "places": [BUILDING],
        "years": [],
        "ages": [*AGES],
        "grades": [],
    }
    assert scopes["Tables"] == {"places": [], "years": [], "ages": [], "grades": []}
    text = made.rounds.latest("pk").text
    assert f"(only rows of {town.BUILDINGS[BUILDING]}" in json.dumps(text["clauses"])


def test_signed_terms_let_nothing_go_that_was_read_under_others(
    made: Agreement,
) -> None:
    flow = made.flows.get(key=presets.HOUSING_LIST)
    asked = Deliver(
        flow=flow.key,
        sender=str(flow.sender_id),
        columns=("tenant.last_name",),
        scope=flow.scope,
    )
    assert permitted(made, asked)
    refused = permitted(made, replace(asked, scope=Scope()))
    assert f"only rows of {BUILDING}" in refused.reason


def test_project_under_an_agreement_sends_no_more_rows(made: Agreement) -> None:
    project = make.data_use(made, until="draft")
    flow = project.flows.get(key=presets.HOUSING_LIST)
    assert flow.scope.places == (BUILDING,)
    assert "R-112" not in {each.rule for each in make.check_draft(project)}
    scoped(project, flow.key, places=[])
    said = [each for each in make.check_draft(project) if each.rule == "R-112"]
    assert [each.subject for each in said] == [flow.key]


# What the door keeps


def test_housing_rows_outside_are_named_and_never_kept(made: Agreement) -> None:
    arrival = examined_list(made, town.tenants_csv(CHILDREN))
    page = page_of(arrival)
    n_elsewhere = sum(bool(c.building) and c.building != BUILDING for c in CHILDREN)
    why = "a building that the agreement does not cover"
    assert f"Of these refused by rule R-057: {why} {n_elsewhere}" in page
    lines = set_aside(arrival)
    line = 2 + [c.building for c in CHILDREN if c.building].index(OTHER)
    assert ["file 1", str(line), f"Line {line}: {why} (rule R-057)."] in lines
    press(arrival, "load", **ATTESTED)
    delivery = made.deliveries.get()
    covered = are_covered(made)
    assert 0 < len(covered) < sum(c.building == BUILDING for c in CHILDREN)
    listed = kept(delivery)["tenants"]
    assert listed["member_id"].to_pylist() == [f"T{c.number}" for c in covered]
    assert delivery.n_set_aside == len(lines)
    assert any("rule R-057" in each for each in delivery.receipt["notices"])
    assert list(ledger.verify()) == []


def test_file_that_is_outside_altogether_is_refused(made: Agreement) -> None:
    others = [c for c in CHILDREN if c.building == OTHER]
    arrival = examined_list(made, town.tenants_csv(others))
    page = page_of(arrival)
    assert "No row is left that the agreement covers (rule R-057)" in page
    assert "Nothing can be loaded yet" in page
    assert press(arrival, "load", **ATTESTED).status_code == 422
    assert not made.deliveries.exists()


@pytest.mark.parametrize(("said", "n_more"), [("leave out", 0), ("covered", 1)])
def test_nobody_guesses_the_age_of_a_child(
    made: Agreement, said: str, n_more: int
) -> None:
    covered = are_covered(made)
    listed = town.tenants_csv(covered).decode()
    blank = listed.replace(str(covered[0].born), "", 1).encode()
    arrival = examined_list(made, blank)
    assert "Some rows do not tell whether the agreement covers them" in page_of(arrival)
    client = steward_of(made, presets.HOUSING_LIST)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    field = next(bound for bound in form if "no birth date: 1" in bound.label)
    assert press(arrival, "answer", **{field.html_name: said}).status_code == 302
    make.work_off()
    arrival.refresh_from_db()
    press(arrival, "load", **ATTESTED)
    delivery = made.deliveries.get()
    assert kept(delivery)["tenants"].num_rows == len(covered) - 1 + n_more
    assert ("The sender says" in str(delivery.receipt["notices"])) == bool(n_more)
    # The next file's rows are others: what was said of these is not remembered.
    assert "Some rows do not tell" in page_of(examined_list(made, blank + b"\n"))


def test_student_rows_outside_are_named_and_never_kept(made: Agreement) -> None:
    files = town.student_files(CHILDREN)
    arrival = examined(made, presets.STUDENT_RECORDS, files)
    page = page_of(arrival)
    students = [c for c in CHILDREN if c.school]
    n_out = sum(c.school == OTHER_SCHOOL for c in students)
    why = "a school that the agreement does not cover"
    assert f"Of these refused by rule R-057: {why} {n_out}" in page
    of_students = "the student has no enrolment that the agreement covers"
    assert f"{of_students} {n_out}" in page
    assert sum(why in reason for _, _, reason in set_aside(arrival)) >= n_out
    press(arrival, "load")
    held = kept(made.deliveries.get())
    known = {str(c.number) for c in students if c.school == SCHOOL}
    assert set(held["student"]["id"].to_pylist()) == known
    assert set(held["attendance"]["id"].to_pylist()) <= known
    for name in ("enrolment", "attendance", "calendar"):
        assert set(held[name]["school"].to_pylist()) == {SCHOOL}


def test_another_school_year_is_refused_whole(made: Agreement) -> None:
    files = town.student_files(CHILDREN, year=2022)
    page = page_of(examined(made, presets.STUDENT_RECORDS, files))
    assert "No row is left that the agreement covers" in page
    assert "an enrolment at a time that the agreement does not cover" in page


def test_drop_box_lets_a_person_look_at_rows_outside(made: Agreement) -> None:
    async def send(client: asyncssh.SFTPClient, folder: str) -> str:
        await put(client, f"{folder}/list.csv", town.tenants_csv(CHILDREN))
        with pytest.raises(asyncssh.SFTPFailure):
            await put(client, f"{folder}/{SEND_ATTESTED}")
        return await got(client, f"{folder}/{RECEIPT}")

    receipt = Program(made).does(send)
    assert "somebody must look at the files first" in receipt
    assert not made.deliveries.exists()
    make.work_off()
    arrival = made.arrivals.get()
    assert "refused by rule R-057" in page_of(arrival)
    press(arrival, "load", **ATTESTED)
    assert kept(made.deliveries.get())["tenants"].num_rows == len(are_covered(made))


def test_program_loads_what_is_covered_without_anybody(made: Agreement) -> None:
    delivery = make.housing_list(made, town.tenants_csv(are_covered(made)))
    assert delivery.n_set_aside == 0
    with pytest.raises(SameFiles):
        make.housing_list(made, town.tenants_csv(are_covered(made)))


# Routes without children's rows


def test_building_list_and_counts_keep_to_the_scope() -> None:
    def narrowed(draft: Agreement) -> None:
        scoped(draft, "Addresses", places=[BUILDING])
        scoped(draft, "Tables", years=[2024, 2024])

    made = make.address_only(drafted=narrowed)
    flow = made.flows.get(key="Addresses")
    agency = make.signed_in(make.who(made, "pha", Role.STEWARD))
    answer = agency.post(
        f"/data/flows/{flow.pk}/buildings/",
        {"text": addresses.list_csv().decode("utf-8-sig"), "send": "1"},
    )
    assert answer.status_code == 302
    delivery = made.deliveries.get(flow=flow.key)
    assert (delivery.holding.n_rows, delivery.n_set_aside) == (1, 3)

    district = make.signed_in(make.who(made, "district", Role.STEWARD))
    path = f"/data/flows/{made.flows.get(key='Tables').pk}/counts/"

    def sent(year: str) -> str:
        content = addresses.export_csv(
            [[year, "All", "All", "Chronic absence", "14", "66", ""]],
            addresses.COUNT_HEADINGS,
        )
        file = SimpleUploadedFile("counts.csv", content)
        return words(
            district.post(path, {"content": file, "how": "addresses"}, follow=True)
        )

    assert "the counts are of the school year 2025–26 (rule R-057)" in sent("2025-26")
    assert "Counts do not show whose they are" in sent("2024-25")


def test_counts_by_school_are_of_the_schools_that_are_covered() -> None:
    made = make.agreement(
        drafted=lambda draft: scoped(draft, "Tables", places=[SCHOOL])
    )
    make.add_places(made)
    steward = steward_of(made, "Tables")
    path = f"/data/flows/{made.flows.get(key='Tables').pk}/counts/"

    def sent(school: str) -> str:
        rows = [("All", "All"), ("Building", BUILDING), ("School", school)]
        content = addresses.export_csv(
            [["2025-26", *row, "Chronic absence", "14", "66", ""] for row in rows],
            addresses.COUNT_HEADINGS,
        )
        file = SimpleUploadedFile("counts.csv", content)
        return words(
            steward.post(path, {"content": file, "how": "people"}, follow=True)
        )

    assert f"the counts are of “{OTHER_SCHOOL}” (rule R-057)" in sent(OTHER_SCHOOL)
    assert "Counts do not show whose they are" in sent(SCHOOL)


def test_ages_are_counted_on_the_first_of_september() -> None:
    scope = Scope(ages=(5, 5))
    for today in (make.clock.today(), make.clock.today() + timedelta(days=200)):
        after, last = scope.born(today)
        assert (after.month, after.day, last.month, last.day) == (9, 1, 9, 1)
        assert last.year - after.year == 1
