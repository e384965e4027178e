"""Word files that others edited, in many ways: each change is on the right clause."""

import io
from datetime import UTC, datetime

import docx
import pytest
from docx.oxml import OxmlElement

from agreements.compare import Edit, edited
from agreements.proposing import Found, Kind
from agreements.word_file import Unreadable, W
from tests.support import words
from tests.unit.agreements.sent import FOLDER, SENT, TEXT, read, wording

AT = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)


def said(found: Found) -> tuple[str, str, str, str]:
    return found.kind.value, found.clause, found.before, found.after


def only(content: bytes) -> Found:
    found = read(content)
    assert len(found) == 1, found
    return found[0]


def applied(found: Found) -> str:
    """Return the clause after the one change that was found."""
    assert found.starts_at is not None
    edit = Edit(found.starts_at, found.before, found.after)
    text = wording(found.clause)
    assert text[edit.start : edit.end] == edit.before
    return edited(text, [edit])


def marked(content: bytes, gone: str, markup: str, after: str) -> bytes:
    """Return a file in which markup stands in place of words, before others."""
    return words.tracked(content, gone + after, markup + words.run(after))


# What LibreOffice made of it


def test_a_file_that_libreoffice_saved_says_the_same() -> None:
    assert read((FOLDER / "libreoffice-saved.docx").read_bytes()) == []


def test_changes_tracked_in_libreoffice_are_on_their_clauses() -> None:
    found = read((FOLDER / "libreoffice-tracked.docx").read_bytes())
    assert [said(each) for each in found] == [
        ("inserted", "C01", "", "\n\nA new last paragraph."),
        ("inserted", "C17", "", ", kept apart,"),
        ("replaced", "C17", "whichever comes first", "whichever is later"),
        ("deleted", "C17", "Nothing is kept after", ""),
        ("inserted", "C32", "", " and change"),
        ("inserted", "", "", " or building"),
    ]
    assert {each.author for each in found} == {"Lee Office"}
    assert all(each.stated_at for each in found)
    assert applied(found[0]).endswith("repeats these roles.\n\nA new last paragraph.")
    assert "Linked, kept apart, rows are destroyed" in applied(found[1])
    assert [each.place for each in found[4:]] == [
        "Heading of C32 Amendment",
        "Elements, from Riverbend Housing Authority to Northfield City Schools",
    ]


def test_changes_not_tracked_in_libreoffice_are_flagged() -> None:
    found = only((FOLDER / "libreoffice-untracked.docx").read_bytes())
    assert said(found) == ("untracked", "C17", "comes first", "is later")
    assert (found.author, found.stated_at) == ("", None)
    assert "whichever is later" in applied(found)


def test_a_comment_that_libreoffice_saved_is_on_its_clause() -> None:
    found = only((FOLDER / "libreoffice-comment.docx").read_bytes())
    assert (found.kind, found.clause) == (Kind.COMMENT, "C16")
    assert (found.author, found.after) == ("Pat Partner", "Is ten enough?")
    assert found.before.startswith("No figure is shown for a group")


# What python-docx made of it


@pytest.mark.parametrize("key", [c["key"] for c in TEXT["clauses"]])
def test_an_untracked_change_is_found_on_whatever_clause_it_is(key: str) -> None:
    line = wording(key).split("\n\n")[-1]
    found = only(words.untracked(SENT, line, f"{line} So be it."))
    assert said(found) == ("untracked", key, "", " So be it.")
    assert applied(found) == f"{wording(key)} So be it."


def test_an_untracked_new_paragraph_is_found() -> None:
    document = docx.Document(io.BytesIO(SENT))
    at = next(p for p in document.paragraphs if p.text.startswith("C18"))
    at.insert_paragraph_before("Whoever destroys, says so.")
    found = only(words.saved(document))
    assert said(found) == ("untracked", "C17", "", "\n\nWhoever destroys, says so.")
    assert applied(found).endswith("\n\nWhoever destroys, says so.")


def test_a_clause_that_was_taken_out_untracked_is_found() -> None:
    document = docx.Document(io.BytesIO(SENT))
    start = next(p for p in document.paragraphs if p.text.startswith("C44"))
    end = next(p for p in document.paragraphs if p.text.startswith("C45"))
    while start._p is not end._p:
        following = start._p.getnext()
        start._p.getparent().remove(start._p)
        start = next(p for p in document.paragraphs if p._p is following)
    found = only(words.saved(document))
    assert said(found) == ("untracked", "C44", wording("C44"), "")


def test_text_elsewhere_is_listed_without_a_clause() -> None:
    document = docx.Document(io.BytesIO(SENT))
    document.sections[0].footer.paragraphs[0].text = "Draft of the county"
    document.tables[0].rows[1].cells[1].text = "another purpose"
    found = read(words.saved(document))
    assert {(each.clause, each.place) for each in found} == {
        ("", "Page footer"),
        ("", "Key terms"),
    }
    assert all(each.kind is Kind.UNTRACKED for each in found)


# What others write into the markup


def test_hand_made_insertions_deletions_and_moves_are_on_their_clauses() -> None:
    file = marked(SENT, "", words.ins("The annexed "), "Schedule 1")
    rest = "Everything that the amendment does not list stays as it is."
    file = words.tracked(file, rest, words.deleted(rest))
    file = words.tracked(
        file,
        "Nothing is kept",
        words.deleted("Nothing is kept")
        .replace("w:del ", "w:moveFrom ")
        .replace("</w:del>", "</w:moveFrom>"),
    )
    file = words.tracked(
        file,
        "No figure is shown",
        words.ins("Nothing is kept").replace("w:ins", "w:moveTo")
        + words.run("No figure is shown"),
    )
    found = read(file)
    assert {said(each) for each in found} == {
        ("inserted", "C01", "", "The annexed "),
        ("deleted", "C32", rest, ""),
        ("deleted", "C17", "Nothing is kept", ""),
        ("inserted", "C16", "", "Nothing is kept"),
    }
    assert {(each.author, each.stated_at) for each in found} == {("Pat Partner", AT)}
    assert all(applied(each) for each in found)


def test_an_insertion_that_was_deleted_again_is_no_change() -> None:
    inner = words.deleted("never mind ")
    both = f'<w:ins w:id="1" {words.AUTHOR}>{inner}</w:ins>'
    assert read(marked(SENT, "", both, "Nothing is kept")) == []


def test_two_people_side_by_side_are_two_proposals() -> None:
    other = words.ins("Hardly anything is kept").replace("Pat Partner", "Lou Legal")
    gone = words.deleted("Nothing is kept")
    file = words.tracked(SENT, "Nothing is kept", gone + other)
    assert [(each.kind.value, each.author) for each in read(file)] == [
        ("deleted", "Pat Partner"),
        ("inserted", "Lou Legal"),
    ]


def with_paragraph(before: str, new: str) -> bytes:
    """Return the file with a paragraph put in before the one that holds words."""

    def change(xml: str) -> str:
        at = xml.rindex("<w:p>", 0, xml.index(before))
        return xml[:at] + new + xml[at:]

    return words.rewritten(SENT, change)


@pytest.mark.parametrize("before", ["C18 Certificate", "Nothing is kept"])
def test_an_inserted_paragraph_is_on_the_clause_above(before: str) -> None:
    new = words.paragraph(words.ins("A new one."), end="ins")
    found = only(with_paragraph(before, new))
    assert (found.kind, found.clause) == (Kind.INSERTED, "C17")
    assert found.after.strip("\n") == "A new one."
    parts = applied(found).split("\n\n")
    assert parts.index("A new one.") in (1, 3)
    assert len(parts) == len(wording("C17").split("\n\n")) + 1


def test_a_deleted_paragraph_goes_with_its_end() -> None:
    document = docx.Document(io.BytesIO(SENT))
    line = next(p for p in document.paragraphs if p.text.startswith("Each set of rec"))
    text = line.text
    line.text = ""
    xml = words.saved(document)
    at = words.paragraph(words.deleted(text), end="del")
    file = words.rewritten(
        xml,
        lambda xml: xml.replace(_empty_line(xml, "C18 Certificate"), at, 1),
    )
    found = only(file)
    assert (found.kind, found.clause) == (Kind.DELETED, "C17")
    assert applied(found) == wording("C17").rsplit("\n\n", 1)[0]


def _empty_line(xml: str, before: str) -> str:
    heading = xml.rindex("<w:p>", 0, xml.index(before))
    return xml[xml.rindex("<w:p", 0, heading) : heading]


def test_a_tracked_row_of_a_table_is_listed_under_its_schedule() -> None:
    document = docx.Document(io.BytesIO(SENT))
    row = document.tables[0].add_row()
    row.cells[0].text, row.cells[1].text = "Colour", "blue"
    mark = OxmlElement("w:ins")
    mark.set(f"{W}author", "Pat Partner")
    row._tr.get_or_add_trPr().append(mark)
    found = only(words.saved(document))
    assert (found.kind, found.clause, found.place) == (Kind.INSERTED, "", "Key terms")
    assert "Colour" in found.after
    assert "blue" in found.after


def test_tracked_and_untracked_changes_of_one_clause_are_both_found() -> None:
    file = marked(SENT, "Nothing", words.deleted("Nothing"), " is kept")
    file = words.untracked(file, "as soon as they are no longer", "once they are not")
    *others, last = read(file)
    assert [said(each) for each in others] == [
        ("untracked", "C17", "as soon as", "once"),
        ("untracked", "C17", "no longer", "not"),
    ]
    assert said(last) == ("deleted", "C17", "Nothing", "")
    assert "\n\n is kept after" in applied(last)


def test_a_tracked_change_in_untracked_words_is_shown_without_a_place() -> None:
    file = words.untracked(SENT, "Nothing is kept after", "All of it is kept until")
    file = marked(file, "of it is", words.deleted("of it is"), " kept")
    tracked = next(each for each in read(file) if each.kind is Kind.DELETED)
    assert (tracked.clause, tracked.starts_at) == ("C17", None)


def test_without_bookmarks_clauses_are_known_by_their_headings() -> None:
    def bare(xml: str) -> str:
        return "".join(
            part.partition("/>")[2] if n else part
            for n, part in enumerate(xml.split("<w:bookmarkStart"))
        )

    file = words.rewritten(SENT, bare)
    assert read(file) == []
    found = only(words.untracked(file, "Nothing is kept", "Little is kept"))
    assert said(found) == ("untracked", "C17", "Nothing", "Little")


def test_a_comment_on_a_word_says_on_which() -> None:
    def change(xml: str) -> str:
        marked = (
            '<w:commentRangeStart w:id="7"/>'
            + words.run("Nothing")
            + '<w:commentRangeEnd w:id="7"/><w:r><w:commentReference w:id="7"/></w:r>'
        )
        return xml.replace("<w:p><w:r><w:t>Nothing is", f"<w:p>{marked}<w:r><w:t> is")

    commented = words.commented(words.rewritten(SENT, change), "C18", "x")
    file = words.rewritten(
        commented,
        lambda xml: xml.replace('w:id="0"', 'w:id="7"').replace(">x<", ">Surely?<"),
        "word/comments.xml",
    )
    found = [each for each in read(file) if each.kind is Kind.COMMENT]
    assert [(each.clause, each.before, each.after) for each in found] == [
        ("C17", "Nothing", "Surely?")
    ]


def test_a_file_without_any_clause_is_refused() -> None:
    document = docx.Document()
    document.add_paragraph("Something else.")
    with pytest.raises(Unreadable, match="None of the agreement's clauses"):
        read(words.saved(document))
