"""From what a release rests on to the document that may be published, in a worker."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from accounts import jobs
from agreements.rules.vocabulary import SharingModel
from indicators.measures.asked import from_record, require_permitted
from indicators.models import Release
from indicators.queries import document_of, permitted_under
from indicators.services.counted import (
    DESTROYED,
    awaited,
    basis_of,
    frames_of,
    places_of,
    report_of,
    require_rows,
    sites_of,
)
from indicators.services.linked import content_of
from indicators.services.research_known import told_by_files

if TYPE_CHECKING:
    from indicators.published.releasing import Earlier, Made

# A release that is not audited by then is refused.
SECONDS = 1800
OPEN, COUNT = "Open what was linked or sent", "Count the groups"
# What the engine does, in the words of the page.
_SAID = {
    "Find witnesses": "Protect small groups",
    "Show again what can be": "Show again what need not be hidden",
    "Attack all sums at once": "Attack the result as an outsider would",
    "Attack sums one by one": "Attack each number by itself",
}
STEPS = (OPEN, COUNT, *_SAID.values())
_OFTEN = 2.0


class Told:
    """Tells a job how far the engine is, and ends it where a person cancelled."""

    def __init__(self, work: jobs.Work) -> None:
        self.work, self.said = work, {OPEN, COUNT}
        self.last = time.monotonic()

    def __call__(self, step: str, done: int, of: int) -> None:
        """Show a step that is new; look from time to time whether to go on."""
        title = _SAID.get(step, step)
        if title not in self.said:
            self.said.add(title)
            self.work.step(title)
        elif time.monotonic() - self.last > _OFTEN:
            self.last = time.monotonic()
            self.work.go_on()


def earlier_than(release: Release) -> list["Earlier"]:
    """Return all editions that bind a release, and what research files told."""
    from indicators.published.releasing import Earlier  # only workers; slow to load

    before = Release.objects.filter(
        agreement__partnership=release.agreement.partnership_id,
        proposed_at__isnull=False,
    ).order_by("pk")
    found = [
        Earlier(
            f"REL-{old.pk}",
            replace(document_of(old), beside=old.audit.get("beside", {})),
        )
        for old in before
    ]
    told = told_by_files(release.agreement, release.period)
    return found + [Earlier("", document) for document in told]


def made_of(release: Release, work: jobs.Work) -> "Made":
    """Return the document of a release; raises RuleBroken where nothing is safe."""
    work.step(OPEN)
    earlier = earlier_than(release)
    if release.counts is not None:
        return _made_of_counts(release, earlier, work)
    return _made_of_rows(release, earlier, work)


def _made_of_rows(
    release: Release, earlier: Sequence["Earlier"], work: jobs.Work
) -> "Made":
    # Only workers; slow to load.
    from indicators.published.making import Named
    from indicators.published.releasing import released

    assert release.run is not None
    asked = from_record(release.choices)
    permitted = permitted_under(release.agreement)
    require_permitted(asked, permitted)
    held = frames_of(release, asked)
    require_rows(held)
    report = awaited(release, report_of(release.run, asked), held)
    work.step(COUNT)
    return released(
        held,
        report,
        asked=asked,
        permitted=permitted,
        named=Named(
            name=release.title,
            threshold=release.threshold,
            labels=sites_of(release.agreement),
        ),
        earlier=earlier,
        seconds=SECONDS,
        progress=Told(work),
    )


def _made_of_counts(
    release: Release, earlier: Sequence["Earlier"], work: jobs.Work
) -> "Made":
    """Return a district's counts, protected unless they came so, and attacked."""
    from indicators.aggregates.delivered import from_content
    from indicators.aggregates.outcome import document_of_counts
    from indicators.published.making import Named
    from indicators.published.releasing import Made, audited, require_link_rates_apart

    work.step(COUNT)
    delivery = release.counts
    assert delivery is not None
    by_address = release.agreement.model == SharingModel.ADDRESS_ONLY
    delivered = from_content(content_of(basis_of(release), otherwise=DESTROYED))
    document, report = document_of_counts(
        delivered,
        earlier=[one.document for one in earlier],
        named=Named(
            name=release.title,
            threshold=release.threshold,
            labels=places_of(release.agreement),
        ),
        whom="Students at listed addresses" if by_address else "Children",
        by=delivery.sender.name,
        as_of=delivery.received_at.date(),
        progress=Told(work),
    )
    require_link_rates_apart(document.cells, earlier)
    audit = audited(report, document, earlier) | {"beside": document.beside}
    return Made(document, audit)
