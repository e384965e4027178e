"""Which element a heading of any file stands for, as far as that is known.

Spellings are those of the element catalogue, of Form HUD-50058's lines, and of the
standards: one name in all of them means one element.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agreements.rules.elements import ELEMENTS, Category
from indicators.formats.headings import comparable
from indicators.formats.hud50058 import LINES, OTHER_HEADINGS, PROGRAM_LINES
from indicators.formats.report import Status
from indicators.formats.spelling import form_line, plainly

# Sides of a partnership: a heading such as "First Name" means either's element.
TENANT, STUDENT = "tenant", "student"

# "ssn" stands in "class name" and "business number" as well.
_SSN = re.compile(
    r"^ssn|ssn(?=\d|$|last|hash|enc|mask|data|no$)|socialsec|socsec|taxpayerid|itin$"
)
# "ss" alone may be social studies.
_SSN_MARKED = re.compile(r"\bss ?(?:#|no\b|num)|\bssan\b", re.I)
# Those that stand for themselves; as parts of other words they would mislead.
_NEVER = re.compile(
    r"password|passwd|immigrationstatus|citizen|aliennumber|alienreg|visatype"
    r"|annualincome|grossincome|incomecode|dollarsperyear|incomeafter|incomeexcl"
    r"|asset|diagnos|hivaids|mentalhealth|substanceuse|domesticviolence"
    r"|disabilit|medicaid|healthins|homelessatadmission"
)
# Citizenship, disability, numbers, homelessness at admission, assets, income.
_LINES_NEVER = re.compile(r"3[ijnp]|4c|1[89][a-z]\d?")
_OF_PEOPLE = (".last_name", ".birth_date", ".member_id", "student.id")
_REFUSED = frozenset(
    {
        Category.SOCIAL_SECURITY,
        Category.VERIFIED_INCOME,
        Category.REPORTED_INCOME,
        Category.CRIMINAL_RECORD,
        Category.DRUG_TREATMENT,
        Category.PROTECTED_STATUS,
        Category.DISABILITY,
        Category.STUDENT_HEALTH,
        Category.MENTAL_HEALTH,
        Category.SUBSTANCE_USE,
    }
)
_OF_STUDENTS = {
    "student.id": ("sis id", "student number", "student id", "local student id"),
    "student.state_id": ("state id", "state student id", "ssid", "statewide id"),
    "student.first_name": ("first name", "given name", "fname", "firstname"),
    "student.middle_name": ("middle name", "mname", "middle initial"),
    "student.last_name": ("last name", "family name", "surname", "lname"),
    "student.suffix": ("suffix", "name suffix", "generation code"),
    "student.preferred_first_name": ("preferred given name", "preferred name"),
    "student.birth_date": ("birthdate", "birth date", "date of birth", "dob"),
    "student.sex": ("sex", "gender"),
    "student.race": ("race", "race ethnicity", "federal race code"),
    "student.ethnicity": ("ethnicity", "hispanic", "hispanic or latino"),
    "student.street_address": ("street address", "address", "home address"),
    "student.city": ("city", "home city"),
    "student.state": ("state", "home state"),
    "student.zip": ("zip", "zip code", "postal code", "home zip"),
    "student.phone": ("phone", "telephone", "sms"),
    "student.email": ("email", "secondary email", "e-mail", "student email"),
    "student.graduation_cohort": ("graduation year", "cohort year", "class of"),
    "student.guardian_name": ("guardian", "parent name", "guardian name"),
    "student.english_learner": ("english learner", "ell", "lep", "el status"),
    "enrolment.school": (
        *("school sis id", "school id", "school code", "school"),
        "school number",
    ),
    "enrolment.grade": ("grade", "grade level", "grades", "entry grade level"),
    "enrolment.entry_date": (
        *("entry date", "enrollment date", "begin date", "start date"),
        "enrollment entry date",
    ),
    "enrolment.exit_date": (
        *("exit date", "withdrawal date", "exit withdraw date", "end date"),
        "enrollment exit date",
    ),
    "attendance.date": ("attendance date", "absence date", "date absent"),
    "attendance.category": (
        *("attendance code", "attendance category", "absence type"),
        "absence code",
    ),
    "enrolment.entry_type": ("entry type", "entry reason", "entry code"),
    "enrolment.exit_type": ("exit type", "exit reason", "withdrawal reason"),
    "attendance.days_absent": ("days absent", "absences", "total absences"),
    "attendance.days_attended": ("days attended", "days present"),
    "attendance.rate": ("attendance rate",),
    "attendance.chronic_absence": ("chronic absence", "chronically absent"),
    "calendar.school_year": ("school year", "academic year"),
    "calendar.days_in_session": ("days enrolled", "days in session", "membership"),
    "discipline.date": ("incident date", "discipline date", "action date"),
    "discipline.action": (
        *("discipline action", "disciplinary action", "action taken"),
        "disciplinary action taken",
    ),
    "discipline.days": ("days suspended", "suspension days", "days removed"),
    "assessment.subject": ("test subject", "assessment subject", "content area"),
    "assessment.test": (
        *("test", "test name", "assessment", "assessment name"),
        "assessment title",
    ),
    "assessment.date": ("test date", "assessment date", "date tested"),
    "assessment.grade": ("test grade", "grade tested", "tested grade"),
    "assessment.performance_level": ("achievement level", "proficiency level"),
    "transcript.diploma": ("diploma type",),
    "transcript.diploma_date": ("diploma award date", "graduation date"),
    "transcript.grade_point_average": ("gpa", "cumulative gpa", "unweighted gpa"),
    "transcript.weighted_grade_point_average": ("weighted gpa",),
    "transcript.credits": ("credits earned", "cumulative credits"),
    "course.subject": ("course subject", "subject area"),
    "course.result": ("course result", "course attempt result"),
    "school.name": ("school name", "name of institution"),
    "school.district": ("district id", "lea id", "district"),
}
# What may be meant, and is asked.
_PROPOSED_OF_BOTH = {
    "first_name": ("first",),
    "middle_name": ("middle",),
    "last_name": ("last",),
    "birth_date": ("birthday", "day of birth"),
    "sex": ("sex code", "gender code"),
    "street_address": ("street",),
    "unit_number": ("unit", "apt", "apartment", "unit number", "apartment number"),
}
_PROPOSED_OF_STUDENTS = {
    "student.id": ("perm id", "permanent id", "local id"),
    "enrolment.entry_date": ("enter date", "enroll date"),
    "enrolment.exit_date": ("withdraw date", "leave date"),
}
_PROPOSED_OF_TENANTS = {
    "tenant.member_id": ("resident id",),
    "tenant.household_id": ("entity number", "entity id"),
}
# Words of standards that say little where nothing stands around them: what they mean
# is asked. A name alone is nobody's in particular.
_BARE = frozenset({"date", "type"})
_NOBODYS = comparable("name")
_OF_TENANTS = (
    *("member id", "tenant id", "development", "household id", "household number"),
    *("hhid", "project number", "resident id"),
)
_OF_HMIS = {
    "tenant.member_id": ("personal id",),
    "tenant.suffix": ("name suffix",),
    "tenant.household_id": ("household id",),
    "tenant.relation_to_head": ("relationship to hoh",),
}
_OF_PLACES = {
    "building.development": ("development id", "development code"),
    "building.agency": ("pha code", "participant code"),
    "building.address": ("std addr", "address"),
    "building.location": ("latitude", "longitude", "lat", "lon"),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one heading stands for."""

    element: str | None
    status: Status


def _spelled(listed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {comparable(name): code for code, names in listed.items() for name in names}


def _tenant_spellings() -> dict[str, str]:
    found = {
        comparable(name): element.code
        for element in ELEMENTS.values()
        if element.code.startswith("tenant.")
        for name in (element.code, element.column, *element.headings)
    }
    return found | _spelled(_OF_HMIS) | _spelled(LINES) | _spelled(OTHER_HEADINGS)


def _student_spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for element in ELEMENTS.values():
        if element.code.startswith(("tenant.", "building.", "table.", "directory.")):
            continue
        edfi = element.edfi.rpartition(".")[2]
        oneroster = element.oneroster.partition(" ")[0].rpartition(".")[2]
        names = (element.code, element.column, edfi, oneroster, *element.headings)
        for name in filter(None, names):
            found.setdefault(comparable(name), element.code)
    del found[_NOBODYS]
    return found | _spelled(_OF_STUDENTS)


_SPELLINGS = {TENANT: _tenant_spellings(), STUDENT: _student_spellings()}
_PROPOSED = {
    side: _spelled(own | {f"{side}.{n}": v for n, v in _PROPOSED_OF_BOTH.items()})
    for side, own in ((TENANT, _PROPOSED_OF_TENANTS), (STUDENT, _PROPOSED_OF_STUDENTS))
}
_PLACES = _spelled(_OF_PLACES)
# Words that only one side uses; "First Name" and the like decide nothing.
_MARKS = {
    TENANT: frozenset(
        comparable(name)
        for listed in (LINES, PROGRAM_LINES)
        for names in listed.values()
        for name in (*names, *_OF_TENANTS)
    )
    - frozenset(_SPELLINGS[STUDENT]),
    STUDENT: frozenset(_SPELLINGS[STUDENT]) - frozenset(_SPELLINGS[TENANT]),
}


def side_of(headings: Sequence[str]) -> str:
    """Return whose list headings are of: a tenant's, a student's, or nobody's."""
    said = [{comparable(heading), *plainly(heading)} for heading in headings]
    n_marks = {side: sum(bool(s & m) for s in said) for side, m in _MARKS.items()}
    n_marks[TENANT] += sum(
        form_line(heading) in _SPELLINGS[TENANT] for heading in headings
    )
    side = TENANT if n_marks[TENANT] > n_marks[STUDENT] else STUDENT
    meant = {meaning_of(heading, side).element or "" for heading in headings}
    return side if any(code.endswith(_OF_PEOPLE) for code in meant) else ""


def meaning_of(heading: str, side: str) -> Meaning:
    """Return what a heading stands for in a list of that side."""
    spelled = comparable(heading)
    if is_never_taken(heading):
        return Meaning(_refused_element(heading), Status.REFUSED)
    spellings = _SPELLINGS.get(side, _PLACES)
    if code := spellings.get(spelled):
        is_bare = side == STUDENT and spelled in _BARE
        return Meaning(code, Status.TO_CONFIRM if is_bare else Status.READ)
    if side == TENANT and (code := spellings.get(form_line(heading))):
        return Meaning(code, Status.READ)
    known = {**_PROPOSED.get(side, {}), **spellings}
    if code := next(
        (known[p] for p in (spelled, *plainly(heading)) if p in known), None
    ):
        return Meaning(code, Status.TO_CONFIRM)
    return Meaning(None, Status.NOT_RECOGNISED)


def is_named_like_ssn(heading: str) -> bool:
    """Return whether a heading says Social Security number."""
    return bool(_SSN.search(comparable(heading)) or _SSN_MARKED.search(heading))


def is_never_taken(heading: str) -> bool:
    """Return whether a heading names what is never taken, whatever is agreed."""
    spelled = comparable(heading)
    if is_named_like_ssn(heading) or _NEVER.search(spelled):
        return True
    if _LINES_NEVER.fullmatch(form_line(heading)):
        return True
    code = _SPELLINGS[TENANT].get(spelled) or _SPELLINGS[STUDENT].get(spelled, "")
    return code in ELEMENTS and ELEMENTS[code].category in _REFUSED


def _refused_element(heading: str) -> str | None:
    if is_named_like_ssn(heading):
        return "tenant.ssn"
    spelled = comparable(heading)
    return _SPELLINGS[TENANT].get(spelled) or _SPELLINGS[STUDENT].get(spelled)
