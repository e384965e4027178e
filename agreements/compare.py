"""Redlines: what differs between two texts, and between two versions (pure).

A redline is read as pieces. The pieces that are not inserted, joined, are the earlier
text; those that are not deleted, joined, are the later one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from agreements.schedules import Schedule, schedules_of

_TOKEN = re.compile(r"\w+|\n\n|\s|[^\w\s]")
MOST_PAIRS = 4_000_000  # of words; a clause of three pages has 1,500 words and blanks
# What XML cannot hold.
_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Mark(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    INSERTED = "inserted"
    DELETED = "deleted"


class Fate(StrEnum):
    """What became of a clause."""

    SAME = "unchanged"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a redline."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """At `start` of the earlier text, `before` gives way to `after`."""

    start: int
    before: str
    after: str

    @property
    def end(self) -> int:
        """Where the replaced stretch of the earlier text ends."""
        return self.start + len(self.before)


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """A clause of either version, and what became of it."""

    key: str
    title: str
    fate: Fate
    pieces: tuple[Piece, ...]
    title_before: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two versions: clauses in order, then terms as lines."""

    clauses: tuple[ClauseChange, ...]
    terms: tuple[str, ...]

    @property
    def changed(self) -> tuple[ClauseChange, ...]:
        """The clauses that differ."""
        return tuple(each for each in self.clauses if each.fate is not Fate.SAME)

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not self.changed and not self.terms


def edits(before: str, after: str) -> tuple[Edit, ...]:
    """Return the edits that turn one text into another, in order, word by word.

    A blank between two edits goes with them, so that phrases are replaced whole. What
    is longer than any clause and differs all over is one edit: to compare it word by
    word could take minutes.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    alike, old, new = (
        old[:head],
        old[head : len(old) - tail],
        new[head : len(new) - tail],
    )
    joined: list[Edit] = []
    start = sum(map(len, alike))
    kept = ""
    for kind, i, j, k, m in _opcodes(old, new):
        lost, gained = "".join(old[i:j]), "".join(new[k:m])
        if kind == "equal":
            kept, start = lost, start + len(lost)
            continue
        last = joined[-1] if joined else None
        if last and last.end + len(kept) == start and kept == " ":
            joined[-1] = Edit(
                last.start, last.before + kept + lost, last.after + kept + gained
            )
        else:
            joined.append(Edit(start, lost, gained))
        start += len(lost)
    return tuple(joined)


def _alike(old: list[str], new: list[str]) -> int:
    """Return how many words two texts begin with alike."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))


def _opcodes(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > MOST_PAIRS:
        return [("replace", 0, len(old), 0, len(new))]
    return [*SequenceMatcher(a=old, b=new).get_opcodes()]


def edited(text: str, changes: Sequence[Edit]) -> str:
    """Return a text after edits of it that do not overlap."""
    for change in sorted(changes, key=lambda each: each.start, reverse=True):
        text = text[: change.start] + change.after + text[change.end :]
    return text


def redline(before: str, after: str) -> tuple[Piece, ...]:
    """Return the redline from one text to another."""
    return tuple(_pieces(before, edits(before, after)))


def _pieces(before: str, changes: Sequence[Edit]) -> Iterator[Piece]:
    at = 0
    for change in changes:
        parts = (
            (Mark.SAME, before[at : change.start]),
            (Mark.DELETED, change.before),
            (Mark.INSERTED, change.after),
        )
        yield from (Piece(mark, text) for mark, text in parts if text)
        at = change.end
    if before[at:]:
        yield Piece(Mark.SAME, before[at:])


def carried(edit: Edit, *, base: str, current: str) -> Edit | None:
    """Return an edit of `base` as an edit of `current`; None if it fits no more.

    It fits while what it replaces is as it was. What others inserted in the same place
    stays before it.
    """
    shift = 0
    for other in edits(base, current):
        if other.end <= edit.start:
            shift += len(other.after) - len(other.before)
        elif other.start < edit.end:
            return None
    return Edit(edit.start + shift, edit.before, edit.after)


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Return what differs between two texts, each `{"terms": …, "clauses": …}`."""
    return Comparison(
        clauses=tuple(_clauses(old["clauses"], new["clauses"])),
        terms=changed_terms(schedules_of(old["terms"]), schedules_of(new["terms"])),
    )


def _clauses(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> Iterator[ClauseChange]:
    """Yield the later version's clauses in order, removed ones where they stood."""
    was = {each["key"]: each for each in old}
    now = {each["key"]: each for each in new}
    stayed = _stayed([*was], [*now])
    waiting = list(old)
    for clause in new:
        key = clause["key"]
        if key in stayed:
            while waiting and waiting[0]["key"] != key:
                if (gone := waiting.pop(0))["key"] not in now:
                    yield _change(gone, None)
            waiting.pop(0)
        yield _change(was.get(key), clause, has_moved=key not in stayed)
    yield from (_change(each, None) for each in waiting if each["key"] not in now)


def _stayed(old: list[str], new: list[str]) -> set[str]:
    """Return the keys that stand in the same order in both versions."""
    matched = SequenceMatcher(a=old, b=new, autojunk=False).get_matching_blocks()
    return {key for block in matched for key in old[block.a : block.a + block.size]}


def _change(
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    *,
    has_moved: bool = False,
) -> ClauseChange:
    shown = new or old
    assert shown is not None
    before, after = (plain(each["text"]) if each else "" for each in (old, new))
    title_before = old["title"] if old else ""
    if old is None:
        fate = Fate.ADDED
    elif new is None:
        fate = Fate.REMOVED
    elif before != after or title_before != new["title"]:
        fate = Fate.CHANGED
    else:
        fate = Fate.MOVED if has_moved else Fate.SAME
    return ClauseChange(
        key=shown["key"],
        title=shown["title"],
        fate=fate,
        pieces=redline(before, after),
        title_before=title_before if title_before != shown["title"] else "",
    )


def plain(text: str) -> str:
    """Return a text as every file can hold it: one kind of line end, no controls."""
    return _UNHELD.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def changed_terms(old: Sequence[Schedule], new: Sequence[Schedule]) -> tuple[str, ...]:
    """Return what differs between structured terms, as plain lines."""
    was = {each.key: each for each in old}
    now = {each.key: each for each in new}
    lines: list[str] = []
    for key in dict.fromkeys([*was, *now]):
        lines += _of_schedule(was.get(key), now.get(key))
    return tuple(lines)


def _of_schedule(old: Schedule | None, new: Schedule | None) -> Iterator[str]:
    """Yield a line for each row that is there in one only, or differs."""
    shown = new or old
    assert shown is not None
    was = {row.key: row.cells for row in (old.rows if old else ())}
    now = {row.key: row.cells for row in (new.rows if new else ())}
    for key in dict.fromkeys([*was, *now]):
        before, after = was.get(key), now.get(key)
        if before == after:
            continue
        if before is None or after is None:
            cells = before or after or ()
            word = "added" if before is None else "removed"
            said = ", ".join(filter(None, cells[1:]))
            detail = f" ({said})" if said else ""
            yield f"{shown.heading}: {cells[0]} {word}{detail}."
            continue
        for column, old_cell, new_cell in zip(
            shown.columns, before, after, strict=True
        ):
            if old_cell != new_cell:
                yield (
                    f"{shown.heading}: {after[0]}, {column.lower()}: from "
                    f"“{old_cell or 'nothing'}” to “{new_cell or 'nothing'}”."
                )
