"""Dimensions and measures as words of a sentence."""

from datetime import date

from indicators.disclosure.statements import in_words
from indicators.disclosure.table import Band, Mark
from indicators.published.document import Document, PublishedMeasure

POPULATION, ASSISTED, PEERS = "population", "assisted", "peers"
# The unit of a measure that has no rate.
COUNT = "count"
# The name of the total, among the labels of a document; else a name of the product's.
TOTAL = ""
ALL_CHILDREN, RESIDENTS = "All children together", "All residents together"
ALL_STUDENTS = "All students together"

# What lies above the values of a dimension has a name of its own.
UPPER = {"building": "development", "school": "level"}
_PLURALS = {
    "level": ("school level", "school levels"),
    "age": ("age group", "age groups"),
    "race": ("race or ethnicity", "races and ethnicities"),
}
_NOUNS = {
    "on_time_enrolment": "share enrolled on time",
    "starting_on_time": "share that started on time",
    "suspension": "share suspended or expelled",
    "reading_grade_3": "reading on grade level in grade 3",
    "reading_grade_8": "reading proficiency in grade 8",
    "math_grade_8": "math proficiency in grade 8",
    "core_courses_passed": "share that passed its core courses",
    "credits_on_target": "share with credits on target",
    "on_time_graduation": "on-time graduation",
    "graduation_ever": "graduation within five or six years",
    "dropout": "dropout rate",
}


def one_of(breakdown: str) -> str:
    """Return what one value of a breakdown is called."""
    return _PLURALS.get(breakdown, (breakdown, ""))[0]


def many_of(breakdown: str) -> str:
    """Return what several values of a breakdown are called."""
    return _PLURALS.get(breakdown, ("", f"{breakdown}s"))[1]


def counted(n: int, breakdown: str) -> str:
    """Return so many values of a breakdown: "1 building", "10 buildings"."""
    return f"{n} {one_of(breakdown) if n == 1 else many_of(breakdown)}"


def noun(measure: PublishedMeasure) -> str:
    """Return a measure as the noun of a sentence, without an article."""
    known = _NOUNS.get(measure.code)
    return known or mid(measure.label)


def subject(measure: PublishedMeasure) -> str:
    """Return a measure as a sentence's subject, with its article, if it needs one."""
    name = noun(measure)
    if name.startswith("share") or name.endswith("rate"):
        return f"the {name}"
    return name


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def mid(text: str) -> str:
    """Return a text as it stands within a sentence."""
    return text[:1].lower() + text[1:]


def said_day(text: str) -> str:
    """Return a day as people write it; what is no day stays as it is."""
    try:
        return f"{date.fromisoformat(text):%B %-d, %Y}"
    except ValueError:
        return text


def printed(text: Band | Mark | None) -> str:
    """Return a figure as charts and tables print it: "40–49%", "Suppressed"."""
    if isinstance(text, Band):
        return f"{text}%"
    return str(text or Mark.NO_DATA)


def printed_n(n: int | Mark) -> str:
    """Return a head count as tables print it."""
    return f"{n:,}" if isinstance(n, int) else str(n)


def spoken(text: Band | Mark | None) -> str:
    """Return a figure as a phrase: "40 to 49 percent", "suppressed"."""
    if isinstance(text, Band):
        return in_words(text)
    return str(text or Mark.NO_DATA).lower()


def listed(names: list[str]) -> str:
    """Return names as a list in a sentence."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def name_of_residents(document: Document) -> str:
    """Return what all of those are called whom the breakdowns divide."""
    known = document.labels.get(TOTAL, {}).get(TOTAL)
    return known or (RESIDENTS if POPULATION in document.dims else ALL_CHILDREN)


def name_of_whole(document: Document) -> str:
    """Return what those are called with whom each group is compared."""
    if POPULATION in document.dims:
        return ALL_STUDENTS
    return name_of_residents(document)


def defined(measure: PublishedMeasure) -> str:
    """Return a measure's definition in a sentence."""
    if measure.unit == COUNT:
        return f"A count of children: {measure.denominator}."
    return f"{sentence(measure.numerator)}, as a percent of {measure.denominator}."
