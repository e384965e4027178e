"""Facts as a new draft of a kind and model has them, every side filled."""

from datetime import date

from agreements import presets
from agreements.rules import facts as f
from agreements.rules.vocabulary import AgreementKind, PartyType, SharingModel

TODAY = date(2027, 2, 1)


def preset_facts(
    kind: AgreementKind, model: SharingModel, part: str = ""
) -> f.AgreementFacts:
    """Return what a draft says before anybody has written in it."""
    preset = presets.preset_of(kind, model, part)
    dates = presets.dates_from(TODAY)
    return f.AgreementFacts(
        kind=kind,
        model=model,
        today=TODAY,
        parties=tuple(
            f.Party(
                key=side.key,
                name=f"The {side.key}",
                type=side.types[0],
                state="WA",
                capacities=side.capacities,
                is_ed_funded=PartyType.DISTRICT in side.types,
            )
            for side in preset.sides
        ),
        flows=tuple(
            f.Flow(
                key=flow.key,
                sender=flow.sender,
                receiver=flow.receiver,
                grain=flow.grain,
                fields=tuple(
                    f.Field(code=code, answers=answers)
                    for code, answers in flow.elements
                ),
                purpose="purpose",
                basis=flow.basis,
                frequency=flow.frequency,
                method=flow.method,
            )
            for flow in preset.flows
        ),
        analyses=tuple(
            f.Analysis(
                key=key,
                label=presets.ANALYSES[key],
                breakdowns=presets.BREAKDOWNS if key in presets.MEASURES else (),
            )
            for key in (*presets.work_of(kind, model), *preset.measures)
        ),
        term=f.Term(starts_on=dates.starts_on, ends_on=dates.ends_on),
        min_cell=10,
    )
