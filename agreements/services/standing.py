"""Standing: an agreement under another one, whose terms bind it."""

from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import Agreement, Standing
from agreements.queries import IN_FORCE
from agreements.services.sections import autosaving


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
        if row.standings.filter(parent=parent).exists():
            raise Conflict(f"It stands under {parent.number} already.")
        return Standing.objects.create(agreement=row, parent=parent)


def stand_free(*, standing: Standing, actor: User) -> None:
    """Let a draft stand under an agreement no more."""
    with autosaving(standing.agreement, actor):
        standing.delete()
