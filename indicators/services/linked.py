"""What a linkage keeps in the vault: pairs, linked rows, and what a person may read."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.timezone import localtime

from accounts import jobs
from accounts.acts import RuleBroken
from indicators import frames
from indicators.arrivals.persons import Lists
from indicators.custody import vault
from indicators.linkage import quality, review, standardise
from indicators.linkage.quality import GroupQuality
from indicators.linkage.review import Answer, Given, Pair
from indicators.measures.delivered import SchoolYear, days_of, year_of
from indicators.measures.keeping import Listed, kept_frames
from indicators.models import Holding, LinkageRun, Reading
from indicators.vault.envelope import Tampered
from indicators.vault.keystore import KeyMissing
from indicators.vault.store import BlobMissing
from indicators.vault.vault import Sealed

DESTROYED = (
    "What was delivered has been destroyed meanwhile, so there is nothing to link. "
    "Load both files again if the agreement still allows it."
)
CHANGED = (
    "A sealed copy in the vault is not what was sealed there, so nothing of it was "
    "read. Ask who runs this site to bring it back from a backup; or load the files "
    "again."
)
# Beside the pairs: whose number is another one's, in each list.
TENANTS_JOINED, STUDENTS_JOINED = "tenants joined", "students joined"
log = logging.getLogger(__name__)
COMPARED = frozenset(
    {
        "first_name",
        "middle_name",
        "last_name",
        "preferred_first_name",
        "preferred_last_name",
        "birth_date",
        standardise.APPROXIMATE,
    }
)


@dataclass(frozen=True, slots=True)
class Result:
    """What was sealed of one linking, and its totals. n_rows: children linked."""

    crosswalk: Sealed
    linked: Sealed
    cells: pa.Table
    n_pairs: int
    n_accepted: int
    n_rows: int
    n_with_days: int
    year: SchoolYear


@dataclass(frozen=True, slots=True)
class ForReview:
    """What was sealed for people to read: so many pairs, in so many readings."""

    sealed: Sealed
    n_pairs: int
    n_readings: int
    n_waiting: int


def content_of(holding: Holding | None, *, otherwise: str = DESTROYED) -> bytes:
    """Return what is sealed in a holding, all of it or nothing.

    Raises RuleBroken where it is destroyed, or is not what was sealed under its name.
    """
    if holding is None:
        raise RuleBroken(otherwise)
    try:
        return vault().read(
            str(holding.owner_id), key_id=holding.key, blob=holding.blob
        )
    except KeyMissing:
        raise RuleBroken(otherwise) from None
    except (BlobMissing, Tampered):
        log.error("vault: holding %s does not open", holding.pk)
        raise RuleBroken(CHANGED) from None


def opened(holding: Holding | None, *, otherwise: str = DESTROYED) -> frames.Frames:
    """Return the row-sets of a holding; raises as `content_of` does."""
    return frames.unpack(content_of(holding, otherwise=otherwise))


def year_linked(run: LinkageRun, school: frames.Frames) -> SchoolYear:
    """Return the school year of a district's files."""
    return year_of(school, by=localtime(run.students.received_at).date())


def named(frame: pa.Table, key: str) -> pa.Table:
    """Return the columns that linking reads, under its own name for the key."""
    wanted = [name for name in frame.column_names if name in COMPARED]
    return frame.select([key, *wanted]).rename_columns(["id", *wanted])


def readings_of(run: LinkageRun) -> list[Given]:
    """Return the readings of a run, as the rules of review take them."""
    return [
        Given(row.code, row.ordinal, str(row.reader_id), row.answer)
        for row in Reading.objects.filter(run=run)
    ]


def said_before(
    run: LinkageRun, housing: pa.Table, students: pa.Table
) -> dict[Pair, Answer]:
    """Return what people concluded in earlier runs of records that have not changed."""
    known: dict[Pair, Answer] = {}
    earlier = run.agreement.runs.filter(pk__lt=run.pk, review__state="held")
    standing = earlier.exclude(state="withdrawn")
    for old in standing.select_related("review").order_by("pk"):
        held = opened(old.review)
        concluded = review.concluded_pairs(held["queue"], readings_of(old))
        then = _records(held["housing"]), _records(held["students"])
        now = (
            _records(housing, {pair[0] for pair in concluded}),
            _records(students, {pair[1] for pair in concluded}),
        )
        for pair, answer in concluded.items():
            is_unchanged = all(
                each in after and before[each] == after[each]
                for each, before, after in zip(pair, then, now, strict=True)
            )
            if is_unchanged:
                known[pair] = answer
            else:
                known.pop(pair, None)
    return known


def _records(frame: pa.Table, only: set[str] | None = None) -> Mapping[str, object]:
    """Return the records of a frame by id, without what they do not hold.

    A list in which somebody was put together has a column more.
    """
    if only is not None:
        frame = frame.filter(pc.is_in(frame["id"], pa.array(sorted(only), pa.string())))
    return {
        row["id"]: {name: value for name, value in row.items() if value is not None}
        for row in frame.to_pylist()
    }


def seal_review(
    owner: str,
    queue: pa.Table,
    *,
    housing: pa.Table,
    students: pa.Table,
    people: pa.Table,
    explained: Mapping[str, pa.Table],
) -> ForReview:
    """Return the sealed queue with the records of its pairs, and of nobody else.

    explained: what the engine told of the run; of its evidence, that of these pairs.
    """
    children, enrolled = queue["housing_id"], queue["student_id"]
    sealed = vault().put(
        owner,
        frames.pack(
            {
                "queue": queue,
                "housing": housing.filter(pc.is_in(housing["id"], children)),
                "students": students.filter(pc.is_in(students["id"], enrolled)),
                "people": people.filter(pc.is_in(people["housing_id"], children)),
                **explained,
                "evidence": explained["evidence"].filter(
                    pc.is_in(explained["evidence"]["left_id"], children)
                ),
            }
        ),
    )
    entries = {entry.code for entry in review.entries(queue)}
    waiting = [
        code in entries and stratum in review.WAITING
        for code, stratum in zip(
            *(queue[name].to_pylist() for name in ("code", "stratum")), strict=True
        )
    ]
    return ForReview(
        sealed=sealed,
        n_pairs=len(entries),
        n_readings=review.n_readings(queue),
        n_waiting=sum(waiting),
    )


def seal_result(
    owner: str,
    pairs: pa.Table,
    lists: Lists,
    work: jobs.Work,
    *,
    year: SchoolYear,
    listed: Listed,
) -> Result:
    """Return the sealed crosswalk, and the frames from which measures are counted.

    pairs: with the `band` that counts, and the `stratum` in which the engine left them.
    lists: what the two deliveries hold, each person once. listed: what the agreement
    lists to be counted; of the frames nothing else is kept, no name and no number.
    """
    accepted = accepted_pairs(pairs)
    work.step("Keep what is counted, without names", accepted.num_rows)
    kept = kept_frames(accepted, lists.housing, lists.school, listed=listed)
    work.step("Seal the result in the vault", accepted.num_rows)
    cells = _cells(pairs, lists.housing["tenants"], on=year.last_on)
    days = days_of(lists.school)
    told = days.filter(pc.is_valid(days["days_enrolled"]))["student_id"]
    n_with_days = pc.sum(pc.is_in(accepted["student_id"], pc.unique(told))).as_py()
    crosswalk = {
        "pairs": pairs,
        "cells": cells,
        TENANTS_JOINED: lists.tenants,
        STUDENTS_JOINED: lists.students,
    }
    return Result(
        crosswalk=vault().put(owner, frames.pack(crosswalk)),
        linked=vault().put(owner, frames.pack(kept)),
        cells=cells,
        n_pairs=pairs.num_rows,
        n_accepted=accepted.num_rows,
        n_rows=accepted.num_rows,
        n_with_days=n_with_days or 0,
        year=year,
    )


def accepted_pairs(pairs: pa.Table) -> pa.Table:
    """Return the pairs that are linked."""
    return pairs.filter(pc.equal(pairs["band"], "accept"))


def _cells(pairs: pa.Table, tenants: pa.Table, *, on: date) -> pa.Table:
    """Return the children of each group, by what the engine and then people said."""
    columns = (pairs[name].to_pylist() for name in ("housing_id", "stratum", "band"))
    rows = list(zip(*columns, strict=True))
    return quality.cells(
        quality.people(tenants, on=on),
        {child: review.Stratum(stratum) for child, stratum, _ in rows},
        {child for child, _, band in rows if band == "accept"},
    )


def quality_groups(
    queue: pa.Table,
    people: pa.Table,
    cells: pa.Table,
    answers: Mapping[Pair, Answer],
) -> list[GroupQuality]:
    """Return how good the linkage is, the whole first, then group by group."""
    strata = (review.Stratum(each) for each in queue["stratum"].to_pylist())
    placed_in = dict(zip(review.pairs_of(queue), strata, strict=True))
    return quality.report(cells, people, placed_in, answers)


def quality_in_short(
    queue: pa.Table,
    people: pa.Table,
    cells: pa.Table,
    answers: Mapping[Pair, Answer],
) -> dict[str, list[int]]:
    """Return what every rate of the linkage carries; nothing until all is read."""
    if len(answers) < queue.num_rows:
        return {}
    whole = quality_groups(queue, people, cells, answers)[0].estimate
    if whole is None:
        return {}
    return {"right": whole.right.coarse, "found": whole.found.coarse}
