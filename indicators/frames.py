"""Row-sets as bytes: what a holding contains before it is sealed (pure)."""

import io
import zipfile
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq


def pack(frames: Mapping[str, pa.Table]) -> bytes:
    """Return named row-sets as one archive of Parquet files, made in memory."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as parts:
        for name, frame in sorted(frames.items()):
            sink = io.BytesIO()
            pq.write_table(frame, sink, compression="zstd")
            parts.writestr(name, sink.getvalue())
    return archive.getvalue()


def unpack(content: bytes) -> dict[str, pa.Table]:
    """Return the row-sets that `pack` wrote, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return {
            name: pq.read_table(io.BytesIO(parts.read(name)))
            for name in parts.namelist()
        }
