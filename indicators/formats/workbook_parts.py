"""The parts of a workbook around its cells: sheets, relations, styles, shared texts."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar
from xml.parsers import expat

from indicators.formats.containers import Folder, too_large
from indicators.formats.problems import FormatError

BLOCK_BYTES = 256 * 1024
LONGEST_TAG_BYTES = 1_000_000
# What the sheet's own format allows is a million rows; texts are shared between them.
MOST_TEXTS = 5_000_000
MOST_CHARACTERS = 200_000_000
MOST_SHEETS = 1_000
MOST_STYLES = 100_000

_BUILT_IN_DATES = frozenset(
    {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}
)
# Letters of a date in a number format, outside quotation marks, brackets and escapes.
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


class Target(Protocol):
    """What a parser tells of a part."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""

    def data(self, text: str) -> None:
        """Take a part of a text."""

    def end(self, tag: str) -> None:
        """Close an element."""


T = TypeVar("T", bound=Target)


def damaged() -> FormatError:
    """Return the refusal of a workbook that cannot be read as one."""
    return FormatError(
        "The workbook is damaged, or was not written by a spreadsheet, so nothing was "
        "read. Open it in Excel or LibreOffice, save it again, and send that."
    )


def parse(folder: Folder, path: str, target: T, *, is_optional: bool = False) -> T:
    """Return the target after it was told a part of the workbook."""
    for _ in parsed(folder, path, target, is_optional=is_optional):
        pass
    return target


def parsed(
    folder: Folder, path: str, target: Target, *, is_optional: bool = False
) -> Iterator[None]:
    """Yield after each block of a part of which the target was told."""
    key = folder.key_of(path)
    if key is None:
        if is_optional:
            return
        raise damaged()
    parser = _parser(target)
    n_fed = 0
    try:
        with folder.open(key) as part:
            while block := part.read(BLOCK_BYTES):
                parser.Parse(block)
                n_fed += len(block)
                # A tag that does not end is held whole until it does.
                if n_fed - parser.CurrentByteIndex > LONGEST_TAG_BYTES:
                    raise damaged()
                yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, LookupError, UnicodeError):
        raise damaged() from None


def _parser(target: Target) -> expat.XMLParserType:
    """Return a parser that takes no document type and so no entities.

    Cells are many, and this tells of three times as many in a second as a parser that
    builds elements.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = target.start
    parser.EndElementHandler = target.end
    parser.CharacterDataHandler = target.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*declared: object) -> None:
    raise FormatError(
        "The workbook declares a document type or entities, which no spreadsheet "
        "writes and which can be used for attacks, so nothing was read."
    )


def local(tag: str) -> str:
    """Return a name without its prefix."""
    return tag.rpartition(":")[2]


class _Part:
    """A part of which only the starts of elements matter."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""

    def data(self, text: str) -> None:
        """Pass over text."""

    def end(self, tag: str) -> None:
        """Close an element."""


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One sheet as the workbook lists it; key: that of its relation."""

    key: str
    is_visible: bool


class Book(_Part):
    """xl/workbook.xml: the sheets in their order, and where dates begin."""

    def __init__(self) -> None:
        self.sheets: list[SheetEntry] = []
        self.has_1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note a sheet, or the workbook's own settings."""
        name = local(tag)
        if name == "workbookPr":
            self.has_1904 = attributes.get("date1904", "") in ("1", "true")
        if name == "sheet" and len(self.sheets) < MOST_SHEETS:
            keys = [v for k, v in attributes.items() if local(k) == "id" and k != "id"]
            is_visible = attributes.get("state", "visible") == "visible"
            self.sheets.append(SheetEntry(keys[0] if keys else "", is_visible))


class Relations(_Part):
    """xl/_rels/workbook.xml.rels: the path of each sheet of cells, by its key."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note a relation to a sheet."""
        if not attributes.get("Type", "").endswith("/worksheet"):
            return
        path = attributes.get("Target", "")
        path = path[1:] if path.startswith("/") else posixpath.join("xl", path)
        self.targets[attributes.get("Id", "")] = posixpath.normpath(path)


class Styles(_Part):
    """xl/styles.xml: which styles show a number as a date."""

    def __init__(self) -> None:
        self.are_dates: list[bool] = []
        self._dates: set[str] = {str(number) for number in _BUILT_IN_DATES}
        self._is_of_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note a number format or a style."""
        name = local(tag)
        if name == "numFmt":
            code = _LITERAL.sub("", attributes.get("formatCode", "")[:500]).lower()
            number = attributes.get("numFmtId", "")
            if re.search(r"[ymd]", code) and "general" not in code:
                self._dates.add(number)
            else:
                self._dates.discard(number)
        elif name == "cellXfs":
            self._is_of_cells = True
        elif name == "xf" and self._is_of_cells and len(self.are_dates) < MOST_STYLES:
            self.are_dates.append(attributes.get("numFmtId", "0") in self._dates)

    def end(self, tag: str) -> None:
        """Note the end of the cells' styles."""
        if local(tag) == "cellXfs":
            self._is_of_cells = False


class SharedTexts(_Part):
    """xl/sharedStrings.xml: texts that cells refer to by number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._is_text = False
        self._is_phonetic = False
        self._n_characters = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open a text or what shows how it is spoken."""
        name = local(tag)
        self._is_text = name == "t" and not self._is_phonetic
        self._is_phonetic = self._is_phonetic or name == "rPh"

    def data(self, text: str) -> None:
        """Take a part of a text."""
        if self._is_text:
            self._n_characters += len(text)
            if self._n_characters > MOST_CHARACTERS:
                raise too_large()
            self._parts.append(text)

    def end(self, tag: str) -> None:
        """Close a text."""
        name = local(tag)
        if name == "t":
            self._is_text = False
        elif name == "rPh":
            self._is_phonetic = False
        elif name == "si":
            if len(self.texts) == MOST_TEXTS:
                raise too_large()
            self.texts.append("".join(self._parts))
            self._parts = []
