"""Files that attack whoever opens them, made as attackers make them."""

import io
import random
import struct
import zipfile
from collections.abc import Iterator

MB = 1024**2
HEADINGS = (
    b"member id,first name,middle name,last name,birth date,development,move in date\n"
)
ROW = b"A1,Ana,M,Lopez,2010-01-31,WA001000037,2020-05-01\n"
STUDENTS, END = b"<InterchangeStudent>", b"</InterchangeStudent>"


def zip_of(*members: tuple[str, bytes]) -> bytes:
    """Return a zip archive of names and contents."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def zip_bomb() -> bytes:
    """Return an archive of 200 kB that unpacks to 200 MB."""
    return zip_of(("tenants.csv", bytes(200 * MB)))


def nested_zip() -> bytes:
    """Return ten archives, one inside the other."""
    content = zip_of(("tenants.csv", HEADINGS + ROW))
    for depth in range(10):
        content = zip_of((f"{depth}.zip", content))
    return content


def climbing_zip() -> bytes:
    """Return an archive whose members would be unpacked somewhere else."""
    names = ("../../../../var/tenants.csv", "/etc/cron.d/tenants", "..\\tenants.csv")
    return zip_of(*((name, HEADINGS + ROW) for name in names))


def program() -> bytes:
    """Return a Windows program: its two headers, and code."""
    first = b"MZ" + bytes(range(58)) + struct.pack("<I", 64)
    second = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22)
    return first + second + random.Random(0).randbytes(100_000)


def declaring(declarations: str) -> str:
    """Return a file of students that begins with declarations and uses one."""
    root = "InterchangeStudent"
    return f"<!DOCTYPE {root} [{declarations}]><{root}>&e9;</{root}>"


def laughs() -> str:
    """Return a billion laughs: ten entities, each of ten of the one before."""
    tens = (f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return declaring('<!ENTITY e0 "ha">' + "".join(tens))


def fetching(address: str) -> str:
    """Return a file that asks for another one."""
    return declaring(f'<!ENTITY e9 SYSTEM "{address}">')


def long_name() -> bytes:
    """Return 384 kB: an element with a vast name, and 1,900 new ones within it."""
    name, parts = b"N" * 185_000, b"".join(b"<a%d/>" % n for n in range(1_900))
    return b"%s<Student><%s>%s</%s></Student>%s" % (STUDENTS, name, parts, name, END)


def nested_names() -> str:
    """Return new elements deep within others whose names are as long as they may be."""
    outer = [f"{n:a<100}" for n in ("o", "p", "q")]
    inner = "".join(f"<{f'i{n}x':b<100}/>" for n in range(1_900))
    opening = "".join(f"<{name}>" for name in outer)
    return f"{opening}{inner}{''.join(f'</{name}>' for name in reversed(outer))}"


def deep_names() -> bytes:
    """Return records whose names are long and new, each below other long ones."""
    parts = (
        f"<{f'r{n}x':a<100}>{nested_names()}</{f'r{n}x':a<100}>" for n in range(30)
    )
    return STUDENTS + "".join(parts).encode() + END


def vast_namespace() -> bytes:
    """Return 200 kB: 1,900 new elements in one namespace with a vast name."""
    parts = b"".join(b"<a%d/>" % n for n in range(1_900))
    return b'<InterchangeStudent xmlns="%s">%s%s' % (b"n" * 185_000, parts, END)


def many(start: bytes, part: bytes, size: int, end: bytes = b"") -> Iterator[bytes]:
    """Yield a start, a part over and over, and an end, together of `size` bytes.

    The last part may be cut off.
    """
    yield start
    block = part * max(1, MB // len(part))
    left = size - len(start) - len(end)
    while left > 0:
        yield block[:left]
        left -= len(block)
    yield end
