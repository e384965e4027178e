"""Files that are no plain Word file are refused in plain words, within bounds."""

import io
import resource
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements import word_file
from agreements.word_file import Unreadable, open_word
from tests.support import words
from tests.unit.agreements.sent import SENT, read

TYPES = "[Content_Types].xml"


def refused(content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        open_word(content)
    assert "Nothing was stored, and nothing has changed." in caught.value.message
    return caught.value.message


def with_part(name: str, content: bytes | str) -> bytes:
    given = content.encode() if isinstance(content, str) else content
    return words.packed(words.parts_of(SENT) | {name: given})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n...", "This is a PDF, whatever its name says"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Word file (.doc)"),
        (b"{\\rtf1 hello}", "not a Word file (.docx)"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (SENT[: len(SENT) // 2], "damaged"),
    ],
)
def test_what_is_no_word_file_is_refused(content: bytes, said: str) -> None:
    assert said in refused(content)


@pytest.mark.parametrize(
    "content",
    [
        with_part("word/vbaProject.bin", b"\x00"),
        with_part("word/VBAPROJECT.BIN", b"\x00"),
        with_part("odd/place/vbaData.xml", b"<a/>"),
        words.rewritten(
            SENT,
            lambda xml: xml.replace(
                "officedocument.wordprocessingml.document.main+xml",
                "ms-word.document.macroEnabled.main+xml",
            ).replace("vnd.openxmlformats-ms-word", "vnd.ms-word"),
            TYPES,
        ),
    ],
)
def test_macros_are_refused(content: bytes) -> None:
    assert "This file holds macros" in refused(content)


def test_other_office_files_and_templates_are_refused() -> None:
    for other in ("spreadsheetml.sheet.main+xml", "wordprocessingml.template.main+xml"):

        def change(xml: str, other: str = other) -> str:
            return xml.replace("wordprocessingml.document.main+xml", other)

        assert "of another kind" in refused(words.rewritten(SENT, change, TYPES))


def test_a_strict_file_is_refused() -> None:
    def change(xml: str) -> str:
        return xml.replace(
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            "http://purl.oclc.org/ooxml/wordprocessingml/main",
        )

    assert "Strict Open XML" in refused(words.rewritten(SENT, change))


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
    ],
)
def test_document_types_and_entities_are_refused(document: str) -> None:
    assert "document type" in refused(with_part(words.MAIN, document))


def test_a_part_that_unpacks_to_a_flood_is_refused_before_it_is_held() -> None:
    bomb = with_part(words.MAIN, b"<a>" + b" " * (200 * 1024**2) + b"</a>")
    assert len(bomb) < 2 * 1024**2
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "far larger" in refused(bomb)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024  # kilobytes


@pytest.mark.parametrize(
    "inner",
    [
        b"<a/>" * (word_file.MOST_ELEMENTS + 1),
        b"<a>" * (word_file.DEEPEST + 1) + b"</a>" * (word_file.DEEPEST + 1),
    ],
)
def test_too_many_elements_or_too_deep_ones_are_refused(inner: bytes) -> None:
    flood = with_part(words.MAIN, b"<a>" + inner + b"</a>")
    assert "far larger or more nested" in refused(flood)


def test_too_many_parts_are_refused() -> None:
    parts = {f"word/{n}.xml": b"" for n in range(word_file.MOST_PARTS)}
    assert "far larger" in refused(words.packed(words.parts_of(SENT) | parts))


def test_two_parts_of_one_name_are_refused() -> None:
    file = io.BytesIO(SENT)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning):
        archive.writestr(words.MAIN, b"<a/>")
    assert "damaged" in refused(file.getvalue())


def test_a_relation_to_another_place_is_not_followed() -> None:
    def change(xml: str) -> str:
        outside = (
            '<Relationship Id="rId99" TargetMode="External" Target="http://203.0.113.1/x"'
            ' Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            'relationships/attachedTemplate"/></Relationships>'
        )
        return xml.replace("</Relationships>", outside)

    file = words.rewritten(SENT, change, "word/_rels/document.xml.rels")
    assert read(file) == []  # the closed network of tests would raise


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SENT) - 1), st.integers(0, 255)),
        min_size=1,
        max_size=20,
    )
)
def test_a_damaged_file_is_refused_or_read(damage: list[tuple[int, int]]) -> None:
    content = bytearray(SENT)
    for position, byte in damage:
        content[position] = byte
    try:
        read(bytes(content))
    except Unreadable as refusal:
        assert refusal.message
