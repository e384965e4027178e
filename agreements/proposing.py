"""What a partner's Word file proposes, clause by clause (pure).

A tracked change stands in the text as it was sent, or it cannot be applied. What
differs from that text with all tracked changes rejected was changed without tracking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum

from agreements.compare import Edit, carried, edits
from agreements.outline import NOTES, Section
from agreements.word_file import Unreadable, W, WordFile
from agreements.word_marks import Change, Line, Marks, Stretch, comments_of

LONGEST_SECTION = 60_000
LONGEST_FILE = 600_000  # characters; a memorandum of thirty pages has 60,000
MOST_FOUND = 2_000
LONGEST_TEXT = 20_000
_ELSEWHERE = {
    "header": "Page header",
    "footer": "Page footer",
    "footnotes": "Footnotes",
    "endnotes": "Endnotes",
}


class Kind(StrEnum):
    """What was found; the words are those that a proposal keeps."""

    INSERTED = "inserted"
    DELETED = "deleted"
    REPLACED = "replaced"
    COMMENT = "comment"
    UNTRACKED = "untracked"


@dataclass(frozen=True, slots=True)
class Found:
    """A change or comment. starts_at: in the clause as sent; None if it has no place.

    clause: "" where it belongs to none, and then `place` says where it stands.
    """

    kind: Kind
    clause: str
    place: str
    before: str = ""
    after: str = ""
    starts_at: int | None = None
    author: str = ""
    stated_at: datetime | None = None


def proposals_in(file: WordFile, sections: Sequence[Section]) -> tuple[Found, ...]:
    """Return what a file proposes for the text that was sent, in the file's order.

    Raises Unreadable when it is more than any agreement holds.
    """
    body = file.document.find(f"{W}body")
    if body is None:
        raise _too_much()
    marks = Marks(body)
    if sum(len(line.rejected) for line in marks.lines) > LONGEST_FILE:
        raise _too_much()
    regions = list(_regions(marks.lines, [*sections, NOTES]))
    if not any(section.clause for section, _ in regions):
        raise Unreadable(
            "None of the agreement's clauses can be found in this file.",
            "Choose the file that was made from this agreement.",
        )
    found = [each for region in regions for each in _of_region(*region)]
    missing = [s for s in sections if s not in [section for section, _ in regions]]
    found += [
        _untracked(section, before=section.text or section.heading)
        for section in missing
    ]
    found += _moved([section for section, _ in regions], sections)
    found += _comments(file, marks, regions)
    found += [
        Found(Kind.UNTRACKED, "", "Text box or drawing", after=text)
        for text in marks.boxed
    ]
    found += _elsewhere(file)
    if len(found) > MOST_FOUND:
        raise _too_much()
    return tuple(map(_bounded, found))


def _bounded(found: Found) -> Found:
    """Return what can be kept: too long a text is shown in part, and has no place."""
    if max(len(found.before), len(found.after)) <= LONGEST_TEXT:
        return found
    return replace(
        found,
        before=found.before[:LONGEST_TEXT],
        after=found.after[:LONGEST_TEXT],
        starts_at=None,
    )


def _too_much() -> Unreadable:
    return Unreadable(
        "This file is not the agreement with some changes: it is empty, or holds more "
        "than any agreement.",
        "Edit the Word file that was downloaded here, and send that.",
    )


def _regions(
    lines: Sequence[Line], sections: Sequence[Section]
) -> Iterator[tuple[Section, list[Line]]]:
    """Yield each section with its lines, its heading first.

    A heading is known by its bookmark; where that is gone by its words, or by the
    clause's key before others.
    """
    by_anchor = {each.anchor: each for each in sections}
    by_heading = {each.heading: each for each in sections if each.heading}
    by_key = {each.clause: each for each in sections if each.clause}
    anchored = {name for line in lines for name in line.anchors}
    seen: set[str] = set()
    section, region = Section("", "", ""), list[Line]()
    for line in lines:
        here = next((by_anchor[a] for a in line.anchors if a in by_anchor), None)
        if here is None:
            words = line.rejected.strip()
            said = by_heading.get(words) or by_key.get(words.partition(" ")[0])
            here = said if said and said.anchor not in anchored else None
        if here is not None and here.anchor not in seen:
            if region:
                yield section, region
            section, region = here, []
            seen.add(here.anchor)
        region.append(line)
    if region:
        yield section, region


def _of_region(section: Section, lines: list[Line]) -> Iterator[Found]:
    """Yield what is proposed on a section's heading, then on what stands under it."""
    has_heading = bool(section.anchor)
    heading, body = (lines[:1], lines[1:]) if has_heading else ([], lines)
    is_said = section != NOTES  # what was sent is known
    for line in heading if is_said else ():
        yield from _of_heading(section, line)
    ends = _settled_ends(heading, body)
    stretches = [
        stretch
        for line, end in zip(body, ends, strict=True)
        for stretch in (*line.stretches, end)
        if stretch.text
    ]
    stretches = _without_last_break(stretches)
    if section.schedule or not has_heading:
        stretches = _without_empty(stretches)
    rejected = "".join(s.text for s in stretches if not s.inserted)
    if len(rejected) > LONGEST_SECTION or len(section.text) > LONGEST_SECTION:
        raise _too_much()
    if is_said and rejected != section.text:
        for edit in edits(section.text, rejected):
            yield _untracked(section, edit.before, edit.after, edit.start)
    for edit, change in _tracked(stretches):
        place: Edit | None = edit
        if rejected != section.text:
            place = carried(edit, base=rejected, current=section.text)
        yield Found(
            _kind(edit),
            section.clause,
            section.place,
            edit.before,
            edit.after,
            place.start if place and section.clause else None,
            change.author,
            change.at,
        )


def _kind(edit: Edit) -> Kind:
    if edit.before and edit.after:
        return Kind.REPLACED
    return Kind.DELETED if edit.before else Kind.INSERTED


def _untracked(
    section: Section, before: str = "", after: str = "", start: int | None = 0
) -> Found:
    return Found(
        Kind.UNTRACKED,
        section.clause,
        section.place,
        before,
        after,
        start if section.clause else None,
    )


def _of_heading(section: Section, line: Line) -> Iterator[Found]:
    place = f"Heading of {section.place}"
    for edit, change in _tracked(line.stretches):
        yield Found(
            _kind(edit),
            section.clause,
            place,
            edit.before,
            edit.after,
            None,
            change.author,
            change.at,
        )
    if line.rejected.strip() != section.heading.strip():
        for edit in edits(section.heading, line.rejected):
            yield Found(Kind.UNTRACKED, section.clause, place, edit.before, edit.after)


def _settled_ends(heading: Sequence[Line], body: Sequence[Line]) -> list[Stretch]:
    """Return the paragraphs' ends, such that those between paragraphs carry the marks.

    A paragraph that was inserted first or last is tracked on an end that stays with the
    heading above, or the heading below: the mark belongs to the end beside it.
    """
    ends = [line.end for line in (*heading, *body)]
    if heading and body and _is_marked(ends[0]):
        unmarked = next(
            (n for n, end in enumerate(ends) if end.text and not _is_marked(end)), None
        )
        if unmarked is not None:
            ends[0], ends[unmarked] = ends[unmarked], ends[0]
    ends = ends[len(heading) :]
    if len(ends) > 1 and _is_marked(ends[-1]):
        last = next(
            (
                n
                for n in reversed(range(len(ends)))
                if ends[n].text and not _is_marked(ends[n])
            ),
            None,
        )
        if last is not None:
            ends[last], ends[-1] = ends[-1], ends[last]
    return ends


def _is_marked(end: Stretch) -> bool:
    return bool(end.inserted or end.deleted)


def _without_last_break(stretches: list[Stretch]) -> list[Stretch]:
    """Drop the break that ends a section, and empty paragraphs before it."""
    kept = list(stretches)
    while kept and kept[-1].text == "\n\n" and not _is_marked(kept[-1]):
        kept.pop()
    if kept and kept[-1].text == "\n\n":
        kept.pop()
    return kept


def _without_empty(stretches: list[Stretch]) -> list[Stretch]:
    """Drop breaks that begin the text or follow another: cells may be empty."""
    kept: list[Stretch] = []
    for each in stretches:
        if each.text == "\n\n" and (not kept or kept[-1].text == "\n\n"):
            continue
        kept.append(each)
    return kept


def _tracked(stretches: Sequence[Stretch]) -> Iterator[tuple[Edit, Change]]:
    """Yield the tracked changes, each as an edit of the text with all rejected.

    What one person deleted and inserted side by side is one change.
    """
    at = 0
    edit: Edit | None = None
    change: Change | None = None
    for each in stretches:
        if each.inserted and each.deleted:
            continue
        made = each.inserted or each.deleted
        if edit and change and (made is None or made.author != change.author):
            yield edit, change
            edit = change = None
        if made:
            edit, change = edit or Edit(at, "", ""), change or made
            lost, gained = ("", each.text) if each.inserted else (each.text, "")
            edit = Edit(edit.start, edit.before + lost, edit.after + gained)
        if not each.inserted:
            at += len(each.text)
    if edit and change:
        yield edit, change


def _moved(there: Sequence[Section], sent: Sequence[Section]) -> Iterator[Found]:
    """Yield the clauses that stand in another order than they were sent in."""
    was, now = ([each for each in some if each.clause] for some in (sent, there))
    matched = SequenceMatcher(a=was, b=now, autojunk=False).get_matching_blocks()
    stayed = [was[n] for block in matched for n in range(block.a, block.a + block.size)]
    for section in now:
        if section not in stayed:
            yield Found(
                Kind.UNTRACKED,
                section.clause,
                f"Order: {section.place}",
                _follows(section, was),
                _follows(section, now),
            )


def _follows(section: Section, clauses: Sequence[Section]) -> str:
    before = clauses.index(section) - 1
    return f"after {clauses[before].place}" if before >= 0 else "before all others"


def _comments(
    file: WordFile, marks: Marks, regions: Sequence[tuple[Section, list[Line]]]
) -> Iterator[Found]:
    stands_in = {
        key: section
        for section, lines in regions
        for line in lines
        for key in line.comments
    }
    for comment in comments_of(file.others["comments"], marks):
        section = stands_in.get(comment.key)
        yield Found(
            Kind.COMMENT,
            section.clause if section else "",
            section.place if section else "Not attached to any text",
            comment.on,
            comment.text,
            None,
            comment.by.author,
            comment.by.at,
        )


def _elsewhere(file: WordFile) -> Iterator[Found]:
    """Yield text where the document that was sent has none."""
    for kind, place in _ELSEWHERE.items():
        for root in file.others[kind]:
            lines = [line.rejected for line in Marks(root).lines]
            if text := "\n".join(filter(str.strip, lines)):
                yield Found(Kind.UNTRACKED, "", place, after=text)
