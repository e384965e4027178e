"""The audit catches an engine that forgets something, each way it can be forgotten."""

import pytest

from indicators.disclosure import coding, rates, suppression
from indicators.disclosure.audit import Kind
from indicators.disclosure.examination import examine
from indicators.disclosure.relations import lines
from indicators.disclosure.table import Band
from tests.support import made_releases as made
from tests.unit.indicators.test_disclosure_release import TWO, audit, published, town


class Forgotten(Exception):
    """The audit found what the engine forgot."""


@pytest.fixture
def first_audit_alone(monkeypatch):
    """Let the first finding of the audit end the work, before it is answered."""

    def strictly(*args, **how):
        found = examine(*args, **how)
        if found.breaches:
            raise Forgotten
        return found

    monkeypatch.setattr("indicators.disclosure.release.examine", strictly)


def is_caught(seeds):
    """Return whether a release of one of the seeds is caught."""
    for seed in seeds:
        try:
            published(made.release({"2022": town(seed)}, tables=TWO))
        except Forgotten:
            return True
    return False


def bound_across_lines():
    """Return a release in which several lines together tell a small group."""
    rows = made.children(600, buildings=8, schools=4, seed=22)
    tables = (("building", "band", "sex"), ("building", "race"))
    return made.release({"2022": rows}, tables=tables, indicators=())


@pytest.mark.usefixtures("first_audit_alone")
def test_an_engine_that_forgets_nothing_is_not_caught():
    assert not is_caught(range(4))
    assert published(bound_across_lines())


@pytest.mark.usefixtures("first_audit_alone")
@pytest.mark.parametrize("dimension", [1, 4, 5])
def test_a_forgotten_relation_is_caught(monkeypatch, dimension):
    def forgetful(frame, vectors):
        return tuple(
            line
            for line in lines(frame, vectors)
            if line.parent[dimension] == line.parts[0][dimension]
        )

    monkeypatch.setattr("indicators.disclosure.linked.lines", forgetful)
    assert is_caught(range(12))


@pytest.mark.usefixtures("first_audit_alone")
def test_secondary_suppression_forgotten_is_caught(monkeypatch):
    monkeypatch.setattr(suppression._Suppression, "_hide", lambda self, moves: None)
    monkeypatch.setattr(
        suppression._Suppression,
        "_cover",
        lambda self, number, known: self.given_up.add(number),
    )
    assert is_caught(range(4))


@pytest.mark.usefixtures("first_audit_alone")
def test_a_clean_up_that_does_not_check_is_caught(monkeypatch):
    monkeypatch.setattr(
        suppression._Suppression, "_again", lambda self, places, *, rest: {}
    )
    monkeypatch.setattr(
        suppression._Suppression, "_is_needed", lambda self, place, rest: False
    )
    with pytest.raises(Forgotten):
        published(bound_across_lines())


@pytest.mark.usefixtures("first_audit_alone")
def test_a_clean_up_that_looks_along_lines_alone_is_caught(monkeypatch):
    """Numbers can be bound by more than the last open place of a line."""
    monkeypatch.setattr(
        suppression._Suppression, "_again", lambda self, places, *, rest: {}
    )
    with pytest.raises(Forgotten):
        published(bound_across_lines())


@pytest.mark.usefixtures("first_audit_alone")
def test_the_remainder_rule_forgotten_is_caught(monkeypatch):
    monkeypatch.setattr(
        suppression._Suppression, "_short", lambda self, families, known: []
    )
    assert is_caught(range(12))


@pytest.mark.usefixtures("first_audit_alone")
def test_a_band_edge_forgotten_is_caught(monkeypatch):
    def exact(numerator, denominator, *, n):
        percent = (200 * numerator + n) // (2 * n)
        return Band(percent, percent)

    monkeypatch.setattr(coding, "code", exact)
    monkeypatch.setattr(rates._Coding, "settle", lambda self, progress: None)
    assert is_caught(range(2))


@pytest.mark.usefixtures("first_audit_alone")
def test_bands_taken_one_by_one_are_caught(monkeypatch):
    monkeypatch.setattr(rates._Coding, "settle", lambda self, progress: None)
    assert is_caught(range(40))


def test_a_table_forgotten_is_caught():
    """Each table is protected alone: side by side they give numbers away."""
    is_found = False
    for seed in range(12):
        rows = town(seed, 200)
        apart = [published(made.release({"2022": rows}, tables=[t])) for t in TWO]
        if None not in apart:
            both = apart[0] | {"cells": [c for one in apart for c in one["cells"]]}
            is_found |= bool(audit(both))
    assert is_found


def test_an_earlier_release_forgotten_is_caught():
    """Two patterns, each safe alone, for the same table."""
    rows = town(1, 200)
    one = published(made.release({"2022": rows}, tables=TWO))
    other = made.release({"2022": rows}, tables=TWO)
    shown = [c for c, p in zip(other["cells"], one["cells"], strict=True) if p["n"]]
    for cell in shown:
        cell["weight"] = 0.01
    other = published(other)
    assert {c["n"] is None for c in other["cells"]} == {True, False}

    assert one["cells"] != other["cells"]
    assert audit(other, one)


def test_a_public_figure_forgotten_is_caught():
    rows = town(1, 200)
    known = [
        made.figure(rows, year="2022", building=name)
        for name in sorted({row["building"] for row in rows})
    ]
    record = published(made.release({"2022": rows}, tables=TWO))
    hidden = [c for c in record["cells"] if c["n"] is None and c["band"]]
    assert hidden

    told = {c["building"] for c in hidden}
    bare = [c for c in record["cells"] if c["building"] in told and not c["band"]]
    assert bare
    parts = made.release({"2022": rows}, tables=TWO)
    truth = {tuple(c[d] for d in made.DIMS): c["n"] for c in parts["cells"]}
    first = hidden[0]
    for cell in record["cells"]:
        if cell["building"] == first["building"] and cell["band"]:
            cell["n"] = truth[tuple(cell[d] for d in made.DIMS)]
    first["n"] = None
    assert audit(record | {"known": known})


def test_a_numerator_that_is_printed_is_caught():
    record = published(made.release({"2022": town(1)}, tables=TWO))
    record["cells"][0]["x"] = {"absent": 5}

    assert audit(record)


def test_a_rate_of_a_suppressed_group_is_caught_however_wide():
    """A whole percent alone tells the group's size, and any rate is of a few."""
    record = published(made.release({"2022": town(0)}, tables=TWO))
    hidden = next(cell for cell in record["cells"] if cell["n"] is None)
    assert not audit(record)
    for text in ("20", "≤49", "20–79"):
        hidden["rate"] = dict.fromkeys(record["indicators"], text)
        assert Kind.OF_HIDDEN in {breach.kind for breach in audit(record)}
