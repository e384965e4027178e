"""Printed pages say what rows and facts say."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import ledger
from agreements import pages, papers
from agreements.models import Agreement, Obligation
from agreements.queries import facts_of, text_of, today_of
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

NOW = datetime(2027, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="review").number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def printed(made: Agreement) -> papers.AgreementPages:
    facts = facts_of(made)
    return pages.agreement_pages(
        made, facts, text_of(facts), make.check_draft(made), frozen_on=facts.today
    )


def certificate(duty: Obligation) -> papers.CertificatePages:
    return pages.certificate_pages(
        duty, facts_of(duty.agreement), issued_at=NOW, authority="aa" * 32
    )


def test_agreement_names_parties_people_and_signatories(made: Agreement) -> None:
    text = printed(made)
    assert (text.number, text.version) == (made.number, 1)
    assert [party.name for party in text.parties] == ["Its legal name"] * 2
    assert {person.name: person.sees for person in text.people} == {
        "Di Rector": "tables",
        "Cy Counsel": "tables",
        "Sam Steward": "tables",
        "Sol Icitor": "tables",
        "Stevie Steward": "names and birth dates, linked rows, tables",
        "Sue Perintendent": "tables",
        "Ana Lyst": "tables",
    }
    assert [(line.name, line.authority) for line in text.signatories] == [
        ("Di Rector", "Board resolution 1"),
        ("Sue Perintendent", "Policy BBA"),
    ]


def test_agreement_says_of_each_flow_on_what_it_rests(made: Agreement) -> None:
    bases = [flow.basis for flow in printed(made).flows]
    assert bases == [
        "the agency's own authority (24 CFR 960.259(b)(2))",
        "no disclosure: the records stay with their owner",
        "no student is identified",
    ]


def test_every_listed_field_says_which_question_it_answers(made: Agreement) -> None:
    lines = [line for flow in printed(made).flows for line in flow.fields]
    assert len(lines) == sum(flow.elements.count() for flow in made.flows.all())
    assert all(line.question for line in lines)


def test_papers_of_the_demonstration_say_so(
    made: Agreement, settings: Settings
) -> None:
    assert not printed(made).demo
    settings.DEMO = True
    assert printed(made).demo


def test_certificate_lists_what_was_destroyed_and_when_for_good(
    made: Agreement,
) -> None:
    destroyed_at, for_good = NOW - timedelta(days=7), NOW
    duty = Obligation(
        pk=7,
        agreement=made,
        kind="linking_list",
        due_on=today_of(made),
        clause="C17",
        evidence=[
            {
                "holding": 3,
                "what": "Housing list",
                "owner": "Riverbend",
                "rows": 450,
                "destroyed_at": destroyed_at.isoformat(),
                "unrecoverable_from": for_good.isoformat(),
                "method": "Cryptographic erase",
            }
        ],
    )
    paper = certificate(duty)
    (line,) = paper.destroyed
    assert (line.kind, line.owner, line.n_rows) == ("Housing list", "Riverbend", 450)
    assert (line.destroyed_at, line.unrecoverable_at) == (destroyed_at, for_good)
    assert paper.number == f"{made.number}-C7"
    assert paper.exceptions == ""
    number, digest = ledger.head(made.chain)
    assert (paper.ledger.number, paper.ledger.digest) == (number, digest)


def test_certificate_of_nothing_says_so(made: Agreement) -> None:
    duty = Obligation(pk=8, agreement=made, kind="linked_rows", clause="C17")
    assert certificate(duty).exceptions == "Nothing was held under this duty."


def test_dates_are_spoken() -> None:
    assert pages.spoken(date(2027, 3, 1)) == "March 1, 2027"
    assert pages.spoken(None) == "not set"
