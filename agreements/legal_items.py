"""What the law asks of a text, item by item, and what answers it (pure).

The items follow law.md §1 and §2: for each ground on which records leave, what the
statute or regulation requires. A rule of the engine stands behind each item, so that
an item passes only where the rule finds nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from textwrap import shorten
from typing import Any

from agreements.clause_values import CITATIONS
from agreements.rules.engine import RULES
from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import Basis, Stage

EXCERPT = 180  # characters of a clause
ON_FILE = "Shown by what is on file and in the schedules, and not by a clause."
STUDENTS = "Student records"
UNSAID = "No clause of this text, or of an agreement above it, says so."


class Outcome(StrEnum):
    """How an item stands."""

    PASSES = "Pass"
    OPEN = "Open"
    LATER = "Checked later"
    LET_STAND = "Let stand by counsel"


@dataclass(frozen=True, slots=True)
class _Demand:
    """One thing that the law asks. clauses: one of them answers it, if any is named."""

    item: str
    citation: str
    rule: str
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalItem:
    """One thing that the law asks, the words that answer it, and what was found.

    ground: which records, or on which ground they leave. clause: "" where no clause
    answers it. parent: the number of the agreement above in which the clause stands; ""
    for this text. found: what is open.
    """

    item: str
    ground: str
    citation: str
    outcome: Outcome
    clause: str = ""
    parent: str = ""
    excerpt: str = ON_FILE
    found: tuple[str, ...] = ()


_BY_BASIS: Mapping[Basis, tuple[_Demand, ...]] = {
    Basis.CONSENT: (
        _Demand(
            "Consent names the records, the purpose and the recipients",
            "34 CFR 99.30(b)",
            "R-031",
        ),
        _Demand("No housing depends on consenting", "42 USC 3544(e)", "R-035"),
    ),
    Basis.SCHOOL_OFFICIAL: (
        _Demand(
            "A service of the school, under its direct control and its limits",
            "34 CFR 99.31(a)(1)(i)(B)",
            "R-026",
            ("C27",),
        ),
        _Demand(
            "The annual notice covers the recipient", "34 CFR 99.7(a)(3)(iii)", "R-027"
        ),
    ),
    Basis.STUDIES: (
        _Demand(
            "Tests, student aid or better instruction",
            "34 CFR 99.31(a)(6)(i)",
            "R-012",
            ("C03",),
        ),
        _Demand("For or on behalf of the district", "34 CFR 99.31(a)(6)(i)", "R-016"),
        _Demand(
            "Purpose, scope, duration and information",
            "34 CFR 99.31(a)(6)(iii)(C)(1)",
            "R-013",
            ("C02", "C07"),
        ),
        _Demand(
            "Used for the study alone, and nobody is identified outside it",
            "34 CFR 99.31(a)(6)(iii)(C)(2) and (3)",
            "R-014",
            ("C11",),
        ),
        _Demand(
            "Destroyed when no longer needed, and by when",
            "34 CFR 99.31(a)(6)(iii)(C)(4)",
            "R-015",
            ("C17",),
        ),
        _Demand(
            "A written agreement between both ends",
            "34 CFR 99.31(a)(6)(iii)(C)",
            "R-002",
            ("C01",),
        ),
    ),
    Basis.AUDIT_EVALUATION: (
        _Demand(
            "The discloser is an educational authority",
            "34 CFR 99.31(a)(3) and 99.35(a)",
            "R-008",
        ),
        _Demand(
            "A supported education program is evaluated",
            "34 CFR 99.3 and 99.35(a)",
            "R-024",
            ("C04",),
        ),
        _Demand(
            "An authorized representative is designated",
            "34 CFR 99.35(a)(3)(i)",
            "R-017",
            ("C04",),
        ),
        _Demand(
            "The information and the purpose are stated",
            "34 CFR 99.35(a)(3)(ii)(A) and (B)",
            "R-013",
            ("C07",),
        ),
        _Demand(
            "The activity is specific enough to show that it fits",
            "34 CFR 99.35(a)(3)(ii)(C)",
            "R-019",
            ("C05",),
        ),
        _Demand(
            "Destroyed, and by when",
            "34 CFR 99.35(a)(3)(iii) and (iv)",
            "R-015",
            ("C17",),
        ),
        _Demand(
            "Policies against further disclosure and unauthorized use",
            "34 CFR 99.35(a)(3)(v)",
            "R-020",
            ("C20", "C10"),
        ),
        _Demand(
            "A written agreement with the representative",
            "34 CFR 99.35(a)(3)",
            "R-002",
            ("C01",),
        ),
    ),
    Basis.CHILD_WELFARE: (
        _Demand(
            "The agency is legally responsible for the child",
            "20 USC 1232g(b)(1)(L)",
            "R-029",
        ),
    ),
    Basis.DIRECTORY: (
        _Demand(
            "Every field is designated in the public notice", "34 CFR 99.37", "R-036"
        ),
        _Demand(
            "Nothing else selects or identifies a student", "34 CFR 99.37(e)", "R-038"
        ),
    ),
}
_WITHOUT_IDENTITIES: Mapping[Basis, tuple[_Demand, ...]] = {
    Basis.DEIDENTIFIED: (
        _Demand(
            "All that identifies is removed, and somebody decided so",
            "34 CFR 99.31(b)(1)",
            "R-069",
            ("C15",),
        ),
    ),
    Basis.CODED: (
        _Demand(
            "Codes rest on nothing personal",
            "34 CFR 99.31(b)(2)(iii)",
            "R-067",
            ("C15",),
        ),
        _Demand("For education research alone", "34 CFR 99.31(b)(2)", "R-068"),
    ),
}
_GROUND = _Demand(
    "The ground of each flow of student records",
    "34 CFR 99.30 and 99.31",
    "R-010",
    ("C06",),
)
_NO_GROUND = _Demand(
    "No student is identified to anybody else, so no exception is asked",
    "34 CFR 99.30 and 99.31",
    "R-010",
)
_UNPASSED = _Demand(
    "No redisclosure, and the recipient is told so",
    "34 CFR 99.33(a) and (d)",
    "R-100",
    ("C12-E",),
)
_LOGGED = _Demand("Each disclosure is recorded", "34 CFR 99.32", "R-103", ("C24",))
_ONWARD = _Demand(
    "Each onward party and its interest are stated",
    "34 CFR 99.33(b) and 99.32(b)",
    "R-101",
    ("C13",),
)
_HOUSING = (
    _Demand(
        "The agency may send what it collected, as its counsel found",
        "24 CFR 960.259(b)(2)",
        "R-061",
    ),
    _Demand("No verified income", "42 USC 3544(c)", "R-046", ("C25",)),
    _Demand(
        "No criminal or drug-treatment records",
        "42 USC 1437d(q) and (t)",
        "R-047",
        ("C25",),
    ),
    _Demand(
        "No sign of protection; protected households are left out",
        "34 USC 12491(c)(4)",
        "R-048",
        ("C26", "C25"),
    ),
)
_UNLOGGED = (Basis.CONSENT, Basis.SCHOOL_OFFICIAL, Basis.DIRECTORY)
_STAGES = {each.id: each.stages for each in RULES}


def legal_items(
    facts: AgreementFacts,
    clauses: Iterable[Mapping[str, Any]],
    findings: Iterable[Finding],
) -> tuple[LegalItem, ...]:
    """Return what the law asks of these facts, each once, with what answers it.

    clauses: of the text, records with key and text. findings: what the rules found in
    the same facts before signature.
    """
    texts = {
        key: (parent.number, words)
        for parent in facts.parents
        if parent.is_active
        for key, _, words in parent.texts
    } | {each["key"]: ("", str(each["text"])) for each in clauses}
    found = list(findings)
    asked = dict.fromkeys(
        (ground, each) for ground, demands in _demands(facts) for each in demands
    )
    return tuple(_item(ground, each, texts, found) for ground, each in asked)


def _demands(facts: AgreementFacts) -> Iterator[tuple[str, tuple[_Demand, ...]]]:
    """Yield what is asked, each time with the records or the ground that ask it."""
    education = facts.education_disclosures
    grounds = dict.fromkeys(flow.basis for flow in education if flow.basis)
    yield STUDENTS, (_GROUND if education else _NO_GROUND,)
    for basis in grounds:
        yield _called(basis), _BY_BASIS.get(basis, ())
    for flow in facts.flows:
        if flow.is_disclosure and flow.basis:
            yield _called(flow.basis), _WITHOUT_IDENTITIES.get(flow.basis, ())
    if {*grounds} - {Basis.DIRECTORY}:
        yield STUDENTS, (_UNPASSED,)
    if {*grounds} - {*_UNLOGGED}:
        yield STUDENTS, (_LOGGED,)
    if facts.onward:
        yield "All records", (_ONWARD,)
    if facts.housing_disclosures:
        yield "Housing records", _HOUSING


def _called(basis: Basis) -> str:
    """Return a ground's name, without its citation."""
    name, _, _ = CITATIONS[basis].partition(" (")
    return name.capitalize()


def _item(
    ground: str,
    demand: _Demand,
    texts: Mapping[str, tuple[str, str]],
    findings: list[Finding],
) -> LegalItem:
    own = [each for each in findings if each.rule == demand.rule]
    clause = next((key for key in demand.clauses if key in texts), "")
    is_unsaid = bool(demand.clauses) and not clause
    parent, words = texts.get(clause, ("", UNSAID if is_unsaid else ON_FILE))
    return LegalItem(
        item=demand.item,
        ground=ground,
        citation=demand.citation,
        outcome=Outcome.OPEN if is_unsaid else _outcome(demand, own),
        clause=clause,
        parent=parent,
        excerpt=shorten(words, EXCERPT, placeholder=" …"),
        found=tuple(each.message for each in own),
    )


def _outcome(demand: _Demand, found: list[Finding]) -> Outcome:
    if any(each.override is None for each in found):
        return Outcome.OPEN
    if found:
        return Outcome.LET_STAND
    is_asked_now = _STAGES[demand.rule] & {Stage.DRAFT, Stage.SIGNATURE}
    return Outcome.PASSES if is_asked_now else Outcome.LATER
