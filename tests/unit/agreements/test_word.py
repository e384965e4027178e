"""Word files hold a text, or a comparison as tracked changes that come out even."""

import io
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import docx
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from agreements.compare import Edit, compared, edited
from agreements.outline import COMPARISON, anchor_of, outline
from agreements.rules.vocabulary import Stage
from agreements.terms_text import terms_of
from agreements.word import write_comparison, write_text
from agreements.word_file import PROPERTIES, W, open_word
from tests.support import words
from tests.support.fuzzing import few
from tests.unit.agreements.cases import clean_facts
from tests.unit.agreements.sent import SENT, SOURCE, TEXT, read, wording


def test_a_file_says_what_it_is_and_reads_back_unchanged() -> None:
    file = open_word(SENT)
    stated = ("MOU-2026-001", "3", "ab" * 32)
    assert tuple(file.properties[name] for name in PROPERTIES) == stated
    assert read(SENT) == []


def test_a_file_has_title_language_headings_and_table_heads() -> None:
    document = docx.Document(io.BytesIO(SENT))
    about = document.core_properties
    assert (about.title, about.language) == ("MOU-2026-001: School attendance", "en-US")
    assert (about.author, about.last_modified_by) == ("Homeroom", "")
    assert about.comments == ""
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    assert headings == [f"{c['key']} {c['title']}" for c in TEXT["clauses"]]
    assert len(document.tables) == 4 + len(TEXT["terms"]["flows"])
    assert all("w:tblHeader" in table._tbl.xml for table in document.tables)


def test_state_terms_of_several_lines_read_back_unchanged() -> None:
    facts = clean_facts(Stage.SIGNATURE)
    (review,) = facts.state_reviews
    told = {"breach": "Within 30 days.\r\nTo the  attorney general.\n\nAt once."}
    terms = terms_of(replace(facts, state_reviews=(replace(review, terms=told),)))
    text = {"terms": terms, "clauses": TEXT["clauses"]}
    content = write_text(SOURCE, text)
    table = docx.Document(io.BytesIO(content)).tables[-1]
    assert "To the  attorney general." in table.rows[2].cells[-1].text
    assert read(content, text) == []


def test_every_clause_has_an_anchor_of_its_own() -> None:
    anchors = [section.anchor for section in outline(SOURCE, TEXT)]
    assert len(anchors) == len(set(anchors))
    assert anchor_of("C12-H") == "clause_C12_H"
    xml = words.parts_of(SENT)[words.MAIN].decode()
    assert all(f'w:name="{anchor}"' in xml for anchor in anchors)


def lines(content: bytes, *, rejected: bool) -> str:
    """Return all paragraphs after accepting or rejecting, by a reading of its own."""
    body = fromstring(words.parts_of(content)[words.MAIN]).find(f"{W}body")
    gone, stays = (f"{W}ins", f"{W}del") if rejected else (f"{W}del", f"{W}ins")
    text = ""

    def walk(element: Element) -> None:
        nonlocal text
        for child in element:
            if child.tag == gone:
                continue
            if child.tag in (f"{W}t", f"{W}delText"):
                text += child.text or ""
            elif child.tag == f"{W}br":
                text += "\n"
            elif child.tag == f"{W}p":
                walk(child)
                mark = child.find(f"{W}pPr/{W}rPr/{gone}")
                text += "" if mark is not None else "¶"
            elif child.tag != f"{W}pPr":
                walk(child)

    assert stays != gone
    walk(body)
    return text[text.index("Clauses¶") : text.index("Key terms¶")]


texts = st.lists(
    st.sampled_from(["data", "kept", " ", "\n\n", "\n", "30", ". ", "days", "“é”"]),
    min_size=1,
    max_size=12,
).map(lambda parts: "".join(parts).strip() or "kept")


def with_clauses(clauses: dict[str, str]) -> dict[str, Any]:
    """Return the text with these clauses alone, in the order of their keys."""
    return TEXT | {
        "clauses": [
            {"key": key, "title": f"Title of {key}", "text": text}
            for key, text in sorted(clauses.items())
        ]
    }


some_clauses = st.dictionaries(st.sampled_from(["C01", "C02", "C12-H"]), texts)


@few(15)
@given(some_clauses, some_clauses)
def test_tracked_changes_accept_to_the_later_and_reject_to_the_earlier_text(
    old: dict[str, str], new: dict[str, str]
) -> None:
    before, after = with_clauses(old), with_clauses(new)
    content = write_comparison(SOURCE, after, compared(before, after), "version 2")
    for text, rejected in ((before, True), (after, False)):
        unmarked = lines(write_text(SOURCE, text), rejected=rejected)
        assert lines(content, rejected=rejected) == unmarked


@few(15)
@given(st.lists(texts, min_size=3, max_size=3), st.lists(texts, min_size=3, max_size=3))
def test_what_a_partner_tracked_gives_the_partners_text_clause_by_clause(
    ours: list[str], theirs: list[str]
) -> None:
    keys = ("C01", "C02", "C12-H")
    before = with_clauses(dict(zip(keys, ours, strict=True)))
    after = with_clauses(dict(zip(keys, theirs, strict=True)))
    content = write_comparison(SOURCE, after, compared(before, after), "version 2")
    theirs_file = words.rewritten(
        content, lambda xml: xml.replace(COMPARISON, "Pat Partner") + " "
    )
    found = read(theirs_file, before)
    assert all(each.author == "Pat Partner" for each in found)
    for key in keys:
        changes = [
            Edit(each.starts_at, each.before, each.after)
            for each in found
            if each.clause == key and each.starts_at is not None
        ]
        assert edited(wording(key, before), changes) == wording(key, after)


def test_a_comparison_made_here_proposes_nothing() -> None:
    other = TEXT | {"clauses": TEXT["clauses"][:-3]}
    for old, new in ((TEXT, other), (other, TEXT)):
        content = write_comparison(SOURCE, new, compared(old, new), "version 2")
        assert read(content, new) == []
