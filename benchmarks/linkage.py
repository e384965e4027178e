"""Our link against raw Splink on the same files: seconds, their ratio, and F1.

Raw Splink has the same comparisons and blocking, on columns that are already clean. It
trains u by sampling and m by expectation-maximisation, predicts, and clusters one to
one at .95. Ours cleans the columns, does not train, and holds back what a person should
see; F1 is given for what it accepts and for all of its links at .95.

    python -m benchmarks.linkage [REPEATS]
"""

import logging
import statistics
import sys
import time
import warnings

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on

from indicators.linkage import engine, model, standardise
from tests.support import people

Pairs = set[tuple[str, str]]
CASES = {"3,000 x 300": (300, 3_000), "27,000 x 5,000": (5_000, 27_000)}
ACCEPT = 0.95
TARGET_RATIO = 1.15


def ours(files: people.Files) -> tuple[Pairs, Pairs, float]:
    """Return the accepted links, those at .95, and the seconds it took."""
    started = time.perf_counter()
    links = engine.link(files.housing, files.students)
    seconds = time.perf_counter() - started
    rows = links.pairs.to_pylist()
    likely = [row for row in rows if row["probability"] >= ACCEPT]
    return (
        {_ids(row) for row in likely if row["band"] == "accept"},
        {_ids(row) for row in likely},
        seconds,
    )


def _ids(row: dict[str, str]) -> tuple[str, str]:
    return row["housing_id"], row["student_id"]


def raw_splink(housing: pa.Table, students: pa.Table) -> tuple[Pairs, float]:
    """Return the pairs that plain Splink clusters at .95, and the seconds it took."""
    frames = [standardise.frame(rows, id_column="id") for rows in (housing, students)]
    started = time.perf_counter()
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        api = DuckDBAPI(connection=connection)
        names = ("housing", "students")
        tables = [
            api.register(frame, dataset_display_name=name)
            for name, frame in zip(names, frames, strict=True)
        ]
        settings = model.settings(model.shipped(), present=None)
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


def main(repeats: int) -> None:
    """Print median seconds, their ratio and the F1 scores for each case."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for name, (n_housing, n_students) in CASES.items():
        for kind, dirt in (("hard", people.HARD), ("plain", people.HARD.times(0.4))):
            files = people.files(
                seed=7, n_housing=n_housing, n_students=n_students, dirt=dirt
            )
            mine = [ours(files) for _ in range(repeats)]
            raw = [raw_splink(files.housing, files.students) for _ in range(repeats)]
            mine_seconds = statistics.median(run[-1] for run in mine)
            raw_seconds = statistics.median(run[-1] for run in raw)
            print(
                f"{name} {kind}: ours {mine_seconds:.2f} s, raw {raw_seconds:.2f} s, "
                f"ratio {mine_seconds / raw_seconds:.2f} (target {TARGET_RATIO}); "
                f"F1 accepted {people.scores(mine[0][0], files)[2]:.4f}, "
                f"at .95 {people.scores(mine[0][1], files)[2]:.4f}, "
                f"raw {people.scores(raw[0][0], files)[2]:.4f}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
