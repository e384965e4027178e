"""Who stands twice in a list: take a pair, decide it, take that back, link again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from accounts import clock
from accounts.acting import act, first_of_two
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.services.obligations import lock_for_keeping
from indicators.arrivals.repeats import REPEATS, contradict, list_of
from indicators.frames import Frames
from indicators.linkage.differences import NONE, Line, lines
from indicators.models import Delivery, LinkageRun, Repeat
from indicators.repeat_policy import can_decide_repeats, can_link_again
from indicators.services.linkage import start_run
from indicators.services.linked import opened
from indicators.services.persons import follows_answers

# A pair that somebody took and did not answer waits so long for them, then for others.
KEPT_FOR = timedelta(hours=12)
ANOTHER_WAS_FASTER = "Somebody else has just taken this pair. Take the next one."
CONTRADICTION = (
    "This answer does not go with the others: it would make more than two records one "
    "person, and two of these were called two people, or something in them speaks "
    "against it. Take the other answers back first, or answer “Not sure”."
)
# What tells where and when a record's person was, by the list of people.
_STAYS = {
    "tenants": (
        ("tenancies", "member_id", "development", "move_in_date", "move_out_date"),
        ("tenants", "member_id", "development", "move_in_date", ""),
    ),
    "student": (("enrolment", "id", "school", "entry_date", "exit_date"),),
}
_WORDS = {"tenants": ("Member number", "Home"), "student": ("Student number", "School")}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the pairs of a delivery are decided.

    own: the pair that this person has before them, if any. is_left: whether another one
    can be taken. answered: those decided, the newest first.
    """

    own: Repeat | None
    is_left: bool
    answered: tuple[Repeat, ...]


def progress(delivery: Delivery, person: User) -> Progress:
    """Return how far the pairs of a delivery are decided, for one person."""
    rows = list(delivery.repeats.select_related("reader"))
    answered = [row for row in rows if row.answer]
    held = [row for row in rows if not row.answer]
    own = next((row for row in held if row.reader_id == person.pk), None)
    n_taken = len(answered) + sum(_is_held(row) for row in held)
    return Progress(
        own=own,
        is_left=n_taken < delivery.n_repeats,
        answered=tuple(
            sorted(answered, key=lambda row: (row.answered_at, row.pk), reverse=True)
        ),
    )


def _is_held(row: Repeat) -> bool:
    return row.taken_at > clock.now() - KEPT_FOR


def take_repeat(*, delivery: Delivery, actor: User) -> Repeat | None:
    """Return the pair that a person decides next; None where nothing is left for them.

    Taking a pair is seeing it: the ledger names the pair's code and the person.
    """
    can_decide_repeats(actor, delivery).require()
    own: Repeat | None = delivery.repeats.filter(reader=actor, answer="").first()
    if own is not None:
        return own
    codes = opened(delivery.holding)[REPEATS]["code"].to_pylist()
    if _next_of(codes, delivery) is None:
        return None
    with (
        first_of_two(ANOTHER_WAS_FASTER),
        act(
            "indicators.look_at_repeat", actor=actor, chain=delivery.agreement.chain
        ) as this,
    ):
        row = _locked(delivery, actor)
        repeat = _next_of(codes, row)
        if repeat is None:
            raise Conflict(ANOTHER_WAS_FASTER)
        repeat.reader, repeat.taken_at = actor, clock.now()
        repeat.save()
        this.subject = f"indicators.repeat:{repeat.pk}"
        this.detail |= {"delivery": row.pk, "pair": repeat.code}
    return repeat


def _next_of(codes: Iterable[str], delivery: Delivery) -> Repeat | None:
    """Return the row of the first pair that nobody decided, or has before them."""
    rows = {row.code: row for row in delivery.repeats.all()}
    for code in codes:
        row = rows.get(code)
        if row is None:
            return Repeat(delivery=delivery, code=code)
        if not row.answer and not _is_held(row):
            return row
    return None


def _locked(delivery: Delivery, actor: User) -> Delivery:
    """Return a delivery as it is now, locked, if the actor may still decide."""
    row = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("agreement", "sender", "holding")
        .get(pk=delivery.pk)
    )
    can_decide_repeats(actor, row).require()
    return row


def decide_repeat(*, delivery: Delivery, code: str, answer: str, actor: User) -> None:
    """Record whether the two records of a pair are one person."""
    can_decide_repeats(actor, delivery).require()
    pairs = opened(delivery.holding)[REPEATS]
    with act(
        "indicators.decide_repeat", actor=actor, chain=delivery.agreement.chain
    ) as this:
        row = _locked(delivery, actor)
        repeat = row.repeats.filter(code=code, reader=actor, answer="").first()
        if repeat is None:
            raise Conflict(
                "This pair is not before you any more: it is answered, or was left for "
                "too long and went to somebody else. Take the next one."
            )
        told = dict(row.repeats.exclude(answer="").values_list("code", "answer"))
        if contradict(pairs, told | {code: answer}):
            raise RuleBroken(CONTRADICTION)
        repeat.answer, repeat.answered_at = answer, clock.now()
        repeat.save()
        this.subject = f"indicators.repeat:{repeat.pk}"
        this.detail |= {"delivery": row.pk, "pair": code}


def take_back(*, delivery: Delivery, code: str, actor: User) -> None:
    """Put an answered pair before a person again; their last one where none is named.

    Whoever may decide may take back what another steward of the sender said.
    """
    can_decide_repeats(actor, delivery).require()
    with act(
        "indicators.undo_repeat", actor=actor, chain=delivery.agreement.chain
    ) as this:
        row = _locked(delivery, actor)
        answered = row.repeats.exclude(answer="").order_by("-answered_at", "-pk")
        chosen = answered.filter(code=code) if code else answered.filter(reader=actor)
        repeat = chosen.first()
        if repeat is None:
            raise RuleBroken("There is no such answer, so nothing can be taken back.")
        repeat.answer, repeat.answered_at = "", None
        repeat.reader, repeat.taken_at = actor, clock.now()
        repeat.save()
        this.subject = f"indicators.repeat:{repeat.pk}"
        this.detail |= {"delivery": row.pk, "pair": repeat.code}


def shown_repeat(repeat: Repeat) -> list[Line]:
    """Return the two records of a pair side by side, from the vault."""
    held = opened(repeat.delivery.holding)
    found = list_of(held)
    assert found is not None
    name, key = found
    pair = next(row for row in held[REPEATS].to_pylist() if row["code"] == repeat.code)
    numbers = pair["one"], pair["two"]
    people = held[name].filter(pc.is_in(held[name][key], pa.array(numbers)))
    records = {row[key]: row for row in people.to_pylist()}
    one, two = (records[number] for number in numbers)
    number_word, place_word = _WORDS[name]
    one_place, two_place = (_places(held, name, number) for number in numbers)
    return [
        Line(number_word, pair["one"], pair["two"], "Different"),
        *lines(one, two),
        _placed(place_word, one_place, two_place),
    ]


def _placed(word: str, one: str, two: str) -> Line:
    """Return the line of two texts of places, which are no names that may differ."""
    said = "Same" if one == two else "Different"
    if not (one and two):
        said = "Given on one side only" if one or two else "Given on neither side"
    return Line(word, one or NONE, two or NONE, said)


def _places(held: Frames, name: str, number: str) -> str:
    """Return where somebody was from when to when, as one text."""
    frame, key, place, first, last = next(
        each for each in _STAYS[name] if each[0] in held
    )
    rows = held[frame].filter(pc.equal(held[frame][key], number)).to_pylist()
    return "; ".join(
        sorted(_stay(row[place], row[first], row.get(last)) for row in rows)
    )


def _stay(place: str, first: Any, last: Any) -> str:
    since = f" from {first}" if first else ""
    until = f" to {last}" if last else ""
    return f"{place}{since}{until}"


def run_to_follow(delivery: Delivery) -> LinkageRun | None:
    """Return the newest linkage of a delivery if it does not follow its answers."""
    run = delivery.agreement.runs.select_related("tenants", "students").first()
    if run is None or delivery.pk not in (run.tenants_id, run.students_id):
        return None
    if run.state != "linked" or follows_answers(run):
        return None
    return run


def link_again(*, delivery: Delivery, actor: User) -> LinkageRun:
    """Return the new run that links both lists by what was said until now."""
    with act(
        "indicators.link_again", actor=actor, chain=delivery.agreement.chain
    ) as this:
        agreement = lock_for_keeping(delivery.agreement)
        row = _locked(delivery, actor)
        newest = agreement.runs.first()
        if newest is not None:
            can_link_again(actor, newest, row).require()
        if run_to_follow(row) is None:
            raise RuleBroken("The linkage follows all answers already.")
        run = start_run(agreement=agreement)
        assert run is not None
        this.subject = f"indicators.linkagerun:{run.pk}"
        this.detail |= {"delivery": row.pk}
    return run
