"""An agreement in plain words: its key terms, its mandate."""

from agreements.mandate import Mandate, Topic
from agreements.pages import SIGHTS, spoken
from agreements.rules.elements import ELEMENTS
from agreements.rules.facts import AgreementFacts


def key_terms(facts: AgreementFacts) -> list[tuple[str, str]]:
    """Return the facts that answer a decider's first questions."""
    sent = [flow for flow in facts.flows if flow.is_disclosure]
    seeing = [e.name for e in facts.access if "identifiers" in e.sees]
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
        (
            "Legal footing",
            "No student is identified outside the district, so no FERPA exception is "
            "needed; the agency's side rests on 24 CFR 960.259(b)(2).",
        ),
        ("Ends", f"Destroyed by {spoken(facts.destruction.destroy_by)}"),
        *_signed_before(facts),
    ]


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
    return [
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
            f"{spoken(mandate.starts_on)} to {spoken(mandate.ends_on)}.",
        ),
        (
            f"Destruction ({mandate.clause(Topic.DESTRUCTION)})",
            f"Lists of names {mandate.list_days} days after the link, linked rows "
            f"{mandate.release_days} days after the last release, everything by "
            f"{spoken(mandate.destroy_by)}.",
        ),
    ]
