"""What several rows tell of one student: what each adds, and where they contradict."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.rows import Rows, are_in, as_mask, column_name
from indicators.formats.cells import Mask
from indicators.formats.report import Report
from indicators.linkage import addresses
from indicators.measures.spelled import (
    SPELLED,
    are_several,
    is_several,
    spelled,
    tells_nothing,
)

NAMES = ("student.first_name", "student.last_name")
BORN = "student.birth_date"
# What is not known of a student of whom rows tell different things: all but who it is.
DISPUTABLE = frozenset(code for code in ELEMENTS if code.startswith("student.")) - {
    *("student.id", *NAMES, BORN)
}
_ADDRESS = "student.street_address"
_YES_OR_NO = frozenset(
    f"student.{name}"
    for name in (
        *("two_or_more_races", "ethnicity", "english_learner", "idea", "section_504"),
        *("economic_disadvantage", "homeless_status"),
    )
)
_ANSWERS = {
    **dict.fromkeys(("y", "true", "1"), "yes"),
    **dict.fromkeys(("n", "false", "0"), "no"),
}
_WITHIN = re.compile("['’`]")  # stand within a word, as in “O'Neal”
_MARKS = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Disputes:
    """Students of whom rows tell different things, by the column of a frame.

    are_changes: whether what was delivered before stays where these tell nothing.
    """

    are_changes: bool = False
    _of: dict[str, list[pa.ChunkedArray]] = field(default_factory=dict)

    def note(self, code: str, rows: Rows, *known: pa.ChunkedArray) -> None:
        """Note of whom rows tell otherwise than is known, or was before them."""
        others = np.zeros(len(rows), np.bool_)
        for each in known:
            others |= are_other(code, each, rows.values(code))
        if n := int(others.sum()):
            students = rows.values("student.id").filter(pa.array(others))
            self._of.setdefault(column_name(code), []).append(students)
            label = ELEMENTS[code].label
            told = "1 row tells" if n == 1 else f"{n:,} rows tell"
            left = "It is not known of such a student."
            if self.are_changes:
                left = (
                    "What an earlier delivery tells of such a student stays; else it "
                    "is not known."
                )
            rows.notice(
                "R02",
                f"{told} another “{label}” of a student than a row before, first "
                f"{rows.first(others)}. {left}",
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


@dataclass(slots=True)
class Strangers:
    """Records of a system that are of nobody in the list of students."""

    _n: int = 0
    _first: str = ""

    def note(self, which: Mask, rows: Rows) -> None:
        """Count those of some rows that are not told one by one."""
        untold = which & rows.are_of_all()
        if n := int(untold.sum()):
            self._first = self._first or rows.first(untold)
            self._n += n

    def tell(self, report: Report) -> None:
        """Say how many there are."""
        if self._n:
            report.notice(
                "R03",
                "Records of students who are not in the list of students, set aside: "
                f"{self._n:,}, the first {self._first}. If they should be kept, send "
                "these students, too.",
            )


def first_told(
    code: str, students: pa.ChunkedArray, values: pa.ChunkedArray
) -> pa.ChunkedArray:
    """Return of each row what the first row of its student that tells it tells.

    “Unknown” and its like stand only where no row tells more, and “Two or more races”
    where none tells which.
    """
    meant = _meanings(code, values)
    exact = pc.and_(pc.is_valid(meant), pc.invert(_which(is_several, code, meant)))
    ranked = (exact, pc.is_valid(meant), pc.is_valid(values))
    return pc.coalesce(*(_first(students, values, told) for told in ranked))


def _first(
    students: pa.ChunkedArray, values: pa.ChunkedArray, told: pa.ChunkedArray
) -> pa.ChunkedArray:
    known = students.filter(told).combine_chunks()
    return values.filter(told).take(pc.index_in(students, known))


def are_other(code: str, known: pa.ChunkedArray, values: pa.ChunkedArray) -> Mask:
    """Return which values mean another thing than what is known, where both are told.

    Another spelling is the same, and “Unknown” is not told; “Two or more races” agrees
    with any two.
    """
    one, other = _meanings(code, known), _meanings(code, values)
    others = as_mask(pc.not_equal(one, other))
    for vague, listed in ((one, other), (other, one)):
        agree = _which(is_several, code, vague), _which(are_several, code, listed)
        others &= ~as_mask(pc.and_(*agree))
    return others


def _which(says: Callable[[str, str], bool], code: str, meant: pa.Array) -> pa.Array:
    """Return which meanings say so; of nothing said, none."""
    if column_name(code) not in SPELLED:
        return pa.array(np.zeros(len(meant), np.bool_))
    coded = meant.dictionary_encode()
    said = [says(column_name(code), each) for each in coded.dictionary.to_pylist()]
    return pa.array(said, pa.bool_()).take(coded.indices).fill_null(False)


def _meanings(code: str, values: pa.ChunkedArray) -> pa.Array:
    """Return values in one spelling; null where they tell nothing."""
    whole = values.combine_chunks()
    if not pa.types.is_string(whole.type):
        return whole
    coded = whole.dictionary_encode()
    words = [_meaning(code, text) for text in coded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(coded.indices)


def _meaning(code: str, text: str) -> str | None:
    if code in DISPUTABLE and tells_nothing(text):
        return None
    name = column_name(code)
    if name in SPELLED:
        return spelled(name, text)
    if code == _ADDRESS:
        return "\x1f".join(part or "" for part in addresses.parted(text))
    plain = " ".join(_MARKS.sub(" ", _WITHIN.sub("", text.casefold())).split())
    if code in _YES_OR_NO:
        plain = _ANSWERS.get(plain, plain)
    return plain or text
