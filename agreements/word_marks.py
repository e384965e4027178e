"""Reads a Word file's paragraphs with their tracked changes and comments (pure)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from agreements.compare import plain
from agreements.outline import COMPARISON
from agreements.word_file import W

BREAK = "\n\n"
LONGEST_AUTHOR = 120

_INSERTED = {f"{W}ins", f"{W}moveTo"}
_DELETED = {f"{W}del", f"{W}moveFrom"}
_CHARACTERS = {
    f"{W}tab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "\u2011",
    f"{W}softHyphen": "\u00ad",
}
_TEXTS = {
    f"{W}t",
    f"{W}delText",
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}t",
}
_DRAWN = {
    f"{W}drawing",
    f"{W}pict",
    f"{W}object",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent",
}
# Not text that a reader sees in this place: codes, properties, drawn boxes.
_APART = {f"{W}instrText", f"{W}pPr", f"{W}rPr", *_DRAWN}
PICTURE = "A picture or an embedded file, without words"


@dataclass(frozen=True, slots=True)
class Change:
    """Who tracked a change, and when; None for what was not tracked."""

    author: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text with what was tracked on it: both, where an insertion was deleted again."""

    text: str
    inserted: Change | None = None
    deleted: Change | None = None


@dataclass(slots=True)
class Line:
    """A paragraph: its text, its end, the bookmarks and comments that begin in it."""

    stretches: list[Stretch] = field(default_factory=list)
    end: Stretch = Stretch(BREAK)
    anchors: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def rejected(self) -> str:
        """The text with all tracked changes rejected, without the end."""
        return "".join(s.text for s in self.stretches if not s.inserted)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, and the text that it is on."""

    key: str
    text: str
    by: Change
    on: str


class Marks:
    """The paragraphs of a body, in order, and what the comments in it are on."""

    def __init__(self, body: Element) -> None:
        self.lines: list[Line] = []
        self.boxed: list[str] = []
        self._on: dict[str, list[str]] = {}
        self._open: set[str] = set()
        self._waiting: list[str] = []
        self._blocks(body, Stretch(""))

    def on(self, comment: str) -> str:
        """The text that a comment is on."""
        return "".join(self._on.get(comment, ()))

    def _blocks(self, parent: Element, within: Stretch) -> None:
        """Read what stands in a body, a cell or another container of paragraphs."""
        for element in parent:
            if element.tag == f"{W}p":
                self._paragraph(element, within)
            elif element.tag == f"{W}tr":
                self._blocks(element, _tracked(element.find(f"{W}trPr"), within))
            elif element.tag == f"{W}bookmarkStart":
                self._waiting.append(element.get(f"{W}name", ""))
            elif element.tag not in _APART:
                self._range(element)
                self._blocks(element, within)

    def _paragraph(self, element: Element, within: Stretch) -> None:
        line = Line(anchors=self._waiting)
        self._waiting = []
        self.lines.append(line)
        marks = element.find(f"{W}pPr/{W}rPr")
        line.end = replace(_tracked(marks, within), text=BREAK)
        if _is_comparison(line.end.deleted):
            line.end = Stretch("")
        elif _is_comparison(line.end.inserted):
            line.end = replace(line.end, inserted=None)
        self._inline(element, line, within)

    def _inline(self, parent: Element, line: Line, within: Stretch) -> None:
        for element in parent:
            tag = element.tag
            if tag in _INSERTED or tag in _DELETED:
                self._inline(element, line, _marked(element, within))
            elif tag in _TEXTS:
                self._add(line, replace(within, text=plain(element.text or "")))
            elif tag == f"{W}sym":
                self._add(line, replace(within, text=_symbol(element)))
            elif tag in _CHARACTERS:
                self._add(line, replace(within, text=_CHARACTERS[tag]))
            elif tag == f"{W}bookmarkStart":
                line.anchors.append(element.get(f"{W}name", ""))
            elif tag in _APART:
                text = "".join(each.text or "" for each in element.iter(f"{W}t"))
                if text or tag in _DRAWN:
                    self.boxed.append(plain(text) or PICTURE)
            else:
                self._range(element, line)
                self._inline(element, line, within)

    def _range(self, element: Element, line: Line | None = None) -> None:
        """Note where a comment begins and ends."""
        key = element.get(f"{W}id", "")
        if element.tag == f"{W}commentRangeStart":
            self._open.add(key)
        elif element.tag == f"{W}commentRangeEnd":
            self._open.discard(key)
        elif element.tag != f"{W}commentReference":
            return
        if line is not None and key not in self._on:
            self._on[key] = []
            line.comments.append(key)

    def _add(self, line: Line, stretch: Stretch) -> None:
        if _is_comparison(stretch.deleted) or not stretch.text:
            return
        if _is_comparison(stretch.inserted):
            stretch = replace(stretch, inserted=None)
        line.stretches.append(stretch)
        for key in self._open:
            if key not in self._on:
                self._on[key] = []
                line.comments.append(key)
            self._on[key].append(stretch.text)


def _symbol(element: Element) -> str:
    """Return a character that a file names by its number in a font of symbols."""
    try:
        return plain(chr(int(element.get(f"{W}char", ""), 16)))
    except (ValueError, OverflowError):
        return ""


def _is_comparison(change: Change | None) -> bool:
    """Return whether a change only shows a comparison that was made here."""
    return change is not None and change.author == COMPARISON


def _tracked(properties: Element | None, within: Stretch) -> Stretch:
    """Return what the properties of a paragraph's end or of a row say was tracked."""
    for element in properties if properties is not None else ():
        if element.tag in _INSERTED or element.tag in _DELETED:
            within = _marked(element, within)
    return within


def _marked(element: Element, within: Stretch) -> Stretch:
    change = by(element)
    if element.tag in _INSERTED:
        return replace(within, inserted=change)
    return replace(within, deleted=change)


def by(element: Element) -> Change:
    """Return who made a change or comment, as far as the file says."""
    try:
        stated = datetime.fromisoformat(element.get(f"{W}date", ""))
        at = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return Change(_author(element), None)
    return Change(_author(element), at)


def _author(element: Element) -> str:
    return plain(element.get(f"{W}author", "")).strip()[:LONGEST_AUTHOR]


def comments_of(roots: Collection[Element], marks: Marks) -> Iterator[Comment]:
    """Yield the comments of a file."""
    for root in roots:
        for element in root.iter(f"{W}comment"):
            lines = (
                "".join(each.text or "" for each in paragraph.iter(f"{W}t"))
                for paragraph in element.iter(f"{W}p")
            )
            key = element.get(f"{W}id", "")
            yield Comment(key, plain("\n".join(lines)), by(element), marks.on(key))
