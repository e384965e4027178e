"""What upper floors ask of accounts."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings


def identity_checked(people: Iterable[int]) -> frozenset[int]:
    """Return those of these people who are known to be who they say they are.

    Their e-mail address is verified and, wherever a second factor is asked for, they
    have one.
    """
    verified = EmailAddress.objects.filter(user__in=list(people), verified=True)
    if settings.SECOND_FACTOR_REQUIRED:
        verified = verified.filter(user__in=Authenticator.objects.values("user"))
    return frozenset(verified.values_list("user_id", flat=True))
