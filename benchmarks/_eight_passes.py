"""Eight rules in SQL, one after the other: what linking without probabilities finds.

Each pass takes the pairs that agree as it says and where neither record could be in
another such pair; later passes see only whom earlier ones left. The columns are as
clean as those that the engine compares, with nicknames, parts of surnames and streets.
"""

import duckdb
import pyarrow as pa

from indicators.linkage import standardise

SAME_DATE = "l.birth_date = r.birth_date"
NICKNAME = "list_has_any(l.first_roots, r.first_roots)"
ANY_PART = "list_has_any(l.last_parts, r.last_parts)"
PASSES = (
    f"l.first = r.first and l.last = r.last and {SAME_DATE}",
    f"l.last_part = r.last_part and {SAME_DATE} and {NICKNAME}",
    f"{SAME_DATE} and l.first = r.first and {ANY_PART}",
    f"{SAME_DATE} and l.first = r.last and l.last = r.first",
    "l.first = r.first and l.last = r.last and l.birth_year = r.birth_year"
    " and l.birth_month = r.birth_day and l.birth_day = r.birth_month",
    f"{SAME_DATE} and l.first_prefix = r.first_prefix and l.last_sound = r.last_sound",
    "l.first = r.first and l.last = r.last and l.street = r.street",
    f"{SAME_DATE} and l.street = r.street and l.first_prefix = r.first_prefix",
)
UNAMBIGUOUS = """
    insert into links
    select l, r
    from (
        select
            l.unique_id as l, r.unique_id as r,
            count(*) over (partition by l.unique_id) as n_l,
            count(*) over (partition by r.unique_id) as n_r
        from lefts as l join rights as r on {agree}
        where l.unique_id not in (select l from links)
            and r.unique_id not in (select r from links)
    )
    where n_l = 1 and n_r = 1
"""


def pairs(left: pa.Table, right: pa.Table) -> set[tuple[str, str]]:
    """Return the pairs that the eight passes find, no record in two of them."""
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        for name, rows in (("lefts", left), ("rights", right)):
            connection.register("arrived", standardise.frame(rows))
            connection.execute(f"create table {name} as from arrived")
        connection.execute("create table links (l varchar, r varchar)")
        for agree in PASSES:
            connection.execute(UNAMBIGUOUS.format(agree=agree))
        return set(connection.execute("from links").fetchall())
