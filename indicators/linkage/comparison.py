"""Splink on a DuckDB that lives and dies in memory: from two files to weighed pairs.

Nothing here writes a file or opens a connection. Results carry ids and numbers only.
"""

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from indicators.linkage import model
from indicators.linkage.decisions import LEAST_PROBABILITY, highest_prior, log_odds

# Without a temporary directory DuckDB refuses what does not fit, where a spill would
# leave readable names on disk. Extensions would come over the network.
IN_MEMORY_ONLY: dict[str, str | bool | int | float | list[str]] = {
    "allow_community_extensions": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
    "memory_limit": "800MB",
    "python_enable_replacements": False,
    "temp_directory": "",
    "threads": 2,
}

# Memory goes to the joins of pairs: so many housing rows meet all students at a time.
HOUSING_AT_A_TIME = 25_000

# How many bear a name: the shipped share, counted as that of so many people, pooled
# with the other students of this file. A name in no table is as rare as the rarest.
_NAME_FREQUENCIES = """
    create table frequency_{column} as
    with
    listed as (select name, share from population where field = '{column}'),
    seen as (
        select {column} as name, count(*) - 1 as n_others
        from students where {column} is not null group by all
    ),
    borne as (select {column} as name from housing union select {column} from students)
    select
        name as {column},
        (
            {weight} * coalesce(share, (select min(share) from listed))
            + coalesce(n_others, 0)
        ) / ({weight} + (select count({column}) from students)) as tf_{column}
    from borne left join listed using (name) left join seen using (name)
    where name is not null
"""

_EVIDENCE = """
    with pairs as (
        select
            housing.unique_id as housing_id,
            students.unique_id as student_id,
            round(match_weight, 6) as bits,
            coalesce(list_has_any(housing.first_roots, students.first_roots), false)
                as is_first_sure,
            {own_bits} as own_bits,
            coalesce(housing.birth_date = students.birth_date, false) as is_same_birth,
            is_same_birth and list_has_any(housing.last_parts, students.last_parts)
                as is_twin_like,
            is_same_birth and coalesce(
                housing.first = students.first and housing.last = students.last, false
            ) as is_exact
        from {predictions} as predictions
        join housing on predictions.unique_id_l = housing.unique_id
        join students on predictions.unique_id_r = students.unique_id
    )
    select
        housing_id, student_id, bits, is_first_sure, own_bits, is_exact,
        greatest(
            '-infinity', max(bits) over same_child, max(bits) over same_student
        ) as rival_bits,
        coalesce(bool_or(is_twin_like) over same_child, false)
        or coalesce(bool_or(is_twin_like) over same_student, false) as has_twin_rival
    from pairs
    window
        same_child as (
            partition by housing_id
            rows between unbounded preceding and unbounded following exclude current row
        ),
        same_student as (
            partition by student_id
            rows between unbounded preceding and unbounded following exclude current row
        )
    order by bits desc, housing_id, student_id
"""


class Comparison:
    """Two standardised files inside Splink, until `close`."""

    def __init__(self, housing: pa.Table, students: pa.Table) -> None:
        self._connection = duckdb.connect(":memory:", config=IN_MEMORY_ONLY)
        self._connection.register("housing", housing)
        self._connection.register("students", students)
        self._connection.register("population", model.population())
        self._n_parts = max(1, -(-len(housing) // HOUSING_AT_A_TIME))
        self._highest_prior = highest_prior(len(housing), len(students))
        # First and last name are compared even where a file has none.
        present = _filled(housing) & _filled(students) | {"first", "last"}
        self._own = [name for name in model.NOT_SHARED_BY_TWINS if name in present]
        api = DuckDBAPI(connection=self._connection)
        self._linker = Linker(
            [api.register("housing"), api.register("students")],
            model.settings(present=present),
            log_level=None,
            validate_settings=False,
        )
        for column in model.TERM_FREQUENCY_COLUMNS:
            self._connection.execute(
                _NAME_FREQUENCIES.format(
                    column=column, weight=model.population_weight()
                )
            )
            self._linker.table_management.register_term_frequency_lookup(
                api.register(f"frequency_{column}"), column
            )

    def block(self) -> int:
        """Return the number of candidate pairs, which are now chosen."""
        block = self._linker.inference.compute_blocked_pairs_for_predict_chunk
        parts = [
            block(left_chunk=(part, self._n_parts), right_chunk=(1, 1))
            for part in range(1, self._n_parts + 1)
        ]
        return sum(len(self._connection.table(part.physical_name)) for part in parts)

    def weigh(self) -> pa.Table:
        """Return the candidate pairs that any prior could make likely, best first.

        Columns as `decisions` describes them, and `is_exact`: first name, surname and
        birth date agree exactly.
        """
        predictions = self._linker.inference.predict(
            threshold_match_weight=log_odds(LEAST_PROBABILITY) - self._highest_prior,
            num_chunks_left=self._n_parts,
            num_chunks_right=1,
            warning_mode="never",
        )
        evidence = _EVIDENCE.format(
            predictions=predictions.physical_name,
            own_bits=" + ".join(f"mw_{name}" for name in self._own),
        )
        return self._connection.sql(evidence).to_arrow_table()

    def close(self) -> None:
        """Discard everything."""
        self._connection.close()


def _filled(frame: pa.Table) -> set[str]:
    """Return the columns that hold a value."""
    return {name for name in frame.column_names if frame[name].null_count < len(frame)}
