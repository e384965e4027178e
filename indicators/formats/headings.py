"""Which line of a table holds its headings, what separates them, what they may be."""

import re
from collections import Counter
from collections.abc import Sequence

from indicators.formats.problems import FormatError

SEPARATORS = (",", "\t", ";", "|")
# A row with every line of Form HUD-50058 has some 300 columns.
MOST_COLUMNS = 1_000
PEEKED_ROWS = 20
PEEKED_CHARACTERS = 20_000
FEWEST_TEXTS = 3

_QUOTED = re.compile(r'"[^"]*"')
_NUMBER_OR_DATE = re.compile(
    r"[-+$]?[\d.,]*\d%?|\d{1,4}[-/.]\w{1,3}[-/.]\d{1,4}(?:[T ].*)?", re.ASCII
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
WORDED_DATE = re.compile(
    rf"{_MONTH} \d{{1,2}}(?:st|[nr]d|th)?,? \d{{4}}"
    rf"|\d{{1,2}}(?:\.|st|[nr]d|th)?(?: of)? {_MONTH},? \d{{2,4}}",
    re.I,
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+", re.I)
_STREET = "st|street|ave?|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|way|ct|court"
_ADDRESS = re.compile(rf"\d+[a-z]? (?:[\w.]+ ){{1,5}}(?:{_STREET})\b.*", re.I)
# As names of people and places are written.
NAME = re.compile(r"[^\W\d_]+(?:[-'’. ]+[^\W\d_]+)*\.?")

_PAIR = re.compile(r'"[^"]*"\s*:\s*["{\[\dtfn-]')


def comparable(heading: str) -> str:
    """Return a heading without case, blanks and punctuation, to compare by."""
    return re.sub(r"[\W_]+", "", heading.casefold())


def separator_of(text: str) -> str:
    """Return what separates the values of the first lines of a file.

    That is the mark of which most lines have the same number; quoted text does not
    count. Raises FormatError where two marks are alike.
    """
    bare = _QUOTED.sub("", text[:PEEKED_CHARACTERS])
    lines = [line for line in bare.splitlines() if line.strip()][:PEEKED_ROWS]
    scores = {mark: _regularity(lines, mark) for mark in SEPARATORS}
    best = max(scores.values())
    likely = [mark for mark in SEPARATORS if scores[mark] == best]
    if best > (0, 0) and len(likely) > 1:
        raise FormatError(
            "The line of headings could be separated in two ways. Put headings that "
            "hold a comma, semicolon or bar in quotation marks and send the file again."
        )
    return likely[0]


def _regularity(lines: Sequence[str], mark: str) -> tuple[int, int]:
    """Return how many lines have the same number of a mark, and that number."""
    counts = Counter(n for line in lines if (n := line.count(mark)))
    return max(((n_lines, n) for n, n_lines in counts.items()), default=(0, 0))


def heading_row(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the first rows holds the headings.

    That is the first with at least three distinct texts, or as many as most rows are
    wide; what stands above it are titles. Without any it is the first.
    """
    widths = Counter(len("\0".join(row).rstrip(" \0").split("\0")) for row in rows)
    n_needed = min(FEWEST_TEXTS, widths.most_common(1)[0][0])
    for number, row in enumerate(rows):
        texts = {cell.strip() for cell in row if cell.strip()}
        if sum(not is_value(text) for text in texts) >= n_needed:
            return number
    return 0


def is_value(text: str) -> bool:
    """Return whether a text is a number, a date or an address, which no heading is."""
    bare = text.strip()
    known = (_NUMBER_OR_DATE, WORDED_DATE, _EMAIL, _ADDRESS)
    return any(each.fullmatch(bare) for each in known)


def look_like_data(headings: Sequence[str]) -> bool:
    """Return whether a line is likelier a person's row than headings."""
    return any(is_value(heading) for heading in headings if heading.strip())


def may_be_names(headings: Sequence[str], second: Sequence[str]) -> bool:
    """Return whether a line may be a person's names, as the row after it may be.

    Where a number or a date stands under a text, the text is a heading. Three in small
    letters over others may be names, too; of two nothing tells.
    """
    texts, others = (
        [text.strip() for text in row if text.strip()] for row in (headings, second)
    )
    are_names = all(map(NAME.fullmatch, texts)) and not any(map(is_value, others))
    are_small = all(text.islower() for text in (*texts, *others))
    if are_small and len(texts) >= FEWEST_TEXTS:
        return are_names
    return are_names and all(text[0].isupper() for text in texts)


def look_like_json(headings: Sequence[str]) -> bool:
    """Return whether a line tells names with their values, as JSON does."""
    return any(map(_PAIR.search, headings))


def checked(first: Sequence[str]) -> tuple[str, ...]:
    """Return the headings without blanks around them, each there and each different.

    Empty ones at the end, as a spreadsheet leaves them, are dropped.
    """
    cells = [heading.strip() for heading in first]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise FormatError(
            f"The file has {len(cells):,} columns, and at most {MOST_COLUMNS:,} are "
            "read. Send only the columns that the agreement lists.",
            id="F09",
        )
    seen: dict[str, int] = {}
    for position, heading in enumerate(cells, start=1):
        spelling = comparable(heading) or heading
        if not spelling:
            raise FormatError(
                f"Column {position} has no heading, so it cannot be matched to the "
                "agreement. Name it or remove it, and send the file again."
            )
        if spelling in seen:
            raise FormatError(
                f"Columns {seen[spelling]} and {position} have the same heading. "
                "Rename or remove one of them, and send the file again."
            )
        seen[spelling] = position
    return tuple(cells)
