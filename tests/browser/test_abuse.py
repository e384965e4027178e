"""Files and clients that attack are refused in words, and others are served meanwhile.

Each attack goes through the door that people use, while somebody else reads pages.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.browser.site import HOUSING, SCHOOL, STUDENTS, Site, until
from tests.support import abuse
from tests.support.abuse import END, HEADINGS, MB, ROW, many
from tests.support.http import File, Page, Visitor, words

pytestmark = pytest.mark.browser

MOST_BYTES = 500 * MB
# A page of the demo takes some 50 ms; the two cores also run the attack and the test.
LONGEST_WAIT_SECONDS = 5.0
PAGES = ("/", "/data/", "/agreements/")


@dataclass(slots=True)
class Reader:
    """What somebody else was answered meanwhile, and how long it took at most."""

    statuses: set[int] = field(default_factory=set)
    longest_wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Attack:
    """One file: what it is, what is said about it, and where it is sent."""

    name: str
    size: int
    blocks: Callable[[], Iterable[bytes]]
    said: str
    as_file: str = HOUSING


def whole(
    name: str, make: Callable[[], bytes], said: str, as_file: str = HOUSING
) -> Attack:
    """Return an attack by a small file."""
    return Attack(name, 0, lambda: [make()], said, as_file)


def vast(
    name: str, start: bytes, part: bytes, said: str, *, megabytes: int = 50
) -> Attack:
    """Return an attack by a list that repeats a part."""
    size = megabytes * MB
    return Attack(name, size, lambda: many(start, part, size), said)


def markup(name: str, part: bytes, said: str, *, start: bytes = b"") -> Attack:
    """Return an attack by 50 MB of students' records."""
    size, begin = 50 * MB, abuse.STUDENTS + start
    return Attack(name, size, lambda: many(begin, part, size, END), said, STUDENTS)


def distinct_rows() -> Iterator[bytes]:
    """Yield 142 MB of values that are nearly all new, and a last line that is wrong."""
    yield HEADINGS
    for start in range(0, 590_000, 10_000):
        rows = range(start, start + 10_000)
        yield b"".join(
            b"%x,Ana%099x,M%x,Lopez y Garcia%099x,%d/%d/2010,WA%09d,\n"
            % (n, n, n, n, n % 12 + 1, n % 28 + 1, n)
            for n in rows
        )
    yield b'"wrong\n'


def chinese() -> Iterator[bytes]:
    """Yield 138 MB of Chinese names in UTF-16, which are 170 MB as they are kept."""
    yield HEADINGS.decode().encode("utf-16")
    for start in range(0, 590_000, 10_000):
        rows = (
            f"{n:x},{chr(0x4E00 + n % 20_000) * 46},,{chr(0x4E00 + n // 30) * 46}"
            f",2010-01-31,WA{n:09},\n"
            for n in range(start, start + 10_000)
        )
        yield "".join(rows).encode("utf-16-le")


DECLARES = "declares a document type or entities"
WIDE = b",".join(b"column %d" % n for n in range(20_000)) + b"\n" + b"1," * 20_000
ATTACKS = (
    whole("zip bomb", abuse.zip_bomb, "larger than 1,024 MB when unpacked"),
    whole("nested zip", abuse.nested_zip, "an archive inside an archive"),
    whole("climbing zip", abuse.climbing_zip, "These files are no OneRoster"),
    whole("program", abuse.program, "This is a program, not a table"),
    whole(
        "same heading twice",
        lambda: HEADINGS.replace(b"last name", b"First_Name") + ROW,
        "Columns 2 and 4 have the same heading",
    ),
    whole("20,000 columns", lambda: WIDE, "longer than 100,000 characters"),
    whole(
        "20,000 short headings",
        lambda: b",".join(b"%x" % n for n in range(20_000)) + b"\n1",
        "The file has 20,000 columns",
    ),
    whole("NUL bytes", lambda: HEADINGS + ROW + b"\0" * 100_000, "Line 3 holds a NUL"),
    vast("a row of 50 MB", HEADINGS, b"A1,Ana,", "longer than 100,000 characters"),
    vast("a heading of 50 MB", b"member id", b"x", "longer than 100,000 characters"),
    vast("a value of 50 MB", HEADINGS + b'"', b"line\n", "line 2 is longer than"),
    vast("a quoted row", HEADINGS, b'"a\n",', "line 2 is longer than"),
    vast("blank lines", b"", b"\n", "more than 2,500,000 lines", megabytes=20),
    vast(
        "short rows",
        HEADINGS,
        b"1,2,3,4,5,6,7\n",
        "more than 600,000 rows",
        megabytes=20,
    ),
    vast("ragged rows", HEADINGS, b"Ana,Lopez\n", "more or fewer values", megabytes=5),
    whole("a billion laughs", lambda: abuse.laughs().encode(), DECLARES, STUDENTS),
    whole(
        "laughs in UTF-16", lambda: abuse.laughs().encode("utf-16"), DECLARES, STUDENTS
    ),
    whole(
        "a file of ours",
        lambda: abuse.fetching("file:///etc/passwd").encode(),
        DECLARES,
        STUDENTS,
    ),
    whole(
        "a parameter entity",
        lambda: abuse.declaring('<!ENTITY % p SYSTEM "file:///dev/zero"> %p;').encode(),
        DECLARES,
        STUDENTS,
    ),
    Attack("near the cap", 0, lambda: distinct_rows(), "quotation mark is not closed"),
    Attack("Chinese in UTF-16", 0, chinese, "more than 150 MB as UTF-8"),
    markup("a text of 50 MB", b"x", "record of more than", start=b"<Student><Name>"),
    markup("a million attributes", b' a="1"', "a tag or comment", start=b"<Student"),
    markup("endless nesting", b"<a>", "more than 30 deep"),
    whole("a vast name", abuse.long_name, "a name of more than 100", STUDENTS),
    whole("a vast namespace", abuse.vast_namespace, "a namespace of more", STUDENTS),
    whole("long names below others", abuse.deep_names, "characters", STUDENTS),
    markup("empty records", b"<Student/>", "holds more than 1,000,000 records"),
)


# These take long, and one of each kind is left: `run.py prove` has them all.
LONG = {
    "near the cap",
    "Chinese in UTF-16",
    "empty records",
    "20,000 short headings",
    "a heading of 50 MB",
    "a value of 50 MB",
    "blank lines",
    "short rows",
    "laughs in UTF-16",
    "a file of ours",
    "a parameter entity",
    "a text of 50 MB",
    "a million attributes",
    "a vast namespace",
    "long names below others",
}


def _case(attack: Attack) -> Any:
    marks = [pytest.mark.prove] if attack.name in LONG else []
    return pytest.param(attack, id=attack.name, marks=marks)


def size_of(attack: Attack) -> tuple[int, Iterable[bytes]]:
    """Return the size and the blocks of an attack's file."""
    blocks = attack.blocks()
    if attack.size:
        return attack.size, blocks
    made = list(blocks)
    return sum(map(len, made)), made


def send(site: Site, attack: Attack) -> Page:
    """Return what an attack is answered."""
    file = File(attack.as_file, *size_of(attack))
    if attack.as_file == HOUSING:
        return site.load_housing(file)
    others = [site.planted_file(name) for name in SCHOOL if name != STUDENTS]
    return site.load(site.district, [file, *others])


@pytest.fixture(scope="module")
def other(site: Site) -> Visitor:
    """Somebody who has nothing to do with the attack."""
    return Visitor(site.homeroom.address, account="analyst")


@contextmanager
def reading(other: Visitor) -> Iterator[Reader]:
    """Let somebody read one page after another meanwhile."""
    reader, is_over = Reader(), threading.Event()

    def read() -> None:
        is_first = True
        while is_first or not is_over.wait(0.05):
            is_first = False
            for path in PAGES:
                began = time.monotonic()
                reader.statuses.add(other.get(path).status)
                waited = time.monotonic() - began
                reader.longest_wait = max(reader.longest_wait, waited)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(read)
        try:
            yield reader
        finally:
            is_over.set()
        done.result()


@contextmanager
def unharmed(site: Site, other: Visitor, name: str) -> Iterator[None]:
    """Demand that an attack leaves nothing, stays small and keeps nobody waiting."""
    before = site.stored()
    for part in ("web", "worker"):
        site.homeroom.forget_peaks(part)
    with reading(other) as reader:
        yield
    peaks = {part: site.homeroom.largest_bytes(part) for part in ("web", "worker")}
    told = ", ".join(f"{part} {peak / MB:.0f} MB" for part, peak in peaks.items())
    print(f"{name}: {told}, others waited {reader.longest_wait:.2f} s")  # noqa: T201
    assert max(peaks.values()) < MOST_BYTES
    assert reader.statuses == {200}
    assert reader.longest_wait < LONGEST_WAIT_SECONDS
    until(lambda: site.stored() == before)


@pytest.mark.parametrize("attack", [*map(_case, ATTACKS)])
def test_attacking_file_is_refused_in_words(
    site: Site, other: Visitor, attack: Attack
) -> None:
    with unharmed(site, other, attack.name):
        page = send(site, attack)
    assert page.status == 200
    assert "Nothing can be loaded yet" in words(page)
    assert attack.said in words(page)
    assert re.search(r"Export|Check|Send|Remove|Rename|Correct|send", words(page))
