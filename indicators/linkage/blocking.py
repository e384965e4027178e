"""Which pairs are compared: rules under which two records are worth a look.

Each rule gives a record one key or several; records that share a key of the same rule
are a candidate pair. A key is a 64-bit hash, so that all rules are one join of
integers. Conditions are SQL on the columns of `standardise.frame`.
"""

from collections.abc import Set
from dataclasses import dataclass

# A key that so many pairs share, such as the address of a shelter, tells nobody apart.
MOST_PAIRS_OF_A_KEY = 250_000
# Beyond this many, the least telling rules are left out, and the run says so.
MOST_PAIRS = 10_000_000
# Broad rules are for files of which so many pairs could be made, and may give so many
# for each record of both files.
MOST_FOR_BROAD = 2_000_000_000
MOST_BROAD_PAIRS = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of finding pairs.

    key: expressions over one record that must agree; other_key: those over a record of
    the right side, where they differ. each: a list column of which each item gives a
    key, as `item`. needs: the columns that must have values on both sides. where and
    other_where: which records of the left and of the right side it is for. is_broad:
    only for files so small, or values so rare, that it gives few pairs.
    """

    name: str
    key: tuple[str, ...]
    needs: tuple[str, ...]
    other_key: tuple[str, ...] = ()
    each: str = ""
    where: str = "true"
    other_where: str = "true"
    is_broad: bool = False


def _equal(name: str, *columns: str, is_broad: bool = False) -> Rule:
    return Rule(name, columns, columns, is_broad=is_broad)


def _undated(
    name: str,
    *key: str,
    needs: tuple[str, ...] = (),
    other_key: tuple[str, ...] = (),
) -> tuple[Rule, Rule]:
    """Return the rule for pairs of which at least one record has no year of birth."""
    none, some = "birth_year is null", "birth_year is not null"
    return (
        Rule(name, key, needs or key, other_key, where=none),
        Rule(name, key, needs or key, other_key, where=some, other_where=none),
    )


_SWAPPED = ("first", "last")
_STARTS = ("first_prefix", "left(last, 3)")
_NUMBER = "nullif(regexp_extract(street, '^[0-9]+'), '')"

# The most telling first: where there are too many pairs, those at the end go.
RULES = (
    _equal("e-mail", "email"),
    _equal("telephone", "phone"),
    Rule(
        "surname part, birth date",
        ("birth_date", "item"),
        ("birth_date", "last"),
        each="last_parts",
    ),
    Rule(
        "first name or nickname, birth date",
        ("birth_date", "item"),
        ("birth_date", "first"),
        each="first_roots",
    ),
    Rule(
        "names swapped, birth date",
        ("birth_date", "first"),
        ("birth_date", "first", "last"),
        other_key=("birth_date", "last"),
    ),
    _equal("first name, surname, birth year", "first", "last_part", "birth_year"),
    _equal(
        "starts of names, birth month and day",
        *("first_prefix", "last_prefix", "birth_month", "birth_day"),
    ),
    _equal("address, start of first name", "street", "first_prefix"),
    _equal("address, birth year", "street", "birth_year"),
    _equal(
        "sound of surname, start of first name, birth year",
        *("last_sound", "first_prefix", "birth_year"),
    ),
    _equal("start of first name, birth date", "first_prefix", "birth_date"),
    _equal("sound of surname, birth date", "last_sound", "birth_date"),
    _equal("first name, surname, postal code", "first", "last_part", "zip"),
    _equal("address, sound of surname", "street", "last_sound"),
    _equal("birth date, postal code", "birth_date", "zip", is_broad=True),
    _equal("birth date, city", "birth_date", "city", is_broad=True),
    _equal("address, postal code", "street", "zip", is_broad=True),
    _equal("address, city", "street", "city", is_broad=True),
    _equal("sound of surname, city", "last_sound", "city", is_broad=True),
    _equal("start of surname, postal code", "last_prefix", "zip", is_broad=True),
    _equal("start of first name, postal code", "first_prefix", "zip", is_broad=True),
    _equal("first name, city", "first", "city", is_broad=True),
    _equal("birth year, postal code", "birth_year", "zip", is_broad=True),
    _equal("birth year, city", "birth_year", "city", is_broad=True),
    Rule(
        "house number, postal code", (_NUMBER, "zip"), ("street", "zip"), is_broad=True
    ),
    Rule(
        "surname part, birth year",
        ("birth_year", "item"),
        ("birth_year", "last"),
        each="last_parts",
        is_broad=True,
    ),
    _equal("first name, birth year", "first", "birth_year", is_broad=True),
    _equal("names by sound", "first_prefix", "last_sound", is_broad=True),
    _equal("starts of names", "first_prefix", "last_prefix", is_broad=True),
    Rule("names swapped", _STARTS, _SWAPPED, _STARTS[::-1], is_broad=True),
    *_undated("address, surname, no birth date", "street", "last_sound"),
    *_undated("names by sound, no birth date", "first_prefix", "last_sound"),
    *_undated("surname, postal code, no birth date", "last_part", "zip"),
    *_undated("first name, postal code, no birth date", "first", "zip"),
    *_undated("names swapped, no birth date", *_SWAPPED, other_key=_SWAPPED[::-1]),
    *_undated(
        "surname, first letter, no birth date",
        *("last_part", "substr(first, 1, 1)"),
        needs=("last_part", "first"),
    ),
    *_undated("surname, city, no birth date", "last_part", "first_prefix", "city"),
)


def possible(present: Set[str], *, n_pairs: int) -> tuple[Rule, ...]:
    """Return the rules for files in which the columns `present` have values.

    n_pairs: how many pairs could be made of their records.
    """
    return tuple(
        rule
        for rule in RULES
        if present >= set(rule.needs)
        and not (rule.is_broad and n_pairs > MOST_FOR_BROAD)
    )


def keys_sql(rule: Rule, table: str, *, is_left: bool) -> str:
    """Return the SELECT of one rule's keys: columns `key`, `unique_id`."""
    key = rule.key if is_left else rule.other_key or rule.key
    where = rule.where if is_left else rule.other_where
    source = table
    if rule.each:
        source = f"(select *, unnest({rule.each}) as item from {table})"  # noqa: S608
    filled = " and ".join(f"{part} is not null" for part in key)
    return (
        f"select hash({', '.join(key)}) as key, unique_id from {source}"  # noqa: S608
        f" where {filled} and {where}"
    )


def shares_sql(rule: Rule, left: str, right: str) -> str:
    """Return the SELECT of each key that both sides have: `key` and its `n_pairs`."""
    one, other = (
        f"(select key, count(*) as n from ({keys}) group by key)"  # noqa: S608
        for keys in (
            keys_sql(rule, left, is_left=True),
            keys_sql(rule, right, is_left=False),
        )
    )
    return (
        "select key, l.n * r.n as n_pairs"  # noqa: S608
        f" from {one} as l join {other} as r using (key)"
    )


def pairs_sql(rule: Rule, left: str, right: str, *, is_one_file: bool) -> str:
    """Return the SELECT of one rule's pairs, `l` and `r`; some may come twice.

    Keys in the table `crowded` are passed over. Within one file l is below r.
    """
    ordered = "l.unique_id < r.unique_id" if is_one_file else "true"
    return f"""
        select l.unique_id as l, r.unique_id as r
        from ({keys_sql(rule, left, is_left=True)}) as l
        join ({keys_sql(rule, right, is_left=False)}) as r using (key)
        where {ordered} and key not in (from crowded)
    """  # noqa: S608
