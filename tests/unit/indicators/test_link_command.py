"""Linking files from the command line, through the command that people type."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from django.core.management import execute_from_command_line

from indicators.linkage import comparison, engine, model
from tests.support import people
from tests.support.linking import ANN, HEADINGS, OTHER, pairs_in, quality_in

RESULTS = {"candidates.parquet", "pairs.parquet", "pairs.csv", "quality.json"}


@pytest.fixture(scope="module")
def small() -> people.Files:
    return people.files(seed=11, n_housing=150, n_students=400, dirt=people.PLAIN)


@pytest.fixture
def sides(small, tmp_path) -> tuple[Path, Path, Path]:
    """Two files of invented children as CSV, and the truth about them."""
    paths = tmp_path / "left.csv", tmp_path / "right.csv", tmp_path / "truth.csv"
    for path, rows in zip(paths, small.sides, strict=False):
        pa_csv.write_csv(rows, path)
    truth = sorted(small.truth)
    pa_csv.write_csv(
        pa.table(
            dict(
                zip(
                    ("left_id", "right_id"),
                    map(list, zip(*truth, strict=True)),
                    strict=True,
                )
            )
        ),
        paths[2],
    )
    return paths


# What it finds


def test_two_files_are_linked_and_measured(link, sides, small):
    left, right, truth = sides
    status, said, told, out = link(left, right, "--truth", truth)
    assert status == 0, told
    assert {path.name for path in out.iterdir()} == RESULTS
    quality = quality_in(out)
    assert quality["counts"]["left"] == len(small.housing)
    assert quality["counts"]["right"] == len(small.students)
    assert quality["counts"]["candidates"] <= quality["counts"]["estimated_candidates"]
    assert quality["model_hash"] == model.shipped().digest
    assert quality["peak_memory_bytes"] > 10**6
    assert {"read", "clean", "block", "compare", "one-to-one"} < set(quality["seconds"])
    assert list(quality["quality"]) == ["0.5", "0.9", "0.95", "link"]
    assert quality["quality"]["0.95"]["f1"] > 0.98
    assert quality["quality"]["0.95"]["precision"] == 1
    for counted in ("link", "review", "reject"):
        rows = [row for row in pairs_in(out) if row["decision"] == counted]
        assert len(rows) == quality["counts"][counted]
    assert f"{quality['counts']['link']:,} pairs linked" in said
    assert "pairs to compare" in told


def test_the_results_agree_with_each_other(link, sides):
    *_, out = link(*sides[:2])
    candidates = pq.read_table(out / "candidates.parquet")
    pairs = pq.read_table(out / "pairs.parquet")
    columns = ["left_id", "right_id", "match_weight", "match_probability", "decision"]
    assert candidates.column_names == pairs.column_names == columns
    assert {tuple(r.values()) for r in pairs.to_pylist()} <= {
        tuple(r.values()) for r in candidates.to_pylist()
    }
    assert [tuple(row.values())[:2] for row in pairs.to_pylist()] == [
        (row["left_id"], row["right_id"]) for row in pairs_in(out)
    ]
    for row in candidates.to_pylist():
        odds = 2 ** row["match_weight"]
        assert row["match_probability"] == pytest.approx(odds / (1 + odds), abs=1e-6)


def test_the_same_files_give_the_same_pairs(link, sides):
    *_, out = link(*sides[:2])
    first = {name: (out / name).read_bytes() for name in RESULTS - {"quality.json"}}
    *_, out = link(*sides[:2])
    assert first == {name: (out / name).read_bytes() for name in first}


@pytest.mark.parametrize("cardinality", ["one-to-one", "one-to-many", "many-to-many"])
def test_no_record_is_linked_more_often_than_it_may(link, write, cardinality):
    twice = "Temperance,Featherstonehaugh,2012-05-17\n"
    left = write("l.csv", HEADINGS + f"1,{twice}2,{twice}")
    right = write("r.csv", HEADINGS + f"a,{twice}b,{twice}c,{twice}")
    status, _, _, out = link(left, right, "--cardinality", cardinality)
    assert status == 0
    pairs = [(row["left_id"], row["right_id"]) for row in pairs_in(out)]
    assert (
        len(pairs)
        == {"one-to-one": 2, "one-to-many": 3, "many-to-many": 6}[cardinality]
    )
    if cardinality != "many-to-many":
        assert len({right for _, right in pairs}) == len(pairs)
    if cardinality == "one-to-one":
        assert len({left for left, _ in pairs}) == len(pairs)


def test_one_file_is_searched_for_people_who_are_in_it_twice(link, write):
    rows = [
        "1,Temperance,Featherstonehaugh,2012-05-17",
        "2,Temperence,Featherstonehaugh,2012-05-17",
        "3,Temperance,Fetherstonehaugh,2012-05-17",
        "4,Ezekiel,Okonkwo,2009-01-30",
    ]
    left = write("l.csv", HEADINGS + "\n".join(rows))
    truth = write("t.csv", "left_id,right_id\n2,1\n3,2\n")
    status, _, told, out = link(left, "--dedupe", "--truth", truth)
    assert status == 0, told
    found = {(row["left_id"], row["right_id"]) for row in pairs_in(out)}
    assert found == {("1", "2"), ("1", "3"), ("2", "3")}
    assert quality_in(out)["truth"]["pairs"] == 3
    assert quality_in(out)["quality"]["0.5"]["f1"] == 1
    *_, out = link(left, "--dedupe", "--cardinality", "one-to-one")
    assert len(pairs_in(out)) == 1


def test_a_trained_model_is_saved_and_links_the_same(link, sides):
    left, right, truth = sides
    status, _, told, out = link(left, right, "--model", "train", "--truth", truth)
    assert status == 0, told
    trained = quality_in(out)
    assert trained["quality"]["0.95"]["f1"] > 0.98
    pairs = pairs_in(out)
    saved = (out / "model.json").rename(out.parent / "saved.json")
    assert model.from_json(saved.read_text()) != model.shipped()
    *_, out = link(left, right, "--model", saved)
    assert pairs_in(out) == pairs
    assert quality_in(out)["model_hash"] == trained["model_hash"]


# What it leaves behind


def manage(
    *arguments: object, command: str = "link", python: str = "-q", **environment: str
) -> subprocess.Popen:
    """Start the command for a person who may end it; a script's `&` lets nobody."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, *python.split(), "manage.py", command, *map(str, arguments)],
        cwd=Path(__file__).parents[3],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_needs_no_database(tmp_path, write):
    home = {"HOMEROOM_HOME": os.fspath(tmp_path / "home")}
    files = write("l.csv", ANN), write("r.csv", OTHER)
    run = manage(*files, "--out", tmp_path / "out", **home)
    said, told = run.communicate(timeout=120)
    assert run.returncode == 0, told
    assert "1 pair linked, 0 for review, 0 rejected, of 1 compared" in said
    assert "           2 rows read\n" in told
    assert "           1 pair to compare\n" in told


def test_the_command_refuses_plainly(write, capsys):
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(
            ["manage.py", "link", os.fspath(write("l.csv", ANN)), "--colour"]
        )
    assert ended.value.code == 2
    said, told = capsys.readouterr()
    assert told.count("\n") == 1
    assert said == ""


def many_times(path: Path, *, n_times: int) -> Path:
    """Return a file of everyone in `path`, again and again under new numbers."""
    heading, *rows = path.read_text().splitlines()
    again = (f'"{turn}-{row[1:]}' for turn in range(n_times) for row in rows)
    larger = path.with_name(f"many_{path.name}")
    larger.write_text("\n".join([heading, *again]))
    return larger


@pytest.mark.parametrize("chosen", ["shipped", "out/model.json"])
def test_no_model_of_an_earlier_run_stands_beside_another_result(
    link, sides, tmp_path, chosen
):
    *_, out = link(*sides[:2], "--model", "train")
    trained = quality_in(out)["model_hash"]
    model_used = tmp_path / chosen if "/" in chosen else chosen
    status, _, told, out = link(*sides[:2], "--model", model_used)
    assert status == 0, told
    assert (out / "model.json").exists() == (quality_in(out)["model_hash"] == trained)
    assert (out / "model.json").exists() == (chosen != "shipped")


def test_an_interrupted_run_leaves_nothing(tmp_path, sides):
    left, right = (many_times(path, n_times=40) for path in sides[:2])
    run = manage(left, right, "--out", tmp_path / "out", "--model", "train")
    for line in run.stderr:
        if "pairs to compare" in line:
            break
    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=120)
    assert run.returncode == 130, told
    assert told.splitlines()[-1] == "Stopped; nothing was written."
    assert "Traceback" not in told
    assert not list((tmp_path / "out").iterdir())


def test_what_libraries_make_of_being_stopped_is_still_a_stop(link, sides, monkeypatch):
    def interrupted(*args: object, **options: object) -> None:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("the query was interrupted")

    monkeypatch.setattr(engine, "link", interrupted)
    status, said, told, out = link(*sides[:2])
    assert (status, said) == (130, "")
    assert told.splitlines()[-1] == "Stopped; nothing was written."
    assert not list(out.iterdir())


@pytest.mark.parametrize("command", ["link", "read", "audit"])
def test_a_command_that_is_stopped_as_it_starts_says_so(tmp_path, write, command):
    there = write("l.csv", ANN)
    out = ("--dedupe", "--out", tmp_path / "out") if command == "link" else ()
    run = manage(there, *out, command=command, python="-X importtime")
    for line in run.stderr:
        if line.endswith(" django\n"):
            break
    run.send_signal(signal.SIGINT)
    said, told = run.communicate(timeout=120)
    assert (run.returncode, said) == (130, "")
    own = [line for line in told.splitlines() if not line.startswith("import time:")]
    assert own == ["Stopped."]
    assert not (tmp_path / "out").exists()


def test_what_does_not_fit_in_memory_is_told_and_leaves_no_name(
    link, sides, monkeypatch, caplog, tmp_path
):
    for name in ("TMPDIR", "HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, os.fspath(tmp_path / name))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    monkeypatch.setitem(comparison.IN_MEMORY_ONLY, "memory_limit", "1MB")
    with caplog.at_level(logging.NOTSET):
        status, said, told, out = link(*sides[:2])
    assert status == 2
    assert "need more memory" in told
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert set(after) - set(before) == {out}
    surname = "featherstone"
    assert surname not in (said + told + caplog.text).lower()
    assert not list(out.iterdir())
