"""Rows of a set that say that a student is at a school, so that they can be changed.

A table of places has one row for each: `key`, the row's own key after its file; `user`
and `org`, the set's own numbers of the student and the school; `id` and `school`, those
that other files go by; and what the agreement lists of an enrolment. The set's own
numbers are held as digests, since they only join rows.
"""

from collections.abc import Iterable
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.enrolments import BREAK, one_after_another
from indicators.arrivals.rows import are_in, as_mask
from indicators.formats.cells import Mask

# What a row is of, best first; days that may lie between two enrolments that are one.
KINDS = {"enrollments.csv": BREAK, "roles.csv": 0, "users.csv": 0}
_DIGEST_BYTES = 10
# What rows tell of a student or a school, whose own row need not be among the changes.
_TOLD_BY = {"grade": "user", "school_name": "org"}


def digests(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts as something that is the same for the same text alone."""
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    made = [
        blake2b(each.encode(), digest_size=_DIGEST_BYTES).hexdigest()
        for each in coded.dictionary.to_pylist()
    ]
    return pa.chunked_array([pa.array(made, pa.string()).take(coded.indices)])


def keys(file: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the keys of rows of a file."""
    return pc.binary_join_element_wise(pa.scalar(file), digests(column), "/")


def laid(
    earlier: pa.Table,
    new: pa.Table,
    *,
    replaced: pa.ChunkedArray,
    whole: Iterable[str],
    gone: pa.ChunkedArray,
) -> pa.Table:
    """Return places with the changes of a set laid over them.

    replaced: keys of rows that were changed or deleted. whole: files of which all rows
    came. gone: digests of users who are no more.
    """
    out = are_in(earlier["key"], replaced) | are_in(earlier["user"], gone)
    for file in whole:
        out |= are_of(earlier, file)
    kept = earlier.filter(pa.array(~out))
    new = new.filter(pa.array(~are_in(new["user"], gone)))
    found = pa.concat_tables([kept, new], promote_options="default")
    for name, of in _TOLD_BY.items():
        if name in found.column_names:
            found = _filled(found, name, found[of])
    if "school_year" in found.column_names:
        years = pc.unique(found["school_year"].drop_null())
        if len(years) == 1:  # as in a full set of one year
            found = _put(found, "school_year", found["school_year"].fill_null(years[0]))
    return found


def are_of(places: pa.Table, file: str) -> Mask:
    """Return which rows are of a file."""
    return as_mask(pc.starts_with(places["key"], f"{file}/"))


def enrolments(places: pa.Table) -> list[tuple[str, pa.Table]]:
    """Return the enrolments that places tell, with the file that tells them.

    Of each student the best counts that there is: enrolments in classes, of which those
    at one school are one, with breaks between terms; else roles; else the schools of
    the user, without dates.
    """
    found = []
    left = places.filter(pc.is_valid(places["school"]))
    for file, apart in KINDS.items():
        of_file = are_of(left, file)
        rows = left.filter(pa.array(of_file)).drop_columns(["key", "user", "org"])
        placed = left["user"].filter(pa.array(of_file))
        left = left.filter(pa.array(~are_in(left["user"], placed)))
        if len(rows):
            found.append((file, one_after_another(rows, apart=apart)))
    return found


def _filled(places: pa.Table, name: str, of: pa.ChunkedArray) -> pa.Table:
    """Return places of which each has what was told last of its student, or school."""
    told = pa.table({"of": of, name: places[name]}).drop_null()
    last = told.group_by("of", use_threads=False).aggregate([(name, "last")])
    place = pc.index_in(of, last["of"].combine_chunks())
    return _put(places, name, last[f"{name}_last"].take(place))


def _put(places: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return places.set_column(places.column_names.index(name), name, values)
