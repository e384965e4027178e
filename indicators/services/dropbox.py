"""Drop-box keys: put on record and withdrawn by an organisation's administrator."""

from accounts import clock
from accounts.acting import act, first_of_two
from accounts.acts import RuleBroken
from accounts.models import User
from indicators.dropbox.keys import read_public_key
from indicators.lifecycle import DROP_BOX_KEY
from indicators.models import DropBoxKey
from indicators.policy import can_keep_keys
from partnerships.models import Organisation
from partnerships.policy import people_with
from partnerships.roles import Capability

KNOWN = (
    "This key is on record already. Each person and program needs a pair of its own: "
    "make a new one and paste its public line."
)


def add_key(
    *,
    organisation: Organisation,
    holder: User,
    label: str,
    public_key: str,
    actor: User,
) -> DropBoxKey:
    """Return the key that now opens the organisation's drop box for its holder."""
    can_keep_keys(actor, organisation).require()
    if not people_with(Capability.DELIVER, organisation).filter(pk=holder.pk).exists():
        raise RuleBroken(
            f"Only a data steward of {organisation.name} delivers. Give the person "
            "that role first, or choose another."
        )
    key = read_public_key(public_key)
    if DropBoxKey.objects.filter(
        fingerprint=key.fingerprint, state=DROP_BOX_KEY.initial
    ).exists():
        raise RuleBroken(KNOWN)
    with (
        first_of_two(KNOWN),
        act(
            "indicators.add_drop_box_key",
            actor=actor,
            chain=organisation.chain,
            detail={"holder": holder.pk, "fingerprint": key.fingerprint},
        ) as this,
    ):
        row = DropBoxKey.objects.create(
            organisation=organisation,
            holder=holder,
            label=label,
            public_key=key.line,
            fingerprint=key.fingerprint,
            added_at=clock.now(),
        )
        this.subject = f"indicators.dropboxkey:{row.pk}"
    return row


def withdraw_key(*, key: DropBoxKey, actor: User) -> None:
    """Withdraw a key: it opens nothing from now on, open sessions included."""
    can_keep_keys(actor, key.organisation).require()
    with act(
        "indicators.withdraw_drop_box_key",
        actor=actor,
        chain=key.organisation.chain,
        subject=key,
        detail={"fingerprint": key.fingerprint},
    ):
        row = DropBoxKey.objects.select_for_update().get(pk=key.pk)
        row.state = DROP_BOX_KEY.move(row.state, "withdraw")
        row.withdrawn_at = clock.now()
        row.save()
