"""Two truths with one published text are served alike, byte by byte.

Source: disclosure.md, rules 17 and 18: nothing that is served carries a hidden number.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction
from django.http import StreamingHttpResponse
from django.test import Client

from agreements.models import Agreement
from indicators.models import Release
from indicators.queries import document_of
from partnerships.roles import Role
from tests import make
from tests.support import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

# One of New Holly and one of Cedarvale, at one school: who of them misses days differs,
# and no range that is published.
SHOWN, HIDDEN = 9, 93
CHOICES = ("", "?by=school", "?year=1999")
FILES = ("building", "school", "years", "gaps", "strengths", "case-study")


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement().number


@contextmanager
def released(number: str, children: Sequence[town.Child]) -> Iterator[Release]:
    """Walk one truth from its files to its release, and take it all back."""
    with transaction.atomic():
        made = Agreement.objects.get(number=number)
        make.housing_list(made, town.tenants_csv(children))
        make.student_records(made, list(town.student_files(children).values()))
        make.work_off()
        yield make.released(made.runs.get())
        transaction.set_rollback(True)


def swapped(children: Sequence[town.Child]) -> list[town.Child]:
    """Return the children, two of whom have missed each other's days."""
    days = {c.number: c.n_absent for c in children}
    other = days | {SHOWN: days[HIDDEN], HIDDEN: days[SHOWN]}
    return [replace(child, n_absent=other[child.number]) for child in children]


def paths_of(release: Release) -> Iterator[str]:
    """Yield every address that serves something of a release."""
    page = f"/dashboards/{release.pk}"
    measures = [each.id for each in document_of(release).measures]
    choices = [
        *CHOICES,
        *(f"?measure={each}" for each in measures),
        *(f"?measure={each}&by=school" for each in measures),
    ]
    yield from (f"{page}/{choice}" for choice in choices)
    yield from (f"{page}/{code}.csv{each}" for code in FILES for each in choices)
    yield f"{page}.json"
    yield f"{page}.pdf"
    yield f"{page}.pdf?by=school"
    yield "/dashboards/"
    yield release.get_absolute_url()


def content_of(client: Client, path: str) -> bytes:
    """Return what an address serves, without the token of its forms."""
    page = client.get(path)
    body = b"".join(page) if isinstance(page, StreamingHttpResponse) else page.content
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", body)


def served(release: Release) -> dict[str, bytes]:
    """Return all that is served of a release, by address."""
    reader = make.who(release.agreement, "pha", Role.DIRECTOR)
    client = make.signed_in(reader)
    return {path: content_of(client, path) for path in paths_of(release)}


def truth_of(children: Sequence[town.Child]) -> dict[str, tuple[int, int, int]]:
    """Return, for each place, children, chronically absent ones, and days present."""
    found: dict[str, list[int]] = {}
    for child in children:
        if not (child.building and child.school):
            continue
        for place in (town.BUILDINGS[child.building], town.SCHOOLS[child.school], ""):
            counts = found.setdefault(place, [0, 0, 0])
            counts[0] += 1
            counts[1] += 10 * child.n_absent >= town.N_DAYS
            counts[2] += town.N_DAYS - child.n_absent
    return {place: (n, x, days) for place, (n, x, days) in found.items()}


def test_two_truths_with_one_text_are_served_alike(number: str) -> None:
    one = town.children()
    other = swapped(one)
    truths = truth_of(one), truth_of(other)
    differ = {place for place in truths[0] if truths[0][place] != truths[1][place]}
    assert differ == {"New Holly Phase I", "Cedarvale Village"}
    answers = []
    for children in (one, other):
        with released(number, children) as release:
            answers.append(served(release))
    first, second = answers
    assert first.keys() == second.keys()
    assert len(first) > 30
    assert [path for path in first if first[path] != second[path]] == []


def test_no_answer_holds_an_exact_rate(number: str) -> None:
    """A rate is published in ranges, so its decimals stand nowhere."""
    children = town.children()
    exact = set()
    for n, n_chronic, n_days in truth_of(children).values():
        for x, of in ((n_chronic, n), (n_days, n * town.N_DAYS)):
            if 100 * x % of:
                exact |= {f"{100 * x / of:.{places}f}" for places in (1, 2)}
                exact |= {f"{x / of:.{places}f}" for places in (3, 4)}
            exact |= {f"{x} of {of}", f"{x}/{of}", f"{x:,} / {of:,}"}
    assert len(exact) > 40
    with released(number, children) as release:
        for path, content in served(release).items():
            if path.partition("?")[0].endswith(".pdf"):
                continue  # its text is packed; the test above compares its bytes
            text = re.sub(r"<svg.*?</svg>", "", content.decode(), flags=re.DOTALL)
            found = {
                each
                for each in exact
                if re.search(rf"(?<![\d.]){re.escape(each)}\b", text)
            }
            assert not found, path
