"""Large releases through the command line: the same file gives the same bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import disclosure

pytestmark = pytest.mark.prove

PROJECT = Path(__file__).resolve().parents[2]


def _command(home: Path, *arguments: str, seed: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=os.environ | {"HOMEROOM_HOME": str(home), "PYTHONHASHSEED": seed},
        stdout=subprocess.DEVNULL,
        check=True,
    )


@pytest.mark.parametrize("name", ["7011", "14766"])
def test_two_processes_hide_the_same_cells(name: str, tmp_path: Path) -> None:
    """Of more than 10,000 groups the witnesses are sought by two threads."""
    counts = tmp_path / "counts.json"
    counts.write_text(
        json.dumps(disclosure.release(disclosure.CASES[name], rules="full"))
    )
    found = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.json"
        _command(tmp_path, "protect", str(counts), "--out", str(out), seed=seed)
        record = json.loads(out.read_text())
        del record["report"]["seconds"]
        found.append(json.dumps(record))
    _command(tmp_path, "audit", str(out), seed="3")

    assert found[0] == found[1]
    assert any(cell["n"] is None for cell in record["cells"])
