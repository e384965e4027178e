"""A release as its author asks for it: choices, refusals, others, years, the roster."""

import html
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accounts import jobs
from agreements import presets
from agreements.models import Agreement
from agreements.services import sections
from indicators.asking_form import AskingForm
from indicators.measures.declarations import Comparison, Residency
from indicators.measures.definitions import choose
from indicators.models import LinkageRun, Release
from indicators.queries import document_of, permitted_under
from indicators.services import publishing, releases
from partnerships.roles import Role
from tests import make
from tests.support import clerical, town
from tests.support.asking import asked_fields
from tests.support.document_reader import groups_by, learned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
LONG = str(Residency.DAYS)
# The children that the agency sent of each building, which it knows.
SENT = {
    code: n + elsewhere
    for code, (n, _, elsewhere) in zip(town.BUILDINGS, town.SIZES, strict=True)
}


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    """Link the town's lists of one school year."""
    return make.linked().pk


@pytest.fixture
def run(key: int) -> LinkageRun:
    return LinkageRun.objects.get(pk=key)


def analyst(run: LinkageRun) -> Any:
    return make.signed_in(make.who(run.agreement, "district", Role.ANALYST))


def author(run: LinkageRun, **changes: Any) -> Any:
    path = f"/data/runs/{run.pk}/release/"
    return analyst(run).post(path, asked_fields(run, **changes))


def counted(run: LinkageRun, **changes: Any) -> Release:
    answer = author(run, **changes)
    assert answer.status_code == 302, answer.content.decode()
    make.work_off()
    return Release.objects.latest("pk")


def roster(period: str) -> list[dict[str, Any]]:
    """Return what the agency knows: no more of its children are in a building."""
    at: dict[str, Any] = {"period": period, "base": "enrolled"}
    return [
        {**at, "building": code, "n": (n + 1) // 2, "plus_minus": (n + 1) // 2}
        for code, n in SENT.items()
    ]


# Asking


def test_choices_of_the_author_are_what_is_counted_and_read(run: LinkageRun) -> None:
    release = counted(
        run,
        tables=["building"],
        measures=["chronic_absence"],
        chronic_absence__threshold="days",
        chronic_absence__days=3,
        residency=LONG,
        residency_days=30,
    )
    assert release.state == "draft", release.message
    document = document_of(release)
    assert document.tables == ("building",)
    wanted = choose("chronic_absence", threshold="days", days=3)
    assert [m.id for m in document.measures] == [wanted.id]
    page = html.unescape(analyst(run).get(release.get_absolute_url()).content.decode())
    assert "Students absent at least 3 days, as a percent of" in page
    assert "on at least 30 days of the year" in page
    assert "The narrowest range for any suppressed number of children" in page


def test_only_what_the_agreement_lists_is_offered_and_taken(run: LinkageRun) -> None:
    path = f"/data/runs/{run.pk}/release/"
    page = analyst(run).get(path).content.decode()
    assert "Chronic absence" in page
    assert "Suspended or expelled" not in page
    assert "By race" not in page
    for changes in ({"measures": ["suspension"]}, {"tables": ["building+race"]}):
        answer = author(run, title="Kept title", **changes)
        assert answer.status_code == 422
        assert 'value="Kept title"' in answer.content.decode()
    asked = make.asked(run, tables=(("race",),))
    with pytest.raises(releases.RuleBroken, match="no measure by race"):
        make.released(run, until="computing", wanted=asked)
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"census_on": "2023-01-01"}, "census date is not between"),
        ({"chronic_absence__percent": "80"}, "less than or equal to 50"),
        ({"tables": []}, "Choose at least one table"),
        ({"residency": LONG, "residency_days": "0"}, "greater than or equal to 1"),
        ({"residency": LONG, "residency_days": ""}, "This field is required"),
    ],
)
def test_bad_choices_come_back_in_words(
    run: LinkageRun, changes: dict[str, Any], says: str
) -> None:
    answer = author(run, context="Typed before.", **changes)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert "Typed before." in page
    assert not Release.objects.exists()


def test_fields_that_do_not_apply_stand_in_nobodys_way(run: LinkageRun) -> None:
    permitted = permitted_under(run.agreement)
    plain = AskingForm(asked_fields(run), run=run, permitted=permitted)
    assert plain.is_valid()
    in_days = {"chronic_absence__threshold": "days"}
    for passed_over in ({"residency_days": ""}, {"chronic_absence__days": "many"}):
        typed = asked_fields(run, **passed_over)
        form = AskingForm(typed, run=run, permitted=permitted)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["asked"] == plain.cleaned_data["asked"]
    typed = asked_fields(run, **in_days, chronic_absence__percent="")
    assert AskingForm(typed, run=run, permitted=permitted).is_valid()
    typed = asked_fields(run, **in_days, chronic_absence__days="")
    form = AskingForm(typed, run=run, permitted=permitted)
    assert [*form.errors] == ["chronic_absence__days"]
    typed = asked_fields(run, measures=["overlap"], chronic_absence__days="")
    assert AskingForm(typed, run=run, permitted=permitted).is_valid()


def test_the_author_may_stop_the_worker(run: LinkageRun) -> None:
    assert author(run).status_code == 302
    release = Release.objects.get()
    page = analyst(run).get(release.get_absolute_url()).content.decode()
    assert "Protect small groups" in page
    assert analyst(run).post(f"/releases/{release.pk}/stop/").status_code == 302
    jobs.run(jobs.latest(releases.JOB, release).pk)
    release.refresh_from_db()
    assert release.state == "refused"
    assert release.document == {}


def test_a_release_that_cannot_be_made_says_what_to_leave_out(run: LinkageRun) -> None:
    few = [c for c in CHILDREN if c.number % 9 == 0]
    make.student_records(run.agreement, list(town.student_files(few).values()))
    make.work_off()
    newest = run.agreement.runs.first()
    assert newest is not None
    release = counted(newest)
    assert release.state == "refused"
    assert "Fewer than 10 children were matched" in release.message


# What readers learn


def test_a_stranger_who_knows_the_roster_works_nothing_out(run: LinkageRun) -> None:
    document = document_of(counted(run))
    assert learned([document]) == []
    assert learned([document], known=roster(document.periods[0])) == []


def test_who_has_the_roster_is_not_told_that_all_or_none_were_found(
    run: LinkageRun,
) -> None:
    # The agency's list shrinks to those found in the first building, and grows by a
    # building where nobody was.
    first = next(iter(town.BUILDINGS))
    listed = [c for c in CHILDREN if c.building != first or c.school]
    last = [*town.BUILDINGS][-1]
    listed = [replace(c, school="") if c.building == last else c for c in listed]
    enrolled = [c for c in CHILDREN if c.building != last]
    make.housing_list(run.agreement, town.tenants_csv(listed))
    make.student_records(run.agreement, list(town.student_files(enrolled).values()))
    make.work_off()
    newest = run.agreement.runs.first()
    assert newest is not None
    assert newest.state == "linked", newest.message
    release = counted(newest)
    assert release.state == "draft", release.message
    groups = groups_by(document_of(release), "building")
    for name in (town.BUILDINGS[first], town.BUILDINGS[last]):
        assert str(groups[name].n) == "Suppressed", name


def test_others_are_counted_while_the_lists_are_held(run: LinkageRun) -> None:
    release = counted(run, comparison=str(Comparison.ALL_OTHERS))
    assert release.state == "draft", release.message
    document = document_of(release)
    period = document.periods[0]
    assert document.children(period, {"population": "peers"}, base="enrolled") == (
        town.N_OTHERS
    )
    assert document.children(period, {}, base="enrolled") == 66 + town.N_OTHERS
    assert learned([document]) == []
    page = analyst(run).get(release.get_absolute_url()).content.decode()
    assert "Other students by school" in page


# Years and revisions


def of_year(
    made: Agreement, year: int, children: Sequence[town.Child] = CHILDREN
) -> Release:
    """Return the release of what is delivered of a school year."""
    make.student_records(made, list(town.student_files(children, year=year).values()))
    make.work_off()
    run = made.runs.first()
    assert run is not None
    make.released(run, until="computing")
    make.work_off()
    return Release.objects.latest("pk")


def test_years_stand_side_by_side_and_each_is_revised_whole_or_not(
    run: LinkageRun,
) -> None:
    made = run.agreement
    first = make.released(run)
    for year in (2022, 2023):
        other = of_year(made, year)
        assert other.state == "draft", other.message
        assert other.audit["earlier"] == []
        make.decided(other)
    fewer = [child for child in CHILDREN if child.number not in (0, 1)]
    again = of_year(made, 2021, fewer)
    assert again.state == "refused"
    assert "already published for this school year stands" in again.message
    # Ten more of one school live in the first building: whatever moves, moves by ten.
    [school, *_] = town.SCHOOLS
    more = [c.number for c in CHILDREN if not c.building and c.school == school][:10]
    assert len(more) == 10
    [building, *_] = town.BUILDINGS
    moved = [replace(c, building=building) if c.number in more else c for c in CHILDREN]
    make.housing_list(made, town.tenants_csv(moved))
    revised = of_year(made, 2021, moved)
    assert revised.state == "draft", revised.message
    assert learned([document_of(first), document_of(revised)]) == []
    [earlier] = revised.audit["earlier"]
    assert earlier["title"] == f"REL-{first.pk}"
    assert "building" in earlier["tables"]
    page = analyst(run).get(revised.get_absolute_url()).content.decode()
    assert f"With REL-{first.pk}: " in page


def test_a_release_without_others_binds_one_with_them(run: LinkageRun) -> None:
    first = make.released(run)
    release = counted(run, comparison=str(Comparison.ALL_OTHERS))
    assert release.state == "draft", release.message
    before = groups_by(document_of(first), "building")
    now = {
        dict(cell.vector)["building"]: cell.n
        for cell in document_of(release).cells
        if {d for d, _ in cell.vector} == {"building", "population"}
    }
    for code, name in town.BUILDINGS.items():
        assert now[code] == before[name].n
    [earlier] = release.audit["earlier"]
    assert earlier["title"] == f"REL-{first.pk}"


# What else an agreement may list


def test_ages_and_links_are_counted_where_the_agreement_lists_them() -> None:
    made = make.agreement(until="draft")
    sections.save_section(
        agreement=made,
        section="purpose",
        values={
            "measures": [*presets.MEASURES, "link_rate"],
            "breakdowns": ["building", "school", "age"],
        },
        actor=made.drafted_by,
    )
    make.counsel_read(made)
    make.sent_and_signed(made)
    run = make.linked(made)
    kept = clerical.held(run.linked)
    assert kept["residents"].num_rows == town.N_TENANTS
    assert "birth_date" in kept["people"].column_names
    refused = author(run, measures=["chronic_absence", "link_rate"])
    assert refused.status_code == 422
    assert "choose it alone" in refused.content.decode()
    release = counted(run, tables=["building", "age"], measures=["link_rate"])
    assert release.state == "draft", release.message
    document = document_of(release)
    assert {*document.tables} == {"building", "age"}
    period = document.periods[0]
    [link_rate] = [each.id for each in document.measures]
    whole = document.figure(link_rate, period, {})
    assert whole.n == document.children(period, {}, base="residents")
    assert str(whole.text) not in ("No data", "Suppressed")
    assert learned([document]) == []
    page = analyst(run).get(release.get_absolute_url()).content.decode()
    assert "Children sent by building" in page
    assert "no other measure of this school year can be published" in page
    assert {*publishing.shown_by(document)} >= {
        ("link_rate", "building"),
        ("link_rate", "age"),
    }
