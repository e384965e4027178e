"""Who may join an agreement whose terms are offered."""

from django.db.models import QuerySet

from accounts import clock
from accounts.acts import Decision, allow, deny
from accounts.models import User
from agreements.models import Agreement
from partnerships.policy import acts_for
from partnerships.roles import Capability


def offers_to(user: User) -> QuerySet[Agreement]:
    """Return the agreements that a person's organisation is offered to join today.

    An offer is signed in clause C46 and is made to every organisation of a kind, so
    that its terms are shown to whoever drafts for one, in no matter which partnership.
    """
    own = acts_for(user, Capability.DRAFT)
    today = clock.today(list(own.values_list("time_zone", flat=True)) or ["UTC"])
    return (
        Agreement.objects.filter(
            state="in_force",
            offered_to__in=own.values("kind"),
            offered_until__gte=today,
        )
        .exclude(parties__organisation__in=own)
        .order_by("offered_until", "pk")
    )


def can_join(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may start to join an agreement."""
    if offers_to(user).filter(pk=agreement.pk).exists():
        return allow()
    return deny(
        "Joining is not offered to your organisation, or the offer has ended. Its "
        "parties can offer it in an amendment."
    )
