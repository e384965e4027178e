"""Who reads, writes and resolves comments: an organisation's own are its own."""

from django.db.models import Q, QuerySet

from accounts.acts import Decision, allow, deny, too_late
from accounts.models import User
from agreements.models import Agreement, Comment, Party
from agreements.policy import visible_agreements
from partnerships.models import Organisation
from partnerships.policy import is_administrator, memberships_of

OPEN_TEXT = ("draft", "review", "approved", "signing")


def visible_comments(user: User) -> QuerySet[Comment]:
    """Return the comments of a person's organisations, and those for all parties.

    Nobody reads another organisation's own, whatever agreement they share; and what is
    for all parties is for no other organisation of their partnership.
    """
    own = memberships_of(user).values("organisation")
    party_to = Party.objects.filter(organisation__in=own).values("agreement")
    for_all = Q(audience=Comment.Audience.ALL, agreement__in=party_to)
    return Comment.objects.filter(agreement__in=visible_agreements(user)).filter(
        Q(organisation__in=own) | for_all
    )


def commenting_for(user: User, agreement: Agreement) -> QuerySet[Organisation]:
    """Return the parties for which a person may comment, while the text is open."""
    parties = Organisation.objects.filter(
        pk__in=agreement.parties.values("organisation")
    )
    if agreement.state not in OPEN_TEXT or is_administrator(user):
        return parties.none()
    return parties.filter(memberships__in=memberships_of(user)).distinct()


def can_comment(
    user: User, agreement: Agreement, organisation: Organisation
) -> Decision:
    """Return whether a person may comment for an organisation."""
    if agreement.state not in OPEN_TEXT:
        return too_late(f"The text of {agreement.number} is settled.")
    if not commenting_for(user, agreement).filter(pk=organisation.pk).exists():
        return deny(f"Only people of {organisation.name} comment for it.")
    return allow()


def can_resolve(user: User, comment: Comment) -> Decision:
    """Return whether a person may mark a comment as done with."""
    if comment.resolved_at is not None:
        return too_late("Somebody has resolved this comment already.")
    if is_administrator(user):
        return deny("An administrator looks after people, and decides nothing.")
    if not memberships_of(user).filter(organisation=comment.organisation_id).exists():
        return deny(f"Only people of {comment.organisation.name} resolve its comments.")
    return allow()


def resolvable_comments(user: User) -> QuerySet[Comment]:
    """Return the open comments that a person may mark as done with."""
    if is_administrator(user):
        return Comment.objects.none()
    own = memberships_of(user).values("organisation")
    return visible_comments(user).filter(organisation__in=own, resolved_at=None)
