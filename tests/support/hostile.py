"""PDFs that somebody made to deceive whoever checks them, or to wear them out."""

import zlib
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO

import pikepdf


def pdf(objects: Mapping[int, bytes], *, more: bytes = b"") -> bytes:
    """Return a PDF of numbered objects, of which the first is its catalog.

    more: what else the trailer says.
    """
    content, places = bytearray(b"%PDF-1.7\n"), {}
    for number, text in objects.items():
        places[number] = len(content)
        content += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(content)
    content += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        content += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(objects) + 1
    content += b"trailer\n<</Root 1 0 R/Size %d%s>>\n" % (size, more)
    return bytes(content) + b"startxref\n%d\n%%%%EOF\n" % start


def stream(content: bytes, says: bytes = b"") -> bytes:
    """Return a compressed stream object."""
    packed = zlib.compress(content, 9)
    head = b"<</Length %d/Filter/FlateDecode%s>>" % (len(packed), says)
    return head + b"stream\n" + packed + b"\nendstream"


def with_form(fields: Iterable[bytes], **others: bytes) -> bytes:
    """Return a PDF whose form has these fields."""
    drawn = dict(enumerate(fields, 10))
    kids = b" ".join(b"%d 0 R" % number for number in drawn)
    catalog = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[%s]>>>>"
    return pdf({1: catalog % kids, 2: b"<</Type/Pages/Kids[]/Count 0>>", **drawn})


def empty_field() -> bytes:
    """Return a PDF with a place to sign, where nobody has."""
    return with_form([b"<</FT/Sig/T(Seal)>>"])


def scribbled_field() -> bytes:
    """Return a PDF whose signature is bytes that mean nothing."""
    return with_form([_signed(b"<</Type/Sig/Filter/Adobe.PPKLite%s>>")])


def claimed_seal(reason: bytes) -> bytes:
    """Return a PDF that says our seal's words over a signature of zeros."""
    return with_form([_signed(b"<</Type/Sig/Filter/X%s/Reason(" + reason + b")>>")])


def pictured_seal() -> bytes:
    """Return a PDF whose page shows the words of a seal, and has none."""
    return plain_page(shows=b"Sealed by this Homeroom, and unchanged")


def plain_page(
    *, shows: bytes = b"Signed by hand", says: bytes = b"", **more: bytes
) -> bytes:
    """Return a PDF of one page.

    says: what else its catalog says. more: objects 5, 6 and on.
    """
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>"
    return pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R%s>>" % says,
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: page,
            4: stream(b"BT /F 12 Tf (%s) Tj ET" % shows),
            **dict(enumerate(more.values(), 5)),
        }
    )


def _signed(signature: bytes) -> bytes:
    contents = (
        b"/SubFilter/ETSI.CAdES.detached/ByteRange [0 9 20 30]/Contents <"
        + b"00" * 400
        + b">"
    )
    return b"<</FT/Sig/T(Seal)/V %s>>" % (signature % contents)


def encrypted(plain: bytes) -> bytes:
    """Return the PDF under a password."""
    locked = BytesIO()
    with pikepdf.open(BytesIO(plain)) as file:
        file.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    return locked.getvalue()


def resaved(sealed: bytes) -> bytes:
    """Return the PDF as an editor writes it anew, its seal still in it."""
    again = BytesIO()
    with pikepdf.open(BytesIO(sealed)) as file:
        file.save(again)
    return again.getvalue()


def updated(sealed: bytes) -> bytes:
    """Return the PDF with an update after its seal, which hides the seal."""
    start = sealed.rindex(b"startxref")
    previous = int(sealed[start:].split()[1])
    place = len(sealed)
    catalog = b"2 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\n"
    table = b"xref\n2 1\n%010d 00000 n \n" % place
    trailer = b"trailer\n<</Root 2 0 R/Size 999/Prev %d>>\n" % previous
    end = b"startxref\n%d\n%%%%EOF\n" % (place + len(catalog))
    return sealed + catalog + table + trailer + end


def with_seal_of(sealed: bytes) -> bytes:
    """Return another PDF into which a sealed one's signature was copied."""
    start = sealed.index(b"/Contents <")
    contents = sealed[start : sealed.index(b">", start) + 1]
    value = (
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
        b"/ByteRange [0 9 20 30]%s>>"
    )
    return with_form([b"<</FT/Sig/T(Seal)/V %s>>" % (value % contents)])


def _unpacks(n_mebibytes: int) -> bytes:
    """Return zeros, compressed a thousandfold."""
    packing = zlib.compressobj(1)
    parts = [packing.compress(bytes(1024**2)) for _ in range(n_mebibytes)]
    return b"".join(parts) + packing.flush()


def _bomb(says: bytes) -> bytes:
    packed = _unpacks(450)
    head = b"<</Length %d/Filter/FlateDecode%s>>" % (len(packed), says)
    return head + b"stream\n" + packed + b"\nendstream"


def _attachment_bomb() -> bytes:
    names = b"/Names<</EmbeddedFiles<</Names[(a)<</EF<</F 3 0 R>>>>]>>>>"
    return pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R%s>>" % names,
            2: b"<</Type/Pages/Kids[]/Count 0>>",
            3: _bomb(b"/Type/EmbeddedFile"),
        }
    )


def _table_bomb() -> bytes:
    table = _bomb(b"/Type/XRef/Size 99999999/W[1 8 2]/Root 1 0 R")
    return b"%PDF-1.7\n1 0 obj\n" + table + b"\nendobj\nstartxref\n9\n%%EOF\n"


_LOOP = (
    b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \n"
    b"trailer\n<</Root 1 0 R/Size 2/Prev 9>>\nstartxref\n9\n%%EOF\n"
)
# By what they do: files that cost far more to read than to send.
EXHAUSTING: Mapping[str, Callable[[], bytes]] = {
    "nests deeply": lambda: pdf({1: b"[" * 2_000_000 + b"]" * 2_000_000}),
    "loops in its tables": lambda: _LOOP,
    "loops in its fields": lambda: with_form(
        [b"<</T(a)/Kids[10 0 R 10 0 R 10 0 R]>>", b"<</T(b)/Parent 11 0 R>>"]
    ),
    "unpacks without end": _attachment_bomb,
    "unpacks its table without end": _table_bomb,
    "has very many fields": lambda: with_form(
        b"<</FT/Sig/T(f%d)/V 10 0 R>>" % n for n in range(60_000)
    ),
    "claims very many seals": lambda: (
        b"%PDF-1.7\n" + b"".join(b"/ByteRange [0 %d 1]" % n for n in range(400_000))
    ),
    "is one long name": lambda: b"%PDF-1.7\n/Contents <" + b"A" * (9 * 1024**2),
    "is many openings": lambda: b"%PDF-1.7\n" + b"/Contents <" * (800 * 1024),
    "is nothing but comments": lambda: b"%PDF-1.7\n" + b"%\n" * (4 * 1024**2),
}
