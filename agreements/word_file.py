"""Opens a Word file that somebody sent, within bounds that nothing in it lifts (pure).

Only the parts that are read are unpacked, none beyond its bound. No document type is
taken, no relation is followed, and nothing in the file runs.
"""

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from accounts.acts import RuleBroken

CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
PROPERTIES = ("Homeroom agreement", "Homeroom version", "Homeroom digest")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

# A memorandum of thirty pages has 60 KB of text, 1 MB of XML and 20,000 elements.
MOST_PARTS = 2_000
MOST_PART_BYTES = 12 * 1024**2
MOST_BYTES = 24 * 1024**2
MOST_ELEMENTS = 400_000
DEEPEST = 100

_TYPES = "[Content_Types].xml"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_MAIN = f"{_WORD}document.main+xml"
_READ = {
    kind: f"{_WORD}{kind}+xml"
    for kind in ("comments", "footnotes", "endnotes", "header", "footer")
}
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
)
_SAVE_AS = "Open it in Word or LibreOffice, save it as a Word document (.docx)"


class Unreadable(RuleBroken):
    """A file that is not taken; the message says why and what to do."""

    def __init__(self, why: str, todo: str) -> None:
        super().__init__(f"{why} {todo} Nothing was stored, and nothing has changed.")


@dataclass(frozen=True, slots=True)
class WordFile:
    """What is read of a Word file.

    others: roots of comments, footnotes, endnotes, headers and footers, by kind.
    """

    document: Element
    others: Mapping[str, tuple[Element, ...]]
    properties: Mapping[str, str]


def open_word(content: bytes) -> WordFile:
    """Return what a Word file holds; Unreadable, in plain words, for whatever is none.

    content: the whole file, which the caller has bounded.
    """
    _refuse_at_first_sight(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(_Parts(archive))
    except DefusedXmlException as error:
        raise Unreadable(
            "This file holds a document type or an entity, which no word processor "
            "writes.",
            f"{_SAVE_AS}, and send that.",
        ) from error
    except (ParseError, *_DAMAGED) as error:
        raise _damaged() from error


def _refuse_at_first_sight(content: bytes) -> None:
    if not content:
        raise Unreadable("The file is empty.", "Choose it again.")
    if b"%PDF-" in content[:1024]:
        raise Unreadable(
            "This is a PDF, whatever its name says. Changes cannot be read from it.",
            "Send the Word file that was edited.",
        )
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "This is an old Word file (.doc), or one that is locked with a password.",
            f"{_SAVE_AS} without a password, and send that.",
        )
    if not content.startswith(b"PK"):
        raise Unreadable(
            "This is not a Word file (.docx), whatever its name says.",
            f"{_SAVE_AS}, and send that.",
        )


def _damaged() -> Unreadable:
    return Unreadable(
        "This file is damaged, or no Word file (.docx).", f"{_SAVE_AS}, and send that."
    )


def _too_large() -> Unreadable:
    return Unreadable(
        "Unpacked, this file is far larger or more nested than any agreement.",
        "Copy its text into the Word file that was downloaded here, and send that.",
    )


class _Parts:
    """The parts of an archive, unpacked one by one within a bound on them all."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        entries = archive.infolist()
        if len(entries) > MOST_PARTS:
            raise _too_large()
        self._archive = archive
        self._entries = {entry.filename: entry for entry in entries}
        self._n_bytes = 0
        self._n_elements = 0
        if len(self._entries) < len(entries):  # two parts of one name
            raise _damaged()

    @property
    def names(self) -> frozenset[str]:
        """The names of all parts."""
        return frozenset(self._entries)

    def root(self, name: str) -> Element:
        """The root of a part that is XML."""
        entry = self._entries.get(name)
        if entry is None or entry.flag_bits & 1:
            raise _damaged()
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _damaged()
        with self._archive.open(entry) as part:
            content = part.read(MOST_PART_BYTES + 1)
        self._n_bytes += len(content)
        if len(content) > MOST_PART_BYTES or self._n_bytes > MOST_BYTES:
            raise _too_large()
        tree = _Tree(MOST_ELEMENTS - self._n_elements)
        parser = DefusedXMLParser(target=tree, forbid_dtd=True)
        parser.feed(content)
        root: Element = parser.close()
        self._n_elements += tree.n_elements
        return root


class _Tree(TreeBuilder):
    """Builds a tree of not too many elements, not too deep."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.n_elements = 0
        self._most = most
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        """Open an element, within the bounds."""
        self.n_elements += 1
        self._depth += 1
        if self.n_elements > self._most or self._depth > DEEPEST:
            raise _too_large()
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def _read(parts: _Parts) -> WordFile:
    types = {
        each.get("PartName", "").removeprefix("/"): each.get("ContentType", "")
        for each in parts.root(_TYPES)
    }
    _refuse_macros(parts.names, types.values())
    main = next((name for name, kind in types.items() if kind == _MAIN), None)
    if main is None:
        raise Unreadable(
            "This is an Office file of another kind, such as a workbook or a template.",
            f"{_SAVE_AS}, and send that.",
        )
    document = parts.root(main)
    if document.tag != f"{W}document":
        raise Unreadable(
            "This file was saved as “Strict Open XML”.",
            f"{_SAVE_AS} and not as a strict one, and send that.",
        )

    def of_type(kind: str) -> tuple[Element, ...]:
        named = sorted(name for name, given in types.items() if given == kind)
        return tuple(parts.root(name) for name in named if name in parts.names)

    return WordFile(
        document=document,
        others={kind: of_type(given) for kind, given in _READ.items()},
        properties={
            each.get("name", ""): "".join(each.itertext()).strip()
            for root in of_type(CUSTOM_TYPE)
            for each in root
        },
    )


def _refuse_macros(names: Iterable[str], kinds: Iterable[str]) -> None:
    files = {posixpath.basename(name).casefold() for name in names}
    said = " ".join(kinds).casefold()
    if files & {"vbaproject.bin", "vbadata.xml"} or any(
        word in said for word in ("macroenabled", "vbaproject", "activex")
    ):
        raise Unreadable(
            "This file holds macros: programs that run when it is opened. Homeroom "
            "takes none.",
            f"{_SAVE_AS} without macros, and send that.",
        )
