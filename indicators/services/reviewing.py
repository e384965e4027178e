"""Clerical review: take a pair, say who is who, take it back, use what was said."""

import hashlib
import json
from collections.abc import Collection
from datetime import timedelta

from accounts import clock, jobs
from accounts.acting import System, act, first_of_two
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.services.obligations import lock_for_keeping, open_all
from indicators.custody import kept_if_recorded
from indicators.linkage import review
from indicators.linkage.review import Given
from indicators.models import LinkageRun, Reading
from indicators.policy import can_link, can_read_pairs, linker_of
from indicators.queries import listed_for
from indicators.services.linkage import CLAUSE, keep_result
from indicators.services.linked import (
    DESTROYED,
    Result,
    opened,
    quality_in_short,
    readings_of,
    seal_result,
    year_linked,
)
from indicators.services.persons import lists_as_linked

JOB = "indicators.use_readings"
# A pair that somebody took and did not answer waits so long for them, then for others.
KEPT_FOR = timedelta(hours=12)
NO_PAIRS = "The pairs are destroyed, so nobody can read them any more."
SCORE_SEEN = (
    "You have seen how the linkage weighed this pair, so your answer stands. The next "
    "linkage asks again where a record has changed."
)
ANOTHER_WAS_FASTER = "Somebody else has just taken this pair. Take the next one."


def take_pair(*, run: LinkageRun, actor: User) -> Reading | None:
    """Return the reading that a person does next; None where nothing is left for them.

    What they have taken and not answered comes first. Taking a pair is seeing it: the
    ledger names the pair's code and the person.
    """
    can_read_pairs(actor, run).require()
    own = Reading.objects.filter(run=run, reader=actor, answer="").first()
    if own is not None:
        return own
    entries = review.entries(opened(run.review, otherwise=NO_PAIRS)["queue"])
    if review.next_reading(entries, _standing(run), str(actor.pk)) is None:
        return None
    with (
        first_of_two(ANOTHER_WAS_FASTER),
        act("indicators.look_at_pair", actor=actor, chain=run.agreement.chain) as this,
    ):
        row = LinkageRun.objects.select_for_update().get(pk=run.pk)
        can_read_pairs(actor, row).require()
        found = review.next_reading(entries, _standing(row), str(actor.pk))
        if found is None:
            raise Conflict(ANOTHER_WAS_FASTER)
        code, ordinal = found
        left = Reading.objects.filter(run=row, code=code, ordinal=ordinal).first()
        reading = left or Reading(run=row, code=code, ordinal=ordinal)
        reading.reader, reading.taken_at = actor, clock.now()
        reading.save()
        this.subject = f"indicators.reading:{reading.pk}"
        this.detail |= {"run": row.pk, "pair": code}
    return reading


def _standing(run: LinkageRun) -> list[Given]:
    """Return the readings that are answered, or that somebody may be doing now."""
    since = clock.now() - KEPT_FOR
    return [
        Given(row.code, row.ordinal, str(row.reader_id), row.answer)
        for row in Reading.objects.filter(run=run)
        if row.answer or row.taken_at > since
    ]


def answer_pair(*, reading: Reading, answer: str, reason: str, actor: User) -> None:
    """Record what a reader says of a pair."""
    if answer == Reading.Answer.UNSURE and not reason:
        raise RuleBroken("Say why you cannot tell: choose the reason, then answer.")
    with act(
        "indicators.read_pair",
        actor=actor,
        chain=reading.run.agreement.chain,
        subject=reading,
    ) as this:
        row = _locked(reading, actor)
        if row.answer:
            raise Conflict("You have answered this pair. Undo it to answer again.")
        row.answer = answer
        row.reason = reason if answer == Reading.Answer.UNSURE else ""
        row.answered_at = clock.now()
        row.save()
        this.detail |= {"run": row.run_id, "pair": row.code}


def undo_reading(*, run: LinkageRun, actor: User) -> Reading:
    """Return the last pair that a person answered, open again."""
    can_read_pairs(actor, run).require()
    last = (
        Reading.objects.filter(run=run, reader=actor)
        .exclude(answer="")
        .order_by("-answered_at", "-pk")
        .first()
    )
    if last is None:
        raise RuleBroken("You have not answered a pair here, so nothing can be undone.")
    with act(
        "indicators.undo_reading",
        actor=actor,
        chain=run.agreement.chain,
        subject=last,
    ) as this:
        row = _locked(last, actor)
        if row.score_seen_at is not None:
            raise RuleBroken(SCORE_SEEN)
        row.answer, row.reason, row.answered_at = "", "", None
        row.taken_at = clock.now()
        row.save()
        this.detail |= {"run": run.pk, "pair": row.code}
    return row


def see_score(*, reading: Reading, actor: User) -> None:
    """Record that a reader looks at how the linkage weighed a pair they answered."""
    with act(
        "indicators.see_score",
        actor=actor,
        chain=reading.run.agreement.chain,
        subject=reading,
    ) as this:
        row = _locked(reading, actor)
        if not row.answer:
            raise RuleBroken(
                "How the linkage weighed this pair is shown once you have answered it."
            )
        if row.score_seen_at is None:
            row.score_seen_at = clock.now()
            row.save()
        this.detail |= {"run": row.run_id, "pair": row.code}


def _locked(reading: Reading, actor: User) -> Reading:
    """Return a reading as it is now, locked with its run; it must be the actor's."""
    run = LinkageRun.objects.select_for_update().get(pk=reading.run_id)
    can_read_pairs(actor, run).require()
    row = Reading.objects.select_for_update().get(pk=reading.pk)
    if row.reader_id != actor.pk:
        raise Conflict(
            "You had this pair for too long without an answer, so somebody else reads "
            "it now. Take the next one."
        )
    return row


def use_readings(*, run: LinkageRun, actor: User) -> None:
    """Let a worker link again by what people said of the pairs."""
    with act(
        "indicators.use_readings", actor=actor, chain=run.agreement.chain, subject=run
    ):
        row = LinkageRun.objects.select_for_update().get(pk=run.pk)
        can_read_pairs(actor, row).require()
        if not has_unused(row):
            raise RuleBroken("Nothing was answered since the answers were last used.")
        jobs.enqueue(JOB, row)


def has_unused(run: LinkageRun) -> bool:
    """Return whether the answers differ from those that the links follow."""
    return digest_of(readings_of(run)) != run.readings_used


def digest_of(given: Collection[Given]) -> str:
    """Return the SHA-256 of all answers, in hex; nothing where there is none."""
    said = sorted((one.code, one.ordinal, one.answer) for one in given if one.answer)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest() if said else ""


def relink(key: int, work: jobs.Work) -> None:
    """Count the linked rows again, with the bands that people gave the pairs."""
    run = LinkageRun.objects.select_related(
        "agreement",
        "tenants__holding",
        "students__holding",
        "crosswalk",
        "review",
    ).get(pk=key)
    can_link(run.agreement).require()
    work.step("Open what was delivered and said")
    held = opened(run.review)
    queue = held["queue"]
    kept = opened(run.crosswalk)
    pairs, lists = kept["pairs"], lists_as_linked(run, kept)
    given = readings_of(run)
    concluded = review.concluded_pairs(queue, given)
    answers = {pair: concluded.get(pair) for pair in review.pairs_of(queue)}
    linker = linker_of(run.agreement)
    assert linker is not None
    owner = str(linker.pk)
    year, settled = year_linked(run, lists.school), review.settled(pairs, answers)
    result = seal_result(
        owner,
        settled,
        lists,
        work,
        year=year,
        listed=listed_for(run.agreement),
    )
    n_waiting = sum(
        stratum in review.WAITING and pair not in concluded
        for pair, stratum in zip(
            review.pairs_of(queue), queue["stratum"].to_pylist(), strict=True
        )
    )
    quality = quality_in_short(queue, held["people"], result.cells, concluded)
    with kept_if_recorded(owner, result.crosswalk, result.linked), work.finish():
        _record(run, result, n_waiting=n_waiting, quality=quality, given=given)


def _record(
    run: LinkageRun,
    result: Result,
    *,
    n_waiting: int,
    quality: dict[str, list[int]],
    given: list[Given],
) -> None:
    with act(
        "indicators.relink",
        actor=System(CLAUSE),
        chain=run.agreement.chain,
        subject=run,
    ) as this:
        agreement = lock_for_keeping(run.agreement)
        row = LinkageRun.objects.select_for_update().get(pk=run.pk)
        can_link(agreement).require()
        if row.state != "linked":
            raise RuleBroken(
                "A newer linkage replaced this one, or a delivery was withdrawn, so "
                "nothing was changed."
            )
        if not all(each.holding.is_held for each in (row.tenants, row.students)):
            raise RuleBroken(DESTROYED)
        keep_result(row, result)
        row.counts |= {
            "accepted": result.n_accepted,
            "to review": n_waiting,
            "with attendance": result.n_with_days,
        }
        row.message = ""
        row.quality = quality
        row.readings_used = digest_of(given)
        row.save()
        open_all(agreement=agreement)
        this.detail |= {"counts": row.counts}


def fail_relink(key: int, message: str) -> None:
    """Record why the answers could not be used; the linkage stands as it was."""
    run = LinkageRun.objects.select_for_update().get(pk=key)
    if run.state == "withdrawn":
        return  # its page says why
    with act(
        "indicators.relink_failed",
        actor=System(CLAUSE),
        chain=run.agreement.chain,
        subject=run,
    ):
        run.message = message[:400]
        run.save()
