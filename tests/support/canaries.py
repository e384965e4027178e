"""Rare surnames planted in what is delivered, and the search that must not find them.

The search reads raw bytes. A trace is any spelling of a surname, or its longest run of
ASCII letters (which survives the escapes of JSON, HTML, URLs and quoted-printable and
the removal of accents), in UTF-8 or UTF-16 of either order, in hexadecimal digits, from
its end to its start, or in base64, which is how a broker packs its messages.
"""

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

STANDS_FOR = {
    "Jordan": "Zyxquorvandtheim",
    "Wright": "Obrwexhaltingsby",
    "Mathews": "Quexvårdlundqenholt",
    "Holt": "Ümlchwarzkofjedter",
}
SURNAMES = tuple(STANDS_FOR.values())
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


def planted(text: str) -> str:
    """Return a file of the demonstration with some surnames replaced by canaries.

    A surname is a whole value: between commas, or the text of LastSurname.
    """
    for name, canary in STANDS_FOR.items():
        pattern = rf"(?<=,){name}(?=,)|(?<=<LastSurname>){name}(?=<)"
        text = re.sub(pattern, canary, text)
        text = re.sub(rf"(?<=,){name.upper()}(?=,)", canary.upper(), text)
        assert canary in text or canary.upper() in text, f"{name} is not in the file"
    return text


def traces(
    *roots: Path,
    groups: Iterable[int] = (),
    of: Mapping[str, frozenset[bytes]] | None = None,
) -> list[str]:
    """Return each file with a trace of a surname, as "place: surname".

    roots: files, and folders that are searched with all that is below them.
    groups: process groups whose open files are searched too, deleted ones included.
    of: what is searched instead of surnames, by name.
    """
    found: list[str] = []
    seen: set[tuple[int, int]] = set()
    for place in (*_below(roots), *_open_in(set(groups))):
        with suppress(FileNotFoundError):  # gone since it was listed
            status = place.stat()
            identity = (status.st_dev, status.st_ino)
            if place.is_file() and identity not in seen:
                seen.add(identity)
                content = place.read_bytes()
                needles = _NEEDLES if of is None else of
                found += [f"{place}: {name}" for name in _in(content, needles)]
    return found


def _in(content: bytes, of: Mapping[str, frozenset[bytes]]) -> Iterator[str]:
    for name, needles in of.items():
        if any(needle in content for needle in needles):
            yield name


def of_keys(keys: Mapping[str, bytes]) -> dict[str, frozenset[bytes]]:
    """Return what betrays secret keys: their bytes, hexadecimal digits or base64."""
    return {
        name: frozenset({key, *_hexadecimal(key), *_base64_fragments(key)})
        for name, key in keys.items()
    }


def _hexadecimal(content: bytes) -> tuple[bytes, bytes]:
    digits = content.hex()
    return digits.encode(), digits.upper().encode()


def _below(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        yield root
        yield from root.rglob("*")


def _open_in(groups: set[int]) -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            if os.getpgid(int(process.name)) in groups:
                yield from (process / "fd").iterdir()


def _needles(surname: str) -> frozenset[bytes]:
    run = max(re.findall(r"[A-Za-z]+", surname), key=len)
    words = {
        spelling(word)
        for word in (surname, run)
        for spelling in (str, str.upper, str.lower, str.title)
    }
    plain = {word.encode(code) for word in words for code in ENCODINGS}
    packed = {
        fragment for word in words for fragment in _base64_fragments(word.encode())
    }
    backwards = {word[::-1].encode(code) for word in words for code in ENCODINGS}
    digits = {each for word in words for each in _hexadecimal(word.encode())}
    return frozenset(plain | packed | backwards | digits)


def _base64_fragments(content: bytes) -> Iterator[bytes]:
    """Yield what base64 makes of the content, wherever in a message it stands."""
    for n_before in range(3):
        whole = base64.b64encode(bytes(n_before) + content)
        has_rest = (n_before + len(content)) % 3 != 0
        yield whole[4 * (n_before > 0) : len(whole) - 4 * has_rest]


_NEEDLES = {surname: _needles(surname) for surname in SURNAMES}
