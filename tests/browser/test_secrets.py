"""Names stay in the vault, whatever is refused, and when web is killed."""

import csv
import io
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from config.env import UPLOAD_CAP_BYTES
from tests.browser.site import (
    HOUSING,
    SCHOOL,
    STUDENTS,
    Site,
    Stored,
    until,
)
from tests.support import canaries
from tests.support.http import File, words

pytestmark = pytest.mark.browser

MOST_WEB_BYTES = 500 * 1024**2


def _rows_of(site: Site) -> list[list[str]]:
    return list(csv.reader(io.StringIO(site.files[HOUSING])))


def _typed(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _empty(site: Site) -> bytes:
    return b""


def _in_windows_1252(site: Site) -> bytes:
    return site.files[HOUSING].encode("windows-1252")


def _without_headings(site: Site) -> bytes:
    _, *rows = _rows_of(site)
    rare = {surname.casefold() for surname in canaries.SURNAMES}
    rows.sort(key=lambda row: row[3].casefold() not in rare or "" in row)
    return _typed(rows).encode()


REFUSALS: dict[Callable[[Site], bytes], str] = {
    _empty: "The file is empty",
    _in_windows_1252: "Some letters are not valid UTF-8",
    _without_headings: "no line of headings was found",
}


@pytest.mark.parametrize("content", REFUSALS)
def test_refused_list_says_why_and_leaves_nothing(
    site: Site, content: Callable[[Site], bytes]
) -> None:
    before = site.stored()
    file = File.of(f"{canaries.SURNAMES[1]}.csv", content(site))
    page = site.load_housing(file)
    assert page.status == 200
    assert REFUSALS[content] in words(page)
    assert "Nothing can be loaded yet" in words(page)
    until(lambda: site.stored() == before)
    assert site.traces() == []


def test_refused_student_records_say_why_and_leave_nothing(site: Site) -> None:
    before = site.stored()
    broken = site.files[STUDENTS].encode()[:-100]
    others = [site.planted_file(name) for name in SCHOOL if name != STUDENTS]
    page = site.load(site.district, [*others, File.of(STUDENTS, broken)])
    assert page.status == 200
    assert "not well-formed XML" in words(page)
    until(lambda: site.stored() == before)
    assert site.traces() == []


def test_list_over_the_cap_is_cut_off_and_leaves_nothing(site: Site) -> None:
    before = site.stored()
    content = site.files[HOUSING].encode()
    n_copies = UPLOAD_CAP_BYTES // len(content) + 1
    blocks = (content for _ in range(n_copies))
    page = site.load_housing(File(HOUSING, n_copies * len(content), blocks))
    assert page.status == 413
    assert "There is a problem The upload is larger than 150 MB" in words(page)
    until(lambda: site.stored() == before)
    assert site.traces() == []
    assert site.homeroom.largest_bytes("web") < MOST_WEB_BYTES


def test_killed_web_leaves_an_upload_that_nobody_can_read(site: Site) -> None:
    before = site.stored()
    content = site.files[HOUSING].encode()
    file = File(HOUSING, 400 * len(content), (content for _ in range(400)))
    path = site.load_path(site.housing)
    with site.housing.uploading(path, [file]) as (connection, blocks):
        for _ in range(200):
            connection.send(next(blocks))
        until(lambda: _arriving_bytes(site, before) > 1024**2)
        in_flight = site.traces()
        site.homeroom.kill("web")
    when_dead, left = site.traces(), site.stored()
    site.homeroom.wait_until_well()
    assert (in_flight, when_dead) == ([], [])
    assert len(left.incoming - before.incoming) == 1
    assert replace(left, incoming=before.incoming) == before
    site.sweep()
    assert site.names("vault/incoming") == frozenset()


def _arriving_bytes(site: Site, before: Stored) -> int:
    folder = site.home / "vault" / "incoming"
    return sum(
        (folder / name).stat().st_size
        for name in site.names("vault/incoming") - before.incoming
    )


@pytest.mark.parametrize("surname", canaries.SURNAMES)
@pytest.mark.parametrize("encoding", canaries.ENCODINGS)
@pytest.mark.parametrize("spelling", [str, str.upper, str.lower])
def test_search_finds_a_name_planted_in_a_file(
    tmp_path: Path, surname: str, encoding: str, spelling: Callable[[str], str]
) -> None:
    (tmp_path / "deep" / "down").mkdir(parents=True)
    place = tmp_path / "deep" / "down" / "core"
    place.write_bytes(b"\x00\xff" + spelling(surname).encode(encoding) + b"\xff")
    assert canaries.traces(tmp_path) == [f"{place}: {surname}"]


def test_search_finds_a_name_planted_in_the_site(site: Site) -> None:
    surname = canaries.SURNAMES[2]
    place = site.home / "broker" / "planted.sqlite3"
    with closing(sqlite3.connect(place)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("create table planted (message text)")
        database.execute("insert into planted values (?)", [json.dumps([surname])])
        database.commit()
        assert site.traces() == [f"{place}-wal: {surname}"]
    assert site.traces() == [f"{place}: {surname}"]
    place.unlink()
    with tempfile.TemporaryFile() as unnamed:
        unnamed.write(surname.encode())
        unnamed.flush()
        found = canaries.traces(groups=[os.getpgid(0)])
    assert [each.partition(": ")[2] for each in found] == [surname]
    assert site.traces() == []
