"""What a release rests on: linked rows to count, or counts made by a district."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agreements.mandate import Mandate
from agreements.models import Agreement
from agreements.queries import mandate_of
from agreements.rules.vocabulary import SharingModel
from indicators.addressfiles.buildings import Building, from_csv
from indicators.disclosure.table import Count, ProtectedTable, Table
from indicators.measures.compute import tables
from indicators.models import Delivery, Holding, Release
from indicators.services.linked import content_of, opened
from partnerships.models import Site

if TYPE_CHECKING:
    from indicators.disclosure.protect import Protected

DESTROYED = "The rows or counts asked for have been destroyed, so none can be read."
# A stated share of links ends at multiples of this many percent.
_ROUND = 5


def basis_of(release: Release) -> Holding:
    """Return the holding that a release rests on."""
    if release.counts is not None:
        return release.counts.holding
    holding = release.run.linked if release.run else None
    assert holding is not None
    return holding


def linkage_of(release: Release) -> dict[str, Any]:
    """Return what is known of the linkage: estimated here, or stated by a district."""
    if release.run is not None:
        return dict(release.run.quality)
    assert release.counts is not None
    return stated_by(release.counts)


def stated_by(delivery: Delivery) -> dict[str, Any]:
    """Return what a district states of the linking behind its counts."""
    return {
        "stated": {
            "by": delivery.sender.name,
            "how": delivery.receipt["how"],
            "share": delivery.receipt["link"],
        }
    }


def stated_share(low: int, high: int) -> list[int]:
    """Return the range that is kept of a share of links, in percent, as it is stated.

    It is never a single number: beside a shown count that would tell of one child.
    """
    first = min(low - low % _ROUND, 100 - _ROUND)
    return [first, max(first + _ROUND, high + -high % _ROUND)]


def places_of(agreement: Agreement) -> dict[str, dict[str, str]]:
    """Return the listed places by code, by dimension: sites, and delivered lists."""
    listed = {each.code: each.name for each in delivered_buildings(agreement)}
    return {
        "building": {**_labels(agreement, Site.Kind.BUILDING), **listed},
        "school": dict(_labels(agreement, Site.Kind.SCHOOL)),
    }


def building_list(agreement: Agreement) -> Delivery | None:
    """Return the delivery of the building list that stands, if there is one."""
    return (
        Delivery.objects.filter(
            agreement=agreement,
            state="accepted",
            holding__kind=Holding.Kind.BUILDINGS,
        )
        .select_related("holding")
        .first()
    )


def delivered_buildings(agreement: Agreement) -> tuple[Building, ...]:
    """Return the buildings of the list that stands; none where there is no list."""
    delivery = building_list(agreement)
    return (
        from_csv(content_of(delivery.holding, otherwise=DESTROYED)) if delivery else ()
    )


def protected_counts(
    release: Release, *, earlier: Sequence[Sequence[ProtectedTable]]
) -> "Protected":
    """Return a district's counts as tables that withstood an attack.

    Raises RuleBroken with the groups that the file would give away.
    """
    # Only workers; slow to load.
    from indicators.aggregates.delivered import from_content
    from indicators.aggregates.outcome import Naming, protected_tables

    assert release.counts is not None
    by_address = release.agreement.model == SharingModel.ADDRESS_ONLY
    return protected_tables(
        from_content(content_of(release.counts.holding, otherwise=DESTROYED)),
        threshold=release.threshold,
        earlier=earlier,
        naming=Naming(
            labels=places_of(release.agreement),
            title="Students at listed addresses" if by_address else "Children",
            whole="All students at listed addresses" if by_address else "All children",
        ),
    )


def counted_tables(release: Release) -> tuple[Table, ...]:
    """Return the tables of a release's linked rows, as far as the mandate lists them.

    They are unsuppressed. Raises RuleBroken where the rows are destroyed.
    """
    holding = basis_of(release)
    mandate = mandate_of(release.agreement)
    assert mandate is not None
    held = opened(holding, otherwise=DESTROYED)
    places, sent = (held["roster"].column(i).to_pylist() for i in (0, 1))
    counted = tables(
        held["linked"],
        roster=dict(zip(places, sent, strict=True)),
        buildings=_labels(release.agreement, Site.Kind.BUILDING),
        schools=_labels(release.agreement, Site.Kind.SCHOOL),
        school_year=release.period,
    )
    return tuple(
        _narrowed(table, mandate)
        for table in counted
        if any(table.dimension in a.breakdowns for a in mandate.analyses)
    )


def _narrowed(table: Table, mandate: Mandate) -> Table:
    """Return the table with the rates that the mandate lists for its dimension."""
    listed = {
        analysis.measure
        for analysis in mandate.analyses
        if table.dimension in analysis.breakdowns
    }

    def kept(counts: tuple[Count, ...]) -> tuple[Count, ...]:
        return tuple(count for count in counts if count.rate in listed)

    return replace(
        table,
        rates=tuple(rate for rate in table.rates if rate.code in listed),
        groups=tuple(replace(g, counts=kept(g.counts)) for g in table.groups),
        total=replace(table.total, counts=kept(table.total.counts)),
    )


def _labels(agreement: Agreement, kind: str) -> Mapping[str, str]:
    return dict(
        Site.objects.filter(
            organisation__in=agreement.parties.values("organisation"), kind=kind
        ).values_list("code", "name")
    )
