"""Counts that a district made in its own house: checked at the door, then kept.

Unprotected counts are in the vault only. What becomes of them is a release like any
other: `author_of_counts`.
"""

import hashlib
from typing import Any, BinaryIO

from accounts.acts import RuleBroken
from accounts.models import User
from agreements.models import Agreement, DataFlow
from agreements.permission import Analyse
from agreements.queries import mandate_of, permitted
from agreements.rules.scope import in_words
from indicators.aggregates.delivered import Delivered, at_places, link_band, read_counts
from indicators.aggregates.longform import Zero
from indicators.disclosure.release_file import BadFile
from indicators.formats.problems import enumerated
from indicators.models import Delivery, Holding
from indicators.policy import can_deliver
from indicators.services.counted import building_list, places_of, stated_share
from indicators.services.keeping import Coming, arrival_facts, keep
from indicators.services.releases import threshold_of
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

BLOCK_BYTES = 1 << 20
BY_ADDRESS, BY_PERSON = "addresses", "people"


def receive_counts(
    *,
    flow: DataFlow,
    file: BinaryIO,
    zero: Zero | None,
    how: str,
    link_percent: int | None,
    actor: User,
) -> Delivery:
    """Return the delivery of these counts; refuse the file whole otherwise.

    zero: what a count of 0 means in a table. how, link_percent: how the district
    linked, and how many of those sought it found, as it states itself.
    """
    can_deliver(actor, flow).require()
    agreement = flow.agreement
    digest = _digest_of(file)
    counts = _read(agreement, file, zero)
    _require_covered(flow, counts)
    elements = tuple(sorted({f"table.{code}" for code, _ in counts.shown}))
    return keep(
        flow=flow,
        coming=Coming(
            kind=Holding.Kind.COUNTS,
            content=counts.content(),
            elements=elements,
            n_rows=counts.n_cells,
            n_set_aside=0,
            files_sha256=digest,
            receipt=_receipt(flow, counts, how, link_percent),
        ),
        facts=arrival_facts(flow, elements),
        actor=actor,
    )


def _read(agreement: Agreement, file: BinaryIO, zero: Zero | None) -> Delivered:
    """Return the counts of a file, at listed places; raises RuleBroken."""
    threshold = threshold_of(agreement)
    found = read_counts(file, threshold=threshold, zero=zero)
    _require_listed(agreement, found)
    _require_same_list(agreement, found)
    counts = at_places(found, places_of(agreement))
    try:
        counts.release(threshold=threshold)
    except BadFile as bad:
        raise RuleBroken(f"The counts cannot be read: {bad}.") from None
    return counts


def _require_covered(flow: DataFlow, counts: Delivered) -> None:
    """Refuse a school year or a school of the sender that the agreement leaves out.

    A row cannot be set aside here: the totals would tell what stood in it.
    """
    scope = flow.scope
    years = {int(counts.year[:4])} if scope.years else set()
    beyond = [f"the school year {counts.year}"] if years - {*_all(scope.years)} else []
    beyond += sorted(
        {
            f"“{cell['school']}”"
            for cell in counts.record["cells"]
            if scope.places and (cell.get("school") or "") not in ("", *scope.places)
        }
    )
    if beyond:
        raise RuleBroken(
            f"The agreement covers only rows {in_words(scope, flow.place_names)}, and "
            f"the counts are of {enumerated(beyond, most=20)} (rule R-057). Nothing "
            "was kept. Count again without them, or amend the agreement."
        )


def _all(years: tuple[int, ...]) -> range:
    return range(years[0], years[-1] + 1) if years else range(0)


def _receipt(
    flow: DataFlow, counts: Delivered, how: str, link_percent: int | None
) -> dict[str, Any]:
    share: list[int] = []
    if band := link_band(counts.link):
        share = stated_share(band.low, band.high)
    elif link_percent is not None:
        share = stated_share(link_percent, link_percent)
    protection = (
        "The counts are still to be protected."
        if counts.is_counted
        else "The counts came protected; they are attacked here again."
    )
    covers = in_words(flow.scope, flow.place_names)
    unseen = (
        [f"Counts do not show whose they are; the agreement covers only rows {covers}."]
        if covers
        else []
    )
    return {
        "notices": [protection, *unseen, *counts.notices],
        "year": counts.year,
        "how": BY_ADDRESS if counts.list_sha256 else how,
        "link": share,
    }


def _digest_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def _require_listed(agreement: Agreement, counts: Delivered) -> None:
    """Refuse a measure, or a breakdown of it, that the agreement does not list."""
    mandate = mandate_of(agreement)
    listed = (
        {each.measure: each.breakdowns for each in mandate.analyses} if mandate else {}
    )
    for measure, breakdown in counts.shown:
        if breakdown or measure not in listed:
            request = Analyse(measure=measure, breakdown=breakdown or "all children")
            if not (may := permitted(agreement, request)):
                raise RuleBroken(f"{may.reason} Rule R-076: nothing was kept.")


def _require_same_list(agreement: Agreement, counts: Delivered) -> None:
    """Refuse counts at buildings of another list than the one that was delivered."""
    delivery = building_list(agreement)
    if delivery is None or not counts.list_sha256:
        return
    if counts.list_sha256 != delivery.receipt["sha256"]:
        raise RuleBroken(
            "These counts were made with another list of buildings than the one that "
            "stands. Download it again from its receipt, and count again."
        )


def tell_of_counts(delivery: Delivery) -> None:
    """Tell the sender's analysts that a release can be made of what came."""
    if delivery.holding.kind != Holding.Kind.COUNTS:
        return
    for analyst in people_with(Capability.AUTHOR_RELEASE, delivery.sender):
        queue_notice(
            key=f"counts:{delivery.pk}",
            recipient=analyst,
            subject=f"{delivery.agreement.number}: counts have arrived",
            body="A release can be made of them.",
            path="/releases/",
        )
