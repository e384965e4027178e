"""The command `link` against raw Splink and eight rules in SQL, on the same files.

Raw Splink has the same comparisons, on columns that are already clean, and the seven
blocking rules of the plan. It trains u by sampling and m by expectation-maximisation,
predicts, and clusters one to one at .95; what it reads, cleans and writes is not
counted. Ours is the whole command but for the start of Python: it reads CSV, cleans,
links one to one and writes. Both run in processes of their own.

    python -m benchmarks.linkage [REPEATS] [CASE ...]
"""

import json
import logging
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import csv
from splink import DuckDBAPI, Linker, block_on

from benchmarks import _eight_passes as eight_passes
from indicators.linkage import model, standardise
from tests.support import people

Pairs = set[tuple[str, str]]
PROJECT = Path(__file__).resolve().parent.parent
SEED = 7
CASES = {
    "3,000 x 300": (300, 3_000, people.PLAIN),
    "27,000 x 5,000": (5_000, 27_000, people.PLAIN),
    "27,000 x 5,000 with 2.5 x the errors": (5_000, 27_000, people.HARD),
    "500,000 x 100,000": (100_000, 500_000, people.PLAIN),
}
ACCEPT = 0.95
SEVEN_RULES = (
    ("last_part", "birth_date"),
    ("first", "birth_date"),
    ("first", "last_part", "birth_year"),
    ("first_prefix", "last_prefix", "birth_month", "birth_day"),
    ("street", "first_prefix"),
    ("street", "birth_year"),
    ("last_sound", "first_prefix", "birth_year"),
)
TARGETS = (
    "Targets: ours at most 1.15 x raw Splink on 27,000 x 5,000 and 500,000 x 100,000, "
    "with 1.5 GB on the larger; shipped at most 0.35 x training on 3,000 x 300, F1 at "
    "most .005 lower; F1 at .95 at least .990, with 2.5 x the errors .955, precision "
    "at least .999, and above the eight passes by .015 and .045."
)


def raw_splink(housing: pa.Table, students: pa.Table) -> tuple[Pairs, float]:
    """Return the pairs that plain Splink clusters at .95, and the seconds it took."""
    frames = [standardise.frame(rows) for rows in (housing, students)]
    started = time.perf_counter()
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        api = DuckDBAPI(connection=connection)
        names = ("housing", "students")
        tables = [
            api.register(frame, dataset_display_name=name)
            for name, frame in zip(names, frames, strict=True)
        ]
        present = {
            name
            for name in frames[0].column_names
            if all(frame[name].null_count < len(frame) for frame in frames)
        }
        settings = model.settings(model.shipped(), present=present)
        settings.blocking_rules_to_generate_predictions = [
            block_on(*keys) for keys in SEVEN_RULES if present >= set(keys)
        ]
        linker = Linker(tables, settings, log_level=None)
        train = linker.training
        train.estimate_probability_two_random_records_match(
            [block_on("first", "last", "birth_date")], recall=0.6
        )
        train.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for keys in (("birth_date",), ("first", "last")):
            train.estimate_parameters_using_expectation_maximisation(block_on(*keys))
        predictions = linker.inference.predict(threshold_match_probability=0.01)
        clusters = linker.clustering.cluster_using_single_best_links(
            predictions,
            duplicate_free_datasets=list(names),
            threshold_match_probability=ACCEPT,
            ties_method="lowest_id",
        ).as_record_list()
    seconds = time.perf_counter() - started
    members: dict[str, dict[str, str]] = {}
    for row in clusters:
        cluster = members.setdefault(row["cluster_id"], {})
        cluster[row["source_dataset"]] = row["unique_id"]
    linked = (cluster for cluster in members.values() if len(cluster) == 2)
    return {(pair["housing"], pair["students"]) for pair in linked}, seconds


def raw_of(folder: Path) -> None:
    """Print what raw Splink makes of the files in a folder."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    files = pickle.loads((folder / "files.pickle").read_bytes())  # noqa: S301 - ours
    pairs, seconds = raw_splink(*files.sides)
    told = {
        "seconds": seconds,
        "f1": people.scores(pairs, files)[2],
        "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(told))


def ours_of(folder: Path, chosen: str) -> dict[str, Any]:
    """Return what `manage.py link` makes of the files in a folder."""
    out = folder / f"out-{chosen}"
    command = [sys.executable, "manage.py", "link", "--model", chosen]
    names = ("students.csv", "housing.csv", "--truth", "truth.csv", "--out", out.name)
    subprocess.run(
        [*command, *(name if name[0] == "-" else str(folder / name) for name in names)],
        cwd=PROJECT,
        env=os.environ | {"HOMEROOM_HOME": os.fspath(folder / "home")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return dict(json.loads((out / "quality.json").read_text()))


def prepare(folder: Path, name: str) -> people.Files:
    """Return invented files, which are written to a folder."""
    n_housing, n_students, dirt = CASES[name]
    files = people.files(
        seed=SEED, n_housing=n_housing, n_students=n_students, dirt=dirt
    )
    csv.write_csv(files.housing, folder / "housing.csv")
    csv.write_csv(files.students, folder / "students.csv")
    housing, students = zip(*sorted(files.truth), strict=True)
    truth = pa.table({"left_id": list(students), "right_id": list(housing)})
    csv.write_csv(truth, folder / "truth.csv")
    (folder / "files.pickle").write_bytes(pickle.dumps(files))
    return files


def compare(folder: Path, name: str, repeats: int) -> None:
    """Print medians, ratios and F1 of one case."""
    files = prepare(folder, name)
    passes = people.scores(eight_passes.pairs(*files.sides), files)[2]
    ours, trained, raw = [], [], []
    for _ in range(repeats):
        ours.append(ours_of(folder, "shipped"))
        trained.append(ours_of(folder, "train"))
        command = [sys.executable, "-m", "benchmarks.linkage", "raw", str(folder)]
        done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, check=True)
        raw.append(json.loads(done.stdout.splitlines()[-1]))
    shipped, learned = (
        statistics.median(run["seconds"]["total"] for run in runs)
        for runs in (ours, trained)
    )
    plain = statistics.median(run["seconds"] for run in raw)
    score, other = (runs[0]["quality"]["0.95"] for runs in (ours, trained))
    print(
        f"{name}\n"
        f"  shipped {shipped:.1f} s, {ours[0]['peak_memory_bytes'] / 1e9:.2f} GB, "
        f"precision {score['precision']:.4f}, F1 {score['f1']:.4f} at .95\n"
        f"  trained {learned:.1f} s, precision {other['precision']:.4f}, "
        f"F1 {other['f1']:.4f}\n"
        f"  raw Splink {plain:.1f} s, {raw[0]['bytes'] / 1e9:.2f} GB, "
        f"F1 {raw[0]['f1']:.4f}; eight passes F1 {passes:.4f}\n"
        f"  shipped / raw {shipped / plain:.2f}, trained / raw {learned / plain:.2f}, "
        f"shipped / trained {shipped / learned:.2f}",
        flush=True,
    )


def main(repeats: int, names: list[str]) -> None:
    """Print the figures of each case beside its yardsticks."""
    print(TARGETS)
    for name in names or list(CASES):
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), name, repeats)


if __name__ == "__main__":
    if sys.argv[1:2] == ["raw"]:
        raw_of(Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, sys.argv[2:])
