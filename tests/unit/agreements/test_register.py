"""The register: what is searched is found, sorted, paged and sent, and nothing else."""

import csv
import io
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts import clock
from accounts.acting import act
from agreements.models import Agreement
from agreements.policy import visible_agreements
from agreements.queries import searched_texts, with_all_facts
from agreements.queries.register import Search, found
from agreements.searching import words_of
from agreements.services import approvals, drafting, sections, terms
from agreements.views.lines import lines_of
from partnerships.models import Partnership
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries
from tests.support.fuzzing import few

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

REGISTER = "/agreements/"
SIDES = ("pha", "district")
TITLES = ("Giraffes by school", "Zebras of École Nord", "100% of “lions”_counted")


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    running = make.agreement()
    joined = running.partnership
    for title in TITLES:
        save(start(joined), "purpose", title=title)
    make.agreement(make.partners(), until="signing")
    return int(running.pk)


@pytest.fixture
def running(key: int) -> Agreement:
    return Agreement.objects.get(pk=key)


@pytest.fixture
def elsewhere(running: Agreement) -> Agreement:
    """Return what another partnership is about to sign."""
    return Agreement.objects.exclude(partnership=running.partnership).get()


@pytest.fixture
def client(running: Agreement) -> Client:
    return make.signed_in(running.drafted_by)


def start(joined: Partnership) -> Agreement:
    director = make.holder(joined.organisations.get(kind="pha"), Role.DIRECTOR)
    return drafting.start_draft(partnership=joined, actor=director)


def save(draft: Agreement, section: str, **values: object) -> None:
    sections.save_section(
        agreement=draft, section=section, values=values, actor=draft.drafted_by
    )


def page(client: Client, **asked: Any) -> str:
    response = client.get(REGISTER, asked)
    assert response.status_code == 200
    return str(response.content.decode())


def numbers(client: Client, **asked: Any) -> list[str]:
    """Return the numbers that a page of the register lists, in its order."""
    return re.findall(r'rowheader.*?">(MOU-\d+-\d+)</a>', page(client, **asked))


def titled(title: str) -> str:
    return Agreement.objects.get(title=title).number


# Searching


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("giraffes", TITLES[:1]),
        ("GIRAFFE", TITLES[:1]),
        ("école", TITLES[1:2]),
        ("nord zebras", TITLES[1:2]),
        ("zebras giraffes", ()),
        ("100%", TITLES[2:]),
        ("“lions”_", TITLES[2:]),
        ("l_ons", ()),
        ("%", TITLES[2:]),
        ("\\", ()),
        ("' OR 1=1 --", ()),
        ("AND NOT NEAR(*)", ()),
    ],
)
def test_every_word_must_be_there_and_none_has_a_meaning(
    client: Client, words: str, titles: tuple[str, ...]
) -> None:
    found = numbers(client, q=words)
    assert sorted(found) == sorted(titled(title) for title in titles)


def test_search_looks_in_all_that_the_agreement_lists(
    client: Client, running: Agreement
) -> None:
    for words in (
        running.number,
        running.parties.first().organisation.name,
        "tenant.birth_date",
        "Birth date",
        "Stevie Steward",  # on the access list
        "Sue Perintendent",  # a signatory
        "in which buildings children miss much school",
        "family developments",
        "cryptographic erase",  # in a clause
    ):
        assert running.number in numbers(client, q=words), words


def test_nobody_finds_what_another_partnership_has(
    client: Client, running: Agreement, elsewhere: Agreement
) -> None:
    own = Agreement.objects.filter(partnership=running.partnership)
    assert f"<strong>{own.count()} agreements</strong>" in page(client)
    assert numbers(client, q=f"{elsewhere.number} {name_of(elsewhere)}") == []
    assert name_of(elsewhere) not in page(client)
    theirs = elsewhere.parties.first().organisation_id
    assert "problem" in page(client, partner=theirs)


def name_of(made: Agreement) -> str:
    return made.parties.first().organisation.name


questions = st.lists(
    st.one_of(
        st.sampled_from(["giraffes", "C12-H", "erase", "MOU", "Icitor", "100%", "_"]),
        st.text(max_size=3),
        st.sampled_from(["attendance", "Draft", "school", "by", "ÉCOLE"]),
    ),
    max_size=3,
)


@pytest.fixture
def texts(running: Agreement) -> dict[int, str]:
    """Return all that is searched in every agreement of one partnership."""
    return {
        row.pk: " ".join(words_of(" ".join(searched_texts(row))))
        for row in with_all_facts(visible_agreements(running.drafted_by))
    }


@few(25)
@given(asked=questions)
def test_search_finds_what_reading_everything_finds(
    running: Agreement, texts: dict[int, str], asked: list[str]
) -> None:
    visible = visible_agreements(running.drafted_by)
    question = " ".join(asked)
    read = {
        key
        for key, text in texts.items()
        if all(word in text for word in words_of(question))
    }
    listed = found(visible, Search(words=question), today=clock.today())
    assert {row.pk for row in listed} == read


def test_empty_result_says_what_was_searched_and_clears(client: Client) -> None:
    text = page(client, q="nowhere", status="draft", within="90")
    assert "No agreement found for “nowhere”, status Draft, ends within 90 days" in text
    assert f'href="{REGISTER}">Clear the search' in text
    assert "people on the access list" in text


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "x" * 5000},
        {"q": "a\x00b"},
        {"status": "gone"},
        {"partner": "x"},
        {"within": "-1"},
        {"sort": "password"},
    ],
)
def test_nonsense_is_named_and_breaks_nothing(
    client: Client, asked: dict[str, str]
) -> None:
    assert "problem" in page(client, **asked)
    assert client.get(f"{REGISTER}list.csv", asked).status_code == 422
    assert client.get(f"{REGISTER}list.json", asked).status_code == 422


def test_markup_in_a_search_stays_text(client: Client) -> None:
    assert "<script>alert" not in page(client, q="<script>alert(1)</script>")


# Filtering, sorting, paging


def test_filters_narrow_together(client: Client, running: Agreement) -> None:
    party = running.parties.first().organisation
    assert numbers(client, status="in_force") == [running.number]
    assert numbers(client, status="in_force", q="giraffes") == []
    assert len(numbers(client, partner=party.pk)) == 1 + len(TITLES)
    draft = Agreement.objects.get(title=TITLES[0])
    save(draft, "dates", ends_on=clock.today(["America/Los_Angeles"]))
    assert numbers(client, within=30) == [draft.number]
    assert len(numbers(client, within=365)) == 1 + len(TITLES)


def test_what_has_ended_ends_no_more(client: Client, running: Agreement) -> None:
    terms.terminate(agreement=running, reason="Over.", actor=running.drafted_by)
    assert running.number not in numbers(client, within=365)
    assert numbers(client, status="ended") == [running.number]


def test_columns_sort_both_ways_and_say_so(client: Client) -> None:
    for title, number in ((TITLES[2], "03-03"), (TITLES[0], "03-01")):
        day = clock.today().replace(year=2030, month=3, day=int(number[-1]))
        save(Agreement.objects.get(title=title), "dates", ends_on=day)
    save(Agreement.objects.get(title=TITLES[1]), "dates", ends_on=None)
    up = numbers(client, sort="ends")
    down = numbers(client, sort="-ends")
    assert up[1:] == [titled(TITLES[0]), titled(TITLES[2]), titled(TITLES[1])]
    assert down[:2] == [titled(TITLES[2]), titled(TITLES[0])]
    assert down[-1] == titled(TITLES[1])  # what has no date comes last both ways
    text = page(client, sort="-ends")
    assert text.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in text
    assert "sorted by ends, descending" in text


@pytest.mark.parametrize(
    "column", ["number", "partners", "kind", "purpose", "status", "destruction"]
)
def test_every_column_sorts(client: Client, column: str) -> None:
    up = numbers(client, sort=column)
    assert sorted(up) == sorted(numbers(client, sort=f"-{column}"))
    assert len(up) == 1 + len(TITLES)


def test_htmx_gets_the_list_alone_and_announces_it(client: Client) -> None:
    response = client.get(REGISTER, {"q": "zebras"}, headers={"HX-Request": "true"})
    text = response.content.decode()
    assert text.lstrip().startswith('<div id="register"')
    assert 'data-announce="1 agreement found, newest first"' in text


def test_empty_register_offers_to_start() -> None:
    director = make.holder(make.partners().organisations.get(kind="pha"), Role.DIRECTOR)
    text = page(make.signed_in(director))
    assert "No agreement is drafted or in force yet." in text
    assert "Start an MOU" in text
    assert "register-search" not in text


# What a line says


def test_lines_say_what_comes_next(running: Agreement, elsewhere: Agreement) -> None:
    made = make.agreement(running.partnership, until="draft")
    agency, district = (made.partnership.organisations.get(kind=k) for k in SIDES)
    assert step(made) == "Finish the draft and send it for approval"
    make.counsel_read(made)
    drafting.submit(agreement=made, actor=made.drafted_by)
    assert step(made) == f"Approval by {agency.name} and {district.name}"
    for approval in made.rounds.get().approvals.all():
        counsel = make.holder(approval.owner, Role.COUNSEL)
        approvals.approve(approval=approval, actor=counsel)
    assert step(made) == "Its text is made ready for signature"
    sides = (elsewhere.partnership.organisations.get(kind=k).name for k in SIDES)
    assert step(elsewhere) == f"Signature for {' and '.join(sides)}"
    assert step(running).startswith("Review by ")
    terms.pause(agreement=running, actor=running.drafted_by)
    assert step(running) == f"{agency.name} takes back the pause"
    terms.terminate(agreement=running, reason="Over.", actor=running.drafted_by)
    assert step(running).startswith("Destroy linking list by ")


def test_only_those_who_sign_are_waited_for(elsewhere: Agreement) -> None:
    party = elsewhere.parties.get(organisation__kind="pha")
    with act("tests.unbind", actor=make.SET_UP, chain=elsewhere.chain, subject=party):
        party.signs = False
        party.save()
    district = elsewhere.partnership.organisations.get(kind="district")
    assert step(elsewhere) == f"Signature for {district.name}"


def step(row: Agreement) -> str:
    (line,) = lines_of([row.pk], today=clock.today())
    return line.next_step


# Files


def sent(client: Client, name: str, **asked: Any) -> bytes:
    response = client.get(f"{REGISTER}list.{name}", asked)
    assert response.status_code == 200
    assert response.streaming
    return b"".join(response)


def test_files_hold_what_is_listed_in_its_order(client: Client) -> None:
    asked: dict[str, Any] = {"status": "draft", "sort": "-purpose"}
    listed = numbers(client, **asked)
    rows = list(
        csv.reader(io.StringIO(sent(client, "csv", **asked).decode("utf-8-sig")))
    )
    assert rows[0][:8] == [
        *("Number", "Partners", "Kind", "Purpose"),
        *("Status", "Ends", "Destruction", "Next step"),
    ]
    assert [row[0] for row in rows[1:]] == listed
    record = json.loads(sent(client, "json", **asked))
    assert [each["number"] for each in record["agreements"]] == listed
    assert record["n_agreements"] == len(listed)
    assert record["search"] == asked


def test_file_holds_no_formula(client: Client) -> None:
    made = Agreement.objects.get(title=TITLES[0])
    sections.save_purpose(
        purpose=made.purposes.get(),
        values={"text": "=HYPERLINK(1)"},
        actor=made.drafted_by,
    )
    assert b",'=HYPERLINK(1)," in sent(client, "csv")


def test_json_has_the_shape_that_is_published(client: Client) -> None:
    told = re.findall(r"^\| `(\w+)` \|", documented(), re.MULTILINE)
    record = json.loads(sent(client, "json"))
    assert told == [*record, *record["agreements"][0]]
    for name in ("starts_on", "ends_on", "destruction_on"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", record["agreements"][0][name])


def documented() -> str:
    docs = Path(__file__).resolve().parents[3] / "docs"
    return (docs / "register-export.md").read_text("utf-8")


def test_files_of_nothing_are_files(client: Client) -> None:
    assert json.loads(sent(client, "json", q="nowhere"))["agreements"] == []
    assert sent(client, "csv", q="nowhere").count(b"\n") == 1


def test_demonstration_says_so_in_its_files(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    assert sent(client, "csv").startswith(b"\xef\xbb\xbfInvented people and results")
    assert json.loads(sent(client, "json"))["is_invented"]


# Many agreements


def counted(client: Client) -> list[int]:
    """Return how often the pages and the files of the register ask the database."""
    asked: list[dict[str, str]] = [{}, {"q": "school"}, {"sort": "destruction"}]
    pages = [n_queries(partial(client.get, REGISTER, each)) for each in asked]
    files = [n_queries(partial(sent, client, "json", **each)) for each in asked]
    return pages + files


def test_pages_hold_25_carry_the_search_and_ask_no_more_often(
    client: Client, running: Agreement
) -> None:
    counted(client)
    before = counted(client)
    for _ in range(26):
        start(running.partnership)
    assert counted(client) == before
    first = numbers(client, status="draft", sort="number")
    second = numbers(client, status="draft", sort="number", page=2)
    assert (len(first), len(second)) == (25, 4)
    assert not set(first) & set(second)
    assert "status=draft&amp;sort=number&amp;page=2" in page(
        client, status="draft", sort="number"
    )
    assert numbers(client, status="draft", sort="number", page=99) == second
    assert numbers(client, status="draft", sort="number", page="x") == first
