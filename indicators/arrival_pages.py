"""Files at the door, as their page shows them: columns, counts, and what to do next."""

from itertools import zip_longest

from agreements.rules.elements import ELEMENTS
from indicators.arrival_report import Found, called
from indicators.arrivals.contract import Answers, ColumnStanding, Standing
from indicators.formats.catalogue import is_named_like_ssn
from indicators.formats.problems import enumerated
from indicators.formats.report import OWN_NUMBERS

COLUMNS = ["Column", "What becomes of it", "Why"]
COUNTS = ["What was counted", "Rows"]
FORMATS = {
    "csv": "CSV",
    "excel": "an Excel workbook",
    "edfi": "Ed-Fi",
    "oneroster": "OneRoster",
    "sds": "School Data Sync",
    "hmis": "HMIS CSV",
    "hud50058": "Form HUD-50058",
}
OVER = {
    "kept": "The allowed columns were loaded. What came with them is erased.",
    "cancelled": "Cancelled. Nothing was kept, and the files are erased.",
    "replaced": "Newer files came for the same delivery. Nothing of these was kept.",
    "expired": "Nobody loaded these files in time. Nothing was kept, and they are "
    "erased.",
    "failed": "The files could not be examined. Nothing was kept.",
}
_ORDER = (
    Standing.ALLOWED,
    Standing.TO_CONFIRM,
    Standing.NEVER,
    Standing.REFUSED,
    Standing.NOT_RECOGNISED,
)
_SAYS = {
    Standing.TO_CONFIRM: "Asked below",
    Standing.NEVER: "Refused: never taken",
    Standing.REFUSED: "Refused: will not be stored",
    Standing.NOT_RECOGNISED: "Refused: will not be stored",
}
_UNLISTED = "Not in the agreement."
_SSN = "It is named like Social Security numbers (rule R-045)."


def label_of(code: str) -> str:
    """Return an element in words."""
    return ELEMENTS[code].label if code in ELEMENTS else code


def column_rows(found: Found, answers: Answers) -> list[tuple[str, str, str]]:
    """Return a row for each column, as COLUMNS names them; what is missing last.

    What a standard's own files hold besides is `prescribed_rows`.
    """
    columns = sorted(found.columns, key=lambda each: _ORDER.index(each.standing))
    rows = [
        _row(column, found, answers) for column in columns if not _is_prescribed(column)
    ]
    return rows + [
        (label_of(code), "Missing, and required", _why_missing(code, found))
        for code in found.missing
    ]


def _why_missing(code: str, found: Found) -> str:
    """Return why nothing holds an element: no column does, or what became of it."""
    not_taken = (
        f"The column “{_named(each, found)}”: {each.why}"
        for each in found.columns
        if each.element == code and each.standing is not Standing.ALLOWED and each.why
    )
    return next(not_taken, "No column was found for it.")


def prescribed_rows(found: Found) -> list[tuple[str, str, str]]:
    """Return a row for each column that a standard has and that is not stored.

    No sender chose them, and nobody can send fewer; there may be dozens.
    """
    return [
        _row(column, found, Answers())
        for column in found.columns
        if _is_prescribed(column)
    ]


def _is_prescribed(column: ColumnStanding) -> bool:
    is_of_standard = "/" in column.heading or "." in column.file
    return column.standing is Standing.REFUSED and is_of_standard


def _row(
    column: ColumnStanding, found: Found, answers: Answers
) -> tuple[str, str, str]:
    name = _named(column, found)
    if column.standing is Standing.NEVER and is_named_like_ssn(column.heading):
        return (name, _SAYS[Standing.NEVER], _SSN)
    if column.standing is not Standing.ALLOWED or column.element is None:
        return (name, _SAYS.get(column.standing, "Allowed"), column.why or _UNLISTED)
    is_answered, _ = answers.element_of(column.file, column.heading)
    how = "As proposed"
    if is_answered:
        how = "As remembered" if found.is_remembered else "As you said"
    return (name, f"Allowed: {label_of(column.element)}", f"{how}.")


def _named(column: ColumnStanding, found: Found) -> str:
    """Return a heading, with its file where several were sent."""
    are_several = len({each.file for each in found.columns}) > 1
    name = called(column)
    if are_several and column.file and name == column.heading:
        return f"{column.heading} ({column.file})"
    return name


def read_as(found: Found) -> str:
    """Return what files were read as, in words."""
    kinds = [
        f"{FORMATS.get(kind, kind)} {version}".strip()
        for kind, version in zip_longest(
            found.format.split(" and "), found.versions, fillvalue=""
        )
    ]
    words = enumerated(kinds)
    return f"{words}, {found.encoding}" if found.encoding else words


def n_allowed(found: Found) -> int:
    """Return how many columns would be loaded."""
    return sum(each.standing is Standing.ALLOWED for each in found.columns)


def count_rows(found: Found) -> list[tuple[str, str]]:
    """Return the quality report, as COUNTS names its columns."""
    return [
        ("Read", f"{found.n_rows:,}"),
        ("Set aside, with a reason", f"{found.n_rejected:,}"),
        *(
            (f"Of these refused by rule R-057: {why}", f"{n:,}")
            for why, n in found.outside
        ),
        *((words, f"{n:,}") for words, n in found.counts),
    ]


def what_to_do(found: Found) -> list[str]:
    """Return what keeps files from being loaded, and what to do about it."""
    said = list(found.errors)
    if found.questions:
        n = len(found.questions)
        what = "One question is" if n == 1 else f"{n} questions are"
        said.append(f"{what} open. Answer below, and the files are read again.")
    gone = {each.element for each in found.columns if each.standing is Standing.NEVER}
    if removed := [code for code in found.missing if code in gone]:
        names = enumerated((label_of(code) for code in removed), most=20)
        said.append(
            f"The column for {names} was removed, because values in it look like "
            "Social Security numbers. Cancel, correct them and send the files again. "
            f"{OWN_NUMBERS}"
        )
    if missing := [code for code in found.missing if code not in gone]:
        names = enumerated((label_of(code) for code in missing), most=20)
        said.append(
            f"There is no column for {names}. Say below which column it is, or cancel "
            "and send the files again with it."
        )
    if not said and not found.can_be_kept:
        said.append("No row can be kept. Cancel, and send other files.")
    return said
