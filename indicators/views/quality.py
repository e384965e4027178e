"""The quality of a linkage in words: bands, agreement, estimates, groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor
from typing import Any

from indicators.linkage.estimates import Estimate, Range
from indicators.linkage.quality import GroupQuality
from indicators.linkage.review import FEWEST_FOR_AGREEMENT, Agreement, Stratum
from indicators.services.pairs import Progress

BANDS = {
    Stratum.SURE: "Linked: all but certain",
    Stratum.LIKELY: "Linked: very likely",
    Stratum.TIE: "Waits: likely, but perhaps a twin or another close record",
    Stratum.UNSURE: "Waits: the evidence is not enough",
    Stratum.REJECTED: "Not linked: unlikely",
}
DIMENSIONS = {
    "building": "building",
    "age": "age on the last school day",
    "sex": "sex",
    "surname": "type of surname",
}
NOT_ESTIMATED = "Not estimated"
HOW = {
    "addresses": "{by} matched students' home addresses to the listed buildings on its "
    "own machine: these are students at an address, whoever holds the lease.",
    "people": "{by} linked both lists in its own house.",
}
SHARE = {
    "addresses": "As stated by {by}, {share} of the addresses near a listed one fit "
    "surely, and the others were left out.",
    "people": "As stated by {by}, {share} of the children sought were found.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as the tag `data_table` draws it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Return the columns that hold numbers: all but the first."""
        return self.columns[1:]


def bands_table(progress: Progress) -> Shown:
    """Return the bands with what is to be read of each."""
    return Shown(
        "Pairs by how sure the linkage is, before anybody read them",
        ("Band", "Pairs", "To read", "Read"),
        tuple(
            (
                BANDS[band.stratum],
                f"{band.n_pairs:,}",
                f"{band.n_to_read:,}",
                f"{band.n_read:,}",
            )
            for band in progress.bands
        ),
    )


def agreement_said(agreement: Agreement | None) -> str:
    """Return how far two readers agree, in one or two sentences."""
    if agreement is None:
        return "Shown once you have nothing left to read, so that nobody is led."
    if agreement.raw is None:
        return (
            f"{agreement.n_pairs} pairs were read by two people. Agreement is told "
            f"from {FEWEST_FOR_AGREEMENT} on."
        )
    said = f"{agreement.n_pairs} pairs were read by two people, who agreed on "
    said += f"{agreement.raw:.0%}."
    if agreement.kappa is None:
        return f"{said} All answers were alike, so chance cannot be taken off."
    return f"{said} With chance taken off (Cohen's kappa): {agreement.kappa:.2f}."


def quality_said(progress: Progress) -> list[tuple[str, str]]:
    """Return what the review says of all links, as terms and sentences."""
    if progress.is_left:
        return []
    whole = progress.groups[0]
    if whole.estimate is None:
        return []
    return estimate_said(whole.estimate)


def estimate_said(estimate: Estimate) -> list[tuple[str, str]]:
    """Return an estimate as terms and sentences."""
    return [
        ("Links that are right", in_percent(estimate.right)),
        ("True pairs that are linked", in_percent(estimate.found)),
        ("Pairs read", f"{estimate.n_read:,}"),
    ]


def in_percent(share: Range) -> str:
    """Return a range in whole percents, rounded so that it never grows narrower."""
    low, high = floor(share.low * 100 + 1e-9), ceil(share.high * 100 - 1e-9)
    if low == high:
        return f"{low} percent"
    return f"{low} to {high} percent"


def groups_tables(progress: Progress) -> list[Shown]:
    """Return the match rates, a table for each dimension."""
    told = [group for group in progress.groups if group.dimension]
    return [
        Shown(
            f"Children sent and linked, by {DIMENSIONS[dimension]}",
            ("Group", "Sent", "Linked", "Share", "Right", "True pairs linked"),
            tuple(_row(group) for group in members),
        )
        for dimension, members in groupby(told, key=lambda group: group.dimension)
    ]


def _row(group: GroupQuality) -> tuple[str, ...]:
    estimate = group.estimate
    return (
        group.group,
        f"{group.n_sent:,}",
        f"{group.n_linked:,}",
        f"{group.n_linked / group.n_sent:.0%}",
        in_percent(estimate.right) if estimate else NOT_ESTIMATED,
        in_percent(estimate.found) if estimate else NOT_ESTIMATED,
    )


def linkage_said(linkage: Mapping[str, Any]) -> str:
    """Return what every published rate carries: how many links are wrong or missed."""
    if stated := linkage.get("stated"):
        return _stated(stated)
    if not linkage:
        return (
            "How many links are wrong or missed has not been estimated: the pairs that "
            "tell it were not all read."
        )
    right, found = (
        f"{low} percent" if low == high else f"{low} to {high} percent"
        for low, high in (linkage["right"], linkage["found"])
    )
    return (
        f"Of the links behind these rates, {right} are right; of the true pairs that "
        f"were compared, {found} are linked. Both ranges come from pairs that people "
        "read, hold the true share in at least 95 of 100 such samples, and end at "
        "multiples of 5. True pairs that were never compared are not counted."
    )


def _stated(stated: Mapping[str, Any]) -> str:
    """Return what a district states of the linking in its own house."""
    how = HOW[stated["how"]].format(by=stated["by"])
    said = f"{how} Nobody has checked that here."
    if not stated["share"]:
        return f"{said} It has not stated how many links are wrong or missed."
    low, high = stated["share"]
    share = f"{low} percent" if low == high else f"{low} to {high} percent"
    return f"{said} {SHARE[stated['how']].format(share=share, by=stated['by'])}"
