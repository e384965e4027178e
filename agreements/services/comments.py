"""Comments on items of a text: written, and resolved."""

from accounts import clock
from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.comment_policy import can_comment, can_resolve
from agreements.digests import digest_of
from agreements.items import WHOLE, items_of
from agreements.models import Agreement, Comment
from agreements.queries import facts_of, text_of
from agreements.terms_text import terms_of
from partnerships.models import Organisation
from partnerships.services.notices import queue_notice


def comment(
    *,
    agreement: Agreement,
    organisation: Organisation,
    item: str,
    body: str,
    audience: str = Comment.Audience.OWN,
    asks_change: bool = False,
    actor: User,
) -> Comment:
    """Return a new comment on an item, which its organisation alone reads by default.

    The ledger keeps a digest of it, never the words.
    """
    can_comment(actor, agreement, organisation).require()
    if not body.strip():
        raise RuleBroken("Write the comment.")
    facts = facts_of(agreement)
    text = {"terms": terms_of(facts), "clauses": text_of(facts)}
    if item not in items_of(text) and (item != WHOLE or asks_change):
        raise RuleBroken(
            "Choose the clause, field, person or date. Whoever is asked for a change "
            "must know of what."
        )
    row = Comment(
        agreement=agreement,
        organisation=organisation,
        author=actor,
        item=item,
        body=body.strip(),
        audience=audience,
        asks_change=asks_change,
        written_at=clock.now(),
    )
    with act("agreements.comment", actor=actor, chain=row.chain, subject=row) as this:
        row.save()
        this.detail |= {"agreement": agreement.pk, "body": digest_of(row.body)}
        if asks_change and audience == Comment.Audience.ALL:
            _tell_drafter(row)
    return row


def _tell_drafter(row: Comment) -> None:
    agreement = row.agreement
    queue_notice(
        key=f"comment:{row.pk}",
        recipient=agreement.drafted_by,
        subject=f"{row.organisation.name} asks for a change of {agreement.number}",
        body="A comment names the item and the change. Sign in to read it.",
        path=f"{agreement.get_absolute_url()}comments/",
    )


def resolve(*, comment: Comment, actor: User) -> None:
    """Mark a comment as done with; it stays on record."""
    with act(
        "agreements.resolve_comment", actor=actor, chain=comment.chain, subject=comment
    ):
        row = (
            Comment.objects.select_for_update(of=("self",))
            .select_related("agreement", "organisation")
            .get(pk=comment.pk)
        )
        can_resolve(actor, row).require()
        if row.resolved_at is not None:
            raise Conflict("Somebody has resolved this comment already.")
        row.resolved_by, row.resolved_at = actor, clock.now()
        row.save()
