"""The tool for files is killed in each step, and forced to spill: no name is left.

HOMEROOM_SEED moves the moments within their steps.
"""

import csv
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.prove.dying import SECONDS, Ground, ended, moment_in, wait_for, watched
from tests.support import canaries

pytestmark = pytest.mark.prove

SEED = int(os.environ.get("HOMEROOM_SEED", "20211"))
# What a step is said to do once it is done, as the tool says it.
TOLD = (
    "rows read",
    "rows made comparable",
    "pairs to compare at most",
    "pairs to compare",
    "pairs compared",
    "pairs weighed",
    "pairs left",
)
SPILLING = "40MB"


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files in which every third surname is planted."""
    folder, chance = tmp_path_factory.mktemp("sides"), random.Random(SEED)
    people = [
        (
            chance.choice(("Ana", "Ben", "Cora", "Dan")) + chance.choice("aeiou"),
            chance.choice(canaries.SURNAMES) + chance.choice("aeiou") * (i % 40)
            if i % 3 == 0
            else "".join(chance.choices("abcdefghijklmnoprstu", k=8)),
            f"{chance.randint(2005, 2015)}-{chance.randint(1, 12):02}"
            f"-{chance.randint(1, 28):02}",
        )
        for i in range(24_000)
    ]
    paths = folder / "left.csv", folder / "right.csv"
    for path, some in zip(paths, (people[:9_000], people[3_000:]), strict=True):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "first_name", "last_name", "birth_date"))
            writer.writerows((i, *each) for i, each in enumerate(some))
    return paths


def linking(
    ground: Ground, sides: tuple[Path, Path], **options: str
) -> "subprocess.Popen[bytes]":
    """Return the tool at work; options: what DuckDB is told otherwise."""
    left, right = map(str, sides)
    return ground.code(
        "from django.core.management import call_command\n"
        "from indicators.linkage import comparison\n"
        f"comparison.IN_MEMORY_ONLY.update({options!r})\n"
        f"call_command('link', {left!r}, {right!r}, '--out', "
        f"{str(ground.here / 'out')!r})"
    )


@pytest.fixture(scope="module")
def linked_files(
    sides: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> bytes:
    """Return the pairs of both files, linked in peace."""
    ground = Ground(tmp_path_factory.mktemp("in-peace"))
    assert linking(ground, sides).wait(SECONDS) == 0, ground.log.read_text()
    assert ground.traces() == []
    return (ground.here / "out" / "pairs.csv").read_bytes()


@pytest.mark.parametrize("n_told", range(len(TOLD)))
def test_tool_killed_in_a_step_leaves_no_name(
    sides: tuple[Path, Path], linked_files: bytes, tmp_path: Path, n_told: int
) -> None:
    ground = Ground(tmp_path / "killed")
    process = linking(ground, sides)
    said = TOLD[n_told - 1] if n_told else ""
    if said:
        wait_for(process, lambda: said in ground.log.read_text("utf-8"))
    # After the last step it only writes, which is done in no time.
    seconds = {0: 4.0, len(TOLD) - 1: 0.01}.get(n_told, 0.15)
    moment_in(random.Random(SEED + n_told), seconds)
    assert process.poll() is None, "it ended before it could be killed"
    with ended(process):
        assert ground.traces(process) == []
    assert ground.traces() == []
    assert not (ground.here / "out" / "pairs.csv").exists()
    again = linking(ground, sides)
    assert again.wait(SECONDS) == 0, ground.log.read_text()
    assert (ground.here / "out" / "pairs.csv").read_bytes() == linked_files
    assert ground.traces() == []


def test_tool_that_would_spill_is_refused_and_leaves_nothing(
    sides: tuple[Path, Path], tmp_path: Path
) -> None:
    ground = Ground(tmp_path / "spilling")
    process = linking(ground, sides, memory_limit=SPILLING)
    assert watched(ground, process) == set()
    assert process.returncode == 2
    assert "need more memory than linking may have" in ground.log.read_text()
    assert ground.traces() == []


def test_same_run_spills_where_it_is_let(
    sides: tuple[Path, Path], tmp_path: Path
) -> None:
    """The control: with a folder for it, DuckDB does spill under this limit.

    Much of what it writes there is compressed, so that no search of bytes can show it
    to be free of names: what counts is that no such file ever is.
    """
    ground = Ground(tmp_path / "leaking")
    folder = str(ground.temporary)
    process = linking(ground, sides, memory_limit=SPILLING, temp_directory=folder)
    spilled = watched(ground, process)
    print(sorted(spilled))  # noqa: T201 - the figures
    assert spilled


def test_search_finds_a_core_where_one_is_left(tmp_path: Path) -> None:
    """The control: a program that does not forbid it leaves its names in a core."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern.startswith("|") or "/" in pattern:
        pytest.skip(f"this machine keeps cores elsewhere: {pattern}")
    ground = Ground(tmp_path / "core")
    code = "import os, sys; name = sys.stdin.read(); os.abort()"
    subprocess.run(
        ["sh", "-c", f'ulimit -c unlimited; exec "{sys.executable}" -c "{code}"'],
        cwd=ground.here,
        input=canaries.SURNAMES[0].encode(),
        check=False,
    )
    assert ground.traces() != []
