"""Writes texts and comparisons as Word files, which carry what reads them back."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from agreements.compare import (
    ClauseChange,
    Comparison,
    Fate,
    Mark,
    Piece,
    plain,
    redline,
)
from agreements.outline import (
    COMPARISON,
    NOTES,
    PARAGRAPH,
    Section,
    Source,
    anchor_of,
    heading_of,
    outline,
)
from agreements.schedules import Schedule
from agreements.word_file import CUSTOM_TYPE, PROPERTIES

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_RELATION = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    "custom-properties"
)
_CUSTOM = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    "<Properties "
    'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    "{}</Properties>"
)
_PROPERTY = (
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{}" name="{}">'
    "<vt:lpwstr>{}</vt:lpwstr></property>"
)
_TAGS = {Mark.INSERTED: "w:ins", Mark.DELETED: "w:del"}


def write_text(source: Source, text: Mapping[str, Any]) -> bytes:
    """Return a text as a Word file, to be edited with tracked changes and sent back."""
    writer = _Writer(source)
    for section in outline(source, text):
        writer.section(section)
    return writer.saved()


def write_comparison(
    source: Source, text: Mapping[str, Any], comparison: Comparison, earlier: str
) -> bytes:
    """Return a text as a Word file whose tracked changes show what differs.

    earlier: what it is compared with, in words. Accepting all gives the text.
    """
    writer = _Writer(source)
    changes = iter(comparison.clauses)
    for section in outline(source, text):
        if section.clause:
            for change in changes:
                writer.change(change)
                if change.key == section.clause:
                    break
            continue
        if section.schedule:
            for change in changes:
                writer.change(change)
        writer.section(section)
    writer.notes(f"{NOTES.heading} since {earlier}", comparison.terms)
    return writer.saved()


class _Writer:
    """Puts one document together."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._document: WordDocument = Document()
        self._n_ids = 0
        about = self._document.core_properties
        about.title = plain(f"{source.number}: {source.title}")
        about.author, about.last_modified_by, about.comments = "Homeroom", "", ""
        about.language = "en-US"
        about.created = about.modified = source.saved_at.replace(tzinfo=None)

    def section(self, section: Section) -> None:
        """Write a section as it stands."""
        level = 0 if section.anchor == "front" else 2 if section.clause else 1
        heading = self._document.add_heading(section.heading, level)
        self._anchor(heading, section.anchor)
        if section.schedule:
            self._table(section.schedule)
        elif section.text or section.clause:
            for paragraph in section.text.split(PARAGRAPH):
                self._document.add_paragraph(paragraph)

    def change(self, change: ClauseChange) -> None:
        """Write a clause with what became of it as tracked changes."""
        whole = {Fate.ADDED: Mark.INSERTED, Fate.REMOVED: Mark.DELETED}.get(change.fate)
        after = heading_of(change.key, change.title)
        if whole:
            named: tuple[Piece, ...] = (Piece(whole, after),)
        else:
            before = heading_of(change.key, change.title_before or change.title)
            named = redline(before, after)
        heading = self._document.add_heading("", 2)
        if change.fate is not Fate.REMOVED:
            self._anchor(heading, anchor_of(change.key))
        self._fill(heading, named, whole or Mark.SAME)
        for pieces, end in _paragraphs(change.pieces, whole or Mark.SAME):
            self._fill(self._document.add_paragraph(), pieces, end)

    def notes(self, heading: str, lines: Sequence[str]) -> None:
        """Write what changed in the terms, a line each."""
        self._anchor(self._document.add_heading(heading, 1), NOTES.anchor)
        for line in lines or ["Nothing."]:
            self._document.add_paragraph(plain(line))

    def saved(self) -> bytes:
        """Return the file, which says of which version it is."""
        stated = (self._source.number, self._source.version, self._source.digest)
        properties = "".join(
            _PROPERTY.format(position, name, value)
            for position, (name, value) in enumerate(
                zip(PROPERTIES, stated, strict=True), start=2
            )
        )
        package = self._document.part.package
        assert package is not None
        package.relate_to(
            Part(
                PackURI("/docProps/custom.xml"),
                CUSTOM_TYPE,
                _CUSTOM.format(properties).encode(),
                package,
            ),
            _RELATION,
        )
        file = io.BytesIO()
        self._document.save(file)
        return file.getvalue()

    def _anchor(self, paragraph: Paragraph, name: str) -> None:
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        key = self._next_id()
        for element in (start, end):
            element.set(qn("w:id"), key)
        start.set(qn("w:name"), name)
        properties = paragraph._p.get_or_add_pPr()
        properties.addnext(start)
        paragraph._p.append(end)

    def _table(self, schedule: Schedule) -> None:
        columns = len(schedule.columns)
        table = self._document.add_table(rows=1, cols=columns, style="Table Grid")
        for cell, column in zip(table.rows[0].cells, schedule.columns, strict=True):
            cell.paragraphs[0].add_run(column).bold = True
        row_properties = table.rows[0]._tr.get_or_add_trPr()
        row_properties.append(OxmlElement("w:tblHeader"))
        for row in schedule.rows:
            for cell, said in zip(table.add_row().cells, row.cells, strict=True):
                cell.text = plain(said)

    def _fill(self, paragraph: Paragraph, pieces: Sequence[Piece], end: Mark) -> None:
        """Write a paragraph's pieces; `end` is what became of its end."""
        closing = paragraph._p.find(qn("w:bookmarkEnd"))
        for piece in (each for each in pieces if each.text):
            run = paragraph.add_run(piece.text)._r
            if piece.mark in _TAGS:
                if piece.mark is Mark.DELETED:
                    for text in run.findall(qn("w:t")):
                        text.tag = qn("w:delText")
                change = self._change_element(piece.mark)
                run.addprevious(change)
                change.append(run)
        if closing is not None:
            paragraph._p.append(closing)
        if end in _TAGS:
            marks = OxmlElement("w:rPr")
            marks.append(self._change_element(end))
            paragraph._p.get_or_add_pPr().append(marks)

    def _change_element(self, mark: Mark) -> Any:
        element = OxmlElement(_TAGS[mark])
        element.set(qn("w:id"), self._next_id())
        element.set(qn("w:author"), COMPARISON)
        element.set(qn("w:date"), f"{self._source.saved_at:%Y-%m-%dT%H:%M:%SZ}")
        return element

    def _next_id(self) -> str:
        self._n_ids += 1
        return str(self._n_ids)


def _paragraphs(
    pieces: Sequence[Piece], last: Mark
) -> Iterator[tuple[list[Piece], Mark]]:
    """Yield each paragraph's pieces, and what became of the break that ends it."""
    paragraph: list[Piece] = []
    for piece in pieces:
        first, *others = piece.text.split(PARAGRAPH)
        paragraph.append(Piece(piece.mark, first))
        for text in others:
            yield paragraph, piece.mark
            paragraph = [Piece(piece.mark, text)]
    yield paragraph, last
