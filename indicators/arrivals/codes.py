"""Kinds that senders tell in words of their own, and what each of their words means.

A word that no list knows is asked about, for a school's results hang on it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.standing import Judge
from indicators.formats.headings import comparable
from indicators.formats.report import SHOWN_CHARACTERS, Report, shown
from indicators.measures.attendance import CATEGORIES

# More different words than these are no kinds, but texts, numbers or names.
MOST_WORDS = 20
# A code as people and spreadsheets write it: 1, 01 or 1.0.
_WHOLE = re.compile(r"0*([0-9]+)(?:\.0+)?")
_GAP = " … "
# What stands in no word for a kind: long numbers, and addresses of either sort.
_OF_PEOPLE = re.compile(
    r"[0-9]{7}|(?:[0-9][ ().-]*){10}|@"
    r"|[0-9] (?:[A-Z][a-z]+ )+(?:St|Street|Ave|Avenue|Rd|Road|Dr|Drive|Ln|Lane|Blvd)\b"
)
# More unknown words than these, of which most are said once, are names and no kinds.
_MOST_ONCE = 5


@dataclass(frozen=True, slots=True)
class CodeList:
    """The meanings that one element's words can have.

    unsaid: what cannot be said without knowing one. spellings, begins: other words by
    meaning; of the latter a word need only begin so.
    """

    noun: str
    unsaid: str
    meanings: tuple[str, ...]
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    begins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def meaning_of(self, word: str) -> str | None:
        """Return what a word means, or None where the list does not know it."""
        number = _WHOLE.fullmatch(word.strip())
        said = number[1] if number else comparable(word)
        for meaning in self.meanings:
            spelled = map(comparable, (meaning, *self.spellings.get(meaning, ())))
            begun = tuple(map(comparable, self.begins.get(meaning, ())))
            if said in spelled or (begun and said.startswith(begun)):
                return meaning
        return None


_SAME_PLACE = "the same local education agency"
_OTHER_PLACES = (
    "a different local education agency in the same state",
    "a different state",
)
# Spellings are those of Ed-Fi's descriptors and of federal reports. Tests of "reading
# or language arts" are one subject: 20 USC 6311(b)(2)(B)(v).
_SUBJECTS = {
    "reading": (
        *("reading/language arts", "reading or language arts", "RLA", "ELA"),
        *("English language arts", "language arts"),
    ),
    "math": ("mathematics", "maths"),
    "social studies": ("social sciences and history", "history"),
    "science": ("life and physical sciences",),
    "english": ("English language and literature",),
}
# Of exits to another school only those that leave the district and its diploma: 20 USC
# 7801(25)(B). Of others, such as to an equivalency program, a college or a school of
# the same district, the sender is asked.
_TRANSFERS = tuple(
    f"transferred to a {kind} school in {where}"
    for kind, places in {
        "public": _OTHER_PLACES,
        "charter": _OTHER_PLACES,
        "private, religiously-affiliated": (_SAME_PLACE, *_OTHER_PLACES),
        "private, non-religiously-affiliated": (_SAME_PLACE, *_OTHER_PLACES),
    }.items()
    for where in places
)
# Form HUD-50058, line 2a, in its order. What takes effect while a family searches, or
# tells of its unit alone, says no more of where it lives than what came before.
_ACTIONS = (
    *("new admission", "annual reexamination", "interim reexamination"),
    *("portability move-in", "portability move-out", "end participation"),
    *("other change of unit", "FSS/MTW self-sufficiency only"),
    *("annual reexamination searching", "issuance of voucher"),
    *("expiration of voucher", "flat rent annual update"),
    *("annual HQS inspection only", "historical adjustment", "void"),
)
_OTHER_WORDS = {
    "new admission": ("admission", "move-in", "initial certification"),
    "annual reexamination": ("annual", "annual recertification", "annual review"),
    "interim reexamination": ("interim", "interim recertification"),
    "portability move-in": ("port-in", "portability in"),
    "portability move-out": ("port-out", "portability out"),
    "end participation": ("EOP", "end of participation", "move-out", "termination"),
    "other change of unit": (
        "change of unit",
        "unit change",
        "transfer",
        "unit transfer",
    ),
}
CODE_LISTS: Mapping[str, CodeList] = {
    "tenant.action": CodeList(
        "type of action",
        "who lives where",
        _ACTIONS,
        {
            name: (str(n), *_OTHER_WORDS.get(name, ()))
            for n, name in enumerate(_ACTIONS, 1)
        },
    ),
    "attendance.category": CodeList(
        "attendance category", "whether it is an absence", CATEGORIES
    ),
    "discipline.action": CodeList(
        "disciplinary action",
        "whether it is a suspension or an expulsion",
        ("in_school_suspension", "out_of_school_suspension", "expulsion", "other"),
        {
            "in_school_suspension": ("ISS", "in-school"),
            "out_of_school_suspension": ("OSS", "out-of-school"),
            "other": (
                *("corporal punishment", "community service", "detention"),
                *("conference with and warning to student", "removal from classroom"),
                *("no action", "none", "warning"),
            ),
        },
        begins={"expulsion": ("expulsion with",)},
    ),
    "assessment.subject": CodeList(
        "test subject",
        "what was tested",
        ("reading", "math", "science", "writing", "social studies", "other"),
        _SUBJECTS,
    ),
    "assessment.test": CodeList(
        "test",
        "whether it is the state's test or a local one",
        ("state", "local"),
        {
            "state": ("state test", "state assessment"),
            "local": ("local test", "local benchmark", "benchmark test"),
        },
        begins={
            "state": (
                *("state summative", "state high school course"),
                *("state high school subject", "state end of course"),
            )
        },
    ),
    "assessment.performance_level": CodeList(
        "performance level",
        "whether it is proficient",
        ("Advanced", "Proficient", "Basic", "Below basic"),
    ),
    "enrolment.entry_type": CodeList(
        "entry type",
        "whether the student came from another district",
        ("from elsewhere", "from this district"),
        # An original entry into a school of the country is every kindergartner's too.
        {
            "from this district": (
                *("next year school", "matriculation from another school"),
                "re-entry after a voluntary withdrawal",
                "re-entry after an involuntary withdrawal",
            )
        },
        begins={
            "from elsewhere": (
                "transfer from a public school in a different",
                "transfer from a private",
                *("transfer from a school outside", "transfer from home schooling"),
            ),
            "from this district": (
                "transfer from a public school in the same local education agency",
                "transfer from a public school in the same district",
                "re-entry from the same school",
            ),
        },
    ),
    "enrolment.exit_type": CodeList(
        "exit type",
        "whether the student graduated, moved or dropped out",
        (
            *("graduated", "transferred", "emigrated", "institution", "died"),
            *("dropped out", "other"),
        ),
        {
            "graduated": (
                *("graduate", "graduation", "graduated with a regular diploma"),
                "graduated with regular, advanced, International Baccalaureate, or "
                "other type of diploma",
            ),
            "transferred": (
                *("transfer", "transferred to another state", *_TRANSFERS),
                *("transferred to a private school", "transferred to home schooling"),
                *("transferred to another district", "transferred to another country"),
                "transferred to a school outside of the country",
            ),
            "emigrated": (
                *("moved to another country", "student moved to another country"),
                "student moved to another country, may or may not be continuing",
            ),
            "died": ("deceased", "died or is permanently incapacitated"),
            "dropped out": ("dropout", "discontinued schooling"),
            "other": ("end of school year", "end of year", "promoted"),
        },
    ),
    "transcript.diploma": CodeList(
        "diploma",
        "whether it is a regular one",
        (
            *("regular diploma", "alternate diploma", "equivalency certificate"),
            *("certificate of attendance", "other"),
        ),
        {
            "regular diploma": ("regular", "endorsed/advanced diploma"),
            "equivalency certificate": (
                *("GED", "HSE", "high school equivalency"),
                "General Educational Development (GED) credential",
            ),
            "certificate of attendance": ("certificate of completion",),
        },
    ),
    "course.subject": CodeList(
        "subject of a course",
        "whether it is a core course",
        ("english", "math", "science", "social studies", "other"),
        _SUBJECTS | {"english": (*_SUBJECTS["english"], *_SUBJECTS["reading"])},
    ),
    "course.result": CodeList(
        "result of a course",
        "whether it was passed",
        ("passed", "not passed", "in progress"),
        {
            "passed": ("pass", "P"),
            "not passed": ("fail", "failed", "F"),
            "in progress": ("incomplete",),
        },
    ),
}


def meant(
    code: str,
    said: pa.ChunkedArray,
    students: pa.ChunkedArray,
    judge: Judge,
    report: Report,
) -> pa.ChunkedArray:
    """Return what the words of an element mean, null where nothing is said.

    students: of whom each is said.
    Asks about words that are not known and not answered. Refuses a column of too many,
    of some that are no kinds, and of two that would be asked about as one.
    """
    listed = CODE_LISTS[code]
    coded, known, meanings = _meanings(code, said, judge)
    words = coded.dictionary.to_pylist()
    asked = [
        asked_as(code, word)
        for word, meaning in zip(words, known, strict=True)
        if word and meaning is None
    ]
    are_alike = len({*asked}) < len(asked)
    if are_alike:
        report.refuse(
            "R08",
            f"In the column of the {listed.noun}, two words that are not known are "
            f"alike but for what stands between their beginnings and ends. Write them "
            f"in {SHOWN_CHARACTERS} letters or fewer, and send the files again.",
        )
    unknown = [
        word
        for word, meaning in zip(words, meanings, strict=True)
        if word and meaning is None and not are_alike
    ]
    if len(unknown) > MOST_WORDS:
        report.refuse(
            "R08",
            f"The column of the {listed.noun} holds {len(unknown):,} different words "
            "that are not known, too many to be kinds. Check which column it is, and "
            "send the files again.",
        )
        unknown = []
    if not may_be_shown(unknown) or _are_once(unknown, said, students):
        report.refuse(
            "R08",
            f"The column of the {listed.noun} seems to hold numbers, addresses or "
            "names of people, so none of them is shown here. Check which column it is, "
            "and send the files again.",
        )
        unknown = []
    for word in unknown:
        report.ask(
            "R08",
            f"The {listed.noun} “{shown(cut(word))}” is not known, so it cannot be "
            f"said {listed.unsaid}. Which of these is it?",
            choices=listed.meanings,
            column=asked_as(code, word),
        )
    return _taken(coded, meanings)


def known_meanings(code: str, said: pa.ChunkedArray, judge: Judge) -> pa.ChunkedArray:
    """Return what words are known or were answered to mean, null for any other."""
    coded, _, meanings = _meanings(code, said, judge)
    return _taken(coded, meanings)


def _meanings(
    code: str, said: pa.ChunkedArray, judge: Judge
) -> tuple[pa.DictionaryArray, list[str | None], list[str | None]]:
    """Return the words, and of each what it is known to mean, and with answers."""
    listed, answered = CODE_LISTS[code], judge.answers.categories
    coded = said.combine_chunks().dictionary_encode()
    words = coded.dictionary.to_pylist()
    known = [listed.meaning_of(word) for word in words]
    meanings = list(known)
    for at, word in enumerate(words):
        if word and known[at] is None:
            answer = answered.get(asked_as(code, word))
            meanings[at] = answer if answer in listed.meanings else None
    return coded, known, meanings


def _taken(coded: pa.DictionaryArray, meanings: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(meanings, pa.string()).take(coded.indices)])


def may_be_shown(words: Iterable[str]) -> bool:
    """Return whether no word holds a number or an address that a kind has none of."""
    return not any(map(_OF_PEOPLE.search, words))


def asked_as(code: str, word: str) -> str:
    """Return under which name a word of an element is asked about and answered."""
    return f"{code}: {cut(word)}"


def _are_once(
    unknown: list[str], said: pa.ChunkedArray, students: pa.ChunkedArray
) -> bool:
    """Return whether words are too many, and said of too few students, to be kinds."""
    if len(unknown) <= _MOST_ONCE:
        return False
    are_unknown = pc.is_in(said, pa.array(unknown, pa.string()))
    pairs = pa.table({"said": said, "of": students}).filter(are_unknown)
    n = pairs.group_by(["said", "of"], use_threads=False).aggregate([]).num_rows
    return bool(n < 2 * len(unknown))


def cut(word: str) -> str:
    """Return the beginning and the end of a long word, for many begin alike."""
    if len(word) <= SHOWN_CHARACTERS:
        return word
    half = (SHOWN_CHARACTERS - len(_GAP)) // 2
    return f"{word[:half]}{_GAP}{word[-half:]}"
