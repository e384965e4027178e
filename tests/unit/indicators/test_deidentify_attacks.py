"""Files made of invented towns, attacked by somebody who knows all the children."""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.deidentify import (
    classes,
    guards,
    making,
    plan,
    recoding,
    risk,
    trails,
)
from indicators.deidentify.children import Child
from indicators.deidentify.hierarchies import age_on
from indicators.deidentify.making import Made
from indicators.deidentify.population import Demands
from tests.support import studied
from tests.support.research_attacker import Attacker, Extract, Knowledge

YEARS = ("2021–22", "2022–23", "2023–24")


def known(of: Sequence[Child], **more: Any) -> Knowledge:
    """Return what the attacker knows of these children."""
    return Knowledge(
        homes={child.key: child.home for child in of},
        here=frozenset(child.key for child in of),
        facts={child.key: (child.key, child.home, str(child.born)) for child in of},
        **more,
    )


def sent(file: Made) -> Extract:
    return Extract(
        file.file.content, {row["code"]: row["child"] for row in file.record}
    )


def a_year_on(of: Sequence[Child], *, seed: int) -> list[Child]:
    """Return children a year later: some have left, some moved, some are new."""
    chance = random.Random(seed)
    stay = [
        replace(
            child,
            days_absent=chance.choice((0, 2, 6, 11, 19, 30)),
            school=child.school if chance.random() < 0.8 else "S1",
        )
        for child in of
        if chance.random() < 0.9
    ]
    new = studied.children(len(of) // 5, seed=seed + 1)
    return stay + [replace(child, key=f"{child.key}-{seed}") for child in new]


@settings(deadline=None)
@given(st.integers(60, 250), st.integers(0, 10**6))
def test_nothing_is_found_in_a_single_file(n: int, seed: int) -> None:
    town = studied.children(n, seed=seed)
    try:
        file = studied.made(studied.linked(town), studied.asked())
    except RuleBroken:
        return
    assert Attacker([sent(file)], known(town)).finds() == set()


@pytest.mark.prove
@settings(deadline=None, max_examples=25)
@given(st.integers(200, 400), st.integers(0, 10**6), st.integers(2, 3))
def test_nothing_is_found_in_all_files_together(n: int, seed: int, years: int) -> None:
    town = studied.children(n, seed=seed)
    everybody = {child.key: child for child in town}
    files: list[Made] = []
    for number in range(years):
        try:
            files.append(
                studied.made(
                    studied.linked(town, year=YEARS[number]),
                    studied.asked(),
                    studied.after(*files),
                    name=str(number),
                )
            )
        except RuleBroken:
            break
        here = frozenset(child.key for child in town)
        knows = replace(known([*everybody.values()]), here=here)
        assert Attacker([sent(file) for file in files], knows).finds() == set()
        town = a_year_on(town, seed=seed + number)
        everybody |= {child.key: child for child in town}


@settings(deadline=None)
@given(st.integers(100, 250), st.integers(0, 10**6), st.integers(0, 30))
def test_the_agency_with_its_list_and_published_tables_finds_nothing(
    n: int, seed: int, n_elsewhere: int
) -> None:
    town = studied.children(n, seed=seed, n_places=4)
    of, knows, question = to_the_agency(town, seed=seed, n_elsewhere=n_elsewhere)
    try:
        file = studied.made(of, question)
    except RuleBroken:
        return
    assert Attacker([sent(file)], knows).finds() == set()


def to_the_agency(
    town: Sequence[Child], *, seed: int, n_elsewhere: int
) -> tuple[Any, Knowledge, plan.Asked]:
    """Return what is asked where the recipient lists these children and a few more."""
    of = studied.linked(town)
    more = studied.linked(studied.children(n_elsewhere, seed=seed + 7, n_places=4))
    of = replace(of, listed=(*of.listed, *more.listed))
    counts = Counter(child.place for child in town)
    listed = [
        (row["development"], int(age_on(row["birth_date"], studied.LAST_DAY)))
        for row in of.listed
    ]
    knows = known(
        town,
        published={("development", place): n for place, n in counts.items()},
        listed=listed,
    )
    question = studied.asked(
        elements=frozenset(
            {"record.code", "tenant.development", "attendance.chronic_absence"}
        ),
        published={"building": counts},
        holds_list=True,
    )
    return of, knows, question


# What happens where a part of the engine is left out: the attacker must say so.


def _without(demands: Demands, name: str) -> Demands:
    """Return demands of which one asks for nothing."""
    least = {"k": 2, "households": 1, "holders": 1}
    return replace(demands, **{name: least[name]})


def _weaker(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    def patch(at: pytest.MonkeyPatch) -> None:
        whole = classes.sound

        def sound(*args: Any, demands: Demands, **kwargs: Any) -> Any:
            return whole(*args, demands=_without(demands, name), **kwargs)

        at.setattr(recoding, "sound", sound)
        at.setattr(guards, "sound", sound)

    return patch


def _no_outcomes(at: pytest.MonkeyPatch) -> None:
    whole = classes.sound

    def sound(*args: Any, outcomes: Any, **kwargs: Any) -> Any:
        return whole(*args, outcomes=[], **kwargs)

    at.setattr(recoding, "sound", sound)
    at.setattr(guards, "sound", sound)


def _in_order(at: pytest.MonkeyPatch) -> None:
    def order(n_rows: int, **kwargs: Any) -> Sequence[int]:
        return range(n_rows)

    at.setattr("indicators.deidentify.extract.in_random_order", order)


def _derived(at: pytest.MonkeyPatch) -> None:
    def codes(children: Any, *args: Any, **kwargs: Any) -> dict[str, str]:
        return {
            child: hashlib.sha256(child.encode()).hexdigest()[:12] for child in children
        }

    at.setattr(making, "with_codes", codes)


def _counted_up(at: pytest.MonkeyPatch) -> None:
    def codes(children: Any, *args: Any, **kwargs: Any) -> dict[str, str]:
        return {child: f"{n:012}" for n, child in enumerate(children)}

    at.setattr(making, "with_codes", codes)


def _forgotten(at: pytest.MonkeyPatch) -> None:
    whole = trails.trails

    def nothing_before(homes: Any, earlier: Any) -> Any:
        return whole(homes, ())

    at.setattr(making, "trails", nothing_before)


def _no_leavers(at: pytest.MonkeyPatch) -> None:
    at.setattr(guards, "_leavers", lambda *args: iter(()))


def _no_remainders(at: pytest.MonkeyPatch) -> None:
    at.setattr(guards, "_remainders", lambda *args: iter(()))


def _no_lists(at: pytest.MonkeyPatch) -> None:
    at.setattr(guards, "_lists", lambda *args: iter(()))


def _no_stars(at: pytest.MonkeyPatch) -> None:
    """Print values that were to be left out."""

    def printed(population: Any, found: Any) -> Any:
        return whole(population, replace(found, starred=found.starred & False))

    whole = risk.printed
    at.setattr(risk, "printed", printed)


DEFECTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], set[str]]] = {
    "a class of two": (_weaker("k"), {"class"}),
    "no households": (_weaker("households"), {"households"}),
    "one home may differ": (_weaker("holders"), {"outcome"}),
    "no outcomes": (_no_outcomes, {"outcome"}),
    "rows in order": (_in_order, {"order"}),
    "codes made from the number": (_derived, {"code"}),
    "codes counted up": (_counted_up, {"code"}),
    "values not left out": (_no_stars, {"class"}),
    "earlier files forgotten": (_forgotten, {"trail class"}),
    "who left forgotten": (_no_leavers, {"trail class"}),
    "remainders forgotten": (_no_remainders, {"remainder"}),
    "the agency's list forgotten": (_no_lists, {"everybody"}),
}
OVER_TIME = {"earlier files forgotten", "who left forgotten"}
OF_THE_AGENCY = {"the agency's list forgotten"}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_caught(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patch, wanted = DEFECTS[defect]
    patch(monkeypatch)
    found: set[str] = set()
    for seed in range(40):
        found |= _attacked(defect, seed)
        if wanted <= found:
            return
    assert wanted <= found


def _attacked(defect: str, seed: int) -> set[str]:
    """Return what is found in one town's files."""
    town = studied.children(250, seed=seed)
    if defect in OF_THE_AGENCY:
        of, knows, question = to_the_agency(town, seed=seed, n_elsewhere=0)
        return Attacker([sent(studied.made(of, question))], knows).finds()
    if defect in ("no households", "one home may differ"):
        # Large families, in which one home is most of a class.
        town = [replace(c, home=f"H{n // 9}") for n, c in enumerate(_by_place(town))]
    first = studied.made(studied.linked(town), studied.asked())
    if defect not in OVER_TIME:
        return Attacker([sent(first)], known(town)).finds()
    later = a_year_on(town, seed=seed)
    second = studied.made(
        studied.linked(later, year=YEARS[1]),
        studied.asked(),
        studied.after(first),
        name="2",
    )
    everybody = {child.key: child for child in (*town, *later)}
    knows = replace(
        known([*everybody.values()]), here=frozenset(child.key for child in later)
    )
    return Attacker([sent(first), sent(second)], knows).finds()


def _by_place(town: Sequence[Child]) -> list[Child]:
    return sorted(
        town, key=lambda child: (child.school, child.said["sex"], child.said["race"])
    )


def test_without_a_defect_the_same_towns_give_nothing_away() -> None:
    for seed in range(3):
        for defect in ("rows in order", *OVER_TIME, *OF_THE_AGENCY, "no households"):
            assert _attacked(defect, seed) == set()
