"""Accounts: invite a person, close an account, confirm who is acting."""

from allauth.account.models import EmailAddress

from accounts import ledger
from accounts.acting import Actor, act
from accounts.acts import RuleBroken
from accounts.models import User


def invite(*, email: str, name: str, title: str, actor: Actor) -> User:
    """Return a new person, who has no password until the invitation is answered."""
    if User.objects.filter(email__iexact=email).exists():
        raise RuleBroken(
            "A person with this e-mail address has an account already. "
            "Give that person the role instead."
        )
    user = User(email=email.lower(), name=name, title=title)
    user.set_unusable_password()
    with act("accounts.invite", actor=actor, chain=ledger.SYSTEM) as this:
        user.save()
        this.subject = f"accounts.user:{user.pk}"
        EmailAddress.objects.create(
            user=user, email=user.email, primary=True, verified=True
        )
    return user


def confirm_identity(*, user: User, password: str) -> None:
    """Raise RuleBroken unless `password` is the person's own, just now."""
    if not user.check_password(password):
        raise RuleBroken("The password is not right. Type the one you sign in with.")
