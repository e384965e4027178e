"""Alternative wordings and own clauses of a draft; every owner's counsel reads them."""

import re

from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.clause_library import LIBRARY
from agreements.clauses import clauses_of
from agreements.models import Agreement, ClauseWording
from agreements.queries import facts_of
from agreements.queries.library import wordings_of
from agreements.services.sections import autosaving

OWN = re.compile(r"OWN-(\d+)")
MOST_TEXT = 8000  # characters of one clause


def set_wording(
    *,
    agreement: Agreement,
    clause: str,
    text: str,
    is_indemnity: bool = False,
    actor: User,
) -> ClauseWording | None:
    """Return a clause in the parties' own words; None where they are the library's.

    Raises RuleBroken for a clause that the agreement does not hold, or no text.
    """
    text = _stated(text)
    with autosaving(agreement, actor) as row:
        facts = facts_of(row)
        held = {each.key: each for each in clauses_of(facts)}
        last = wordings_of(row).filter(key=clause).first()
        if last is None and clause not in held:
            raise RuleBroken(
                f"The draft holds no clause {clause}. Add it under Protection and "
                "clauses first."
            )
        if clause in LIBRARY and text == LIBRARY[clause].wording_for(facts):
            if last:
                last.delete()
            return None
        wording = last or ClauseWording(
            agreement=row, key=clause, title=held[clause].title
        )
        wording.text, wording.is_indemnity = text, is_indemnity
        wording.save()
        return wording


def add_own_clause(
    *,
    agreement: Agreement,
    title: str,
    text: str,
    is_indemnity: bool = False,
    actor: User,
) -> ClauseWording:
    """Return a clause that the parties wrote, after those that there are."""
    if not title.strip():
        raise RuleBroken("Give the clause a title, so that people can refer to it.")
    with autosaving(agreement, actor) as row:
        numbers = [
            int(found[1])
            for key in wordings_of(row).values_list("key", flat=True)
            if (found := OWN.fullmatch(key))
        ]
        return ClauseWording.objects.create(
            agreement=row,
            key=f"OWN-{max(numbers, default=0) + 1}",
            title=title.strip(),
            text=_stated(text),
            is_own=True,
            is_indemnity=is_indemnity,
        )


def restore_wording(*, agreement: Agreement, clause: str, actor: User) -> None:
    """Take back the parties' words: the library's stand again, an own clause goes."""
    with autosaving(agreement, actor) as row:
        wording = wordings_of(row).filter(key=clause).first()
        if wording is None:
            raise Conflict("This clause has the library's wording already.")
        wording.delete()


def _stated(text: str) -> str:
    """Return the text without what surrounds it; RuleBroken if it says nothing."""
    stated = text.replace("\r\n", "\n").strip()
    if not stated:
        raise RuleBroken(
            "Write the clause, or restore the library's text. A required clause cannot "
            "be left empty."
        )
    if len(stated) > MOST_TEXT:
        raise RuleBroken(f"Keep the clause under {MOST_TEXT:,} characters.")
    return stated
