"""The linkage model: what is compared and how agreement weighs.

Fellegi and Sunter 1969, as Splink computes it. m is the chance that two records of the
same person stand at a level, u the chance that two records of different people do.
Both are shipped in model.json, or learned by `training` and saved in the same form; a
run otherwise estimates only how many of its pairs match.
"""

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv
from splink import SettingsCreator, block_on
from splink.comparison_level_library import (
    ColumnsReversedLevel,
    CustomLevel,
    ElseLevel,
    ExactMatchLevel,
    JaroWinklerLevel,
    NullLevel,
)
from splink.comparison_library import CustomComparison

from accounts.acts import RuleBroken
from indicators.linkage import blocking, names, standardise

PARAMETERS = Path(__file__).with_name("model.json")
POPULATION = Path(__file__).with_name("population.csv")

TERM_FREQUENCY_COLUMNS = ("first", "last")
NOT_SHARED_BY_TWINS = ("first", "middle", "sex")
PERSONAL = (*NOT_SHARED_BY_TWINS, "birth_date")  # not shared by others of one home

# Splink takes the first level that holds, from the top. The names of the levels are
# those of model.json; conditions are SQL on the columns of `standardise.frame`.
_DAY_AND_MONTH_SWAPPED = (
    "birth_year_l = birth_year_r"
    " and birth_month_l = birth_day_r and birth_day_l = birth_month_r"
)
_TWO_OF_THREE_PARTS = (
    "(birth_year_l = birth_year_r)::int + (birth_month_l = birth_month_r)::int"
    " + (birth_day_l = birth_day_r)::int = 2"
)
_ONLY_YEARS = "(birth_date_l is null or birth_date_r is null)"
_SAME_YEAR = f"{_ONLY_YEARS} and birth_year_l = birth_year_r"
_WITHIN_A_YEAR = (
    "abs(birth_date_l - birth_date_r) <= 366"
    f" or {_ONLY_YEARS} and abs(birth_year_l - birth_year_r) = 1"
)
_HOME = "street_l = street_r and coalesce(unit_l, '') = coalesce(unit_r, '')"
_SHARED_ROOT = "list_has_any(first_roots_l, first_roots_r)"
_SHARED_PART = "list_has_any(last_parts_l, last_parts_r)"
# Two surnames on either side, of which one is shared and the other is not: there, what
# is shared may be common to many. A slip of the pen is left to the levels below.
_ONE_OF_TWO = (
    "len(last_parts_l) > 1 and len(last_parts_r) > 1"
    f" and ({_SHARED_PART} or jaro_winkler_similarity(last_l, last_r) >= 0.85)"
    " and not list_has_all(last_parts_l, last_parts_r)"
    " and not list_has_all(last_parts_r, last_parts_l)"
    " and damerau_levenshtein(last_l, last_r) > 1"
)
_SWAPPED = "first_l = last_r or last_l = first_r"
_GOES_BY_MIDDLE = "first_l = middle_r or first_r = middle_l"
_FIRST_INITIAL = (
    "least(length(first_l), length(first_r)) = 1"
    " and substr(first_l, 1, 1) = substr(first_r, 1, 1)"
)
_INITIAL = "substr(middle_l, 1, 1) = substr(middle_r, 1, 1)"
_NO_PLACE = (
    "coalesce(street_l = street_r, zip_l = zip_r, city_l = city_r, state_l = state_r)"
    " is null"
)
_ALIKE = "jaro_winkler_similarity(street_l, street_r)"
_SAME_CITY = "jaro_winkler_similarity(city_l, city_r) >= 0.9"
_NO_STREET = "(street_l is null or street_r is null)"
_SAME_NAME = "split_part(email_l, '@', 1) = split_part(email_r, '@', 1)"


@cache
def levels() -> Mapping[str, Mapping[str, Any]]:
    """Return each comparison's levels by name; where none has a value, the null level.

    Keyed by comparison. A comparison without `null` needs the column of its own name.
    """
    return {
        "first": {
            "exact": ExactMatchLevel("first", term_frequency_adjustments=True),
            "swapped with last": ColumnsReversedLevel("first", "last", True),
            "nickname": CustomLevel(_SHARED_ROOT),
            "half swapped": CustomLevel(_SWAPPED),
            "alike .92": JaroWinklerLevel("first", 0.92),
            "initial": CustomLevel(_FIRST_INITIAL),
            "goes by middle": CustomLevel(_GOES_BY_MIDDLE),
            "prefix": ExactMatchLevel("first_prefix"),
            "alike .8": JaroWinklerLevel("first", 0.8),
        },
        "last": {
            "exact": ExactMatchLevel("last", term_frequency_adjustments=True),
            "one of two": CustomLevel(_ONE_OF_TWO),
            "any part": CustomLevel(_SHARED_PART),
            "swapped with first": CustomLevel(_SWAPPED),
            "alike .92": JaroWinklerLevel("last", 0.92),
            "alike .85": JaroWinklerLevel("last", 0.85),
        },
        "middle": {
            "exact": ExactMatchLevel("middle"),
            "initial": CustomLevel(_INITIAL),
        },
        "suffix": {"exact": ExactMatchLevel("suffix")},
        "birth_date": {
            "null": NullLevel("birth_year"),
            "exact": ExactMatchLevel("birth_date"),
            "day and month swapped": CustomLevel(_DAY_AND_MONTH_SWAPPED),
            "two of three parts": CustomLevel(_TWO_OF_THREE_PARTS),
            "year alone": CustomLevel(_SAME_YEAR),
            "within a year": CustomLevel(_WITHIN_A_YEAR),
        },
        "sex": {"exact": ExactMatchLevel("sex")},
        "place": {
            "null": CustomLevel(_NO_PLACE).configure(is_null_level=True),
            "home and ZIP": CustomLevel(f"{_HOME} and zip_l = zip_r"),
            "street and ZIP": CustomLevel("street_l = street_r and zip_l = zip_r"),
            "home": CustomLevel(_HOME),
            "street": ExactMatchLevel("street"),
            "street alike and ZIP": CustomLevel(f"zip_l = zip_r and {_ALIKE} >= 0.9"),
            "street alike": CustomLevel(f"{_ALIKE} >= 0.95"),
            "ZIP and city": CustomLevel(f"zip_l = zip_r and {_SAME_CITY}"),
            "ZIP, no street": CustomLevel(f"{_NO_STREET} and zip_l = zip_r"),
            "ZIP": ExactMatchLevel("zip"),
            "city": JaroWinklerLevel("city", 0.92),
        },
        "phone": {"exact": ExactMatchLevel("phone")},
        "email": {
            "exact": ExactMatchLevel("email"),
            "same name": CustomLevel(_SAME_NAME),
            "alike .92": JaroWinklerLevel("email", 0.92),
        },
    }


# Columns that a comparison reads beside the one of its own name: any of them will do.
NEEDS = {
    "birth_date": {"birth_year"},
    "place": {"street", "zip", "city"},
}
ALWAYS = frozenset({"first", "last"})


class ModelBroken(RuleBroken):
    """The model cannot be used; the message says why."""


@dataclass(frozen=True)
class Model:
    """m and u of every level.

    comparisons: by comparison and level, m and u. population_weight: how many people
    the shipped shares of names count as, beside those of the files.
    """

    version: str
    source: str
    population_weight: int
    comparisons: Mapping[str, Mapping[str, tuple[float, float]]] = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256, in hex, of all that decides what a pair weighs.

        That is the standard form of names and addresses, rules, levels, parameters and
        name tables.
        """
        named = {
            comparison: {name: _stated(level) for name, level in each.items()}
            for comparison, each in levels().items()
        }
        rules = [repr(rule) for rule in blocking.RULES]
        standard = standardise.VERSION
        told = [standard, named, self.comparisons, rules, self.population_weight]
        decisive = json.dumps(told).encode()
        return hashlib.sha256(decisive + _tables_digest()).hexdigest()

    def to_json(self) -> str:
        """Return the model as text, for `from_json`."""
        return json.dumps(asdict(self), indent=2) + "\n"


def from_json(text: str) -> Model:
    """Return the model that `to_json` wrote. Raises ModelBroken for anything else."""
    try:
        read = json.loads(text)
        model = Model(
            version=str(read["version"]),
            source=str(read["source"]),
            population_weight=int(read["population_weight"]),
            comparisons={
                comparison: {
                    level: (float(shares[0]), float(shares[1]))
                    for level, shares in named.items()
                }
                for comparison, named in read["comparisons"].items()
            },
        )
        expected = {name: level_names(name) for name in levels()}
        is_whole = {
            name: list(named) for name, named in model.comparisons.items()
        } == expected
    except (
        *(LookupError, ValueError, TypeError, AttributeError),
        *(OverflowError, RecursionError),
    ):
        is_whole = False
    if not is_whole:
        raise ModelBroken(
            "it is not a model that linking saved, or is one of another version"
        )
    shares = [s for named in model.comparisons.values() for s in named.values()]
    if not all(0 < share < 1 for pair in shares for share in pair) or not (
        0 <= model.population_weight <= 10**9
    ):
        raise ModelBroken("a chance in it is not between 0 and 1")
    return model


@cache
def shipped() -> Model:
    """Return the model that ships with Homeroom."""
    return from_json(PARAMETERS.read_text(encoding="utf-8"))


def compared(present: Set[str]) -> tuple[str, ...]:
    """Return the comparisons for files in which the columns `present` have values."""
    return tuple(
        name
        for name in levels()
        if name in ALWAYS or (NEEDS.get(name) or {name}) & present
    )


def settings(model: Model, *, present: Set[str] | None) -> SettingsCreator:
    """Return Splink's settings for files in which the columns `present` have values.

    None stands for all. The prior is left at even odds: the weights of a prediction are
    then the evidence alone, in bits, to which the engine adds the prior that it
    estimates. Pairs come from `blocking`, so the rule here is never used.
    """
    chosen = tuple(levels()) if present is None else compared(present)
    return SettingsCreator(
        link_type="link_only",
        comparisons=[_comparison(name, model.comparisons[name]) for name in chosen],
        blocking_rules_to_generate_predictions=[block_on("unique_id")],
        probability_two_random_records_match=0.5,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def _stated(level: Any) -> dict[str, str]:
    """Return all that a level is made of but m and u, which Splink keeps with it.

    Splink takes long to make the SQL of it.
    """
    return {"": type(level).__name__} | {
        name: str(getattr(value, "raw_sql_expression", value))
        for name, value in vars(level).items()
        if name.lstrip("_") not in ("m_probability", "u_probability")
    }


def level_names(comparison: str) -> list[str]:
    """Return the levels of a comparison from the top, as in `Model.comparisons`."""
    return [*_named(comparison), "else"]


def chances(model: Model, comparison: str) -> npt.NDArray[np.float64]:
    """Return m and u of a comparison, one row per level as Splink numbers them."""
    return np.array(list(model.comparisons[comparison].values())[::-1])


def by_level(
    comparison: str, m: npt.NDArray[np.float64], u: npt.NDArray[np.float64]
) -> Mapping[str, tuple[float, float]]:
    """Return the levels of a model from m and u, in the order of Splink's numbers."""
    shares = zip(level_names(comparison)[::-1], m, u, strict=True)
    told = [(level, (float(each_m), float(each_u))) for level, each_m, each_u in shares]
    return dict(told[::-1])


def _named(comparison: str) -> dict[str, Any]:
    found = levels()[comparison]
    return {name: level for name, level in found.items() if name != "null"}


def _comparison(
    column: str, parameters: Mapping[str, tuple[float, float]]
) -> CustomComparison:
    chosen: list[Any] = [levels()[column].get("null") or NullLevel(column)]
    for name, level in (_named(column) | {"else": ElseLevel()}).items():
        m, u = parameters[name]
        chosen.append(level.configure(m_probability=m, u_probability=u))
    return CustomComparison(chosen, output_column_name=column)


@cache
def population() -> pa.Table:
    """Return the share of people who bear a name: columns `field`, `name`, `share`."""
    return csv.read_csv(POPULATION)


@cache
def _tables_digest() -> bytes:
    tables = POPULATION.read_bytes() + names.NICKNAMES.read_bytes()
    return hashlib.sha256(tables).digest()
