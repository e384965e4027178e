"""Redlines lose nothing, and say of every clause and term what became of it."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agreements.clauses import assemble
from agreements.compare import (
    Edit,
    Fate,
    Mark,
    Piece,
    carried,
    compared,
    edited,
    edits,
    plain,
    redline,
)
from agreements.rules.facts import (
    AgreementFacts,
    Offer,
    OnwardParty,
    Override,
    Purpose,
    Subcontractor,
)
from agreements.rules.vocabulary import Frequency, PartyType
from agreements.terms_text import terms_of
from tests.unit.agreements.cases import clean_facts

words = st.lists(
    st.sampled_from(["data", "are", "kept", " ", ", ", ".", "\n\n", "30", "days", "é"]),
    max_size=30,
).map("".join)


def said(facts: AgreementFacts) -> dict[str, Any]:
    clauses = [
        {"key": each.key, "title": each.title, "text": each.text}
        for each in assemble(facts)
    ]
    return {"terms": terms_of(facts), "clauses": clauses}


def joined(pieces: tuple[Piece, ...], *, without: Mark) -> str:
    return "".join(each.text for each in pieces if each.mark is not without)


@given(words | st.text(max_size=60), words | st.text(max_size=60))
def test_a_redline_holds_both_texts_and_nothing_else(before: str, after: str) -> None:
    pieces = redline(before, after)
    assert joined(pieces, without=Mark.INSERTED) == before
    assert joined(pieces, without=Mark.DELETED) == after
    assert all(piece.text for piece in pieces)


@given(words)
def test_a_text_beside_itself_has_no_change(text: str) -> None:
    assert edits(text, text) == ()


@given(words, words)
def test_edits_of_one_text_make_the_other(before: str, after: str) -> None:
    changes = edits(before, after)
    assert edited(before, changes) == after
    assert all(each.before != each.after for each in changes)
    assert all(before[each.start : each.end] == each.before for each in changes)


@given(words, words, words)
def test_an_edit_carried_over_replaces_what_it_replaced(
    base: str, current: str, wanted: str
) -> None:
    for edit in edits(base, wanted):
        moved = carried(edit, base=base, current=current)
        if moved:
            assert current[moved.start : moved.end] == edit.before
            assert edited(current, [moved]).count(edit.after) >= 1


@given(words, words)
def test_edits_accepted_one_by_one_in_any_order_make_the_whole(
    base: str, wanted: str
) -> None:
    current = base
    for edit in reversed(edits(base, wanted)):
        moved = carried(edit, base=base, current=current)
        if moved is None:  # what stands beside it became part of another change
            return
        current = edited(current, [moved])
    assert current == wanted


def test_long_texts_that_differ_all_over_are_one_edit() -> None:
    many = [" ".join(f"w{n * step % 150}" for n in range(9000)) for step in (1, 7)]
    before, after = f"It begins. {many[0]} It ends.", f"It begins. {many[1]} It ends."
    (edit,) = edits(before, after)
    assert edited(before, [edit]) == after
    assert before[: edit.start].startswith("It begins.")
    assert before[edit.end :].endswith("It ends.")
    assert edits(before, before) == ()


def test_phrases_are_replaced_whole_and_words_never_split() -> None:
    assert redline("kept for thirty days here", "kept for ten weeks here") == (
        Piece(Mark.SAME, "kept for "),
        Piece(Mark.DELETED, "thirty days"),
        Piece(Mark.INSERTED, "ten weeks"),
        Piece(Mark.SAME, " here"),
    )


def test_an_edit_does_not_fit_where_another_has_been() -> None:
    edit = Edit(5, "thirty", "ten")
    assert carried(edit, base="kept thirty days", current="kept forty days") is None
    moved = carried(edit, base="kept thirty days", current="always kept thirty days")
    assert moved == Edit(12, "thirty", "ten")


def test_a_version_beside_itself_is_empty() -> None:
    text = said(clean_facts())
    assert compared(text, text).is_empty


def test_clauses_are_added_removed_and_changed_where_they_stand() -> None:
    more = replace(clean_facts(), min_cell=17)
    chosen = "C19"
    facts = replace(clean_facts(), clauses=more.clauses - {chosen})
    there, back = compared(said(facts), said(more)), compared(said(more), said(facts))
    fates = {each.key: each.fate for each in there.changed}
    assert fates == {chosen: Fate.ADDED, "C16": Fate.CHANGED}
    assert {each.key: each.fate for each in back.changed} == {
        chosen: Fate.REMOVED,
        "C16": Fate.CHANGED,
    }
    assert [each.key for each in back.clauses] == [each.key for each in there.clauses]


def test_a_clause_that_only_stands_elsewhere_has_moved() -> None:
    text = said(clean_facts())
    first, *rest = text["clauses"]
    moved = compared(text, text | {"clauses": [*rest, first]})
    assert [(each.key, each.fate) for each in moved.changed] == [
        (first["key"], Fate.MOVED)
    ]


def test_a_new_heading_is_a_change() -> None:
    text = said(clean_facts())
    first, *rest = text["clauses"]
    named = compared(text, text | {"clauses": [first | {"title": "Who"}, *rest]})
    assert [(each.title_before, each.title) for each in named.changed] == [
        (first["title"], "Who")
    ]


def test_terms_that_changed_are_said_in_plain_lines() -> None:
    facts = clean_facts()
    flow, *flows = facts.flows
    person, *people = facts.access
    other = replace(
        facts,
        flows=(
            replace(flow, fields=flow.fields[1:], frequency=Frequency.MONTHLY),
            *flows,
        ),
        access=(replace(person, until_on=date(2030, 1, 2)), *people[1:]),
        term=replace(facts.term, review_on=date(2031, 3, 4)),
        min_cell=17,
    )
    lines = compared(said(facts), said(other)).terms
    assert any(
        "Smallest group shown" in line and "17 children" in line for line in lines
    )
    assert any("Review" in line and "March 4, 2031" in line for line in lines)
    assert any("how often" in line and "once a month" in line for line in lines)
    assert any(f"{flow.fields[0].label} removed" in line for line in lines)
    assert any(person.name in line and "January 2, 2030" in line for line in lines)
    assert any(f"{people[0].name} removed" in line for line in lines)
    assert len(lines) == 6


def test_everything_that_binds_is_in_the_schedules() -> None:
    facts = clean_facts()
    other = replace(
        facts,
        purposes=(*facts.purposes, Purpose(key="second", text="learn more")),
        onward=(OnwardParty(owner="pha", name="The county", interest="an audit"),),
        subcontractors=(Subcontractor(party="pha", name="Hosting Inc."),),
        offer=Offer(joiner_type=PartyType.DISTRICT, until_on=date(2030, 1, 2)),
        overrides=tuple(
            Override(
                rule="R-030",
                subject=subject,
                owner="pha",
                counsel="1",
                reason=f"Read {subject}.",
                decided_on=date(2026, 1, 2),
            )
            for subject in ("one", "two")
        ),
    )
    lines = " ".join(compared(said(facts), said(other)).terms)
    for words_ in (
        "Purpose 2 added (learn more)",
        "May be passed on to The county added (an audit)",
        "Subcontractor Hosting Inc. added (not bound yet)",
        "Others may join until added (January 2, 2030)",
        "Counsel let R-030 stand added (Read one.; Read two.)",
    ):
        assert words_ in lines


def test_a_text_is_kept_as_every_file_can_hold_it() -> None:
    assert plain("a\r\nb\rc\x00\x0b\u00a0d\te") == "a\nb\nc\u00a0d\te"
