"""Schedules 5 and 6: fields by role, and the checklist of security (pure).

The checklist follows the two of the federal Data-Sharing Road Map (January 2017). What
it says is read from the same facts as the clauses, so it cannot contradict them.
"""

from agreements.clause_values import day, listing, number
from agreements.papers import RoleLine, Term
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import Capacity, Grain, Sight


def fields_by_role(facts: AgreementFacts) -> tuple[RoleLine, ...]:
    """Return which role of a receiver sees which fields of a case, one line each."""
    lines = []
    for flow in facts.flows:
        if flow.grain is not Grain.CASE_VIEW:
            continue
        roles = dict.fromkeys(
            each.role
            for each in facts.access
            if each.party == flow.receiver and {*each.sees} - {Sight.TABLES}
        )
        lines += [
            RoleLine(
                role=role,
                party=facts.name_of(flow.receiver),
                fields=listing(each.label for each in flow.fields),
            )
            for role in roles
        ]
    return tuple(lines)


def checklist(facts: AgreementFacts) -> tuple[Term, ...]:
    """Return how the agreement answers each question of governance and security."""
    return (*_governance(facts), *_security(facts))


def _governance(facts: AgreementFacts) -> tuple[Term, ...]:
    stewards = listing(
        f"{each.name} ({facts.name_of(each.party)})"
        for each in facts.access
        if each.name and "steward" in each.role.lower()
    )
    linkers = listing(each.name for each in facts.acting_as(Capacity.LINKER))
    owners = listing(facts.name_of(each) for each in facts.owners)
    days = number(facts.handling.release_review_days)
    return (
        Term("Data stewards", stewards or "Nobody is named"),
        Term("Who decides", f"Every owner for itself: {owners}"),
        Term("Who links", linkers or "Nobody"),
        Term("Inventory of the data", "Schedule 2 lists every element"),
        Term("Review of releases", f"Each owner, within {days} business days"),
    )


def _security(facts: AgreementFacts) -> tuple[Term, ...]:
    handling, terms = facts.handling, facts.destruction
    hours = number(handling.breach_hours)
    return (
        Term("Accounts", "One for each person, with a second factor"),
        Term("Encryption", "On the way and at rest, a key for each set of records"),
        Term("Updates", "Each party keeps its systems at supported versions"),
        Term("Logs", "Every act is in a ledger that shows later changes"),
        Term(
            "Backups and copies",
            "Destroyed with the records" if terms.covers_copies else "Not covered",
        ),
        Term(
            "Incidents",
            f"Reported within {hours} hours to {handling.contacts}"
            if hours and handling.contacts
            else "Not stated",
        ),
        Term("Destruction", f"{terms.method or 'Not stated'}, {_until(facts)}"),
    )


def _until(facts: AgreementFacts) -> str:
    last = day(facts.destruction.destroy_by)
    return f"by {last} at the latest" if last else "by no date yet"
