"""Row-sets as bytes: what a holding contains before it is sealed (pure)."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_AT_A_TIME = 250_000

Frames = dict[str, pa.Table]


def pack(frames: Mapping[str, pa.Table]) -> Iterator[bytes]:
    """Yield named row-sets as one archive of Parquet files, which is never whole."""
    outflow = _Outflow()
    with zipfile.ZipFile(outflow, "w", zipfile.ZIP_STORED) as parts:
        for name, frame in sorted(frames.items()):
            with parts.open(name, "w", force_zip64=True) as part:
                with pq.ParquetWriter(part, frame.schema, compression="zstd") as rows:
                    for start in range(0, frame.num_rows, ROWS_AT_A_TIME):
                        rows.write_table(frame.slice(start, ROWS_AT_A_TIME))
                        yield from outflow.taken()
                yield from outflow.taken()
    yield from outflow.taken()


class _Outflow(io.RawIOBase):
    """A file that is taken away while it is written."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def taken(self) -> list[bytes]:
        """Return what was written since the last time."""
        taken, self._waiting = self._waiting, []
        return taken


def unpack(content: bytes) -> Frames:
    """Return the row-sets that `pack` wrote, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return {
            name: pq.read_table(io.BytesIO(parts.read(name)))
            for name in parts.namelist()
        }
