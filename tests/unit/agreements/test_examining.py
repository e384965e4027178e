"""What a file is that anybody may have made; only what we sealed is ever unchanged."""

import logging
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from agreements import checking, documents, seal
from agreements.examined import Examined, SealedAs, Verdict
from tests.support import hostile
from tests.support.fuzzing import few
from tests.unit.agreements import pages

NUMBER = "MOU-2026-001"


@pytest.fixture(scope="module")
def one_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("seal") / "seal"
    for each in (sealed, foreign):
        each.cache_clear()


@pytest.fixture(autouse=True)
def seal_directory(home: Path, settings: Settings, one_directory: Path) -> None:
    settings.SEAL_DIR = one_directory
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


@cache
def plain() -> bytes:
    return documents.render_executed(pages.evidence(), frozen=b"the signed text")


@cache
def sealed() -> bytes:
    return seal.seal(plain(), reason=SealedAs.EXECUTED.reason(NUMBER))


@cache
def foreign(folder: Path) -> bytes:
    with override_settings(SEAL_DIR=folder):
        return seal.seal(plain(), reason=SealedAs.EXECUTED.reason(NUMBER))


def examine(content: bytes) -> Examined:
    return seal.examine(content, root=checking._root().encode())


# What we sealed


def test_what_was_sealed_is_read_from_under_the_seal() -> None:
    found = examine(sealed())
    assert found.verdict is Verdict.UNCHANGED
    assert found.sealed_as == (SealedAs.EXECUTED, NUMBER)
    assert found.sealed_digest == seal.sha256(sealed())
    assert found.attached == (seal.sha256(b"the signed text"),)
    assert found.sealed_at


@pytest.mark.parametrize("kind", SealedAs)
def test_the_reason_says_kind_and_number(kind: SealedAs) -> None:
    reason = kind.reason("DUA-2026-014")
    found = Examined(verdict=Verdict.UNCHANGED, reason=reason)
    assert found.sealed_as == (kind, "DUA-2026-014")
    other = Examined(verdict=Verdict.UNCHANGED, reason=f"{reason} <b>")
    assert other.sealed_as is None


def test_a_finding_travels_as_text() -> None:
    for found in (examine(sealed()), Examined(verdict=Verdict.EMPTY)):
        assert Examined.from_json(found.to_json()) == found


def test_without_an_authority_nothing_is_ours(settings: Settings, home: Path) -> None:
    content = sealed()
    settings.SEAL_DIR = home / "none"
    assert examine(content).verdict is Verdict.FOREIGN
    assert not (home / "none").exists()


# What somebody changed


@pytest.mark.parametrize(
    ("forge", "verdict"),
    [
        (lambda pdf: pdf + b"\n", Verdict.ADDED),
        (lambda pdf: pdf + b"\n%x\n", Verdict.ADDED),
        (lambda pdf: pdf + pdf, Verdict.ADDED),
        (lambda pdf: pdf + b"/ByteRange [0 1 2]" * 9, Verdict.ADDED),
        (hostile.updated, Verdict.ADDED),
        (hostile.resaved, Verdict.CHANGED),
        (hostile.encrypted, Verdict.CHANGED),
        (hostile.with_seal_of, Verdict.CHANGED),
        (lambda pdf: b"\n" + pdf, Verdict.CHANGED),
        (lambda pdf: pdf[:-1], Verdict.CHANGED),
        (lambda pdf: pdf[: len(pdf) // 2], Verdict.UNREADABLE),
        (lambda pdf: pdf.replace(b"2026\\055001", b"2026\\055002"), Verdict.CHANGED),
    ],
)
def test_what_was_changed_says_how(
    forge: Callable[[bytes], bytes], verdict: Verdict
) -> None:
    assert forge(sealed()) != sealed()
    assert examine(forge(sealed())).verdict is verdict


def test_of_additions_the_sealed_beginning_is_known() -> None:
    found = examine(sealed() + b"more")
    assert (found.verdict, found.n_added) == (Verdict.ADDED, 4)
    assert found.sealed_digest == seal.sha256(sealed())


@few(50)
@given(st.data())
def test_any_one_byte_that_changes_is_never_called_unchanged(
    data: st.DataObject,
) -> None:
    content = bytearray(sealed())
    near_the_seal = st.integers(content.index(b"/Contents <"), len(content) - 1)
    place = data.draw(st.integers(0, len(content) - 1) | near_the_seal)
    content[place] ^= data.draw(st.integers(1, 255))
    assert examine(bytes(content)).verdict is not Verdict.UNCHANGED


@few(25)
@given(st.binary(min_size=1, max_size=400))
def test_bytes_that_are_appended_are_never_called_unchanged(more: bytes) -> None:
    assert examine(sealed() + more).verdict is Verdict.ADDED


# What others made


def test_seals_of_others_are_theirs(tmp_path: Path) -> None:
    other = foreign(tmp_path)
    assert examine(other).verdict is Verdict.FOREIGN
    assert examine(other).sealed_as is None
    changed = other.replace(b"was executed", b"was retired!")
    assert examine(changed).verdict is Verdict.BROKEN
    assert examine(other + b"\n%x\n").verdict is Verdict.BROKEN


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (hostile.empty_field(), Verdict.LOOKS_SIGNED),
        (hostile.scribbled_field(), Verdict.LOOKS_SIGNED),
        (hostile.claimed_seal(b"MOU-2026-001 was executed"), Verdict.LOOKS_SIGNED),
        (hostile.pictured_seal(), Verdict.UNSEALED),
        (hostile.encrypted(hostile.pictured_seal()), Verdict.ENCRYPTED),
        (b"", Verdict.EMPTY),
        (b"%!PS", Verdict.NOT_PDF),
        (b"%PDF-1.7\n" + bytes(5000), Verdict.UNREADABLE),
    ],
)
def test_what_only_looks_signed_is_not_sealed(content: bytes, verdict: Verdict) -> None:
    assert examine(content).verdict is verdict
    assert examine(content).sealed_at is None


def test_a_plain_document_of_ours_is_not_sealed() -> None:
    assert examine(plain()).verdict is Verdict.UNSEALED


# In a process of its own


@pytest.mark.parametrize(
    "name", ["unpacks without end", "nests deeply", "unpacks its table without end"]
)
def test_what_is_made_to_exhaust_is_given_up(name: str) -> None:
    assert checking.check(hostile.EXHAUSTING[name]()).verdict is Verdict.TOO_COMPLEX


@pytest.mark.parametrize("name", ["is many openings", "claims very many seals"])
def test_what_has_no_end_is_not_searched_for_one(name: str) -> None:
    content, began = hostile.EXHAUSTING[name](), time.process_time()
    assert examine(content).verdict is Verdict.UNREADABLE
    assert time.process_time() - began < 5


def test_the_process_gets_the_certificate_and_no_key() -> None:
    sealed()
    assert checking._root().startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in checking._root()
    assert checking.check(sealed()).verdict is Verdict.UNCHANGED
