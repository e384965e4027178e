"""Rules on review: what boards and counsel did before anybody signs."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import POLICY, ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Stage


@rule(
    "R-004",
    Stage.SIGNATURE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def boards_acted_where_they_must(facts: AgreementFacts) -> Iterator[Breach]:
    """A party whose policy asks for its board has the board's approval."""
    approved = {each.party for each in facts.board_acts if each.is_approval}
    for party in facts.parties:
        if party.signs and party.needs_board_act and party.key not in approved:
            yield Breach(
                message=f"The policy of {party.name} asks for its board's approval, "
                "and none is recorded, so its signature might not bind it. Record the "
                "date, the item and the result of the vote.",
                where="signing",
                subject=party.key,
            )


@rule(
    "R-005",
    Stage.SIGNATURE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def counsel_of_every_party_read_it(facts: AgreementFacts) -> Iterator[Breach]:
    """Where people can be identified, each signing party's counsel read the text.

    A review covers the party's part of the text as it was read, and no other text.
    """
    if not facts.identifiable_flows:
        return
    for party in facts.parties:
        reviews = [e for e in facts.counsel_reviews if e.party == party.key]
        if not party.signs or any(facts.is_of_this_text(each) for each in reviews):
            continue
        if any(each.digest for each in reviews):
            lack = (
                f"Counsel for {party.name} read an earlier text, and its part of this "
                "agreement, which shares records about people, has changed since. Ask "
                "counsel to read it as it stands now and to record that."
            )
        else:
            lack = (
                f"Counsel for {party.name} has not read this agreement, which shares "
                "records about people. Ask counsel to read it and to record the "
                "review."
            )
        yield Breach(message=lack, where="signing", subject=party.key)


@rule(
    "R-006",
    Stage.SIGNATURE,
    severity=Severity.OVERRIDABLE,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def each_states_law_was_looked_at(facts: AgreementFacts) -> Iterator[Breach]:
    """The checklist of every signing party's state is there and up to date."""
    reviews = {
        state: [each for each in facts.state_reviews if each.state == state]
        for state in dict.fromkeys(p.state for p in facts.parties if p.signs)
        if state
    }
    for state, found in reviews.items():
        if any(facts.today <= each.next_review_on for each in found):
            continue
        lack = "is out of date" if found else "has not been made"
        yield Breach(
            message=f"The review of the law of {state} {lack}, and state law may be "
            "stricter than federal law. Ask counsel to complete the state's checklist.",
            where="signing",
            subject=state,
        )


@rule(
    "R-126",
    Stage.SIGNATURE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def counsel_read_what_is_not_library_text(facts: AgreementFacts) -> Iterator[Breach]:
    """Every owner's counsel read each altered or own clause in its present words."""
    for wording in facts.wordings:
        for owner in facts.owners:
            is_read = any(
                wording.digest in each.clauses_read
                for each in facts.counsel_reviews
                if each.party == owner
            )
            if not is_read:
                yield Breach(
                    message=f"“{wording.title}” is not in the words of the clause "
                    f"library, and counsel for {facts.name_of(owner)} has not read it "
                    "as it stands. Ask counsel to read it and to record that.",
                    where="signing",
                    subject=wording.clause,
                )
