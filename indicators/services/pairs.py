"""What the vault tells of pairs, for a page: read, shown, and kept nowhere."""

from dataclasses import dataclass, replace

from accounts.models import User
from indicators.linkage import review
from indicators.linkage.differences import Line, lines
from indicators.linkage.quality import GroupQuality
from indicators.linkage.review import Agreement, Stratum
from indicators.models import LinkageRun, Reading
from indicators.services.linked import opened, quality_groups, readings_of
from indicators.services.reviewing import NO_PAIRS
from partnerships.models import Site


@dataclass(frozen=True, slots=True)
class Band:
    """How many pairs of a stratum there are, and how many of them are read."""

    stratum: Stratum
    n_pairs: int
    n_to_read: int
    n_read: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the review of a run is, for one person.

    agreement, groups: None as long as this person could still read a pair: whoever
    reads a pair second must not learn what was said of it first.
    """

    bands: tuple[Band, ...]
    n_answered: int
    is_left: bool
    agreement: Agreement | None
    groups: tuple[GroupQuality, ...]


def shown_pair(reading: Reading) -> list[Line]:
    """Return the two records of a reading side by side, from the vault."""
    held = opened(reading.run.review, otherwise=NO_PAIRS)
    row = next(row for row in held["queue"].to_pylist() if row["code"] == reading.code)
    housing, school = (
        next(record for record in held[name].to_pylist() if record["id"] == row[key])
        for name, key in (("housing", "housing_id"), ("students", "student_id"))
    )
    return lines(housing, school)


def progress(run: LinkageRun, person: User) -> Progress:
    """Return how far the review of a run is."""
    held = opened(run.review, otherwise=NO_PAIRS)
    kept = opened(run.crosswalk, otherwise=NO_PAIRS)
    queue, given = held["queue"], readings_of(run)
    answered = [each for each in given if each.answer]
    reader = str(person.pk)
    is_left = review.next_reading(review.entries(queue), answered, reader) is not None
    concluded = review.concluded_pairs(queue, given)
    placed_in = dict(
        zip(
            review.pairs_of(queue),
            (Stratum(each) for each in queue["stratum"].to_pylist()),
            strict=True,
        )
    )
    groups = quality_groups(
        queue, held["people"], kept["cells"], {} if is_left else concluded
    )
    everywhere = kept["pairs"]["stratum"].to_pylist()
    to_read = list(placed_in.values())
    read = [placed_in[pair] for pair in concluded]
    return Progress(
        bands=tuple(
            Band(each, everywhere.count(each), to_read.count(each), read.count(each))
            for each in Stratum
        ),
        n_answered=len(answered),
        is_left=is_left,
        agreement=None if is_left else review.agreement(given),
        groups=tuple(_labelled(run, groups)),
    )


def _labelled(run: LinkageRun, groups: list[GroupQuality]) -> list[GroupQuality]:
    """Return the groups with the names of buildings instead of their codes."""
    names = dict(
        Site.objects.filter(
            organisation__in=run.agreement.parties.values("organisation"),
            kind=Site.Kind.BUILDING,
        ).values_list("code", "name")
    )
    return [
        replace(each, group=names.get(each.group, each.group))
        if each.dimension == "building"
        else each
        for each in groups
    ]
