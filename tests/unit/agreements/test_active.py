"""What a PDF holds beside pages is named, however it is written down."""

import logging
import random
import zlib
from io import BytesIO

import pikepdf
import pytest
from pytest_django import Settings

from agreements import active, checking, seal
from agreements.examined import Examined, Verdict
from tests.support import hostile

SCRIPT = b"<</S/JavaScript/JS(app.alert)>>"


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


def inside(content: bytes) -> Examined:
    return seal.look_inside(content, root=b"")


def in_object_streams(content: bytes) -> bytes:
    """Return the PDF as it is written when its objects are packed together."""
    packed = BytesIO()
    with pikepdf.open(BytesIO(content)) as file:
        file.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return packed.getvalue()


def test_a_page_alone_holds_nothing_else() -> None:
    for content in (hostile.plain_page(), in_object_streams(hostile.plain_page())):
        found = inside(content)
        assert (found.verdict, found.active) == (Verdict.UNSEALED, ())


def test_links_and_places_to_open_at_are_no_active_content() -> None:
    says = b"/OpenAction[3 0 R/Fit]/PageMode/UseOutlines"
    link = b"<</Type/Annot/Subtype/Link/A<</S/URI/URI(https://example.org)>>>>"
    assert inside(hostile.plain_page(says=says, link=link)).active == ()


@pytest.mark.parametrize(
    ("says", "what"),
    [
        (b"/OpenAction" + SCRIPT, active.SCRIPT),
        (b"/OpenAction 5 0 R", active.SCRIPT),
        (b"/AA<</WC 5 0 R>>", active.SCRIPT),
        (b"/Names<</JavaScript<</Names[(a) 5 0 R]>>>>", active.SCRIPT),
        (b"/OpenAction<</S/J#61vaScript/J#53(x)>>", active.SCRIPT),
        (b"/OpenAction<</S/Launch/F(calc.exe)>>", active.PROGRAM),
        (b"/OpenAction<</S/URI/Next[<</S/Launch/F(a)>>]>>", active.PROGRAM),
        (b"/AcroForm<</XFA[(a) 5 0 R]>>", active.FORM),
        (b"/OpenAction<</S/SubmitForm/F(https://example.org)>>", active.FORM),
        (b"/Names<</EmbeddedFiles<</Names[]>>>>", active.FILES),
        (b"/Any<</Type/Filespec/EF<</F 5 0 R>>>>", active.FILES),
        (b"/Any<</Subtype/RichMedia>>", active.FILM),
    ],
)
def test_whatever_acts_is_named(says: bytes, what: str) -> None:
    content = hostile.plain_page(says=says, fifth=SCRIPT)
    assert what in inside(content).active
    assert what in inside(in_object_streams(content)).active


def test_what_nothing_leads_to_is_named_too() -> None:
    content = hostile.plain_page(lost=SCRIPT)
    assert inside(content).active == (active.SCRIPT,)


def test_compressed_pages_hold_no_names_by_chance() -> None:
    drawn = hostile.stream(bytes(zlib.compress(bytes(range(256)) * 4000, 9)))
    assert inside(hostile.plain_page(drawn=drawn)).active == ()


def test_objects_that_go_in_circles_come_to_an_end() -> None:
    says = b"/Any 5 0 R"
    one, two = b"<</Next 6 0 R/Back 5 0 R>>", b"[5 0 R 6 0 R]"
    assert inside(hostile.plain_page(says=says, one=one, two=two)).active == ()


def test_a_file_from_a_stranger_is_looked_into_in_a_process_apart(
    settings: Settings,
) -> None:
    content = hostile.plain_page(says=b"/OpenAction" + SCRIPT)
    assert checking.look_inside(content).active == (active.SCRIPT,)
    assert checking.check(content).active == ()
    assert checking.look_inside(b"GIF89a").verdict is Verdict.NOT_PDF


def test_a_large_scan_is_read_whole() -> None:
    dots = random.Random(1).randbytes(15 * 1024**2)
    drawn = b"<</Length %d>>stream\n%s\nendstream" % (len(dots), dots)
    found = checking.look_inside(hostile.plain_page(drawn=drawn))
    assert (found.verdict, found.active) == (Verdict.UNSEALED, ())


def test_what_exhausts_the_reader_is_too_complex() -> None:
    content = hostile.EXHAUSTING["nests deeply"]()
    assert checking.look_inside(content).verdict is Verdict.TOO_COMPLEX
