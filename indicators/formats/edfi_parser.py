"""Records of an Ed-Fi interchange file, one at a time, within bounds on all of it.

No tree is built. A file that is one endless text, tag, record or list of new names is
refused as soon as it goes beyond what any real file has.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from indicators.formats.edfi_resources import is_of_several
from indicators.formats.problems import FormatError

DEEPEST = 30
BLOCK_BYTES = 64 * 1024
# A student with every element of the standard has some 300 of them and 20,000
# characters. The standard's paths are a few hundred to a file, 40 characters each and
# 110 at most; its longest name has 60 characters.
LARGEST_RECORD = 200_000  # characters of paths and text
LONGEST_TAG_BYTES = 1_000_000
LONGEST_NAME = 100
LONGEST_NAMESPACE = 200
MOST_NAMESPACES = 20  # each name is held by the parser once for every one of them
MOST_NAMES = 2_000
MOST_NAME_CHARACTERS = 200_000
# The largest district has a million students; real events fill a file sooner.
MOST_RECORDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """One record: the root and the record's own name, both without a namespace.

    values: the texts of innermost elements, by their path below the record. numbers:
    of objects of which a record has several, by the same paths, each text's object.
    size: characters of paths and text. line: that on which it ends; 0 in JSON.
    namespace: of the root, which names the standard's version.
    """

    root: str
    name: str
    values: dict[str, list[str]] = field(repr=False)
    size: int
    line: int = 0
    namespace: str = ""
    numbers: dict[str, list[int]] = field(default_factory=dict, repr=False)


class Names:
    """The different names over all files of one set, within bounds on them all."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._namespaces: set[str] = set()
        self._n_characters = 0

    def add(self, name: str) -> None:
        """Count a name that may be new; raises FormatError if they are too many."""
        if name in self._names:
            return
        self._names.add(name)
        self._n_characters += len(name)
        if len(self._names) > MOST_NAMES:
            _refuse(f"has more than {MOST_NAMES:,} different elements and attributes")
        if self._n_characters > MOST_NAME_CHARACTERS:
            _refuse(
                "has elements and attributes whose different names come to more than "
                f"{MOST_NAME_CHARACTERS:,} characters"
            )

    def add_namespace(self, uri: str) -> None:
        """Count a namespace; raises FormatError if it is too long or one too many."""
        if len(uri) > LONGEST_NAMESPACE:
            _refuse(f"has a namespace of more than {LONGEST_NAMESPACE} characters")
        self._namespaces.add(uri)
        if len(self._namespaces) > MOST_NAMESPACES:
            _refuse(f"has more than {MOST_NAMESPACES} different namespaces")


def records(file: BinaryIO, names: Names) -> Iterator[Found]:
    """Yield the records of one file.

    names: what the files before it in its set have counted, which this one adds to.
    Raises FormatError for what is not one of the interchanges, is not well formed,
    declares entities or a document type, or goes beyond the bounds.
    """
    target = _Target(names)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.line_of = lambda: parser.parser.CurrentLineNumber
    n_silent = 0
    try:
        while block := file.read(BLOCK_BYTES):
            n_before = target.n_events
            parser.feed(block)
            n_silent = n_silent + len(block) if target.n_events == n_before else 0
            if n_silent > LONGEST_TAG_BYTES:
                _refuse("has a tag or comment of more than a million bytes")
            yield from target.taken()
        parser.close()
        yield from target.taken()
    except DefusedXmlException:
        raise FormatError(
            "The file declares a document type or entities, which Ed-Fi files never "
            "need and which can be used for attacks, so nothing was read. Export it "
            "again without them."
        ) from None
    except ParseError as error:
        raise FormatError(
            f"The file is not well-formed XML: line {error.position[0]} cannot be "
            "read, so nothing was read. Export it again."
        ) from None
    except (LookupError, ValueError):
        raise FormatError(
            "The file names an encoding that is not known here. Export it again as "
            "UTF-8."
        ) from None


class _Target:
    """What the parser tells of a file, gathered into records."""

    def __init__(self, names: Names) -> None:
        self.n_events = 0
        self.line_of: Callable[[], int] = int
        self._namespace = ""
        self._found: list[Found] = []
        self._n_records = 0
        self._names = names
        self._open: list[str] = []
        self._paths: list[str] = []
        self._values: dict[str, list[str]] = {}
        self._numbers: dict[str, list[int]] = {}
        self._n_of: dict[str, int] = {}  # objects of several, by their paths
        self._of: list[int] = []  # of each open element, that in which it stands
        self._text: list[str] = []
        self._is_innermost = False
        self._size = 0

    def taken(self) -> list[Found]:
        """Return the records that were completed since the last time."""
        found, self._found = self._found, []
        return found

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        self.n_events += 1
        name = _local(tag)
        if not self._open:
            self._namespace = tag.rpartition("}")[0].removeprefix("{")
        self._open.append(name)
        self._check_place()
        path = f"{self._paths[-1]}/{name}" if len(self._open) > 3 else name
        self._paths.append(path)
        of = self._of[-1] if self._of else 0
        if is_of_several(name):
            of = self._n_of[path] = self._n_of.get(path, 0) + 1
        self._of.append(of)
        # A path counts once for each kind of record, as those who read it tell it.
        self._names.add(path if len(self._open) < 3 else f"{self._open[1]}/{path}")
        for attribute in attributes:
            _local(attribute)
            self._names.add(attribute)
        self._grow(len(path))
        self._text.clear()
        self._is_innermost = True

    def start_ns(self, prefix: str | None, uri: str) -> None:
        """Note a prefix that the next element declares."""
        self._names.add_namespace(uri)
        self._names.add(f"xmlns:{_local(prefix or '')}={uri}")

    def data(self, text: str) -> None:
        """Take a part of a text."""
        self.n_events += 1
        if len(self._open) > 2:
            self._grow(len(text))
            self._text.append(text)

    def end(self, tag: str) -> None:
        """Close an element, and a record with it."""
        self.n_events += 1
        name, path, _ = self._open.pop(), self._paths.pop(), self._of.pop()
        depth = len(self._open)
        if depth > 1 and self._is_innermost:
            text = "".join(self._text).strip()
            self._values.setdefault(path, []).append(text)
            if of := self._of[-1]:
                self._numbers.setdefault(path, []).append(of)
        self._text.clear()
        self._is_innermost = False
        if depth == 1:
            self._complete(name)

    def close(self) -> None:
        """End the file."""

    def _complete(self, name: str) -> None:
        self._found.append(
            Found(
                *(self._open[0], name, self._values, self._size),
                line=self.line_of(),
                namespace=self._namespace,
                numbers=self._numbers,
            )
        )
        self._values, self._numbers, self._n_of, self._size = {}, {}, {}, 0
        self._n_records += 1
        if self._n_records > MOST_RECORDS:
            _refuse(f"holds more than {MOST_RECORDS:,} records")

    def _check_place(self) -> None:
        if len(self._open) > DEEPEST:
            raise FormatError(
                f"The file nests elements more than {DEEPEST} deep, which no Ed-Fi "
                "file does, so nothing was read. Export it again."
            )
        if len(self._open) == 1 and not self._open[0].startswith("Interchange"):
            raise FormatError(
                "This XML file is not an Ed-Fi interchange, so nothing was read. Send "
                "the interchanges of students, their enrolments, attendance and "
                "calendar."
            )

    def _grow(self, n_characters: int) -> None:
        self._size += n_characters
        if self._size > LARGEST_RECORD:
            _refuse(
                f"has a record of more than {LARGEST_RECORD:,} characters (record "
                f"{self._n_records + 1})"
            )


def _local(name: str) -> str:
    """Return a name without its namespace; raises FormatError if it is too long."""
    local = name.rpartition("}")[2]
    if len(local) > LONGEST_NAME:
        _refuse(f"has a name of more than {LONGEST_NAME} characters in a tag")
    return local


def _refuse(what: str) -> NoReturn:
    raise FormatError(
        f"The file {what}, which no Ed-Fi file does, so nothing was read. Check the "
        "export and send it again."
    )
