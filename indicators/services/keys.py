"""Keys: every owner's wrapping key replaced, without a holding being opened."""

from accounts import clock, jobs, ledger
from accounts.acting import System, act
from indicators.custody import keystore
from indicators.lifecycle import ROTATION
from indicators.models import KeyRotation
from indicators.policy import can_rotate

JOB = "indicators.rotate_keys"
ACTOR = System("key rotation")


def order_rotation() -> KeyRotation:
    """Return the rotation that is under way, ordered now if there is none.

    One whose job was given up is taken up again where it stopped.
    """
    can_rotate(ACTOR).require()
    with act("indicators.order_rotation", actor=ACTOR, chain=ledger.SYSTEM) as this:
        open_ones = KeyRotation.objects.select_for_update().filter(
            state=ROTATION.initial
        )
        row = open_ones.first() or KeyRotation.objects.create(ordered_at=clock.now())
        this.subject = f"indicators.keyrotation:{row.pk}"
        jobs.enqueue(JOB, row)
    return row


def rotate_keys(key: int, work: jobs.Work) -> None:
    """Replace the wrapping keys, one owner after another. It may be repeated."""
    can_rotate(ACTOR).require()
    rotation = KeyRotation.objects.get(pk=key)
    if rotation.state != ROTATION.initial:
        with work.finish():
            return
    store = keystore()
    owners = store.owners()
    n_keys = 0
    for owner in owners:
        work.step("Replace an owner's key")
        n_keys += store.rotate_owner(owner, since=rotation.ordered_at)
    with (
        work.finish(),
        act(
            "indicators.rotate_keys",
            actor=ACTOR,
            chain=ledger.SYSTEM,
            subject=rotation,
            detail={"owners": len(owners), "keys": n_keys},
        ),
    ):
        row = KeyRotation.objects.select_for_update().get(pk=key)
        row.state = ROTATION.move(row.state, "finish")
        row.n_owners, row.n_keys = len(owners), n_keys
        row.finished_at = clock.now()
        row.save()


def stop_rotation(key: int, message: str) -> None:
    """Leave the rotation open: whoever orders the next one goes on with it."""
