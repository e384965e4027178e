"""Targets and services as tables of a dashboard, from published text alone."""

from collections.abc import Sequence

from indicators.published.document import Document, PublishedMeasure
from indicators.published.goals import Intervention, Target, outcomes, steps_of
from indicators.published.parts import Sheet


def steps_sheet(
    document: Document, label: str, targets: Sequence[Target]
) -> Sheet | None:
    """Return each step of the targets and how far it is; None where there is none."""
    rows = tuple(
        (
            step.group,
            f"{step.aim} by {step.year}",
            step.baseline,
            step.latest,
            step.latest_year,
            str(step.progress),
        )
        for target in targets
        for step in steps_of(document, target)
    )
    if not rows:
        return None
    return Sheet(
        caption=f"Targets: {label}, compared as whole percents",
        columns=("Group", "Target", "Baseline", "Published", "In", "Progress"),
        rows=rows,
        words=("Target", "In", "Progress"),
    )


def outcomes_sheet(
    document: Document, about: PublishedMeasure, done: Sequence[Intervention]
) -> Sheet | None:
    """Return what is published of each place where a provider works, by provider."""
    rows = tuple(
        (
            provider,
            each.place,
            f"{each.before} in {each.before_year}" if each.before_year else each.before,
            f"{each.latest} in {each.latest_year}",
            each.change,
        )
        for provider in sorted({one.provider for one in done})
        for each in outcomes(document, about.id, provider, done)
    )
    if not rows:
        return None
    return Sheet(
        caption=f"{about.label} where service providers work",
        columns=("Provider", "Place", "Before", "Latest", "Change"),
        rows=rows,
        words=("Place", "Change"),
    )
