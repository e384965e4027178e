"""Small files about one person, and what the command `link` made of them."""

import csv
import json
from pathlib import Path

HEADINGS = "id,first_name,last_name,birth_date\n"
ANN = HEADINGS + "1,Temperance,Featherstonehaugh,2012-05-17\n"
OTHER = HEADINGS + "a,Temperance,Featherstonhaugh,2012-05-17\n"


def pairs_in(out: Path) -> list[dict[str, str]]:
    with (out / "pairs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def quality_in(out: Path) -> dict:
    return json.loads((out / "quality.json").read_text())
