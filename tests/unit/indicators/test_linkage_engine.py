import datetime as dt
import logging
import os
import sys
import traceback
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from accounts.acts import RuleBroken
from benchmarks import _eight_passes
from indicators.linkage import blocking, comparison, engine
from tests.support import people

CANARY = "Zyxwvutsrqon"
STEPS = ["clean", "estimate", "block", "compare", "decide", "one-to-one"]


def pairs_in(links: engine.Links, *bands: str) -> set[tuple[str, str]]:
    return {
        (row["left_id"], row["right_id"])
        for row in links.pairs.to_pylist()
        if row["band"] in bands
    }


def child(row_id: str, first: str, last: str = CANARY, **changes: object) -> dict:
    columns = dict.fromkeys(people.COLUMNS) | {"birth_date": dt.date(2012, 5, 17)}
    return columns | {"id": row_id, "first_name": first, "last_name": last} | changes


def table(*children: dict) -> pa.Table:
    schema = people.files(seed=0, n_housing=1, n_students=1).housing.schema
    return pa.Table.from_pylist(list(children), schema=schema)


def seeds(first: int) -> list[object]:
    """Return three seeds; the gate takes the first."""
    later = [
        pytest.param(first + more, marks=pytest.mark.prove, id=str(first + more))
        for more in (1, 2)
    ]
    return [first, *later]


@pytest.fixture(scope="module")
def small() -> people.Files:
    return people.files(seed=11, n_housing=120, n_students=300)


@pytest.fixture(scope="module")
def links_of_small(small) -> engine.Links:
    return engine.link(*small.sides)


# How well it links


@pytest.mark.parametrize("seed", seeds(1))
@pytest.mark.parametrize(
    ("columns", "least_f1"),
    [(people.COLUMNS, 0.97), (people.NAMES_AND_DATES, 0.94)],
    ids=["with addresses", "names and dates"],
)
def test_links_survive_dirt_that_defeats_exact_matching(
    seed, columns, least_f1, capsys, record_property
):
    files = people.files(seed=seed, n_housing=1000, n_students=3000)
    *_, exact_f1 = people.scores(people.exact_pairs(files), files)
    links = engine.link(*files.only(columns).sides)
    precision, recall, f1 = people.scores(pairs_in(links, "accept"), files)
    *_, reviewed_f1 = people.scores(
        pairs_in(links, "accept") | (pairs_in(links, "review") & files.truth), files
    )
    record_property("f1", f1)
    record_property("precision", precision)
    with capsys.disabled():
        sys.stdout.write(
            f"\nseed {seed}, {len(columns)} columns: exact F1 {exact_f1:.3f}; accepted "
            f"F1 {f1:.4f}, precision {precision:.4f}, recall {recall:.4f}; "
            f"{links.n_review} for review, F1 after review {reviewed_f1:.4f}\n"
        )
    assert exact_f1 <= 0.65
    assert f1 >= least_f1
    assert precision >= 0.99


@pytest.mark.parametrize(
    ("dirt", "least_f1", "margin"),
    [(people.PLAIN, 0.99, 0.015), (people.HARD, 0.955, 0.045)],
    ids=["standard", "2.5 times the errors"],
)
def test_likely_links_are_right_and_more_than_eight_passes_find(dirt, least_f1, margin):
    files = people.files(seed=9, n_housing=2500, n_students=9000, dirt=dirt)
    *_, by_rules = people.scores(_eight_passes.pairs(*files.sides), files)
    rows = engine.link(*files.sides).pairs.to_pylist()
    likely = {
        (row["left_id"], row["right_id"]) for row in rows if row["probability"] >= 0.95
    }
    precision, _, f1 = people.scores(likely, files)
    assert precision >= 0.998
    assert f1 >= max(least_f1, by_rules + margin)


def test_a_trained_model_links_no_worse(small, links_of_small):
    trained = engine.link(*small.sides, is_trained=True)
    assert trained.model.digest != links_of_small.model.digest
    found = pairs_in(trained, "accept", "review")
    assert people.scores(found, small)[2] >= 0.98
    again = engine.link(*small.sides, weights=trained.model)
    assert again.pairs.equals(trained.pairs)


def test_values_that_too_many_share_are_passed_over_and_told(monkeypatch, small):
    one_street = pa.array(["1 Main St"] * 400)
    crowded = [
        side.set_column(
            side.column_names.index("address"), "address", one_street[: len(side)]
        )
        for side in small.sides
    ]
    monkeypatch.setattr(blocking, "MOST_PAIRS_OF_A_KEY", 200)
    links = engine.link(*crowded)
    assert any("address" in name for name in links.left_out)
    monkeypatch.setattr(blocking, "MOST_PAIRS", 100)
    assert engine.link(*crowded).n_estimated <= 100


def test_files_without_a_child_in_common_have_no_links():
    files = people.files(seed=4, n_housing=450, n_students=960, share_in_district=0)
    assert engine.link(*files.sides).n_accepted == 0


def test_the_same_files_give_the_same_links(small, links_of_small):
    again = engine.link(*small.sides)
    assert links_of_small.pairs.equals(again.pairs)
    assert links_of_small.model.digest == again.model.digest


def test_the_order_of_rows_does_not_matter(small, links_of_small):
    backwards = [
        side.take(list(range(len(side)))[::-1])
        for side in (small.housing, small.students)
    ]
    assert links_of_small.pairs.equals(engine.link(*backwards).pairs)


@pytest.mark.parametrize("empty", ["housing", "students", "both"])
def test_an_empty_side_has_no_links(small, empty):
    housing = small.housing.slice(0, 0 if empty != "students" else None)
    students = small.students.slice(0, 0 if empty != "housing" else None)
    links = engine.link(housing, students)
    assert (len(links.pairs), links.n_accepted, links.n_candidates) == (0, 0, 0)


def test_a_child_without_birth_date_is_found_by_a_rare_name():
    links = engine.link(
        table(child("h", "Temperance", birth_date=None, middle_name="Ruth")),
        table(
            child("s", "Temperance", middle_name="Ruth"),
            child("t", "Ezekiel", "Featherstonehaugh"),
        ),
    )
    assert pairs_in(links, "accept", "review") == {("h", "s")}


# Twins


def test_twins_in_both_files_are_told_apart():
    both = ("Anna", "Marigold"), ("1", "2")
    links = engine.link(
        table(*(child(f"h{n}", name) for name, n in zip(*both, strict=True))),
        table(*(child(f"s{n}", name) for name, n in zip(*both, strict=True))),
    )
    assert pairs_in(links, "accept") == {("h1", "s1"), ("h2", "s2")}


@pytest.mark.parametrize(
    ("tenant", "students"),
    [
        ("Theodore", ["Marigold"]),
        ("Jayln", ["Jayden", "Jaylen"]),
        ("Jaylen", ["Jayden", "Jaylyn"]),
        ("Baby Girl", ["Anna", "Hannah"]),
    ],
)
def test_a_tenant_is_not_taken_for_a_twin_without_review(tenant, students):
    links = engine.link(
        table(child("h", tenant)),
        table(*(child(f"s{n}", name) for n, name in enumerate(students))),
    )
    assert links.n_accepted == 0
    assert links.n_review == 1


def test_given_names_and_sex_that_disagree_are_reviewed_in_one_household():
    home = {"address": "3050 Jones Ave", "zip": "98134"}
    links = engine.link(
        table(child("h", "Jace", middle_name="Dean", gender="F", **home)),
        table(child("s", "James", middle_name="Terry", gender="M", **home)),
    )
    assert (links.n_accepted, links.n_review) == (0, 1)


def test_two_students_with_the_same_particulars_go_to_review():
    links = engine.link(
        table(child("h", "Temperance")),
        table(child("s", "Temperance"), child("t", "Temperance")),
    )
    assert (links.n_accepted, links.n_review) == (0, 1)


@pytest.mark.parametrize("seed", seeds(15))
def test_no_invented_twin_is_accepted_as_another(seed):
    files = people.files(seed=seed, n_housing=900, n_students=1500)
    accepted = pairs_in(engine.link(*files.sides), "accept")
    assert len(files.twins) > 10
    assert not {pair for pair in accepted - files.truth if pair[0] in files.twins}


# Steps and cancelling


def test_each_step_is_told_once_with_its_count(small):
    told: list[tuple[str, int]] = []
    links = engine.link(*small.sides, on_step=lambda *step: told.append(step))
    assert [step for step, _ in told] == STEPS
    assert dict(told)["clean"] == len(small.housing) + len(small.students)
    assert dict(told)["block"] == links.n_candidates
    assert dict(told)["one-to-one"] == len(links.pairs)
    assert list(links.seconds) == STEPS


class Cancelled(Exception):
    """What a listener raises to end a run."""


@pytest.mark.parametrize("step", STEPS)
def test_a_listener_ends_the_run_by_raising(small, step, monkeypatch):
    opened = []
    connect = duckdb.connect

    def noted(*args, **options):
        opened.append(connect(*args, **options))
        return opened[-1]

    monkeypatch.setattr(duckdb, "connect", noted)

    def listen(told: str, count: int) -> None:
        if told == step:
            raise Cancelled(count)

    with pytest.raises(Cancelled):
        engine.link(*small.sides, on_step=listen)
    if step != "clean":
        with pytest.raises(duckdb.ConnectionException):
            opened[0].execute("select 1")


def test_linking_part_by_part_finds_the_same(small, links_of_small, monkeypatch):
    monkeypatch.setattr(comparison, "PAIRS_AT_A_TIME", links_of_small.n_candidates // 3)
    parts = engine.link(*small.sides)
    assert parts.pairs.equals(links_of_small.pairs)
    assert parts.n_candidates == links_of_small.n_candidates


# What leaks nothing


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> Path:
    """Every directory that the engine could choose by itself, below one folder."""
    for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, os.fspath(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_leaves_no_file(scratch, small):
    tenants = pa.concat_tables([small.housing, table(child("h", "Temperance"))])
    students = pa.concat_tables([small.students, table(child("s", "Temperance"))])
    assert ("h", "s") in pairs_in(engine.link(tenants, students), "accept")
    assert not [path for path in scratch.rglob("*") if path.is_file()]


def test_what_does_not_fit_in_memory_fails_and_spills_nothing(scratch, monkeypatch):
    files = people.files(seed=8, n_housing=2000, n_students=4000)
    monkeypatch.setitem(comparison.IN_MEMORY_ONLY, "memory_limit", "6MB")
    with pytest.raises(engine.TooLarge, match="OutOfMemoryException") as failure:
        engine.link(*files.sides)
    sizes = f"{len(files.housing):,} and {len(files.students):,} rows"
    assert f"too large to be linked here: {sizes}" in failure.value.message
    assert not [path for path in scratch.rglob("*") if path.is_file()]


def test_many_pairs_are_weighed_in_the_memory_of_a_few(monkeypatch):
    """Few names and twelve birthdays: a tenth of all pairs is worth a look."""
    tenants, students = (
        table(
            *(
                child(
                    f"{side}{number}",
                    ("Ana", "Bo", "Cy", "Di")[number % 4],
                    ("Lee", "Oduya")[number % 7 % 2],
                    birth_date=dt.date(2010, 1, 1 + number % 12),
                )
                for number in range(1500)
            )
        )
        for side in "hs"
    )
    monkeypatch.setattr(comparison, "PAIRS_AT_A_TIME", 15_000)
    monkeypatch.setitem(comparison.IN_MEMORY_ONLY, "memory_limit", "48MB")
    links = engine.link(tenants, students)
    assert links.n_candidates > 300_000
    assert len(links.candidates) == links.n_candidates
    pairs = links.candidates.select(["left_id", "right_id"])
    assert len(pairs.group_by(["left_id", "right_id"]).aggregate([])) == len(pairs)


def test_a_failure_of_the_engine_carries_no_value(monkeypatch, caplog):
    quoting = "select first::int from left_file -- {predictions}"
    monkeypatch.setattr(comparison, "_EVIDENCE", quoting)
    tenants = table(child("h", "Temperance"))
    students = table(child("s", "Temperance"))
    with pytest.raises(duckdb.ConversionException, match="temperance"):
        duckdb.sql("select 'temperance'::int").fetchall()
    with caplog.at_level(logging.NOTSET), pytest.raises(RuleBroken) as failure:
        engine.link(tenants, students)
    told = "".join(traceback.format_exception(failure.value)) + repr(failure.value)
    assert "ConversionException" in failure.value.message
    assert failure.value.__context__ is failure.value.__cause__ is None
    assert "temperance" not in (told + caplog.text).lower()


def test_links_show_no_name_and_no_id(links_of_small):
    assert "H000" not in repr(links_of_small)
    assert links_of_small.pairs.column_names == [
        "left_id",
        "right_id",
        "weight",
        "probability",
        "band",
    ]


def test_splink_is_silent_and_its_log_is_left_as_it_was(small, caplog, capfd):
    logger = logging.getLogger("splink")
    logger.setLevel(logging.INFO)
    try:
        with caplog.at_level(logging.DEBUG):
            engine.link(*small.sides)
        assert logger.level == logging.INFO
    finally:
        logger.setLevel(logging.NOTSET)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
