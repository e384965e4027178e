"""Splink on a DuckDB that lives and dies in memory: from two files to weighed pairs.

Nothing here writes a file or opens a connection. Results carry numbers only.
"""

from collections.abc import Sequence

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sqlglot.dialects.duckdb  # noqa: F401 - Splink would load it within each run
from splink import DuckDBAPI, Linker

from indicators.linkage import blocking, model, patterns
from indicators.linkage.model import Model

# Without a temporary directory DuckDB refuses what does not fit, where a spill would
# leave readable names on disk. Extensions would come over the network.
IN_MEMORY_ONLY: dict[str, str | bool | int | float | list[str]] = {
    "allow_community_extensions": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
    "memory_limit": "800MB",
    "preserve_insertion_order": False,
    "python_enable_replacements": False,
    "temp_directory": "",
}
# In files of fewer records a second thread costs more than it saves.
FEWEST_FOR_TWO_THREADS = 50_000

# Memory goes to pairs: so many are told apart, and compared, at a time.
PAIRS_AT_A_TIME = 500_000
LEFT, RIGHT = "left_file", "right_file"

# How many bear a name: the shipped share, counted as that of so many people, pooled
# with the others of the right file. A name in no table is as rare as the rarest.
_NAME_FREQUENCIES = """
    create table frequency_{column} as
    with
    listed as (select name, share from population where field = '{column}'),
    seen as (
        select {column} as name, count(*) - 1 as n_others
        from right_file where {column} is not null group by all
    ),
    borne as (
        select {column} as name from left_file
        union select {column} from right_file
    )
    select
        name as {column},
        (
            {weight} * coalesce(share, (select min(share) from listed))
            + coalesce(n_others, 0)
        ) / ({weight} + (select count({column}) from right_file)) as tf_{column}
    from borne left join listed using (name) left join seen using (name)
    where name is not null
"""

_EVIDENCE = """
    select
        left_file.unique_id as "left",
        right_file.unique_id as "right",
        round(match_weight, 6) as bits,
        ({own_bits})::double as own_bits,
        ({personal_bits})::double as personal_bits,
        coalesce(
            left_file.first = right_file.last and left_file.last = right_file.first
            or list_has_any(left_file.first_roots, right_file.first_roots)
            and coalesce(left_file.middle[1] = right_file.middle[1], true),
            false
        ) as is_first_sure,
        coalesce(left_file.birth_date = right_file.birth_date, false) as is_same_birth,
        is_same_birth and coalesce(
            list_has_any(left_file.last_parts, right_file.last_parts)
            or left_file.last = right_file.first
            or left_file.first = right_file.last
            or jaro_winkler_similarity(left_file.last, right_file.last) >= 0.85,
            false
        ) as is_twin_like,
        is_same_birth and coalesce(
            left_file.first = right_file.first and left_file.last = right_file.last,
            false
        ) as is_exact
    from {predictions} as predictions
    join left_file on predictions.unique_id_l = left_file.unique_id
    join right_file on predictions.unique_id_r = right_file.unique_id
"""

_MEETING = """
    select
        (select count(birth_year) from left_file)::double
            * (select count(birth_year) from right_file),
        (
            select coalesce(sum(one.n * two.n), 0)
            from (select birth_year, count(*) as n from left_file group by all) as one
            join (select birth_year, count(*) as n from right_file group by all) as two
                using (birth_year)
        )
"""

FEWEST_AT_HOME = 0.01
_AT_HOME = """
    select coalesce(sum(n) filter (n_names > 1 and n_years <> 1), 0)
        / greatest(sum(n), 1)
    from (
        select
            count(*) as n,
            count(distinct first_prefix) as n_names,
            count(distinct birth_year) as n_years
        from {file} where last is not null and {place} is not null
        group by last, {place}
    )
"""


class Comparison:
    """Two standardised files, or one against itself, inside Splink, until `close`."""

    def __init__(self, files: Sequence[pa.Table]) -> None:
        """Take one file or two, whose ids are numbers."""
        n_threads = 2 if sum(map(len, files)) >= FEWEST_FOR_TWO_THREADS else 1
        self._connection = duckdb.connect(
            ":memory:", config=IN_MEMORY_ONLY | {"threads": n_threads}
        )
        self._is_one_file = len(files) == 1
        self._n_chunks = 0
        self.left_out: dict[str, int] = {}
        self._rules: list[blocking.Rule] = []
        left, right = files[0], files[-1]
        for name, frame in ((LEFT, left), (RIGHT, right)):
            self._connection.register("arrived", frame)
            self._connection.execute(f"create table {name} as from arrived")
            self._connection.unregister("arrived")
        # First and last name are compared even where a file has none.
        self._present = _filled(left) & _filled(right) | model.ALWAYS
        self.compared = model.compared(self._present)

    def estimate(self) -> int:
        """Return at most how many candidate pairs there are.

        Values that too many records share are passed over, and then the last rules,
        until there are not too many pairs.
        """
        run = self._connection.execute
        run("create table crowded (key ubigint)")
        total = 0
        n_left, n_right = (len(self._connection.table(name)) for name in (LEFT, RIGHT))
        for rule in blocking.possible(self._present, n_pairs=n_left * n_right):
            shares = blocking.shares_sql(rule, LEFT, RIGHT)
            n_pairs, crowded = run(
                "select coalesce(sum(n_pairs) filter (n_pairs <= $1), 0),"  # noqa: S608
                f" list(key) filter (n_pairs > $1) from ({shares})",
                [blocking.MOST_PAIRS_OF_A_KEY],
            ).fetchall()[0]
            n_pairs = int(n_pairs) // (2 if self._is_one_file else 1)
            if (
                rule.is_broad
                and n_pairs > (n_left + n_right) * blocking.MOST_BROAD_PAIRS
            ):
                continue
            if total + n_pairs > blocking.MOST_PAIRS:
                self.left_out[rule.name] = n_pairs
                continue
            total += n_pairs
            if n_pairs:
                self._rules.append(rule)
            if crowded:
                self.left_out[f"crowded values of {rule.name}"] = len(crowded)
                run("insert into crowded select unnest($1::ubigint[])", [crowded])
        return total

    def block(self) -> int:
        """Return the number of candidate pairs, which are now chosen."""
        self._connection.execute("create table found (l integer, r integer)")
        for rule in self._rules:
            self._connection.execute(
                "insert into found "
                + blocking.pairs_sql(rule, LEFT, RIGHT, is_one_file=self._is_one_file)
            )
        self._connection.execute("create table pairs (l integer, r integer)")
        for part in self._in_parts("found"):
            self._connection.execute(f"insert into pairs select distinct * {part}")
        self._connection.execute("drop table found")
        return len(self._connection.table("pairs"))

    @property
    def has_dates(self) -> bool:
        """Whether both files have birth dates, and not years alone."""
        return "birth_date" in self._present

    def meeting(self) -> float | None:
        """Return how often birth years meet by chance; None where there are none."""
        n_pairs, n_met = self._connection.execute(_MEETING).fetchall()[0]
        n_self = 0
        if self._is_one_file:  # nobody meets itself
            n_self = self._connection.execute(
                f"select count(birth_year) from {RIGHT}"  # noqa: S608
            ).fetchall()[0][0]
        if n_pairs <= n_self:
            return None
        return float((n_met - n_self) / (n_pairs - n_self))

    def has_homes(self) -> bool:
        """Return whether a file lists several people of one home.

        Told by the share of those who have surname and street, or surname and
        telephone, with somebody of another first name and birth year.
        """
        return any(
            self._connection.execute(
                _AT_HOME.format(file=name, place=place)
            ).fetchall()[0][0]
            > FEWEST_AT_HOME
            for name in (LEFT, RIGHT)
            for place in ("street", "phone")
        )

    def weigh(self, weights: Model) -> pa.Table:
        """Return the candidate pairs, weighed, with the columns `decisions` describes.

        Beside them `is_exact`: first name, surname and birth date agree exactly.
        """
        linker = self._linker(weights)
        evidence = _EVIDENCE
        for place, names in (
            ("own_bits", model.NOT_SHARED_BY_TWINS),
            ("personal_bits", model.PERSONAL),
        ):
            found = [f"mw_{name}" for name in names if name in self.compared]
            evidence = evidence.replace(f"{{{place}}}", " + ".join(found))
        # Each part leaves DuckDB, whose memory all of them would fill.
        return pa.concat_tables(
            self._predict(linker, f"select * {part}", evidence)
            for part in self._in_parts("pairs")
        )

    def alike(self, columns: Sequence[str], *, most: int) -> str | None:
        """Return the SELECT of pairs that share `columns`; of many, a sample.

        None where a file has no such column.
        """
        if not self._present >= set(columns):
            return None
        rule = blocking.Rule("alike", tuple(columns), tuple(columns))
        counted = blocking.shares_sql(rule, LEFT, RIGHT)
        n_pairs = self._connection.execute(
            f"select coalesce(sum(n_pairs), 0) from ({counted})"  # noqa: S608
        ).fetchall()[0][0]
        pairs = blocking.pairs_sql(rule, LEFT, RIGHT, is_one_file=self._is_one_file)
        n_parts = 1 + int(n_pairs) // most
        return f"select * from ({pairs}) where hash(l, r) % {n_parts} = 0"  # noqa: S608

    def patterns(
        self, pairs: pa.Table | str
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return how pairs agree: one row per pattern of levels, and its pairs.

        pairs: numbers of records, columns `l` and `r`, or a SELECT of these. Levels are
        as Splink numbers them, in the order of `compared`; -1 where nothing is known.
        """
        if not isinstance(pairs, str):
            self._connection.register("given", pairs)
            pairs = "from given"
        levels = patterns.levels_sql(self.compared, pairs, LEFT, RIGHT)
        columns = ", ".join(patterns.level_column(name) for name in self.compared)
        rows = self._connection.execute(
            f"select {columns}, count(*) from ({levels}) group by all order by all"  # noqa: S608
        ).fetchall()
        table = np.array(rows, np.int64).reshape(-1, len(self.compared) + 1)
        return table[:, :-1], table[:, -1]

    def explained(self, pairs: pa.Table | None, *, side: str = RIGHT) -> pa.Table:
        """Return the levels of pairs, and how common the names are that they share.

        pairs: numbers of records, columns `l` and `r`. None: each record of `side` with
        itself. Called after `weigh`, which counts the names. Columns `l`, `r`, one
        `level_…` per comparison, one `frequency_…` per name.
        """
        left, source = (side, f"select unique_id as l, unique_id as r from {side}")  # noqa: S608
        if pairs is not None:
            self._connection.register("given", pairs)
            left, source = LEFT, "from given"
        bearers = ", ".join(
            f"(select tf_{name} from frequency_{name} where {name} = {name}_l)"  # noqa: S608
            f" as frequency_{name}"
            for name in model.TERM_FREQUENCY_COLUMNS
        )
        levels = patterns.levels_sql(
            self.compared, source, left, side, extra=f", {bearers}"
        )
        return self._connection.sql(f"{levels} order by l, r").to_arrow_table()

    def _in_parts(self, pairs: str) -> list[str]:
        """Return what selects a table's pairs, a part at a time; the same pair once."""
        n_parts = max(1, -(-len(self._connection.table(pairs)) // PAIRS_AT_A_TIME))
        return [
            f"from {pairs} where hash(l, r) % {n_parts} = {part}"
            for part in range(n_parts)
        ]

    def _predict(self, linker: Linker, source: str, wanted: str) -> pa.Table:
        """Return what `wanted` selects of the predictions for the pairs of `source`."""
        api = linker._db_api
        self._n_chunks += 1  # Splink takes a name once only
        chunk = f"chunk_{self._n_chunks}"
        self._connection.execute(
            f"""
            create table {chunk} as
            select
                '0' as match_key,
                '{LEFT}-__-' || l as join_key_l,
                '{RIGHT}-__-' || r as join_key_r
            from ({source})
            """  # noqa: S608
        )
        linker.table_management.register_blocked_pairs_for_predict(
            api.register(chunk, dataset_display_name=chunk)
        )
        predictions = linker.inference.predict(warning_mode="never")
        found = self._connection.sql(
            wanted.format(predictions=predictions.physical_name)
        ).to_arrow_table()
        predictions.drop_table_from_database_and_remove_from_cache()
        self._connection.execute(f"drop table {chunk}")
        return found

    def _linker(self, weights: Model) -> Linker:
        api = DuckDBAPI(connection=self._connection)
        linker = Linker(
            [api.register(name, dataset_display_name=name) for name in (LEFT, RIGHT)],
            model.settings(weights, present=self._present),
            log_level=None,
            validate_settings=False,
        )
        self._connection.register("population", model.population())
        for column in model.TERM_FREQUENCY_COLUMNS:
            self._connection.execute(f"drop table if exists frequency_{column}")
            self._connection.execute(
                _NAME_FREQUENCIES.format(
                    column=column, weight=weights.population_weight
                )
            )
            linker.table_management.register_term_frequency_lookup(
                api.register(f"frequency_{column}"), column
            )
        return linker

    def close(self) -> None:
        """Discard everything."""
        self._connection.close()


def _filled(frame: pa.Table) -> set[str]:
    """Return the columns that hold a value."""
    return {name for name in frame.column_names if frame[name].null_count < len(frame)}
