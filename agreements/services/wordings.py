"""The wording of a clause, where the parties' words are not the library's."""

from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.clauses import clauses_of
from agreements.models import Agreement, ClauseWording
from agreements.queries import facts_of
from agreements.services.register import write_search_text
from agreements.services.sections import locked_draft


def set_wording(
    *, agreement: Agreement, clause: str, text: str, actor: User
) -> ClauseWording:
    """Return the wording of one of a draft's clauses, new or changed.

    text: with the library's `{variables}`, which facts fill.
    """
    if not text.strip():
        raise RuleBroken(
            f"Clause {clause} would have no words left. Change its wording instead, or "
            "leave the clause out where the parties choose it."
        )
    with act(
        "agreements.set_wording",
        actor=actor,
        chain=agreement.chain,
        subject=agreement,
        is_save_point=False,
    ):
        row = locked_draft(agreement, actor)
        known = {each.key: each for each in clauses_of(facts_of(row))}
        if clause not in known:
            raise RuleBroken(f"{row.number} has no clause {clause}.")
        wording = ClauseWording.objects.filter(
            agreement=row, key=clause
        ).first() or ClauseWording(agreement=row, key=clause)
        wording.title, wording.text = known[clause].title, text
        wording.save()
        if actor.pk not in row.drafters:
            row.drafters = [*row.drafters, actor.pk]
            row.save()
        write_search_text(row)
    return wording
