"""What linking two files leaves in a folder: all of it, or nothing."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from accounts.acts import RuleBroken
from indicators.linkfiles.paths import are_one

DECISIONS = {"accept": "link", "review": "review", "reject": "reject"}
CANDIDATES, PAIRS, PAIRS_CSV = "candidates.parquet", "pairs.parquet", "pairs.csv"
QUALITY, MODEL = "quality.json", "model.json"
COLUMNS = ["left_id", "right_id", "match_weight", "match_probability", "decision"]


def named(pairs: pa.Table) -> pa.Table:
    """Return the engine's pairs under the names of the files."""
    bands = pairs["band"].combine_chunks().dictionary_encode()
    words = [DECISIONS[band] for band in bands.dictionary.to_pylist()]
    decision = pa.array(words, pa.string()).take(bands.indices)
    return pairs.set_column(4, "band", decision).rename_columns(COLUMNS)


class Folder:
    """Files to be written, under names of their own until all of them are there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written: dict[str, Path] = {}
        self._removed: list[str] = []

    def parquet(self, name: str, table: pa.Table) -> None:
        """Write a table as Parquet."""
        self._write(name, lambda path: pq.write_table(table, path))

    def csv(self, name: str, table: pa.Table) -> None:
        """Write a table as CSV."""
        self._write(name, lambda path: csv.write_csv(table, path))

    def json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON object."""
        self.text(name, json.dumps(content, indent=2) + "\n")

    def text(self, name: str, content: str) -> None:
        """Write a text in UTF-8."""
        self._write(name, lambda path: Path(path).write_text(content, "utf-8"))

    def remove(self, name: str) -> None:
        """Let no file of an earlier run keep a name that this one does not give."""
        self._removed.append(name)

    def _write(self, name: str, write: Callable[[str], Any]) -> None:
        path = self.path / f".{name}.{os.getpid()}.part"
        self._written[name] = path
        # Who may read ids and decisions is for the owner of the folder to widen.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        write(os.fspath(path))

    def publish(self) -> None:
        """Give every file its name, and remove what is to be removed."""
        for name, path in self._written.items():
            path.replace(self.path / name)
        for name in self._removed:
            (self.path / name).unlink(missing_ok=True)
        self._written.clear()

    def discard(self) -> None:
        """Remove what has no name yet."""
        for path in self._written.values():
            path.unlink(missing_ok=True)


def require_other(path: Path, *, inputs: Mapping[str, Path | None]) -> None:
    """Raise RuleBroken in one sentence where a result would overwrite an input.

    path: the folder for the results. inputs: by what they are called.
    """
    for name, given in inputs.items():
        for result in (CANDIDATES, PAIRS, PAIRS_CSV, QUALITY, MODEL):
            if given and are_one(given, path / result):
                raise RuleBroken(
                    f"--out: {path / result} is {name}, which this would overwrite; "
                    "name another folder."
                )


@contextmanager
def folder(path: Path) -> Iterator[Folder]:
    """Yield a folder whose files appear when the block ends well, and else never.

    Raises RuleBroken in one sentence where it cannot be written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        is_writable = os.access(path, os.W_OK | os.X_OK)
    except OSError:
        is_writable = False
    if not is_writable:
        raise RuleBroken(f"--out: {path} is not a folder that can be written to.")
    files = Folder(path)
    full = False
    try:
        yield files
        files.publish()
    except OSError:
        full = True
    finally:
        files.discard()
    if full:
        raise RuleBroken(f"--out: the results could not be written to {path}.")
