"""The linkage model: which pairs are tried, what is compared, how agreement weighs.

Fellegi and Sunter 1969, as Splink computes it. m is the chance that two records of the
same child stand at a level, u the chance that two records of different children do.
Both are shipped in model.json and never learned from a run; a run estimates only how
many of its pairs match.
"""

import hashlib
import json
from collections.abc import Set
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv
from splink import SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule
from splink.comparison_level_library import (
    AbsoluteDateDifferenceLevel,
    ArrayIntersectLevel,
    ColumnsReversedLevel,
    CustomLevel,
    ElseLevel,
    ExactMatchLevel,
    JaroWinklerLevel,
    NullLevel,
)
from splink.comparison_library import CustomComparison

from indicators.linkage import names

PARAMETERS = Path(__file__).with_name("model.json")
POPULATION = Path(__file__).with_name("population.csv")

TERM_FREQUENCY_COLUMNS = ("first", "last")
NOT_SHARED_BY_TWINS = ("first", "middle", "sex")

BLOCKING_KEYS = (
    ("last_part", "birth_date"),
    ("first", "birth_date"),
    ("first", "last_part", "birth_year"),
    ("first_prefix", "last_prefix", "birth_month", "birth_day"),
    ("street", "first_prefix"),
    ("street", "birth_year"),
    ("last_sound", "first_prefix", "birth_year"),
)
SAME_BIRTH_DATE = (
    "l.birth_date = r.birth_date and ("
    "l.first_prefix = r.first_prefix or l.last_sound = r.last_sound or l.first = r.last"
    " or list_has_any(l.first_roots, r.first_roots)"
    " or list_has_any(l.last_parts, r.last_parts))"
)
WITHOUT_BIRTH_DATE = (
    "l.first_prefix = r.first_prefix and l.last_sound = r.last_sound"
    " and (l.birth_date is null or r.birth_date is null)"
)

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
_WITH_UNIT = "street_l = street_r and coalesce(unit_l, '') = coalesce(unit_r, '')"
_GOES_BY_MIDDLE = "first_l = middle_r or first_r = middle_l"
_INITIAL = "substr(middle_l, 1, 1) = substr(middle_r, 1, 1)"


def levels() -> dict[str, dict[str, Any]]:
    """Return each comparison's levels by name, keyed by the column it needs."""
    return {
        "first": {
            "exact": ExactMatchLevel("first", term_frequency_adjustments=True),
            "swapped with last": ColumnsReversedLevel("first", "last", True),
            "nickname": ArrayIntersectLevel("first_roots"),
            "alike .92": JaroWinklerLevel("first", 0.92),
            "goes by middle": CustomLevel(_GOES_BY_MIDDLE),
            "prefix": ExactMatchLevel("first_prefix"),
            "alike .8": JaroWinklerLevel("first", 0.8),
        },
        "last": {
            "exact": ExactMatchLevel("last", term_frequency_adjustments=True),
            "any part": ArrayIntersectLevel("last_parts"),
            "alike .92": JaroWinklerLevel("last", 0.92),
            "alike .85": JaroWinklerLevel("last", 0.85),
        },
        "middle": {
            "exact": ExactMatchLevel("middle"),
            "initial": CustomLevel(_INITIAL),
        },
        "birth_date": {
            "exact": ExactMatchLevel("birth_date"),
            "day and month swapped": CustomLevel(_DAY_AND_MONTH_SWAPPED),
            "two of three parts": CustomLevel(_TWO_OF_THREE_PARTS),
            "within a year": AbsoluteDateDifferenceLevel(
                "birth_date", input_is_string=False, threshold=366, metric="day"
            ),
        },
        "sex": {"exact": ExactMatchLevel("sex")},
        "street": {
            "with unit": CustomLevel(_WITH_UNIT),
            "exact": ExactMatchLevel("street"),
            "alike .95": JaroWinklerLevel("street", 0.95),
            "same ZIP": ExactMatchLevel("zip"),
        },
    }


def settings(*, present: Set[str]) -> SettingsCreator:
    """Return Splink's settings for files in which the columns `present` have values.

    The prior is left at even odds: the weights of a prediction are then the evidence
    alone, in bits, to which the engine adds the prior that it estimates.
    """
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            _comparison(column, named)
            for column, named in levels().items()
            if column in present
        ],
        blocking_rules_to_generate_predictions=[
            *(block_on(*keys) for keys in BLOCKING_KEYS if present >= set(keys)),
            CustomRule(SAME_BIRTH_DATE),
            CustomRule(WITHOUT_BIRTH_DATE),
        ],
        probability_two_random_records_match=0.5,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def _comparison(column: str, named: dict[str, Any]) -> CustomComparison:
    shipped = _parameters()["comparisons"][column]
    chosen: list[Any] = [NullLevel(column)]
    for name, level in (named | {"else": ElseLevel()}).items():
        m, u = shipped[name]
        chosen.append(level.configure(m_probability=m, u_probability=u))
    return CustomComparison(chosen, output_column_name=column)


def version() -> str:
    """Return the version of the shipped model."""
    return str(_parameters()["version"])


def population_weight() -> int:
    """Return how many people the shipped shares count as, beside those of a file."""
    return int(_parameters()["population_weight"])


@cache
def digest() -> str:
    """Return the SHA-256, in hex, of rules, levels, parameters and tables of names."""
    every_column = {column for keys in BLOCKING_KEYS for column in keys} | set(levels())
    whole = settings(present=every_column).create_settings_dict("duckdb")
    decisive = json.dumps([whole, population_weight()]).encode()
    tables = POPULATION.read_bytes() + names.NICKNAMES.read_bytes()
    return hashlib.sha256(decisive + tables).hexdigest()


@cache
def population() -> pa.Table:
    """Return the share of people who bear a name: columns `field`, `name`, `share`."""
    return csv.read_csv(POPULATION)


@cache
def _parameters() -> dict[str, Any]:
    parameters: dict[str, Any] = json.loads(PARAMETERS.read_text(encoding="utf-8"))
    return parameters
