"""A seal holds for exactly the bytes it was put on, and for nobody else's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from agreements import documents, identities, seal
from tests.support.fuzzing import few
from tests.unit.agreements import pages


@pytest.fixture(scope="module")
def one_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("seal") / "seal"
    sealed.cache_clear()


@pytest.fixture(autouse=True)
def seal_directory(home: Path, settings: Settings, one_directory: Path) -> Path:
    settings.AGENCY_NAME = "Grand Bend"
    settings.SEAL_DIR = one_directory
    return one_directory


@cache
def document() -> bytes:
    return documents.render_executed(pages.evidence(), frozen=b"the signed text")


@cache
def sealed() -> bytes:
    return seal.seal(document(), reason="Executed MOU-2026-001")


def test_the_digest_is_sha256_in_hexadecimal() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert seal.sha256(b"") == empty


def test_a_sealed_file_verifies() -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    report = seal.verify(sealed())
    assert report
    assert (report.intact, report.covers_whole_file, report.is_ours) == (True,) * 3
    assert report.signer == "Grand Bend document seal"
    assert report.reason == "Executed MOU-2026-001"
    assert report.sealed_at
    assert before < report.sealed_at <= datetime.now(UTC)
    assert report.problem == ""


def test_a_seal_is_a_pades_certification_that_allows_no_changes() -> None:
    with pikepdf.open(BytesIO(sealed())) as file:
        signature = file.Root.AcroForm.Fields[0].V
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert file.Root.Perms.DocMDP.objgen == signature.objgen
        assert signature.Reference[0].TransformParams.P == 1


def test_sealing_appends_and_keeps_document_and_attachment() -> None:
    assert sealed().startswith(document())
    with pikepdf.open(BytesIO(sealed())) as file:
        assert file.Root.MarkInfo.Marked
        (attached,) = file.attachments.values()
        assert attached.get_file().read_bytes() == b"the signed text"


@few(40)
@given(data=st.data())
def test_any_single_bit_change_is_reported(data: st.DataObject) -> None:
    content = bytearray(sealed())
    # Half of the tries fall into the seal itself, which no signature covers.
    contents = content.index(b"/Contents <")
    position = data.draw(
        st.one_of(
            st.integers(0, len(content) - 1),
            st.integers(contents, contents + 2 * 1024),
        )
    )
    content[position] ^= 1 << data.draw(st.integers(0, 7))
    assert not seal.verify(bytes(content))


def test_a_changed_byte_is_called_a_change() -> None:
    content = bytearray(sealed())
    content[len(document()) // 2] ^= 1
    report = seal.verify(bytes(content))
    assert not report.intact


def test_an_addition_after_the_seal_is_reported() -> None:
    report = seal.verify(sealed() + b"\n% one more line\n")
    assert not report.covers_whole_file
    assert report.problem


def test_a_file_without_a_seal_says_so() -> None:
    assert seal.verify(document()).problem == "This file has no seal."


@pytest.mark.parametrize("length", [0, 1, 100, 5000, -1])
def test_a_file_cut_short_is_reported(length: int) -> None:
    assert not seal.verify(sealed()[:length])


@given(st.binary(max_size=200))
def test_garbage_is_reported_and_never_raises(content: bytes) -> None:
    for given_bytes in (content, b"%PDF-1.7\n" + content):
        assert seal.verify(given_bytes).problem


def test_a_seal_of_another_system_is_not_ours(tmp_path: Path) -> None:
    with override_settings(SEAL_DIR=tmp_path):
        foreign = seal.seal(document(), reason="Executed")
    report = seal.verify(foreign)
    assert (report.intact, report.covers_whole_file) == (True, True)
    assert not report.is_ours
    assert report.problem == "The seal was not made by this system."


def test_resealing_a_sealed_file_elsewhere_is_reported(tmp_path: Path) -> None:
    with (
        override_settings(SEAL_DIR=tmp_path),
        pikepdf.open(BytesIO(sealed())) as file,
    ):
        del file.Root.AcroForm, file.Root.Perms, file.pages[0].Annots
        stripped = BytesIO()
        file.save(stripped)
        foreign = seal.seal(stripped.getvalue(), reason="Executed")
    assert not seal.verify(foreign)


def test_keys_are_private_and_made_once(seal_directory: Path) -> None:
    fingerprint = seal.authority_fingerprint()
    sealed()
    assert seal.authority_fingerprint() == fingerprint
    assert seal_directory.stat().st_mode & 0o777 == 0o700
    files = list(seal_directory.iterdir())
    assert {file.name for file in files} == {"authority.pem", "seal.pem"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_certificate_that_ended_is_replaced_and_old_seals_still_hold(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.SEAL_DIR = tmp_path
    monkeypatch.setattr(identities, "_SEAL_LIFE", timedelta(seconds=0))
    seal.seal(document(), reason="Executed")
    ended = (tmp_path / "seal.pem").read_bytes()
    monkeypatch.setattr(identities, "_SEAL_LIFE", timedelta(days=1))
    first = seal.seal(document(), reason="Executed")
    assert (tmp_path / "seal.pem").read_bytes() != ended
    (tmp_path / "seal.pem").unlink()
    second = seal.seal(document(), reason="Executed")
    assert seal.verify(first)
    assert seal.verify(second)


def test_a_change_of_case_in_a_name_is_reported() -> None:
    content = sealed()
    name = seal.verify(content).signer.split()[0]
    written, changed = (
        text.encode().hex().upper().encode() for text in (name, name.swapcase())
    )
    place = content.index(b"/Contents <")
    places = []
    while (place := content.find(written, place + 1)) >= 0:
        places.append(place)
    assert places
    for place in places:
        other = content[:place] + changed + content[place + len(changed) :]
        assert not seal.verify(other)
