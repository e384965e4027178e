"""An agreement in plain words: its key terms, its mandate."""

from collections.abc import Iterable

from agreements.clause_values import CITATIONS, listing
from agreements.clauses import changes_in
from agreements.inheriting import added
from agreements.legal_items import LegalItem, Outcome
from agreements.mandate import Mandate, Topic
from agreements.pages import SIGHTS, spoken
from agreements.rules.elements import ELEMENTS
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import HousingGround, Sight

NOTHING_NEW = "Nothing outside it."
HOUSING_GROUNDS = {
    HousingGround.PROGRAM_PURPOSE: "a purpose directly connected with running the "
    "program, as counsel found (24 CFR 960.259(b)(2))",
    HousingGround.RESIDENT_CONSENT: "the residents' consent (24 CFR 960.259(b)(2))",
}


def seen_in_words(sees: Iterable[str]) -> str:
    """Return what a line of the access list lets a person see."""
    return ", ".join(SIGHTS[Sight(word)] for word in sees).capitalize()


def key_terms(facts: AgreementFacts) -> list[tuple[str, str]]:
    """Return the facts that answer a decider's first questions."""
    sent = [flow for flow in facts.flows if flow.is_disclosure]
    naming = {Sight.IDENTIFIERS}
    if facts.identifiable_disclosures:  # then the rows name people, too
        naming.add(Sight.LINKED_ROWS)
    seeing = [entry.name for entry in facts.access if naming & set(entry.sees)]
    return [
        ("What", "; ".join(each.text for each in facts.purposes)),
        (
            "Whose data",
            "; ".join(
                f"{facts.name_of(flow.sender)} sends {len(flow.fields)} "
                f"{'tables' if flow.grain == 'aggregate' else 'fields'} to "
                f"{facts.name_of(flow.receiver)}"
                for flow in sent
            ),
        ),
        ("Who sees names", ", ".join(seeing) or "Nobody"),
        ("Legal footing", _footing(facts)),
        ("Ends", f"Destroyed by {spoken(facts.destruction.destroy_by)}"),
        *_signed_before(facts),
    ]


def decision_terms(
    facts: AgreementFacts, owner: str, items: Iterable[LegalItem]
) -> list[tuple[str, str]]:
    """Return the key terms as one owner asks for them, and what is new in them."""
    own = sum(len(flow.fields) for flow in facts.flows if flow.sender == owner)
    n_all = sum(len(flow.fields) for flow in facts.flows)
    open_ = [item for item in items if item.outcome is Outcome.OPEN]
    more = {
        "Whose data": f". {own} of {n_all} fields are {facts.name_of(owner)}'s own",
        "Legal footing": (
            f" {len(open_)} legal {'item is' if len(open_) == 1 else 'items are'} open."
            if open_
            else " Every legal item has its answer below."
        ),
    }
    terms = [(name, said + more.get(name, "")) for name, said in key_terms(facts)]
    if facts.parents and not facts.amended:
        numbers = listing(parent.number for parent in facts.parents)
        terms.append((f"New since {numbers}", " ".join(added(facts)) or NOTHING_NEW))
    if facts.amended:
        changed = [f"{each.title} ({key})" for key, each in changes_in(facts).items()]
        terms.append(("What it changes", listing(changed) or "No clause"))
    return terms


def _footing(facts: AgreementFacts) -> str:
    """Return on what ground the records may leave, each ground once."""
    grounds = dict.fromkeys(
        each.basis for each in facts.education_disclosures if each.basis
    )
    said = (
        f"Student records: {listing(CITATIONS[each] for each in grounds)}."
        if facts.education_disclosures
        else "No student is identified outside the district, so no FERPA exception is "
        "needed."
    )
    found = dict.fromkeys(
        each.finding
        for each in facts.counsel_reviews
        if each.finding and facts.housing_disclosures
    )
    grounds_of_housing = listing(HOUSING_GROUNDS[each] for each in found)
    return said + (
        f" Housing records: {grounds_of_housing}." if grounds_of_housing else ""
    )


def _signed_before(facts: AgreementFacts) -> list[tuple[str, str]]:
    if facts.original is None:
        return []
    day = spoken(facts.original.signed_on)
    return [("Signed on paper", f"On {day}; this text is to say the same")]


def mandate_in_words(facts: AgreementFacts, mandate: Mandate) -> list[tuple[str, str]]:
    """Return what now runs, as (topic with clause, sentence)."""
    names = facts.name_of
    people = {entry.person: entry.name or "somebody who left" for entry in facts.access}
    flows = "; ".join(
        f"{names(flow.sender)} to {names(flow.receiver)}: "
        + ", ".join(
            ELEMENTS[code].label if code in ELEMENTS else code for code in flow.elements
        )
        for flow in mandate.flows
        if flow.sender != flow.receiver
    )
    measures = ", ".join(
        f"{analysis.measure.replace('_', ' ')} by {' and '.join(analysis.breakdowns)}"
        for analysis in mandate.analyses
        if analysis.breakdowns
    )
    access = "; ".join(
        f"{people.get(entry.person, 'somebody')} sees "
        f"{', '.join(SIGHTS[sight] for sight in entry.sees)} until "
        f"{spoken(entry.until_on)}"
        for entry in mandate.access
    )
    linkers = " and ".join(names(key) for key in mandate.linkers)
    onward = "; ".join(f"{each.name}, for {each.interest}" for each in mandate.onward)
    above = listing(mandate.under)
    return [
        *(
            [
                (
                    f"Bound by ({mandate.clause(Topic.PROJECT)})",
                    f"The terms of {above}; what stops there stops here.",
                )
            ]
            if above
            else []
        ),
        *(
            [(f"Passed on ({mandate.clause(Topic.ONWARD)})", f"To {onward}.")]
            if onward
            else []
        ),
        (f"Data ({mandate.clause(Topic.DATA)})", f"{flows}."),
        (f"Measures ({mandate.clause(Topic.ANALYSES)})", f"{measures}.".capitalize()),
        (f"People ({mandate.clause(Topic.ACCESS)})", f"{access}."),
        (f"Linking ({mandate.clause(Topic.LINKING)})", f"Only {linkers} links."),
        (
            f"Small groups ({mandate.clause(Topic.PUBLICATION)})",
            f"No figure of fewer than {mandate.min_cell} children is shown, and every "
            "owner approves each release.",
        ),
        (
            f"Term ({mandate.clause(Topic.TERM)})",
            f"{spoken(mandate.starts_on)} to {spoken(mandate.ends_on)}; sharing goes "
            f"live on {spoken(mandate.implementation_on)}, review by "
            f"{spoken(mandate.review_on)}.",
        ),
        (
            f"Destruction ({mandate.clause(Topic.DESTRUCTION)})",
            f"Lists of names {mandate.list_days} days after the link, linked rows "
            f"{mandate.release_days} days after the last release, everything by "
            f"{spoken(mandate.destroy_by)}.",
        ),
        (
            f"Incidents ({mandate.clause(Topic.INCIDENTS)})",
            f"An owner is told within {mandate.breach_hours} hours.",
        ),
    ]
