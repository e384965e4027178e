"""One clean agreement of every model, from the first question to its mandate.

Files are set only where an agreement is signed, which takes workers their time: in
`run.py prove`. The line's own tests sign a memorandum of the usual model each time.
"""

from pathlib import Path

import pytest

from agreements.paths import ROUTES, STOPS, route
from agreements.preset_flows import PRESETS
from agreements.queries import mandate_of
from agreements.views.paths import start_of
from tests.support.walking import FOLDER, Toml, Walk, read

pytestmark = pytest.mark.django_db

TABLES = sorted(FOLDER.glob("*.toml"))


def test_every_route_and_every_preset_has_a_table() -> None:
    tables = [read(path) for path in TABLES]
    routes = {table["route"] for table in tables if "route" in table}
    stops = {table["stop"] for table in tables if "stop" in table}
    assert routes == {*ROUTES}
    assert stops == {key for key, stop in STOPS.items() if stop.starts}
    assert {table["preset"] for table in tables} == {*PRESETS} - {"red"}


def walked(table: Toml) -> Walk:
    """Return the walk of a model as far as a clean text that its owners are asked."""
    found = route(table["answers"])
    assert (found.route and found.route.key) == table.get("route")
    asked = start_of(found)
    walk = Walk(table)
    walk.begin(kind=asked.kind, model=asked.model, part=asked.part)
    walk.prepare()
    walk.send()
    return walk


each_model = pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)


@each_model
def test_a_clean_agreement_is_approved_with_just_its_clauses(path: Path) -> None:
    table = read(path)
    walk = walked(table)
    text = walk.agreement.rounds.get().text
    assert [each["key"] for each in text["clauses"]] == table["clauses"]
    *waiting, approved = walk.approve()
    assert {*waiting} <= {"review"}
    assert approved == "approved"


@pytest.mark.prove
@each_model
def test_a_clean_agreement_is_signed_and_gives_its_mandate(path: Path) -> None:
    table = read(path)
    walk = walked(table)
    assert [*walk.approve()][-1] == "approved"
    *waiting, signed = walk.sign()
    assert {*waiting} == {"signing"}
    assert signed == "in_force"
    mandate = mandate_of(walk.agreement)
    assert [*mandate.owners] == sorted(str(walk.sides[e].pk) for e in table["owners"])
    assert [each.key for each in mandate.flows] == sorted(table["flows"])
