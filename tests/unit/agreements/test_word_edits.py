"""Edits of every sort in a partner's file: the proposals name their clauses alone."""

import io
from typing import Any

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.compare import Edit, edited
from agreements.proposing import Found, Kind
from agreements.word_marks import PICTURE
from tests.support import words
from tests.support.fuzzing import few
from tests.unit.agreements.sent import (
    CLAUSES,
    SENT,
    phrases,
    read,
    wording,
)

BOLD = "<w:rPr><w:b/></w:rPr>"
WAS_PLAIN = f"<w:rPr><w:b/><w:rPrChange w:id='9' {words.AUTHOR}><w:rPr/></w:rPrChange>"
WAS_PLAIN += "</w:rPr>"
SOME = "whichever comes first"
EDITABLE = [key for key in CLAUSES if phrases(key)]
OTHERS = ("", "otherwise", "twice & again", "“as agreed”")


def said(found: Found) -> tuple[str, str, str, str]:
    return found.kind.value, found.clause, found.before, found.after


def only(content: bytes) -> Found:
    found = read(content)
    assert len(found) == 1, found
    return found[0]


def in_run(text: str, properties: str) -> str:
    """Return a run with properties of its own."""
    return words.run(text).replace("<w:r>", f"<w:r>{properties}")


# Any edits at all


@st.composite
def changes(draw: st.DrawFn) -> dict[str, tuple[str, str, bool]]:
    """Draw, for some clauses, words that give way to others, tracked or not."""
    keys = draw(
        st.lists(st.sampled_from(EDITABLE), min_size=1, max_size=5, unique=True)
    )
    made = {}
    for key in keys:
        phrase = draw(st.sampled_from(phrases(key)))
        parts = phrase.split(" ")
        place = draw(st.integers(0, len(parts) - 1))
        parts[place] = draw(st.sampled_from(OTHERS))
        made[key] = (phrase, " ".join(parts), draw(st.booleans()))
    return made


@few(20)
@given(changes())
def test_proposals_name_exactly_the_clauses_that_were_edited(
    made: dict[str, tuple[str, str, bool]],
) -> None:
    file = SENT
    for phrase, others, is_tracked in made.values():
        if is_tracked:
            markup = words.deleted(phrase) + words.ins(others)
            file = words.tracked(file, phrase, markup)
    for phrase, others, is_tracked in made.values():
        if not is_tracked:
            file = retyped(file, phrase, others)
    found = read(file)
    assert {each.clause for each in found} == set(made)
    for key, (phrase, others, is_tracked) in made.items():
        own = [each for each in found if each.clause == key]
        assert {each.author for each in own} == {"Pat Partner" if is_tracked else ""}
        assert all((each.kind is Kind.UNTRACKED) != is_tracked for each in own)
        edits = [Edit(each.starts_at, each.before, each.after) for each in own]
        assert edited(wording(key), edits) == wording(key).replace(phrase, others)


def retyped(content: bytes, phrase: str, others: str) -> bytes:
    """Return a file in which python-docx wrote other words into a run, untracked."""
    document = docx.Document(io.BytesIO(content))
    runs = (run for line in document.paragraphs for run in line.runs)
    run = next(each for each in runs if phrase in each.text)
    run.text = run.text.replace(phrase, others)
    return words.saved(document)


# What word processors make of it


def test_formatting_alone_proposes_nothing() -> None:
    assert read(words.tracked(SENT, SOME, in_run(SOME, BOLD))) == []
    assert read(words.tracked(SENT, SOME, in_run(SOME, WAS_PLAIN))) == []
    aligned = (
        f'<w:pPr><w:jc w:val="center"/><w:pPrChange w:id="9" {words.AUTHOR}><w:pPr/>'
        "</w:pPrChange></w:pPr>"
    )
    file = words.rewritten(
        SENT, lambda xml: xml.replace("<w:p><w:r><w:t", f"<w:p>{aligned}<w:r><w:t", 9)
    )
    assert read(file) == []


def test_a_change_across_runs_is_one_change() -> None:
    first, second, third = "whichever", " comes", " first"
    gone = (
        words.deleted(first)
        + words.deleted(second).replace("<w:r>", f"<w:r>{BOLD}")
        + words.deleted(third)
    )
    found = only(words.tracked(SENT, SOME, gone + words.ins("as is earlier")))
    assert said(found) == ("replaced", "C17", SOME, "as is earlier")


def test_an_untracked_change_in_text_that_was_split_into_runs_is_found() -> None:
    split = words.run("whichever") + in_run(" came", BOLD) + words.run(" first")
    found = only(words.tracked(SENT, SOME, split))
    assert said(found) == ("untracked", "C17", "comes", "came")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<w:hyperlink w:anchor="clause_C17">', "</w:hyperlink>"),
        ("<w:smartTag>", "</w:smartTag>"),
        ("<w:sdt><w:sdtPr/><w:sdtContent>", "</w:sdtContent></w:sdt>"),
        (f'<w:ins w:id="8" {words.AUTHOR}>', "</w:ins>"),
    ],
)
def test_what_is_inserted_inside_something_else_is_inserted(
    before: str, after: str
) -> None:
    inner = words.run("twice ")
    nested = f'<w:ins w:id="7" {words.AUTHOR}>{before}{inner}{after}</w:ins>'
    found = only(words.tracked(SENT, SOME, nested + words.run(SOME)))
    assert said(found) == ("inserted", "C17", "", "twice ")


def test_a_paragraph_that_was_moved_leaves_one_clause_and_comes_to_another() -> None:
    line = wording("C17").split("\n\n")[-1]

    def moved(xml: str) -> str:
        end = xml.index("</w:p>", xml.index(line)) + len("</w:p>")
        start = xml.rindex("<w:p>", 0, end)
        inner = words.run(line)
        gone = _move("From", inner)
        comes = _move("To", inner)
        rest = xml[:start] + gone + xml[end:]
        at = rest.rindex("<w:p>", 0, rest.index("C19 Holds"))
        return rest[:at] + comes + rest[at:]

    found = read(words.rewritten(SENT, moved))
    assert {(each.kind, each.clause) for each in found} == {
        (Kind.DELETED, "C17"),
        (Kind.INSERTED, "C18"),
    }
    assert {line} == {(each.before or each.after).strip() for each in found}


def _move(way: str, inner: str) -> str:
    """Return a paragraph as Word marks one that was moved."""
    mark = f'<w:pPr><w:rPr><w:move{way} w:id="5" {words.AUTHOR}/></w:rPr></w:pPr>'
    ranged = f'<w:move{way}RangeStart w:id="6" w:name="move1" {words.AUTHOR}/>'
    return (
        f'<w:p>{mark}{ranged}<w:move{way} w:id="4" {words.AUTHOR}>{inner}</w:move{way}>'
        f'</w:p><w:move{way}RangeEnd w:id="6"/>'
    )


def test_a_clause_in_another_place_is_flagged() -> None:
    document = docx.Document(io.BytesIO(SENT))
    lines = {line.text.split(" ")[0]: line for line in document.paragraphs}
    heading: Any = lines["C44"]._p
    body = heading.getnext()
    for element in (heading, body):
        lines["C17"]._p.addprevious(element)
    found = only(words.saved(document))
    assert (found.kind, found.clause, found.starts_at) == (Kind.UNTRACKED, "C44", None)
    assert found.place == "Order: C44 No adverse use"
    assert (found.before, found.after) == (
        "after C43 Precedence",
        "after C16 Small groups and publication",
    )


def test_tracked_and_untracked_words_in_headings_and_tables_are_listed() -> None:
    file = words.tracked(
        SENT, "C32 Amendment", words.run("C32 Amendment") + words.ins(" and more")
    )
    file = words.untracked(file, "C44 No adverse use", "C44 No harm")
    document = docx.Document(io.BytesIO(file))
    document.tables[1].rows[1].cells[0].text += " and friends"
    found = read(words.saved(document))
    assert [said(each) for each in found] == [
        ("inserted", "C32", "", " and more"),
        ("untracked", "C44", "adverse use", "harm"),
        ("untracked", "", "", " and friends"),
    ]
    assert all(each.starts_at is None for each in found)


def test_a_deleted_row_is_listed_under_its_schedule() -> None:
    gone = f'<w:trPr><w:del w:id="3" {words.AUTHOR}/></w:trPr>'

    def change(xml: str) -> str:
        table = xml.index("</w:tr>", xml.index("<w:tbl>")) + len("</w:tr>")
        row = xml.index("<w:tr>", table)
        end = xml.index("</w:tr>", row)
        inner = xml[row + len("<w:tr>") : end].replace("<w:t>", "<w:delText>")
        return (
            xml[:row] + f"<w:tr>{gone}" + inner.replace("</w:t>", "</w:delText>")
        ) + xml[end:]

    found = read(words.rewritten(SENT, change))
    assert {(each.kind, each.clause, each.place) for each in found} == {
        (Kind.DELETED, "", "Key terms")
    }


def test_a_symbol_and_a_formula_are_words_and_a_picture_is_listed() -> None:
    symbol = '<w:r><w:sym w:font="Symbol" w:char="2265"/></w:r>'
    maths = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = f'<m:oMath xmlns:m="{maths}"><m:r><m:t>n+1</m:t></m:r></m:oMath>'
    drawn = "<w:r><w:drawing/></w:r>"
    file = words.tracked(SENT, SOME, symbol + formula + drawn + words.run(f" {SOME}"))
    change, picture = read(file)
    assert said(change) == ("untracked", "C17", "", "≥n+1 ")
    assert (picture.kind, picture.after) == (Kind.UNTRACKED, PICTURE)


def test_comments_of_two_people_stand_on_their_clauses() -> None:
    file = words.commented(SENT, "No figure is shown", "Is ten enough?")
    file = words.commented(file, "Nothing is kept", "Nor copies?")
    found = read(file)
    assert [(each.kind, each.clause, each.after) for each in found] == [
        (Kind.COMMENT, "C16", "Is ten enough?"),
        (Kind.COMMENT, "C17", "Nor copies?"),
    ]
