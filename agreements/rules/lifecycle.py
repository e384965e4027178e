"""Rules on an agreement's life: execution, term, dates, amendment, joining."""

from collections.abc import Iterator
from datetime import date

from agreements.rules.facts import AgreementFacts, ParentTerms
from agreements.rules.rule import POLICY, ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import AgreementKind, Renewal, Stage


@rule(
    "R-110",
    Stage.EXECUTION,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def every_owner_approved_and_signed_this_text(
    facts: AgreementFacts,
) -> Iterator[Breach]:
    """Each owner approved its part as it stands, and all signed the final text."""
    proof = facts.proof
    approved = (
        {each.owner: each.part_digest for each in proof.approvals} if proof else {}
    )
    signed = {each.party: each.digest for each in proof.signatures} if proof else {}
    for owner in facts.owners:
        part = proof.part_digests.get(owner) if proof else None
        if part is None or approved.get(owner) != part:
            yield Breach(
                message=f"{facts.name_of(owner)} has not approved its part of this "
                "text, and no owner can be outvoted. Ask it to approve.",
                where="signing",
                subject=owner,
            )
    signing = {each.key for each in facts.parties if each.signs}
    for key in sorted(signing | set(facts.owners)):
        if proof is None or signed.get(key) != proof.text_digest:
            yield Breach(
                message=f"{facts.name_of(key)} has not signed this text, and every "
                "signature must cover the final text. Ask it to sign.",
                where="signing",
                subject=key,
            )


def _a_year_after(day: date) -> date:
    """The same day a year later; 28 February stands in for the 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


@rule(
    "R-120",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.POLICY,
    citation=POLICY,
)
def long_terms_are_reviewed(facts: AgreementFacts) -> Iterator[Breach]:
    """A term of more than twelve months has a review within its first year.

    A renewal is written after a review, and has the next one within a year of that.
    """
    term = facts.term
    if term.starts_on is None or term.ends_on is None:
        return
    held_on = None
    if facts.kind is AgreementKind.RENEWAL:
        held_on = facts.review_held.held_on
    year_is_over = _a_year_after(held_on or term.starts_on)
    if term.ends_on < year_is_over:
        return
    if term.review_on is None or term.review_on > year_is_over:
        within = "a year of the review that was held" if held_on else "the first year"
        yield Breach(
            message="The term is longer than twelve months and nobody reviews the "
            f"agreement within {within}. Purposes and people change in that "
            "time. Set a review date, each year.",
            where="dates",
            subject="review_on",
        )


@rule(
    "R-121",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.POLICY,
    citation=POLICY,
)
def renewal_is_decided(facts: AgreementFacts) -> Iterator[Breach]:
    """An agreement is renewed in writing, and does not renew itself."""
    if facts.term.renewal is Renewal.AUTOMATIC:
        yield Breach(
            message="The agreement renews itself. Nobody then asks whether the purpose "
            "still holds, and destruction is put off each time. Have it renewed in "
            "writing.",
            where="dates",
            subject="renewal",
        )


def _additions(facts: AgreementFacts, amended: ParentTerms) -> dict[str, list[str]]:
    """What an amendment adds for each owner of the agreement that it amends."""
    added: dict[str, list[str]] = {owner: [] for owner in amended.owners}
    for flow, field in facts.listed_fields():
        if not amended.lets_send(flow, field.code, flow.receiver):
            added.setdefault(flow.sender, []).append(f"“{field.label}”")
    for flow in facts.flows:
        if not amended.lets_send_rows(flow):
            rows = f"more rows in “{flow.key}”"
            added.setdefault(flow.sender, []).append(rows)
    for_all = [
        *(each.text for each in facts.purposes if each.text not in amended.purposes),
        *(each.name for each in facts.access if each.person not in amended.people),
    ]
    if {use for each in facts.purposes for use in each.uses} - set(amended.uses):
        for_all.append("another use of records")
    if facts.term.ends_on and facts.term.ends_on > amended.ends_on:
        for_all.append("more time")
    if amended.periods_exceeded(facts.destruction):
        for_all.append("longer keeping of records")
    return {owner: [*its, *for_all] for owner, its in added.items()}


@rule(
    "R-123",
    Stage.EXECUTION,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def affected_owners_sign_an_amendment(facts: AgreementFacts) -> Iterator[Breach]:
    """An owner signs whatever adds to its records, purposes, people or time."""
    if facts.kind is not AgreementKind.AMENDMENT:
        return
    proof = facts.proof
    signed = {
        each.party
        for each in (proof.signatures if proof else ())
        if proof and each.digest == proof.text_digest
    }
    for amended in facts.parents:
        for owner, added in _additions(facts, amended).items():
            if added and owner not in signed:
                yield Breach(
                    message=f"The amendment adds {', '.join(added)}, and "
                    f"{facts.name_of(owner)}, whose records are affected, has not "
                    "signed it. Ask it to sign.",
                    where="signing",
                    subject=owner,
                )


@rule(
    "R-125",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def a_withdrawal_freezes_the_project(facts: AgreementFacts) -> Iterator[Breach]:
    """Where several owners share, one that paused or left stops the whole."""
    if len(facts.owners) < 2:
        return
    for owner in sorted(facts.paused_by):
        yield Breach(
            message=f"{facts.name_of(owner)} withdrew, and its records are mixed with "
            "the others'. The project is frozen until its records are removed and the "
            "results are checked again. Settle that with the owner first.",
            where="delivery",
            subject=owner,
        )


@rule(
    "R-130",
    Stage.DRAFT,
    Stage.EXECUTION,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def joining_was_offered(facts: AgreementFacts) -> Iterator[Breach]:
    """Who joins was offered it, and shares with the agreement's recipients alone."""
    if facts.kind is not AgreementKind.JOINDER:
        return
    parties = {key for each in facts.parents for key in each.parties}
    joiners = [each for each in facts.parties if each.key not in parties]
    for joiner in joiners:
        offers = (
            each.offer
            for each in facts.parents
            if each.is_active and each.offer and "C46" in each.clauses
        )
        if not any(
            offer.joiner_type is joiner.type and facts.today <= offer.until_on
            for offer in offers
        ):
            yield Breach(
                message=f"No agreement in force offers {joiner.name} to join it today: "
                "an offer is signed (clause C46), names who may join, and ends on a "
                "day. Amend that agreement instead.",
                where="parties",
                subject=joiner.key,
            )
    joining = {each.key for each in joiners}
    receiving = {key for each in facts.parents for key in each.recipients}
    for flow in facts.flows:
        ends = {flow.sender, flow.receiver}
        if not flow.is_disclosure and ends <= receiving:
            continue  # a recipient uses its own records, and sends them to nobody
        if not (ends & joining and ends <= joining | receiving):
            yield Breach(
                message=f"“{flow.key}” does not run between whoever joins and a "
                "recipient of the agreement. Joining touches nobody else's records. "
                "Remove the flow, or amend the agreement.",
                where="schedule",
                subject=flow.key,
            )


def _outside(facts: AgreementFacts) -> Iterator[tuple[str, str]]:
    """Each (field, what is wrong) of a date that lies on the wrong side of another."""
    term, destroy_by = facts.term, facts.destruction.destroy_by
    first, last = term.starts_on, term.ends_on
    if first and last and last < first:
        yield "ends_on", f"The term ends on {_day(last)}, before it begins"
        return
    if first and destroy_by and destroy_by < first:
        yield (
            "destroy_by",
            f"Everything is destroyed by {_day(destroy_by)}, before the term begins",
        )
    for subject, day, what in (
        ("implementation_on", term.implementation_on, "Sharing goes live"),
        ("review_on", term.review_on, "The review is"),
    ):
        if day and first and day < first:
            yield subject, f"{what} on {_day(day)}, before the term begins"
        elif day and last and day > last:
            yield subject, f"{what} on {_day(day)}, after the term has ended"


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


@rule("R-131", Stage.DRAFT, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def dates_are_in_order(facts: AgreementFacts) -> Iterator[Breach]:
    """The term ends after it begins, and what it sets lies within it."""
    for subject, wrong in _outside(facts):
        yield Breach(
            message=f"{wrong}, so nobody could keep to it. Change one of the two.",
            where="dates",
            subject=subject,
        )
    for entry in facts.access:
        if entry.from_on and entry.until_on and entry.until_on < entry.from_on:
            yield Breach(
                message=f"The access of {entry.name or 'somebody'} ends on "
                f"{_day(entry.until_on)}, before it begins, so that person could never "
                "see anything. Change one of the two days.",
                where="access",
                subject=entry.person,
            )
