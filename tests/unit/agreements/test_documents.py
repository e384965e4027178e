"""Documents are tagged, repeatable, closed to the outside, and say what they must."""

import re
import subprocess
import sys
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pytest_django import Settings
from weasyprint import HTML

from agreements import documents, papers
from agreements.clauses import assemble, choices_of
from tests.support.paper import printed
from tests.support.tagged import elements, faults, kinds
from tests.unit.agreements import pages
from tests.unit.agreements.cases import clean_facts

HEAD = '<html lang="en"><title>t</title>'
DRAWN = """<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">
<path d="M0 0h9" stroke="black"/></svg>"""
DATA = f"data:image/svg+xml;base64,{b64encode(DRAWN.encode()).decode()}"


@pytest.fixture(scope="module")
def agreement() -> bytes:
    return documents.render_agreement(pages.agreement())


@pytest.fixture(scope="module")
def executed(agreement: bytes) -> bytes:
    evidence = pages.evidence(frozen_digest=sha256(agreement).hexdigest())
    return documents.render_executed(evidence, frozen=agreement)


@pytest.fixture(scope="module")
def certificate() -> bytes:
    return documents.render_certificate(pages.certificate())


@pytest.fixture(scope="module")
def unusual() -> str:
    """Return an agreement, not of the demo, with a clause and terms of its own."""
    clause = papers.ClauseText("C99", "Own <b>clause</b>", "<img src=x> & more")
    lines = (
        papers.StateLine("WA", "Breach", "Within 30 days.\nTo the attorney general."),
        papers.StateLine("OR", "State terms", "None is on file"),
    )
    page = replace(pages.agreement(demo=False), clauses=(clause,), states=lines)
    return printed(documents.render_agreement(page))


@pytest.fixture(params=["agreement", "executed", "certificate"])
def pdf(request: pytest.FixtureRequest) -> bytes:
    content = request.getfixturevalue(request.param)
    assert isinstance(content, bytes)
    return content


def test_every_document_is_tagged_as_readers_need_it(pdf: bytes) -> None:
    assert faults(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as file:
        assert file.Root.Lang == "en-US"
        assert "2026-0" in str(file.docinfo.Title)
        found = Counter(kinds(file))
    assert found["/H1"] == 1
    assert found["/H2"] >= 3
    assert found["/Caption"] >= 1
    assert found["/TD"] >= 20


def test_a_header_cell_says_what_it_heads(certificate: bytes) -> None:
    with pikepdf.open(BytesIO(certificate)) as file:
        scopes = Counter(
            (str(each.A.Scope), "/THead" in within)
            for each, within in elements(file)
            if each.S == "/TH"
        )
    assert scopes.keys() == {("/Column", True), ("/Row", False)}


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<title>t</title><h1>t</h1>", "no language"),
        ('<html lang="en"><h1>t</h1>', "no title"),
        (f"{HEAD}<h2>t</h2>", "the first heading is not the document's title"),
        (f"{HEAD}<h1>t</h1><h1>t</h1>", "more than one title"),
        (f"{HEAD}<h1>t</h1><h3>t</h3>", "a heading of level 3 follows one of level 1"),
        (f"{HEAD}<h1>t</h1><img src=img/x.svg>", "a figure without alternative text"),
        (f"{HEAD}<h1>t</h1><table><tr><td>t</table>", "a cell without headers"),
    ],
)
def test_what_a_document_lacks_is_found(
    settings: Settings, tmp_path: Path, html: str, fault: str
) -> None:
    static = tmp_path / "static"
    (static / "img").mkdir(parents=True)
    (static / "img" / "x.svg").write_text(DRAWN)
    (static / "css").mkdir()
    (static / "css" / "print.css").write_text("p { margin: 0 }")
    settings.STATICFILES_DIRS = [static]
    (tmp_path / "bad.html").write_text(html)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert fault in faults(documents.render("bad.html", pages.certificate()))


def test_a_file_without_tags_lacks_them_all() -> None:
    plain = HTML(string=f"{HEAD}<h1>t</h1><p>words").write_pdf()
    assert {
        "the title is not shown",
        "not marked as tagged",
        "does not say that it follows PDF/UA-1",
        "no structure tree",
        "page 1 is outside the structure",
    } <= set(faults(plain))
    assert "a figure without alternative text" not in faults(
        HTML(string=f'{HEAD}<h1>t</h1><img src="{DATA}" alt="A line">').write_pdf(
            pdf_variant="pdf/ua-1"
        )
    )


def test_the_same_pages_give_the_same_bytes_in_another_process(
    agreement: bytes, settings: Settings
) -> None:
    program = f"""
import sys
import django
from django.conf import settings

settings.configure(
    STATICFILES_DIRS={[str(path) for path in settings.STATICFILES_DIRS]!r},
    TEMPLATES=[{{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": {[str(path) for path in settings.TEMPLATES[0]["DIRS"]]!r},
    }}],
)
django.setup()
from hashlib import sha256
from agreements import documents
from tests.unit.agreements import pages

pdf = documents.render_agreement(pages.agreement())
sys.stdout.write(sha256(pdf).hexdigest())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.decode() == sha256(agreement).hexdigest()


def test_other_pages_give_another_file_identifier(agreement: bytes) -> None:
    other = documents.render_agreement(replace(pages.agreement(), version=4))
    with pikepdf.open(BytesIO(agreement)) as one, pikepdf.open(BytesIO(other)) as two:
        assert bytes(one.trailer.ID[0]) != bytes(two.trailer.ID[0])


def test_the_agreement_says_what_is_agreed(agreement: bytes) -> None:
    text = printed(agreement)
    for words in (
        "MOU-2026-001",
        "Grand Bend Independent School District",
        "5. Destruction",
        "Clause C17",
        "tenant.birth_date",
        "Amara Okafor",
        "June 30, 2027",
        "R-081",
        "Resolution 2026-04 of the commissioners",
        "Page 1 of 6",
    ):
        assert words in text


def test_every_schedule_that_the_text_names_is_in_the_document() -> None:
    optional = frozenset(each.key for each in choices_of(clean_facts()))
    chosen = replace(clean_facts(), clauses=optional)
    clauses = [
        papers.ClauseText(each.key, each.title, each.text) for each in assemble(chosen)
    ]
    page = replace(pages.agreement(), clauses=tuple(clauses))
    content = documents.render_agreement(page)
    with pikepdf.open(BytesIO(content)) as file, file.open_outline() as outline:
        (title,) = outline.root
        headings = [str(heading.title) for heading in title.children]
    there = {heading.partition(".")[0] for heading in headings}
    named = set(re.findall(r"(?:Schedule|Annex) \w+", printed(content)))
    assert {"Schedule 1", "Schedule 2", "Schedule 3"} <= named
    assert named <= there


def test_only_the_demo_says_that_its_people_are_invented(
    agreement: bytes, unusual: str
) -> None:
    words = "Invented people and results"
    assert printed(agreement).count(words) == 7  # the box, and the foot of six pages
    assert words not in unusual


def test_words_cannot_become_markup(unusual: str) -> None:
    assert "Own <b>clause</b>" in unusual
    assert "<img src=x> & more" in unusual


def test_the_executed_file_carries_the_signed_text_unchanged(
    agreement: bytes, executed: bytes
) -> None:
    with pikepdf.open(BytesIO(executed)) as file:
        assert list(file.attachments) == ["MOU-2026-001-v3.pdf"]
        attached = file.attachments["MOU-2026-001-v3.pdf"]
        assert attached.get_file().read_bytes() == agreement
        assert "MOU-2026-001" in attached.description


def test_the_executed_file_shows_the_evidence(
    agreement: bytes, executed: bytes
) -> None:
    text = printed(executed)
    assert text.count(sha256(agreement).hexdigest()) == 3
    for words in (
        "Ruth Calderón",
        "I sign for Rainier Valley Housing Agency",
        "February 12, 2026, 17:04:09 UTC",
        "Password and one-time code",
        "Approved by Henry Alvarez, Solicitor",
        "entry 41",
    ):
        assert words in text


def test_the_executed_file_names_the_original_on_paper() -> None:
    line = papers.OriginalLine(date(2025, 3, 4), "ab" * 32)
    paper = replace(pages.evidence(), original=line)
    text = printed(documents.render_executed(paper, frozen=b"the signed text"))
    assert "The original on paper" in text
    assert "Signed on paper on March 4, 2025" in text
    assert "ab" * 32 in text


def test_state_terms_are_printed_as_counsel_wrote_them(unusual: str) -> None:
    assert "Schedule 4. State terms" in unusual
    assert "WA Breach Within 30 days. To the attorney general." in unusual
    assert "OR State terms None is on file" in unusual


def test_the_certificate_says_what_died_when_and_how(certificate: bytes) -> None:
    text = printed(certificate)
    for words in (
        "unrecoverable from July 7, 2026, 04:00:12 UTC",
        "2 holdings, 668 rows in all",
        "NIST SP 800-88 Rev. 2",
        "The key was destroyed first",
        "Performed by Homeroom, unattended, acting on clause C17",
        "Exceptions None",
        "Luis Ortega",
        pages.DIGEST,
    ):
        assert words in text


def test_a_certificate_of_attested_copies_alone_claims_no_keys() -> None:
    text = printed(
        documents.render_certificate(replace(pages.certificate(), destroyed=()))
    )
    assert "Luis Ortega" in text
    assert "unrecoverable" not in text
    assert "Cryptographic erase" not in text


def test_a_certificate_of_nothing_says_that_nothing_was_held() -> None:
    nothing = replace(pages.certificate(), destroyed=(), attested=())
    text = printed(documents.render_certificate(nothing))
    assert "Nothing was held under MOU-2026-001" in text
    assert "were destroyed" not in text


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/x.css",
        "file:///etc/hostname",
        "../pyproject.toml",
        "css/%2e%2e/%2e%2e/pyproject.toml",
        "data:text/css,p{}",
        "css/missing.css",
    ],
)
def test_a_template_reaches_static_files_only(
    settings: Settings, tmp_path: Path, address: str
) -> None:
    (tmp_path / "leak.html").write_text(
        f'<html lang="en"><title>t</title><link rel="stylesheet" href="{address}">'
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    with pytest.raises(documents.ForbiddenResource):
        documents.render("leak.html", pages.certificate())
