"""Standing: an agreement under another one, whose terms bind it."""

from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import Agreement, Standing
from agreements.queries import IN_FORCE, edition_digest, is_change
from agreements.rules.vocabulary import AgreementKind
from agreements.services.sections import autosaving


def is_bound(agreement: Agreement) -> bool:
    """Return whether a text is about the agreement that it was started from alone."""
    return is_change(agreement) or agreement.kind == AgreementKind.JOINDER.upper()


def stand_under(*, agreement: Agreement, parent: Agreement, actor: User) -> Standing:
    """Return that a draft stands under an agreement in force of its partnership."""
    if parent.partnership_id != agreement.partnership_id:
        raise RuleBroken("Choose an agreement of the same partnership.")
    if parent.state not in IN_FORCE:
        raise RuleBroken(
            f"{parent.number} is not in force, so nothing can stand under it. Have it "
            "signed first."
        )
    with autosaving(agreement, actor) as row:
        _require_free(row)
        if row.standings.filter(parent=parent).exists():
            raise Conflict(f"It stands under {parent.number} already.")
        return Standing.objects.create(agreement=row, parent=parent)


def stand_free(*, standing: Standing, actor: User) -> None:
    """Let a draft stand under an agreement no more."""
    with autosaving(standing.agreement, actor) as row:
        _require_free(row)
        standing.delete()


def _require_free(row: Agreement) -> None:
    """Refuse to let a text stand elsewhere that is about the one it stands under."""
    if is_bound(row):
        raise Conflict(
            f"{row.number} was started from the agreement that it stands under, and is "
            "about that one alone. Start another from the other agreement."
        )


def require_current(change: Agreement) -> Agreement:
    """Return the agreement that a change is about, locked; the terms must be its own.

    Raises RuleBroken if it ended, or was changed since the draft began.
    """
    standing = change.standings.select_related("parent").get()
    changed = Agreement.objects.select_for_update().get(pk=standing.parent_id)
    if changed.state not in IN_FORCE:
        raise RuleBroken(f"{changed.number} has ended, so it cannot be changed.")
    if edition_digest(changed) != standing.terms_digest:
        raise RuleBroken(
            f"{changed.number} was changed by another text since this draft began, so "
            "this one would undo that. Start it again from what is in force."
        )
    return changed
