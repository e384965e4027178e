"""Rules on minimization: not finer, not more often than the questions need."""

from collections.abc import Iterator

from agreements.rules.elements import ELEMENTS, Category, element_of
from agreements.rules.facts import Address, AgreementFacts
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import (
    LINKING,
    Frequency,
    Grain,
    SharingModel,
    Stage,
)

MIN_UNITS = 10


@rule(
    "R-055",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.POLICY,
    citation=POLICY,
)
def matching_elements_serve_matching(facts: AgreementFacts) -> Iterator[Breach]:
    """Full birth dates and addresses go no further than the linking."""
    for flow, listed in facts.listed_fields():
        element = ELEMENTS.get(listed.code)
        if element is None or not element.is_only_for_matching:
            continue
        if any(answer != LINKING for answer in listed.answers):
            yield Breach(
                message=f"“{listed.label}” in “{flow.key}” is kept for more than "
                "linking, and it points at one child. Use an age band or an area for "
                "the other questions.",
                where="schedule",
                subject=listed.code,
            )


@rule(
    "R-056",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.POLICY,
    citation=POLICY,
)
def records_move_no_more_often_than_needed(facts: AgreementFacts) -> Iterator[Breach]:
    """A flow of records moves as often as what it answers is made again."""
    refreshed = {each.key: each.refresh for each in facts.analyses}
    for flow in facts.flows:
        answers = {answer for each in flow.fields for answer in each.answers}
        needed = [refreshed[each] for each in answers if each in refreshed]
        if flow.frequency is None or flow.grain is Grain.AGGREGATE or not needed:
            continue
        fastest = max(needed, key=lambda each: each.per_year)
        if flow.frequency.per_year > fastest.per_year:
            yield Breach(
                message=f"“{flow.key}” moves {flow.frequency}, but what it answers is "
                f"made {_made(fastest)}. Every transfer is a risk. Send less often.",
                where="schedule",
                subject=flow.key,
            )


def _made(refresh: Frequency) -> str:
    return "only once" if refresh is Frequency.ONCE else refresh


@rule(
    "R-060",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def addresses_point_at_no_family(facts: AgreementFacts) -> Iterator[Breach]:
    """A list of addresses alone holds public buildings with several homes."""
    if facts.model is not SharingModel.ADDRESS_ONLY:
        return
    for flow in facts.flows:
        for column in facts.columns_in_play(flow, Category.RESIDENT_IDENTITY):
            element = element_of(column)
            name = element.label if element else column
            yield Breach(
                message=f"“{flow.key}” holds “{name}”, which belongs to a family and "
                "not to a building. This kind of agreement sends addresses of "
                "buildings and nothing else. Remove it.",
                where="schedule",
                subject=column,
            )
        arrives = facts.delivery is not None and facts.delivery.flow == flow.key
        for each in flow.addresses:
            if faults := _faults(each, arrives=arrives):
                yield Breach(
                    message=f"Row {each.row} of “{flow.key}” could point to one "
                    f"family: it {' and '.join(faults)}. Keep only public "
                    f"buildings with {MIN_UNITS} homes or more, without units and "
                    "names.",
                    where="schedule",
                    subject=f"{flow.key} {each.row}",
                )


def _faults(address: Address, *, arrives: bool) -> list[str]:
    """Return what speaks against an address.

    Whoever sends a list says of each line how many homes there are; a draft need not.
    """
    n_units = address.n_units
    return [
        words
        for words, is_so in (
            ("is a voucher holder's address", address.is_voucher),
            ("has a unit number", address.has_unit_number),
            ("has a name", address.has_name),
            ("does not say how many homes there are", arrives and n_units is None),
            (
                f"has fewer than {MIN_UNITS} homes",
                n_units is not None and n_units < MIN_UNITS,
            ),
        )
        if is_so
    ]
