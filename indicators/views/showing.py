"""What a dashboard shows of a release: its page, and what is to be known of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.utils.timezone import localdate

from indicators.models import Release
from indicators.published.choice import BREAKDOWN, MEASURE, YEAR, Shelf
from indicators.published.document import Document
from indicators.published.editions import Edition, Editions, combined
from indicators.published.files import definitions
from indicators.published.goals import Intervention, Target
from indicators.published.linkage import shares_of
from indicators.published.page import Page, page_of
from indicators.published.wording import defined, listed, said_day
from indicators.queries import document_of
from indicators.views.quality import linkage_said
from indicators.views.tables import ShownTable, shown_table, tables_of, totals_of

MARKS = {
    "Suppressed": "A group of fewer than {threshold} children, or a value that would "
    "give one away. Which of the two is never told.",
    "No data": "Nothing was counted there, or no such group is in the release.",
    "Not yet known": "What it takes has not arrived, or its day has not come.",
}


@dataclass(frozen=True)
class Shown:
    """One release as its page shows it."""

    release: Release
    read: Editions
    page: Page | None
    releases: Mapping[int, Release]

    @property
    def document(self) -> Document:
        """What is shown: the release's own years, and those of earlier ones."""
        return self.read.document

    @property
    def edition(self) -> Edition:
        """What the school year that is shown is taken from."""
        period = self.page.choice.period if self.page else ""
        return self.read.sources.get(period) or self.read.own

    @property
    def source(self) -> Release:
        """The release from which the school year that is shown is taken."""
        return self.releases[self.edition.key]

    @property
    def is_borrowed(self) -> bool:
        """Whether the school year that is shown is taken from another release."""
        return self.edition.key != self.release.pk

    @property
    def as_of(self) -> str:
        """The day of which the records are."""
        return said_day(self.edition.document.as_of)

    @property
    def definition(self) -> str:
        """What the measure that is shown counts."""
        return defined(self.page.choice.measure) if self.page else ""

    @property
    def marks(self) -> dict[str, str]:
        """What each word means that stands in place of a number."""
        return marks_of(self.edition.document)

    @property
    def counts(self) -> tuple[ShownTable, ...]:
        """The numbers of children, where no rate is published."""
        if self.page is not None or not self.document.cells:
            return ()
        tables = [shown_table(each) for each in tables_of(self.document)]
        return _told_apart((totals_of(self.document), *tables))

    @property
    def without_rates(self) -> str:
        """What is said where no rate is published."""
        if self.counts:
            return "This release publishes numbers of children, and no rate of them."
        return "This release publishes no rate."

    @property
    def newer(self) -> tuple[Edition, ...]:
        """Newer releases of the school year that is shown."""
        period = self.page.choice.period if self.page else ""
        return tuple(
            edition
            for edition in self.read.others
            if edition.key > self.release.pk and period in edition.document.periods
        )

    @property
    def borrowed(self) -> tuple[tuple[str, Edition], ...]:
        """The school years that are taken from other releases."""
        sources = self.read.sources.items()
        return tuple((y, each) for y, each in sources if each.key != self.release.pk)

    @cached_property
    def query(self) -> str:
        """The choice as the end of an address, the same however it was asked for."""
        if self.page is None:
            return ""
        choice = self.page.choice
        asked = {YEAR: choice.period, MEASURE: choice.measure.id}
        if choice.breakdown is not None:
            asked[BREAKDOWN] = choice.breakdown.name
        shelf = Shelf(self.document)
        for dim, value in choice.within.items():
            asked[shelf.breakdown_of(dim, value).name] = value
        return urlencode(asked)

    @cached_property
    def about(self) -> list[tuple[str, str]]:
        """What a reader must know of the numbers, as terms and sentences."""
        known = known_of(self.source, self.edition.document)
        terms = [*definitions(self.document), *known]
        years: dict[int, list[str]] = {}
        for period, each in self.read.sources.items():
            years.setdefault(each.key, []).append(period)
        editions = {each.key: each for each in self.read.sources.values()}
        return terms + [
            (f"School year {listed(found)}", self._said_of(editions[key]))
            for key, found in years.items()
            if key != self.edition.key
        ]

    def _said_of(self, edition: Edition) -> str:
        """Return by what rules another release counted, which is shown beside this."""
        row, document = self.releases[edition.key], edition.document
        parts = [
            f"Taken from {edition.title}, from records of {said_day(document.as_of)}.",
            f"Groups of fewer than {document.threshold} children are suppressed.",
            *document.declared,
            linkage_said(row.linkage),
        ]
        return " ".join([*parts, row.source_note] if row.source_note else parts)


def _told_apart(tables: Sequence[ShownTable]) -> tuple[ShownTable, ...]:
    """Return tables whose codes name one each: those of a further year are numbered."""
    times = Counter[str]()
    found = []
    for table in tables:
        times[table.code] += 1
        n = times[table.code]
        found.append(replace(table, code=f"{table.code}-{n}") if n > 1 else table)
    return tuple(found)


def marks_of(document: Document) -> dict[str, str]:
    """Return what each word means that stands in place of a document's number."""
    threshold = document.threshold
    return {word: said.format(threshold=threshold) for word, said in MARKS.items()}


def known_of(release: Release, document: Document) -> list[tuple[str, str]]:
    """Return what must be known of a release's own numbers, but for definitions."""
    owners = ", ".join(
        f"{each.owner.name} ({localdate(each.decided_at):%B %-d, %Y})"
        for each in release.decisions.select_related("owner")
        if each.state == "approved" and each.decided_at
    )
    approved = f"{owners}. Each decided for itself." if owners else "Nobody."
    return [
        ("Agreement", release.agreement.number),
        ("Release", release.title),
        ("Records as of", said_day(document.as_of)),
        *[("Declared", said) for said in document.declared],
        ("How the lists were linked", linkage_said(release.linkage)),
        ("Shown as", "Ranges of whole percents, wider for smaller groups."),
        ("Approved by", approved),
        ("SHA-256 of what is published", release.sha256),
    ]


def shown(
    release: Release,
    others: Sequence[Release],
    asked: Mapping[str, str],
    *,
    targets: Sequence[Target] = (),
    interventions: Sequence[Intervention] = (),
) -> Shown:
    """Return a release as its page shows it.

    others: further releases of its agreement, the newest first, from which the school
    years are taken that it does not hold.
    """
    read = combined([_edition(each) for each in (release, *others)])
    releases = {each.pk: each for each in (release, *others)}
    shares = {
        period: known
        for period, each in read.sources.items()
        if (known := shares_of(releases[each.key].linkage))
    }
    page = page_of(
        read.document,
        asked,
        targets=targets,
        interventions=interventions,
        shares=shares,
    )
    return Shown(release, read, page, releases)


def _edition(release: Release) -> Edition:
    return Edition(release.pk, release.title, document_of(release))
