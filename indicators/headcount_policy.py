"""Who counts an agency's children, and who reads what of them would show."""

from django.db.models import Q, QuerySet

from accounts.acts import Decision, allow, deny
from accounts.models import User
from agreements.models import Agreement
from indicators.models import Headcount
from partnerships.models import Organisation
from partnerships.policy import acts_for
from partnerships.roles import Capability

_HOUSES = (Organisation.Kind.PHA, Organisation.Kind.MULTIFAMILY_OWNER)
_COUNTS = (Capability.DRAFT, Capability.DELIVER, Capability.AUTHOR_RELEASE)


def counted_for(user: User) -> QuerySet[Organisation]:
    """Return the housing agencies whose children a person counts for them.

    They alone see the numbers, and exactly how much of each table would show.
    """
    own = Q()
    for capability in _COUNTS:
        own |= Q(pk__in=acts_for(user, capability))
    return Organisation.objects.filter(own, kind__in=_HOUSES)


def can_count(user: User, organisation: Organisation) -> Decision:
    """Return whether a person keeps, tries or destroys an agency's own counts."""
    if counted_for(user).filter(pk=organisation.pk).exists():
        return allow()
    return deny(
        f"Only {organisation.name}'s director, data steward or analyst may do this: "
        "the counts are its own."
    )


def headcounts_under(agreement: Agreement) -> QuerySet[Headcount]:
    """Return the counts that the parties of an agreement keep.

    Whoever reads the agreement reads what would show of them: roughly, unless the
    person counts for the agency.
    """
    return Headcount.objects.filter(
        organisation__in=agreement.parties.values("organisation"), destroyed_at=None
    ).select_related("organisation")
