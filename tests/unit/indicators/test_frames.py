"""Row-sets come out of their archive as they went in."""

import datetime as dt
from secrets import token_hex

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import frames

SCHEMA = pa.schema({"name": pa.string(), "born": pa.date32(), "days": pa.int32()})
ROWS = st.fixed_dictionaries(
    {
        "name": st.none() | st.text(max_size=20),
        "born": st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
        "days": st.none() | st.integers(-(2**31), 2**31 - 1),
    }
)
NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1)


@given(st.dictionaries(NAMES, st.lists(ROWS, max_size=5), max_size=3))
def test_what_was_packed_is_unpacked(rows: dict[str, list[dict[str, object]]]) -> None:
    packed = {
        name: pa.Table.from_pylist(some, schema=SCHEMA) for name, some in rows.items()
    }
    assert frames.unpack(b"".join(frames.pack(packed))) == packed


def test_order_of_the_frames_does_not_matter() -> None:
    one, two = (pa.table({"n": [n]}) for n in (1, 2))
    names = {"a": one, "b": two}
    unpacked = frames.unpack(b"".join(frames.pack(dict(reversed(names.items())))))
    assert list(unpacked) == ["a", "b"]


def test_archive_is_yielded_while_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "ROWS_AT_A_TIME", 1_000)
    values = [token_hex(32) for _ in range(20_000)]
    table = pa.table({"name": values})
    pieces = list(frames.pack({"tenants": table}))
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 5
    assert frames.unpack(b"".join(pieces)) == {"tenants": table}
