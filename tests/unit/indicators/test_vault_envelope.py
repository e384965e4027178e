"""Any chunking of any bytes comes back; anything else than what was sealed does not."""

from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.vault.envelope import (
    CHUNK_BYTES,
    Sealer,
    Tampered,
    new_key,
    open_stream,
    seal_stream,
)

KEY = new_key()
SEALED_CHUNK = CHUNK_BYTES + 16
HEADER = 11
lengths = st.one_of(
    st.integers(0, 300),
    st.sampled_from([CHUNK_BYTES * n + d for n in (1, 2) for d in (-1, 0, 1)]),
)


def sealed(data: bytes, *, name: str = "blob", key: bytes = KEY) -> bytes:
    return b"".join(seal_stream([data], key=key, name=name))


def opened(blob: bytes, *, name: str = "blob", key: bytes = KEY) -> bytes:
    return b"".join(open_stream(BytesIO(blob), key=key, name=name))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), length=lengths)
def test_any_chunking_of_any_bytes_comes_back(data: st.DataObject, length: int) -> None:
    plain = data.draw(st.randoms(use_true_random=False)).randbytes(length)
    cuts = sorted(data.draw(st.lists(st.integers(0, length), max_size=5)))
    edges = [0, *cuts, length]
    sealer = Sealer(KEY, name="blob")
    parts = [sealer.update(plain[a:b]) for a, b in pairwise(edges)]
    blob = b"".join(parts) + sealer.finalize()
    assert opened(blob) == plain


@settings(max_examples=80, deadline=None)
@given(data=st.data(), length=lengths)
def test_any_single_bit_change_is_detected(data: st.DataObject, length: int) -> None:
    blob = bytearray(sealed(b"x" * length))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Tampered):
        opened(bytes(blob))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), length=lengths)
def test_any_truncation_is_detected(data: st.DataObject, length: int) -> None:
    blob = sealed(b"x" * length)
    end = data.draw(
        st.one_of(
            st.integers(0, len(blob) - 1),
            st.sampled_from(range(HEADER, len(blob), SEALED_CHUNK)),
        )
    )
    with pytest.raises(Tampered):
        opened(blob[:end])


def test_appended_bytes_are_detected() -> None:
    with pytest.raises(Tampered):
        opened(sealed(b"x" * CHUNK_BYTES) + b"x")


def test_swapped_chunks_are_detected() -> None:
    blob = sealed(b"a" * CHUNK_BYTES + b"b" * CHUNK_BYTES + b"c")
    header, first = blob[:HEADER], blob[HEADER : HEADER + SEALED_CHUNK]
    second = blob[HEADER + SEALED_CHUNK : HEADER + 2 * SEALED_CHUNK]
    rest = blob[HEADER + 2 * SEALED_CHUNK :]
    with pytest.raises(Tampered):
        opened(header + second + first + rest)


def test_a_chunk_of_another_stream_under_the_same_key_is_detected() -> None:
    ours, theirs = sealed(b"a" * 100), sealed(b"b" * 100)
    with pytest.raises(Tampered):
        opened(ours[:HEADER] + theirs[HEADER:])


def test_a_blob_under_another_name_does_not_open() -> None:
    with pytest.raises(Tampered):
        opened(sealed(b"rows", name="one"), name="two")


def test_a_blob_under_another_key_does_not_open() -> None:
    with pytest.raises(Tampered):
        opened(sealed(b"rows"), key=new_key())


def test_a_stream_is_sealed_while_it_arrives() -> None:
    sealer = Sealer(KEY, name="blob")
    n_early = len(sealer.update(b"x" * (3 * CHUNK_BYTES)))
    assert n_early == HEADER + 2 * SEALED_CHUNK


def test_the_same_bytes_are_never_sealed_alike() -> None:
    assert sealed(b"rows") != sealed(b"rows")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short", name="blob")
