"""Rows of a set that say that a student is at a school, so that they can be changed.

A table of places has one row for each class, role and school of a user, and one for
each organisation: `key`, the row's own key after its file; `user` and `org`, the set's
own numbers of the student and the school; `id` and `school`, those that other files go
by; and what the agreement lists of an enrolment. Where that is the school year, it has
one for each class and session, too: `class` and `term` lead from one to the other. The
set's own numbers are held as digests, since they only join rows. An organisation that
is no school has no `school`.
"""

from collections.abc import Collection
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.enrolments import BREAK, one_after_another
from indicators.arrivals.parts import looked_up
from indicators.arrivals.rows import are_in, as_mask
from indicators.formats.cells import Mask

ORGS = "orgs.csv"
CLASSES, SESSIONS = "classes.csv", "academicSessions.csv"
# What a row is of, best first; days that may lie between two enrolments that are one.
KINDS = {"enrollments.csv": BREAK, "roles.csv": 0, "users.csv": 0}
FILES = (*KINDS, ORGS, CLASSES, SESSIONS)
# Beside its keys a row that an agreement does not cover says nothing.
_KEYS = ("key", "user", "id")
_DIGEST_BYTES = 10


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


def are_of(places: pa.Table, file: str) -> Mask:
    """Return which rows are of a file."""
    return as_mask(pc.starts_with(places["key"], f"{file}/"))


def laid(
    earlier: pa.Table,
    new: pa.Table,
    *,
    replaced: pa.ChunkedArray,
    whole: Collection[str],
) -> pa.Table:
    """Return places with the changes of a set laid over them.

    replaced: keys of rows that were changed or deleted. whole: files of which all rows
    came.
    """
    out = are_in(earlier["key"], replaced)
    for file in whole:
        out |= are_of(earlier, file)
    kept = earlier.filter(pa.array(~out))
    return pa.concat_tables([kept, new], promote_options="default")


def told(places: pa.Table) -> pa.Table:
    """Return places of which each has what rows tell of its student and its school.

    That is the number and the grade that came last of the user, the number and the name
    of the organisation, and the school year of the class.
    """
    for name in ("id", "grade"):
        if name in places.column_names:
            rows = pa.table({"of": places["user"], name: places[name]}).drop_null()
            last = rows.group_by("of", use_threads=False).aggregate([(name, "last")])
            found = looked_up(places["user"], last["of"], last[f"{name}_last"])
            places = _put(places, name, found)
    orgs = places.filter(pa.array(are_of(places, ORGS)))
    for name in ("school", "school_name"):
        if name in places.column_names:
            found = looked_up(places["org"], orgs["org"], orgs[name])
            places = _put(places, name, found)
    if "school_year" in places.column_names:
        places = _put(places, "school_year", _years(places))
    return places


def _years(places: pa.Table) -> pa.ChunkedArray:
    """Return the school year of the term of each row's class.

    Where sessions are of one year alone, all is of it.
    """
    classes, sessions = (
        places.filter(pa.array(are_of(places, file))) for file in (CLASSES, SESSIONS)
    )
    term = looked_up(places["class"], classes["class"], classes["term"])
    found = looked_up(term, sessions["term"], sessions["school_year"])
    told = pc.unique(sessions["school_year"].drop_null())
    if len(told) == 1:
        found = found.fill_null(told[0])
    return pc.if_else(pc.is_valid(places["user"]), found, places["school_year"])


def numbers_of(places: pa.Table, users: list[pa.Array]) -> pa.ChunkedArray:
    """Return the numbers of which all users are among these."""
    among = are_in(places["user"], pa.chunked_array(users, pa.string()).drop_null())
    own = places["id"].filter(pa.array(among)).drop_null()
    others = places["id"].filter(pa.array(~among))
    return own.filter(pa.array(~are_in(own, others)))


def are_lost(places: pa.Table) -> Mask:
    """Return which rows are of an organisation that no row tells."""
    orgs = places["org"].filter(pa.array(are_of(places, ORGS)))
    return as_mask(pc.is_valid(places["org"])) & ~are_in(places["org"], orgs)


def blank(places: pa.Table, which: Mask) -> pa.Table:
    """Return places of which these rows tell only that they are there.

    A session tells its year nevertheless, by which later rows are found to be outside.
    """
    which = which & ~are_of(places, SESSIONS)
    for name in places.column_names:
        if name not in _KEYS:
            column = places[name]
            nothing = pa.scalar(None, column.type)
            places = _put(places, name, pc.if_else(pa.array(which), nothing, column))
    return places


def enrolments(places: pa.Table) -> list[tuple[str, pa.Table]]:
    """Return the enrolments that places tell, with the file that tells them.

    Of each student the best counts that there is: enrolments in classes, of which those
    at one school are one, with breaks between terms; else roles; else the schools of
    the user, without dates.
    """
    found = []
    left = places
    for file, apart in KINDS.items():
        of_file = are_of(left, file)
        rows = left.filter(pa.array(of_file))
        left = left.filter(pa.array(~are_in(left["user"], rows["user"])))
        rows = rows.filter(pc.is_valid(rows["school"]))
        if len(rows):
            rows = rows.drop_columns(["key", "user", "org"])
            found.append((file, one_after_another(rows, apart=apart)))
    return found


def _put(places: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return places.set_column(places.column_names.index(name), name, values)
