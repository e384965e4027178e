"""What a release rests on: linked rows to count, or counts made by a district."""

from dataclasses import replace
from typing import Any

import pyarrow.compute as pc
from django.utils.timezone import localtime

from accounts.acts import RuleBroken
from agreements.models import Agreement, FlowElement
from agreements.rules.vocabulary import Grain
from indicators import frames
from indicators.addressfiles.buildings import Building, from_csv
from indicators.measures.asked import Asked, listed_in
from indicators.measures.declarations import Comparison, Report
from indicators.measures.keeping import frames_for, kept_frames
from indicators.models import Delivery, Holding, LinkageRun, Release
from indicators.queries import permitted_under
from indicators.services.linked import accepted_pairs, content_of, opened
from indicators.services.persons import lists_as_linked
from partnerships.models import Site

DESTROYED = "The rows or counts asked for have been destroyed, so none can be read."
NOBODY_TO_COMPARE = (
    "What both sides delivered has been destroyed, so there is nobody to compare with. "
    "Make the release without a comparison, or load the files again."
)
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
        "school": _labels(agreement, Site.Kind.SCHOOL),
    }


def sites_of(agreement: Agreement) -> dict[str, dict[str, str]]:
    """Return the parties' buildings and schools by code, by dimension."""
    return {
        "building": _labels(agreement, Site.Kind.BUILDING),
        "school": _labels(agreement, Site.Kind.SCHOOL),
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


def report_of(run: LinkageRun, asked: Asked) -> Report:
    """Return what a release of a linkage declares; raises RuleBroken for bad dates.

    Records are as of the day on which the district's files came.
    """
    assert run.first_on is not None
    assert run.last_on is not None
    return asked.report(
        first_on=run.first_on,
        last_on=run.last_on,
        as_of=localtime(run.students.received_at).date(),
    )


def frames_of(release: Release, asked: Asked) -> frames.Frames:
    """Return the frames that a release is counted from; RuleBroken without them.

    Those whom residents are compared with stand in the deliveries alone.
    """
    if asked.comparison is Comparison.NOBODY:
        return opened(basis_of(release), otherwise=DESTROYED)
    run = release.run
    assert run is not None
    crosswalk = opened(run.crosswalk, otherwise=NOBODY_TO_COMPARE)
    lists = lists_as_linked(run, crosswalk, otherwise=NOBODY_TO_COMPARE)
    return kept_frames(
        accepted_pairs(crosswalk["pairs"]),
        lists.housing,
        lists.school,
        listed=listed_in(permitted_under(release.agreement)),
        has_others=True,
    )


def awaited(release: Release, report: Report, held: frames.Frames) -> Report:
    """Return the report, with the frames that are agreed and have not come yet."""
    agreed = FlowElement.objects.filter(
        flow__agreement=release.agreement_id, flow__grain=Grain.RECORD
    ).values_list("code", flat=True)
    listed = [code for code in agreed if not code.startswith(("tenant.", "student."))]
    coming = {*frames_for(listed)}
    if "days" in held:
        coming -= {"attendance", "calendar"}
    return replace(report, pending=frozenset(coming - held.keys()))


def require_rows(held: frames.Frames) -> None:
    """Raise RuleBroken where no linked child is left to be counted."""
    linked = pc.is_in(held["tenancies"]["id"], pc.unique(held["enrolment"]["id"]))
    if not pc.any(linked).as_py():
        raise RuleBroken(
            "No child of the agency's list was linked, so there is nothing to count. "
            "Look at the linkage first."
        )


def _labels(agreement: Agreement, kind: str) -> dict[str, str]:
    return dict(
        Site.objects.filter(
            organisation__in=agreement.parties.values("organisation"), kind=kind
        ).values_list("code", "name")
    )
