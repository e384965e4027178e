"""An agency's own counts of children by building: read as typed, written as CSV.

It holds numbers of children alone. Whatever it has beside the columns that are named
here is refused with the whole file, so that no list of people is ever kept as counts.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.acts import RuleBroken
from accounts.sheets import FORMULA_MARKS
from indicators.formats.headings import comparable, separator_of
from indicators.formats.problems import FormatError

MOST_GROUPS = 2_000
# Beside the building: more of them would cross more than a release ever does.
MOST_BESIDE = 2
BUILDING, CHILDREN = "building", "children"
BESIDE = ("program", "grade", "age", "sex", "race")
_MOST_LETTERS = 60
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    BUILDING: (
        *("building name", "building code", "building number", "site"),
        *("development", "development name", "project name"),
    ),
    CHILDREN: ("count", "number", "number of children", "school-age children", "n"),
    "program": ("housing program", "program type"),
    "grade": ("grades", "grade band", "grade level"),
    "age": ("ages", "age band", "age group"),
    "sex": ("gender",),
    "race": ("ethnicity", "race or ethnicity"),
}
_MEANT = {
    comparable(spelling): name
    for name, spellings in _SPELLINGS.items()
    for spelling in (name, *spellings)
}
# What stands for a total, which nobody may take for a group: a name that begins or ends
# with such a word, or has one in brackets; and one made of other such words alone, with
# one that says it is all of them.
_TOTALS = frozenset({"total", "totals", "subtotal", "subtotals", "sum"})
_ALL_OF_THEM = frozenset(
    {
        *("all", "overall", "both", "wide", "everyone", "everybody", "combined"),
    }
)
_BESIDE_ALL = frozenset(
    {
        *("grand", "sub", "of", "for", "in", "the", "and", "across", "together"),
        *("building", "buildings", "site", "sites", "development", "developments"),
        *("child", "children", "student", "students", "resident", "residents"),
        *("program", "programs", "grade", "grades", "age", "ages", "sex", "sexes"),
        *("gender", "genders", "race", "races", "group", "groups", "household"),
        *("households", "pha", "agency", "authority", "city", "county", "portfolio"),
    }
)
_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"[^\W_]+")
_IN_BRACKETS = re.compile(r"\((.*)\)\W*$")
# Words that stand in a release for a number that is hidden.
_HIDDEN = frozenset({"null", "suppressed"})
# Commas stand between thousands alone: 3,5 may be two numbers, or three and a half.
_WHOLE = re.compile(r"([0-9]{1,5}|[0-9]{1,2},[0-9]{3})(?:\.0)?")


@dataclass(frozen=True, slots=True)
class Headcounts:
    """Numbers of children. groups: a value for each breakdown, and how many children.

    Some groups have none. breakdowns: of the catalogue, the building first.
    """

    breakdowns: tuple[str, ...]
    groups: tuple[tuple[tuple[str, ...], int], ...]


def read_headcounts(text: str) -> Headcounts:
    """Return the counts of a table with a line of headings; raises RuleBroken.

    A reason names lines and columns and repeats no value.
    """
    rows = _rows(text)
    columns = _columns(rows[0][1])
    breakdowns = (BUILDING, *(name for name in BESIDE if name in columns))
    spelled: dict[tuple[str, str], str] = {}
    first: dict[tuple[str, ...], int] = {}
    groups: list[tuple[tuple[str, ...], int]] = []
    for number, row in rows[1:]:
        if len(row) > len(columns):
            raise RuleBroken(
                f"Line {number} has more values than there are headings. Correct the "
                "line and send the table again; nothing was kept."
            )
        said = dict(zip(columns, [*row, *[""] * len(columns)], strict=False))
        values = []
        for name in breakdowns:
            value = _value(said[name], name, number)
            values.append(spelled.setdefault((name, value.casefold()), value))
        group = tuple(values)
        if first.setdefault(group, number) != number:
            raise RuleBroken(
                f"Line {number} is about the same group as line {first[group]}. Add "
                "the two up to one line; nothing was kept."
            )
        groups.append((group, _children(said[CHILDREN], number)))
    if not any(n for _, n in groups):
        raise RuleBroken("There is no group with a child in it. Nothing was kept.")
    return Headcounts(breakdowns, tuple(groups))


def as_table(headcounts: Headcounts) -> str:
    """Return the counts as the table from which they are read again."""
    rows = [(*values, str(n)) for values, n in headcounts.groups]
    return _written([(*headcounts.breakdowns, CHILDREN), *rows])


def template_of(buildings: Sequence[str]) -> str:
    """Return the table to fill in: these buildings, with nobody counted yet."""
    return _written([(BUILDING, CHILDREN), *((name, "") for name in buildings)])


def _written(rows: Iterable[Sequence[str]]) -> str:
    """Return rows for a form, where no name is taken for a formula."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _rows(text: str) -> list[tuple[int, list[str]]]:
    if not text.strip():
        raise RuleBroken("There is no table. Paste it, or choose its file.")
    if "\0" in text:
        raise RuleBroken("This is no text. Save the table as CSV and choose that file.")
    try:
        read = list(csv.reader(io.StringIO(text), delimiter=separator_of(text)))
    except (csv.Error, FormatError):
        raise RuleBroken(
            "The table cannot be read. Separate its columns with commas or tabs, "
            "close every quotation mark, and send it again."
        ) from None
    rows = [
        (number, [" ".join(cell.split()) for cell in row])
        for number, row in enumerate(read, start=1)
        if any(cell.strip() for cell in row)
    ]
    if not rows:
        raise RuleBroken("There is no table: all its cells are empty.")
    if len(rows) > MOST_GROUPS + 1:
        raise RuleBroken(
            f"The table has more than {MOST_GROUPS:,} groups. Use wider ones, such as "
            "three bands of grades; nothing was kept."
        )
    return rows


def _columns(headings: Sequence[str]) -> list[str]:
    columns = [_MEANT.get(comparable(each), "") for each in headings]
    for number, name in enumerate(columns, start=1):
        if not name:
            raise RuleBroken(
                f"Column {number} is not one of those that are taken here: building, "
                f"{', '.join(BESIDE)} and children. This page takes numbers of "
                "children and no list of people. Remove the column and send the table "
                "again; nothing was kept."
            )
        if columns.count(name) > 1:
            raise RuleBroken(f"Two columns are about {name}. Keep one of them.")
    for needed in (BUILDING, CHILDREN):
        if needed not in columns:
            raise RuleBroken(
                f"There is no column “{needed}”. Give the table a line of headings "
                "with building and children; nothing was kept."
            )
    if len(columns) - 2 > MOST_BESIDE:
        raise RuleBroken(
            f"Beside the building, at most {MOST_BESIDE} columns can say who the "
            "children are. Leave one out; nothing was kept."
        )
    return columns


def _is_total(said: str) -> bool:
    """Return whether a name stands for several groups."""
    bare = _IN_BRACKETS.sub("", said)
    inside = {*_WORD.findall(said[len(bare) :].casefold())}
    words = _WORD.findall((bare if _WORD.search(bare) else said).casefold())
    if not words:
        return "*" in said
    named = _NAME.findall(said.casefold())
    first = named[1:2] if named[0] in ("grand", "sub") else named[:1]
    is_named = bool({*first, named[-1], *inside} & _TOTALS)
    are_reserved = {*words} <= _ALL_OF_THEM | _BESIDE_ALL and {*words} & _ALL_OF_THEM
    return is_named or bool(are_reserved)


def _value(said: str, name: str, number: int) -> str:
    if not said:
        raise RuleBroken(f"Line {number} does not say the {name}. Nothing was kept.")
    if _is_total(said):
        raise RuleBroken(
            f"Line {number} reads like a total. Leave totals out, since they are "
            f"worked out here. If it is the name of one {name}, put its code or "
            "another word before and behind it; nothing was kept."
        )
    if said.casefold() in _HIDDEN:
        raise RuleBroken(
            f"On line {number}, the {name} is a word that stands for hidden numbers. "
            "Write its name in other words; nothing was kept."
        )
    if len(said) > _MOST_LETTERS:
        raise RuleBroken(
            f"On line {number}, the {name} is longer than {_MOST_LETTERS} letters. "
            "Shorten it; nothing was kept."
        )
    # Files for spreadsheets have an apostrophe before what these take for a formula.
    is_guarded = said.startswith("'") and said[1:].startswith(FORMULA_MARKS)
    return said[1:] if is_guarded else said


def _children(said: str, number: int) -> int:
    if not said:
        raise RuleBroken(
            f"Line {number} does not say how many children there are. Write 0 where "
            "there is none; nothing was kept."
        )
    if not (whole := _WHOLE.fullmatch(said)):
        raise RuleBroken(
            f"On line {number}, the number of children is not a whole number such as "
            "12 or 1,204, below 100,000. Correct it and send the table again; nothing "
            "was kept."
        )
    return int(whole[1].replace(",", ""))
