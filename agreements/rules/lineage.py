"""The rule on elements that are made from several owners' records."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts, Field, Flow
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import AgreementKind, Capacity, Stage


def _is_derived(facts: AgreementFacts, flow: Flow, listed: Field) -> bool:
    """Whether the sender made an element from what others put into the system.

    Records of the sender's own, such as a county's court records, are not derived.
    """
    sender = facts.party(flow.sender)
    if sender is None or listed.category is None or not facts.model.is_system:
        return False
    is_others = listed.category.is_education or listed.category.is_housing
    is_owner = Capacity.OWNER in sender.capacities
    return is_others and (flow.sender in facts.system_leads or not is_owner)


@rule(
    "R-117",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def mixed_records_carry_their_owners(facts: AgreementFacts) -> Iterator[Breach]:
    """What is made of several owners' records names them all, and all of them sign."""
    for flow, listed in facts.listed_fields():
        if listed.lineage is None:
            if _is_derived(facts, flow, listed):
                yield _lineage_breach(
                    flow,
                    listed,
                    "is made from other owners' records, and it is not recorded from "
                    "which. Record what it is made from.",
                )
            continue
        named = set(listed.lineage.owners)
        by_input = [_senders(facts, code) for code in listed.lineage.inputs]
        origins = set().union(*by_input)
        signing = {each.key for each in facts.parties if each.signs}
        names = " and ".join(map(facts.name_of, sorted(named))) or "nobody"
        if not by_input or not all(by_input) or named != origins:
            yield _lineage_breach(
                flow,
                listed,
                f"is recorded as made from records of {names}. Those are not the "
                "owners who sent what it is made from, and all of these must approve. "
                "Correct the record.",
            )
        elif not origins <= signing:
            yield _lineage_breach(
                flow,
                listed,
                f"is made from records of {names}, and not all of them sign. Have "
                "every one of them sign, or remove it.",
            )


def _senders(facts: AgreementFacts, code: str) -> set[str]:
    """The owners that send an element into the system, here or under a parent.

    Who joins an agreement gets nothing that is made of the records of those in it.
    """
    senders = {flow.sender for flow, each in facts.listed_fields() if each.code == code}
    for parent in () if facts.kind is AgreementKind.JOINDER else facts.parents:
        senders |= {sender for sender, _, _, codes in parent.fields if code in codes}
    return senders - facts.system_leads


def _lineage_breach(flow: Flow, listed: Field, what: str) -> Breach:
    return Breach(
        message=f"“{listed.label}” in “{flow.key}” {what}",
        where="schedule",
        subject=listed.code,
    )
