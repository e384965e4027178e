"""Accounts: invite a person, close an account, confirm who is acting."""

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from accounts import ledger
from accounts.acting import Actor, act, first_of_two
from accounts.acts import RuleBroken
from accounts.models import User

HAS_ACCOUNT = (
    "A person with this e-mail address has an account already. "
    "Give that person the role instead."
)


def invite(*, email: str, name: str, title: str, actor: Actor) -> User:
    """Return a new person, who has no password until the invitation is answered."""
    if User.objects.filter(email__iexact=email).exists():
        raise RuleBroken(HAS_ACCOUNT)
    user = User(email=email.lower(), name=name, title=title)
    user.set_unusable_password()
    with (
        first_of_two(HAS_ACCOUNT),
        act("accounts.invite", actor=actor, chain=ledger.SYSTEM) as this,
    ):
        user.save()
        this.subject = f"accounts.user:{user.pk}"
        EmailAddress.objects.create(
            user=user, email=user.email, primary=True, verified=True
        )
    return user


def invitation_path(user: User) -> str:
    """Return the path at which an invited person chooses a password."""
    uid, token = user_pk_to_url_str(user), default_token_generator.make_token(user)
    return reverse(
        "account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}
    )


def confirm_identity(*, user: User, password: str) -> None:
    """Raise RuleBroken unless `password` is the person's own, just now."""
    if not user.check_password(password):
        raise RuleBroken("The password is not right. Type the one you sign in with.")
