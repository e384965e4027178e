"""Rules on publication: thresholds, recovery, approval and openness."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Audience, Grain, Stage

SMALLEST_MIN_CELL = 10
LARGEST_MIN_CELL = 30


@rule(
    "R-071",
    Stage.DRAFT,
    Stage.PUBLICATION,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def threshold_is_sound(facts: AgreementFacts) -> Iterator[Breach]:
    """The smallest group shown is 10 to 30, and a release keeps to it."""
    agreed = facts.min_cell
    if agreed is None or not SMALLEST_MIN_CELL <= agreed <= LARGEST_MIN_CELL:
        yield Breach(
            message="The smallest group that may be shown must be from "
            f"{SMALLEST_MIN_CELL} to {LARGEST_MIN_CELL}: a smaller one exposes people, "
            "a larger one hides the answer. Choose a number; the strictest owner's "
            "wins.",
            where="protection",
            subject="min_cell",
        )
    elif facts.release and facts.release.threshold < agreed:
        yield Breach(
            message=f"This release shows groups under {agreed}, the smallest that the "
            "owners agreed to. Make the tables again with the agreed number.",
            where="release",
            subject="min_cell",
        )


@rule(
    "R-072",
    Stage.PUBLICATION,
    severity=Severity.ERROR,
    kind=Kind.GUIDANCE,
    citation="NCES 2011-603; 34 CFR 99.31(b)(1)",
)
def no_hidden_cell_can_be_worked_out(facts: AgreementFacts) -> Iterator[Breach]:
    """No suppressed cell follows from totals, siblings or earlier releases."""
    for cell in facts.release.derivable if facts.release else ():
        yield Breach(
            message=f"{cell} is suppressed, yet can be worked out from other figures. "
            "Suppress a second cell, or merge groups.",
            where="release",
            subject=cell,
        )


@rule(
    "R-073",
    Stage.PUBLICATION,
    severity=Severity.ERROR,
    kind=Kind.GUIDANCE,
    citation="NCES 2011-603",
)
def extremes_are_coded(facts: AgreementFacts) -> Iterator[Breach]:
    """No cell says that everybody or nobody in a group is concerned."""
    for cell in facts.release.extremes if facts.release else ():
        yield Breach(
            message=f"{cell} is at or near 0 or 100 percent, which tells something "
            "about everybody in the group. Show it as “or less” or “or more”.",
            where="release",
            subject=cell,
        )


@rule(
    "R-075",
    Stage.PUBLICATION,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def every_owner_approved_the_release(facts: AgreementFacts) -> Iterator[Breach]:
    """Each owner agrees to the release; none can be outvoted."""
    approved = facts.release.approved_by if facts.release else frozenset()
    for owner in facts.owners:
        if owner not in approved:
            yield Breach(
                message=f"{facts.name_of(owner)} has not approved this release, and no "
                "owner can be outvoted. Wait for its decision, or remind it.",
                where="release",
                subject=owner,
            )


@rule(
    "R-076",
    Stage.PUBLICATION,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def nothing_finer_than_agreed_is_shown(facts: AgreementFacts) -> Iterator[Breach]:
    """A reader reaches the permitted measures, by the permitted breakdowns."""
    permitted = {each.key: each.breakdowns for each in facts.analyses}
    for measure, breakdown in facts.release.shown if facts.release else ():
        if measure not in permitted:
            yield Breach(
                message=f"The release shows “{measure}”, which is not among the "
                "permitted analyses. Take it out, or amend the agreement.",
                where="release",
                subject=measure,
            )
        elif breakdown and breakdown not in permitted[measure]:
            yield Breach(
                message=f"The release shows “{measure}” by {breakdown}, which is finer "
                "than the agreement permits. Take the filter out, or amend the "
                "agreement.",
                where="release",
                subject=f"{measure} by {breakdown}",
            )


@rule(
    "R-077",
    Stage.PUBLICATION,
    severity=Severity.WARNING,
    kind=Kind.POLICY,
    citation=POLICY,
)
def suppression_fits_the_reader(facts: AgreementFacts) -> Iterator[Breach]:
    """Tables for the agency's staff are protected from people who know residents."""
    release = facts.release
    if (
        release
        and release.audience is Audience.PHA_STAFF
        and release.assumes is Audience.PUBLIC
    ):
        yield Breach(
            message="These tables are for the housing agency's staff, who know the "
            "residents, but were protected as for strangers. Use the stricter rule "
            "for buildings.",
            where="release",
            subject="audience",
        )


@rule(
    "R-122",
    Stage.DRAFT,
    severity=Severity.ADVICE,
    kind=Kind.GUIDANCE,
    citation="PTAC, written agreements; HUD and ED, Data-Sharing Road Map (2017)",
)
def the_public_is_told(facts: AgreementFacts) -> Iterator[Breach]:
    """A summary in plain words is published where people's records are used."""
    told_of = any(
        each.grain.is_identifiable or each.grain is Grain.AGGREGATE
        for each in facts.flows
    )
    if told_of and not facts.has_public_summary:
        yield Breach(
            message="There is no public summary. Families trust what they were told "
            "about. Publish what is shared, why, and when it is destroyed.",
            where="protection",
            subject="C39",
        )
