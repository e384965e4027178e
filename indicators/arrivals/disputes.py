"""What several rows tell of one student: what each adds, and where they contradict."""

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.rows import Rows, are_in, as_mask, column_name
from indicators.formats.cells import Mask
from indicators.measures.spelled import SPELLED, spelled

# What is not known of a student of whom rows tell different things.
DISPUTABLE = ("student.sex", "student.race")


@dataclass(slots=True)
class Disputes:
    """Students of whom rows tell different things, by the column of a frame."""

    _of: dict[str, list[pa.ChunkedArray]] = field(default_factory=dict)

    def note(self, code: str, known: pa.ChunkedArray, rows: Rows) -> None:
        """Note whose sex or race rows tell otherwise than is known."""
        others = are_other(code, known, rows.values(code))
        if n := int(others.sum()):
            students = rows.values("student.id").filter(pa.array(others))
            self._of.setdefault(column_name(code), []).append(students)
            label = ELEMENTS[code].label.lower()
            told = "1 row tells" if n == 1 else f"{n:,} rows tell"
            rows.notice(
                "R02",
                f"{told} another {label} of a student than a row before, first "
                f"{rows.first(others)}. The {label} of such a student is not known.",
            )

    def left_out_of(self, students: pa.Table) -> pa.Table:
        """Return the frame of students without what is disputed."""
        for name, of in self._of.items():
            ids = pa.chunked_array([c for each in of for c in each.chunks], pa.string())
            is_disputed = pa.array(are_in(students["id"], ids))
            values = pc.if_else(is_disputed, None, students[name])
            at = students.column_names.index(name)
            students = students.set_column(at, name, values)
        return students


def first_told(students: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return of each row what the first row of its student that tells it tells."""
    told = pc.is_valid(values)
    known = students.filter(told).combine_chunks()
    return values.filter(told).take(pc.index_in(students, known))


def are_other(code: str, known: pa.ChunkedArray, values: pa.ChunkedArray) -> Mask:
    """Return which values mean another thing than what is known, where both are told.

    A sex or race in another spelling is the same.
    """
    name = column_name(code)
    if name in SPELLED:
        known, values = (_in_one_spelling(name, each) for each in (known, values))
    return as_mask(pc.not_equal(known, values))


def _in_one_spelling(name: str, texts: pa.ChunkedArray) -> pa.Array:
    coded = texts.combine_chunks().dictionary_encode()
    words = [spelled(name, text) for text in coded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(coded.indices)
