"""Files that a standard puts into a set: their names, and one of them sent alone.

Alone, the key of such a file may be a school's, a class's or a teacher's number.
"""

from collections.abc import Sequence

from indicators.formats import hmis, oneroster, sds
from indicators.formats.catalogue import STUDENT, meaning_of
from indicators.formats.headings import comparable
from indicators.formats.oneroster_parts import PARTS
from indicators.formats.problems import FormatError
from indicators.formats.report import Status
from indicators.formats.sets import Part

# Names of files that are found together, in no capitals.
NAMES = (
    oneroster.FILES
    | {oneroster.MANIFEST}
    | {part.key for part in (*sds.VERSION_1, *sds.VERSION_2, *hmis.PARTS)}
    | {name.casefold() for name in (*sds.NOT_READ_1, *sds.NOT_READ_2)}
)
_ONEROSTER, _SDS, _HMIS = "a OneRoster set", "a School Data Sync set", "an HMIS export"
_KEYS = frozenset({"sourcedid", "usersourcedid", "sisid"})
# Headings that nobody but the standard has, for files that are not read in their set.
_TELLING = (
    (_HMIS, "", {"datecreated", "dateupdated", "datedeleted", "exportid"}),
    (_HMIS, "Export.csv", {"exportid", "hashstatus"}),
    (_SDS, "Teacher.csv", {"sisid", "schoolsisid", "teachernumber"}),
)
# All headings of a file that has two.
_BOTH = (
    (_ONEROSTER, "manifest.csv", {"propertyname", "value"}),
    (_SDS, "StudentEnrollment.csv or TeacherRoster.csv", {"sectionsisid", "sisid"}),
)
_OF_PEOPLE = ("first_name", "last_name", "birth_date")


def require_no_member(headings: Sequence[str], *, name: str) -> None:
    """Raise FormatError for a table that is one file of a standard's set.

    A list of students that happens to use a standard's headings is none. name: that of
    the file, where it is known, without its ending.
    """
    if found := member_of(headings, name=name):
        raise no_member_alone(found)


def no_member_alone(member: tuple[str, str]) -> FormatError:
    """Return the refusal of one file of a set."""
    return FormatError(
        f"This looks like {in_words(member)}: one file of a set, which means "
        "nothing alone. Nothing was read. Send the whole set, all files under the "
        "standard's own names, together or in one zip archive."
    )


def in_words(member: tuple[str, str]) -> str:
    """Return a set and its file in words, to follow “looks like”."""
    standard, file = member
    which = f"`{file.replace(' or ', '` or `')}`" if file else "a file"
    return f"{which} of {standard}"


def member_of(headings: Sequence[str], *, name: str = "") -> tuple[str, str] | None:
    """Return the set and the file that headings are of, or nothing.

    Student.csv of School Data Sync has all that a list of students needs, so it may
    stand alone.
    """
    there = {comparable(heading) for heading in headings}
    for standard, file, telling in _TELLING:
        if telling <= there:
            return standard, file
    for standard, file, both in _BOTH:
        if both == there:
            return standard, file
    listed = [(_ONEROSTER, part) for version in PARTS.values() for part in version]
    listed += [(_SDS, part) for part in (*sds.VERSION_1, *sds.VERSION_2)]
    for standard, part in listed:
        if part.file == "Student.csv" or not _is_mostly(part, headings, there):
            continue
        needed = {comparable(field.name) for field in part.fields if field.is_needed}
        is_named = part.key == f"{name.casefold()}.csv"
        if is_named or (needed & _KEYS and needed <= there):
            return standard, part.file
    return None


def _is_mostly(part: Part, headings: Sequence[str], there: set[str]) -> bool:
    """Return whether headings are mostly a part's, with a key and nobody's name."""
    own = {comparable(field.name) for field in part.fields}
    if not _KEYS & there or 2 * len(own & there) <= len(there):
        return False
    others = [heading for heading in headings if comparable(heading) not in own]
    meant = [meaning_of(heading, STUDENT) for heading in others]
    return not any(
        (each.element or "").endswith(_OF_PEOPLE)
        for each in meant
        if each.status is Status.READ
    )
