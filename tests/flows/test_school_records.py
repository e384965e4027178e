"""What schools know of students, from a district's own tables to a dashboard."""

import html
from pathlib import Path
from typing import Any

import pytest

from agreements import presets
from agreements.models import Agreement
from indicators import frames
from indicators.custody import vault
from indicators.disclosure.table import Band
from indicators.measures.definitions import choose
from indicators.models import LinkageRun, Release
from indicators.queries import document_of
from partnerships.roles import Role
from tests import make
from tests.support import schooling, town
from tests.support.asking import asked_fields
from tests.support.at_door import examined, page_of, press, steward_of
from tests.support.schooling import (
    AVERAGE,
    COURSES,
    CREDITS,
    DROPPED_OUT,
    GRADUATED,
    READING,
    SUSPENDED,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
LINKED = [child for child in CHILDREN if child.building and child.school]
OLDER = [child for child in LINKED if schooling.is_in_high_school(child)]
YOUNGER = [child for child in LINKED if not schooling.is_in_high_school(child)]


def loaded(made: Agreement) -> None:
    """Send the district's tables, say what its words mean, and load them."""
    arrival = examined(made, presets.STUDENT_RECORDS, schooling.files(CHILDREN))
    client = steward_of(made, presets.STUDENT_RECORDS)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    said = {}
    for field in form.open_fields:
        (meaning,) = (
            meaning
            for words, meaning in schooling.WORDS.items()
            if words in str(field.label)
        )
        said[field.html_name] = meaning
    assert len(said) == len(schooling.WORDS)
    assert press(arrival, "answer", **said).status_code == 302
    make.work_off()
    arrival.refresh_from_db()
    page = page_of(arrival)
    assert "Nothing can be loaded yet" not in page
    assert f"Test results, kept {schooling.n_results(CHILDREN)}" in page
    assert press(arrival, "load").status_code == 302
    make.work_off()


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    """Link lists with school records, and return the linkage."""
    made = make.agreement(drafted=schooling.listing)
    make.housing_list(made)
    loaded(made)
    run = made.runs.get()
    assert run.state == "linked", run.message
    return run.pk


@pytest.fixture
def run(key: int) -> LinkageRun:
    return LinkageRun.objects.get(pk=key)


def published(run: LinkageRun, **changes: Any) -> Release:
    """Return a release that an author asked for on the page, decided by all."""
    analyst = make.signed_in(make.who(run.agreement, "district", Role.ANALYST))
    path = f"/data/runs/{run.pk}/release/"
    answer = analyst.post(path, asked_fields(run, tables=["building"], **changes))
    assert answer.status_code == 302, answer.content.decode()
    make.work_off()
    release = Release.objects.latest("pk")
    assert release.state == "draft", release.message
    return make.decided(release)


def read(release: Release, measure: str) -> str:
    """Return what the agency's director reads of a measure on the dashboard."""
    reader = make.signed_in(make.who(release.agreement, "pha", Role.DIRECTOR))
    page = reader.get(f"/dashboards/{release.pk}/", {"measure": measure})
    assert page.status_code == 200
    return html.unescape(page.content.decode())


def shows(release: Release, code: str, of: list[town.Child], true: Any) -> None:
    """Assert that the dashboard shows the range in which the share of children lies."""
    key = choose(code).id
    share = 100 * sum(map(true, of)) / len(of)
    text = document_of(release).figure(key, "2021–22", {}).text
    assert isinstance(text, Band), (code, text)
    assert text.low <= round(share) <= text.high, code
    page = read(release, key)
    assert f"{text}%" in page
    assert "Which buildings have the" in page


def test_tests_and_suspensions_are_counted_from_what_was_delivered(
    run: LinkageRun,
) -> None:
    release = published(run, measures=[READING, SUSPENDED])
    shows(release, READING, YOUNGER, schooling.is_proficient)
    shows(release, SUSPENDED, LINKED, schooling.is_suspended)


def test_leaving_and_transcripts_are_counted_from_what_was_delivered(
    run: LinkageRun,
) -> None:
    release = published(
        run,
        measures=[GRADUATED, DROPPED_OUT, AVERAGE, CREDITS, COURSES],
        next_census_on="2022-10-03",
    )
    for code, is_counted in (
        (GRADUATED, schooling.has_graduated),
        (DROPPED_OUT, schooling.has_dropped_out),
        (AVERAGE, schooling.has_passed),
        (CREDITS, schooling.has_passed),
        (COURSES, schooling.has_passed),
    ):
        shows(release, code, OLDER, is_counted)


def test_linked_rows_hold_the_meanings_alone(run: LinkageRun) -> None:
    assert run.linked is not None
    held = frames.unpack(
        vault().read(
            str(run.linked.owner_id), key_id=run.linked.key, blob=run.linked.blob
        )
    )
    tests, actions = held["assessments"], held["discipline"]
    assert {*tests["level"].to_pylist()} == {"Proficient", "Basic"}
    assert {*tests["test"].to_pylist()} == {"state"}
    assert {*actions["action"].to_pylist()} == {"out_of_school_suspension", "other"}
    numbers = {str(child.number) for child in CHILDREN}
    assert not numbers & {*tests["id"].to_pylist(), *actions["id"].to_pylist()}
