"""States of deliveries, holdings, rotations, linkage runs and releases, as tables."""

from accounts.acts import Machine

DELIVERY = Machine(
    name="delivery",
    initial="accepted",
    moves={
        ("accepted", "replace"): "replaced",
        ("accepted", "destroy"): "destroyed",
        ("replaced", "destroy"): "destroyed",
    },
)

HOLDING = Machine(
    name="holding",
    initial="held",
    moves={("held", "destroy"): "destroyed"},
)

ROTATION = Machine(
    name="rotation of keys",
    initial="ordered",
    moves={("ordered", "finish"): "finished"},
)

LINKAGE = Machine(
    name="linkage",
    initial="waiting",
    moves={
        ("waiting", "finish"): "linked",
        ("waiting", "fail"): "failed",
        ("failed", "retry"): "waiting",
        ("linked", "supersede"): "superseded",
        ("failed", "supersede"): "superseded",
    },
)

RELEASE = Machine(
    name="release",
    initial="computing",
    moves={
        ("computing", "protect"): "draft",
        ("computing", "fail"): "refused",
        ("draft", "propose"): "proposed",
        ("draft", "discard"): "discarded",
        ("proposed", "discard"): "discarded",
        ("proposed", "publish"): "published",
        ("proposed", "decline"): "declined",
        ("published", "withdraw"): "withdrawn",
    },
)
