"""A dashboard as people read it: filters, tables under charts, files, what it costs."""

import csv
import html
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pikepdf
import pytest
from django.test import Client

from accounts.sheets import as_text
from indicators.disclosure.table import Band
from indicators.models import Release
from indicators.published.document import Document
from indicators.queries import document_of
from indicators.services import releases
from indicators.views import dashboards, showing
from partnerships.roles import Role
from tests import make
from tests.support import made_documents
from tests.support.counting import n_queries
from tests.support.tagged import faults, kinds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

# What the page may ask and weigh, whatever it shows; pictures are not counted.
MOST_QUERIES, MOST_BYTES = 15, 150_000


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    return make.released().pk


@pytest.fixture
def release(key: int) -> Release:
    return Release.objects.get(pk=key)


@pytest.fixture
def reader(release: Release) -> Client:
    return make.signed_in(make.who(release.agreement, "pha", Role.DIRECTOR))


def printing(monkeypatch: pytest.MonkeyPatch, document: Document) -> None:
    """Let releases publish an invented document, larger than a linkage makes it."""

    def read(_release: Release) -> Document:
        return document

    for module in (showing, dashboards):
        monkeypatch.setattr(module, "document_of", read)


def text_of(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200, path
    return html.unescape(page.content.decode())


def tables_of(text: str) -> dict[str, list[list[str]]]:
    """Return the tables of a page by caption, each cell as text."""
    found = {}
    for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
        (caption,) = re.findall(r"<caption>(.*?)</caption>", table)
        found[caption] = [
            re.findall(r"<t[hd][^>]*>([^<]*)<", row)
            for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)
        ]
    return found


def test_the_page_asks_a_question_and_answers_it(
    release: Release, reader: Client
) -> None:
    text = text_of(reader, f"/dashboards/{release.pk}/")
    assert re.findall(r"<h1>(.*?)</h1>", text) == [
        "Which buildings have the highest chronic absence?"
    ]
    assert "In 2021–22, chronic absence was higher than for all children" in text
    for said in ("About this chart", "Copy link", "Approved by", "Records as of"):
        assert said in text
    listed = text_of(reader, "/dashboards/")
    assert "Chronic absence was 39 percent or less across 2 buildings shown." in listed


def test_every_chart_says_what_the_table_beneath_it_says(
    release: Release, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    printing(
        monkeypatch, made_documents.large(n_buildings=9, schools=("North", "South"))
    )
    text = text_of(reader, f"/dashboards/{release.pk}/")
    tables = tables_of(text)
    bands, trend = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    drawn = re.findall(
        r'__label"[^>]*>([^<]*)<|(?:__value|__hidden)"[^>]*>([^<]*)<', bands
    )
    names = [name for name, _ in drawn if name]
    values = [value for _, value in drawn if value]
    rows = tables["Chronic absence by building, school year 2025–26"][1:]
    assert [(row[0], row[2]) for row in rows[: len(names)]] == list(
        zip(names, values, strict=True)
    )
    columns = re.findall(r"__small[^\"]*\"[^>]*>([^<]*)<", trend)
    years = tables["Chronic absence of all residents together by school year"][1:]
    assert columns == [row[1] for row in years] + [row[2] for row in years]
    for chart in (bands, trend):
        assert 'role="img"' in chart
        assert re.search(r"<title[^>]*>Chronic absence", chart)
        assert "style=" not in chart


def test_filters_narrow_what_is_shown_and_keep_their_choice(
    release: Release, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    printing(
        monkeypatch, made_documents.large(n_buildings=4, schools=("North", "South"))
    )
    path = f"/dashboards/{release.pk}/?school=North&measure=suspension.1.abc"
    text = text_of(reader, path)
    assert "Suspended or expelled by building, school year 2025–26 within North" in text
    assert '<option value="North" selected>North</option>' in text
    (link,) = set(re.findall(r'data-copy href="([^#"]*)#groups"', text))
    assert parse_qs(urlsplit(link).query) == {
        "year": ["2025–26"],
        "measure": ["suspension.1.abc"],
        "by": ["building"],
        "school": ["North"],
    }
    assert tables_of(text_of(reader, link)) == tables_of(text)
    said = text_of(reader, f"/dashboards/{release.pk}/?school=West&year=1999–00")
    assert "is not published for 1999–00" in said
    assert "Nothing is published by buildings within this school" in said


def test_a_target_is_proposed_for_whole_groups_whatever_was_filtered(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = {made_documents.MEASURES[0].id: Band(20, 29)}
    groups: tuple[dict[str, str], ...] = ({}, {"building": "B1"}, {"building": "B2"})
    cells = [made_documents.cell("2021–22", at, 40, rates) for at in groups]
    inside = {"building": "B1", "school": "North"}
    cells.append(made_documents.cell("2021–22", inside, 20, rates))
    printing(monkeypatch, made_documents.document(cells))
    client = make.signed_in(make.who(release.agreement, "pha", Role.DIRECTOR))
    page = f"/dashboards/{release.pk}/"
    assert ">B2<" not in text_of(client, f"{page}?school=North&by=building")
    text = text_of(client, f"{page}target/?school=North&by=building")
    assert 'value="B2"' in text
    assert "no filter narrows a target" in text


def test_totals_alone_have_a_page_too(
    release: Release, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = made_documents.MEASURES[0]
    whole = made_documents.cell("2021–22", {}, 90, {measure.id: Band(20, 29)})
    printing(monkeypatch, made_documents.document([whole]))
    text = text_of(reader, f"/dashboards/{release.pk}/")
    assert "<h1>How high is chronic absence?</h1>" in text
    assert "Chronic absence is not published by group" in text
    counted = [
        made_documents.cell("2021–22", at, n, {})
        for at, n in (({}, 90), ({"building": "B1"}, 40))
    ]
    printing(monkeypatch, made_documents.document(counted))
    text = text_of(reader, f"/dashboards/{release.pk}/")
    assert "publishes numbers of children, and no rate" in text
    tables = tables_of(text)
    assert ["2021–22", "90"] in tables["All children together, by school year"]
    assert ["B1", "40"] in tables["Children by building, school year 2021–22"]
    assert "2021–22,90" in text_of(reader, f"/dashboards/{release.pk}/all.csv")
    file = text_of(reader, f"/dashboards/{release.pk}/building.csv")
    assert "B1,40" in file
    paper = b"".join(reader.get(f"/dashboards/{release.pk}.pdf"))
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        assert kinds(pdf).count("/Caption") == 2
    assert "Numbers of children" in text_of(reader, "/dashboards/")
    printing(monkeypatch, made_documents.document([]))
    text = text_of(reader, f"/dashboards/{release.pk}/")
    assert "This release publishes no rate" in text
    assert "No rate is published" in text_of(reader, "/dashboards/")
    assert reader.get(f"/dashboards/{release.pk}.pdf").status_code == 404
    assert reader.get(f"/dashboards/{release.pk}/building.csv").status_code == 404


def test_files_hold_the_texts_and_what_is_to_be_known_of_them(
    release: Release, reader: Client
) -> None:
    page = f"/dashboards/{release.pk}"
    for code in ("building", "school", "crossed", "years", "case-study"):
        file = reader.get(f"{page}/{code}.csv")
        text = b"".join(file).decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))
        terms = {line[0] for line in lines if len(line) == 2}
        assert {"Suppressed", "No data", "Agreement", "Records as of"} <= terms
        assert {"Chronic absence", "How the lists were linked"} <= terms
    for code in ("years-by-group", "nothing"):
        assert reader.get(f"{page}/{code}.csv").status_code == 404
    record = json.loads(text_of(reader, f"{page}.json"))
    assert record["words"].keys() == {"Suppressed", "No data", "Not yet known"}
    assert record["about"]["Agreement"] == release.agreement.number
    shown = {
        cell["n"] for cell in record["document"]["cells"] if cell["table"] == "building"
    }
    assert "Suppressed" in shown


@pytest.mark.parametrize("query", ["", "?by=school", "?year=2020–21&by=building"])
@pytest.mark.parametrize("kind", ["released", "large", "whole"])
def test_each_table_is_given_away_as_it_is_shown(
    release: Release,
    reader: Client,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    query: str,
) -> None:
    whole = {made_documents.MEASURES[0].id: Band(20, 29)}
    years = ("2020–21", "2021–22")
    if kind == "large":
        printing(monkeypatch, made_documents.large(n_buildings=3, years=years))
    if kind == "whole":
        cells = [made_documents.cell(year, {}, 90, whole) for year in years]
        printing(monkeypatch, made_documents.document(cells))
    text = text_of(reader, f"/dashboards/{release.pk}/{query}")
    links = re.findall(r'href="([^"]*)">Download this table.*?> of (.*?)</span>', text)
    assert len(links) >= 3
    for path, caption in links:
        file = text_of(reader, path).removeprefix("\ufeff")
        lines = list(csv.reader(io.StringIO(file)))
        shown = [[as_text(c) for c in row] for row in tables_of(text)[caption]]
        assert [caption] in lines
        assert lines[-len(shown) :] == shown, caption


def test_the_tables_are_printed_as_a_tagged_file(
    release: Release, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    schools = [f"School {n}" for n in range(9)]
    printing(monkeypatch, made_documents.large(n_buildings=4, schools=schools))
    answer = reader.get(f"/dashboards/{release.pk}.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert faults(answer.content) == []
    with pikepdf.open(io.BytesIO(answer.content)) as file:
        assert str(file.docinfo["/Title"]).startswith("Which buildings have")
        # Groups, years, groups over years, the crossing twice, gaps, strengths,
        # the eight metrics.
        assert kinds(file).count("/Caption") == 8


def test_a_file_of_a_withdrawn_release_says_so_first(
    release: Release, reader: Client
) -> None:
    steward = make.who(release.agreement, "district", Role.STEWARD)
    releases.withdraw(release=release, reason="A wrong calendar.", actor=steward)
    record = json.loads(text_of(reader, f"/dashboards/{release.pk}.json"))
    assert record["about"]["Withdrawn"] == "A wrong calendar."


def test_a_year_of_another_release_is_shown_with_its_source(
    release: Release, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = make.released(release.run)
    documents: dict[Any, Document] = {
        release.pk: made_documents.large(n_buildings=3, years=("2020–21", "2021–22")),
        again.pk: made_documents.large(n_buildings=3, years=("2021–22", "2022–23")),
    }

    def read(row: Release) -> Document:
        return documents[row.pk]

    monkeypatch.setattr(showing, "document_of", read)
    text = text_of(reader, f"/dashboards/{release.pk}/?year=2021–22")
    assert "A newer release of this school year stands" in text
    assert "School year 2022–23 is taken from" in text
    assert "School year 2021–22 is taken from" not in text
    documents[again.pk] = replace(
        documents[again.pk],
        threshold=20,
        as_of="2023-07-01",
        declared=("Programs: X.",),
    )
    text = text_of(reader, f"/dashboards/{release.pk}/?year=2021–22")
    assert f"Taken from {again.title}, from records of July 1, 2023." in text
    assert "A group of fewer than 10 children" in text
    assert "counted by different rules" in text
    text = text_of(reader, f"/dashboards/{release.pk}/?year=2022–23")
    assert "by the rules of that release" in text
    assert "A group of fewer than 20 children" in text
    assert "· records of July 1, 2023" in text
    steward = make.who(release.agreement, "district", Role.STEWARD)
    releases.withdraw(release=again, reason="A wrong calendar.", actor=steward)
    text = text_of(reader, f"/dashboards/{release.pk}/?year=2021–22")
    assert "A newer release" not in text
    assert "2022–23" not in text


def test_a_large_dashboard_asks_little_and_stays_small(
    release: Release, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/dashboards/{release.pk}/"
    reader.get(path)
    asked = []
    for n_buildings in (2, 60):
        printing(monkeypatch, made_documents.large(n_buildings=n_buildings))
        asked.append(n_queries(lambda: reader.get(path)))
    assert asked[0] == asked[1] < MOST_QUERIES
    page = reader.get(path).content
    assert len(re.sub(rb"<svg.*?</svg>", b"", page, flags=re.DOTALL)) < MOST_BYTES


def test_what_if_counts_groups_as_printed_and_asks_nothing_of_what_is_not(
    release: Release, reader: Client
) -> None:
    address = f"/what-if/{release.agreement.number}/"
    assert address in text_of(reader, f"/dashboards/{release.pk}/")
    cells = [
        cell
        for cell in document_of(release).cells
        if [name for name, _ in cell.vector] == ["building"] and cell.base == "enrolled"
    ]
    n_shown = sum(isinstance(cell.n, int) for cell in cells)
    assert 0 < n_shown < len(cells)
    text = text_of(reader, f"{address}?by=building&by=school")
    (line,) = re.findall(r"By building</th>.*?</tr>", text)
    assert re.findall(r">(\d+)</td>", line) == [str(len(cells)), str(n_shown)]
    assert "By building and school" in text
    assert "By building and school" not in text_of(reader, f"{address}?by=building")
    releases.withdraw(
        release=release,
        reason="A wrong calendar.",
        actor=make.who(release.agreement, "pha", Role.STEWARD),
    )
    assert "As published" not in text_of(reader, address)
