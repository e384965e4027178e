"""Ed-Fi JSON as its API gives it: arrays of objects, read one object at a time."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from indicators.formats.edfi_parser import LARGEST_RECORD, MOST_RECORDS, Found
from indicators.formats.edfi_resources import is_of_several
from indicators.formats.lines import MOST_BYTES
from indicators.formats.problems import FormatError
from indicators.formats.report import shown

DEEPEST = 20
MOST_RESOURCES = 100
LONGEST_NAME = 100

_BLANK = re.compile(r"[ \t\r\n]*")
# Only an escape can write NUL, or half of a letter that takes two of them.
_ESCAPES = re.compile(r"\\u(?:0000|d[89a-f])", re.ASCII | re.IGNORECASE)
# What the API adds to each object, of which nothing is read.
_OF_THE_API = frozenset({"id", "_etag", "_lastModifiedDate", "link", "_ext"})


class _Doubtful(Exception):
    """What an object holds that no value can be read from, and what to do."""


def _whole(text: str) -> str:
    """Return a number with a fraction or an exponent as it is shortest written."""
    whole, _, fraction = text.partition(".")
    if fraction and not fraction.strip("0"):
        return whole
    number = float(text)
    if math.isinf(number):
        raise _Doubtful("a number that is larger than any. Correct it")
    return str(int(number)) if number.is_integer() else str(number)


def _no_constant(name: str) -> NoReturn:
    raise _Doubtful(f"{name}, which is not JSON. Write null where there is no value")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, each of whose names stands once."""
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise _Doubtful(f"“{shown(twice)}” twice. Keep the value that is right")
    return found


_DECODER = json.JSONDecoder(
    parse_float=_whole, parse_constant=_no_constant, object_pairs_hook=_once
)


def json_records(file: BinaryIO, *, resource: str = "") -> Iterator[Found]:
    """Yield the objects of a file: one array, or one array for each resource.

    resource: what a bare array holds, as far as the file's name says so. Raises
    FormatError for anything else.
    """
    text = _text(file)
    at = _skip(text, 0)
    if text[at : at + 1] == "[":
        found, at = _items(text, at, resource)
        _require_end(text, at)
        yield from found
        return
    if text[at : at + 1] != "{":
        _refuse("it is neither an array nor an object")
    at = _skip(text, at + 1)
    n_resources = 0
    while text[at : at + 1] != "}":
        name, at = _decoded(text, at)
        at = _skip(text, at)
        if not isinstance(name, str) or text[at : at + 1] != ":":
            _refuse_syntax(text, at)
        at = _skip(text, at + 1)
        n_resources += 1
        if n_resources > MOST_RESOURCES or len(name) > LONGEST_NAME:
            _refuse("it has more or longer names than there are resources")
        if text[at : at + 1] == "[":
            found, at = _items(text, at, name)
            yield from found
        else:
            _, at = _decoded(text, at)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "}":
            _refuse_syntax(text, at)
    _require_end(text, at + 1)


def _require_end(text: str, at: int) -> None:
    """Raise FormatError where more follows the one value of a file."""
    if (at := _skip(text, at)) < len(text):
        _refuse_syntax(text, at)


def _text(file: BinaryIO) -> str:
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FormatError(
            f"The file is larger than {MOST_BYTES // 1024**2} MB. Split it by school "
            "or year.",
            id="F09",
        )
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FormatError(
            f"Line {line} holds letters that are not valid UTF-8, in which JSON is "
            "written, so nothing was read. Export it again.",
            id="F07",
            line=line,
        ) from None


def _items(text: str, at: int, resource: str) -> tuple[list[Found], int]:
    """Return the objects of the array that begins here, and where it ends."""
    found: list[Found] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        item, end = _decoded(text, at, number=len(found) + 1)
        if end - at > LARGEST_RECORD:
            _refuse(f"an object in it has more than {LARGEST_RECORD:,} characters")
        if isinstance(item, dict):
            flat = _Flat()
            flat.add(item, "")
            values, numbers = flat.values, flat.numbers
            found.append(Found("", resource, values, end - at, numbers=numbers))
        if len(found) > MOST_RECORDS:
            _refuse(f"it holds more than {MOST_RECORDS:,} objects")
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            _refuse_syntax(text, at)
    return found, at + 1


class _Flat:
    """The innermost values of an object by their paths, as XML has them."""

    def __init__(self) -> None:
        self.values: dict[str, list[str]] = {}
        self.numbers: dict[str, list[int]] = {}
        self._n_of: dict[str, int] = {}

    def add(
        self, item: dict[str, Any], path: str, *, depth: int = 0, of: int = 0
    ) -> None:
        """Add an object; of: its number, or that of the one of several it is in."""
        if depth > DEEPEST:
            _refuse(f"it nests objects more than {DEEPEST} deep")
        for name, value in item.items():
            if name in _OF_THE_API:
                continue
            short = name[:LONGEST_NAME]
            own = f"{path}/{short}" if path else short
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    if is_several := is_of_several(name):
                        self._n_of[own] = self._n_of.get(own, 0) + 1
                    within = self._n_of[own] if is_several else of
                    self.add(each, own, depth=depth + 1, of=within)
                elif not isinstance(each, list):
                    self.values.setdefault(own, []).append(_as_text(each))
                    if of:
                        self.numbers.setdefault(own, []).append(of)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()


def _decoded(text: str, at: int, *, number: int = 0) -> tuple[Any, int]:
    """Return what begins here, and where it ends; number: that of a record."""
    try:
        value, end = _DECODER.raw_decode(text, at)
        if text.find("\\u", at, end) >= 0 and _ESCAPES.search(text, at, end):
            _require_letters(value)
    except RecursionError:
        _refuse("it is nested far deeper than any resource")
    except _Doubtful as doubt:
        line = _line(text, at)
        what = f"Record {number}" if number else "The value"
        raise FormatError(
            f"{what} that begins on line {line} holds {doubt}, and send the file "
            "again. Nothing was read.",
            line=line,
        ) from None
    except ValueError:
        _refuse_syntax(text, at)
    return value, end


def _require_letters(value: object) -> None:
    """Raise _Doubtful where a text or name has NUL, or half of a letter."""
    written = json.dumps(value, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        raise _Doubtful("an escape that is half of a letter. Correct it") from None
    if "\\u0000" in written.replace("\\\\", ""):
        raise _Doubtful("a NUL character, so that it is not plain text. Remove it")


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _refuse_syntax(text: str, at: int) -> NoReturn:
    line = _line(text, at)
    raise FormatError(
        f"This is not well-formed JSON from line {line} on, so nothing was read. "
        "Export it again.",
        line=line,
    )


def _refuse(why: str) -> NoReturn:
    raise FormatError(
        f"This JSON is no Ed-Fi file: {why}. Nothing was read. Check the export and "
        "send it again."
    )
