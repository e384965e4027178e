"""States of all that this floor records, as tables."""

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

DROP_BOX_KEY = Machine(
    name="key of a drop box",
    initial="open",
    moves={("open", "withdraw"): "withdrawn"},
)

FEED = Machine(
    name="due date of a feed",
    initial="due",
    moves={
        ("due", "arrive"): "arrived",
        ("due", "miss"): "missed",
        ("missed", "arrive"): "late",
    },
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

LEARNED = Machine(
    name="learned model",
    initial="learning",
    moves={
        ("learning", "propose"): "proposed",
        ("learning", "fail"): "failed",
        ("learning", "void"): "voided",
        ("proposed", "accept"): "accepted",
        ("proposed", "decline"): "declined",
        ("proposed", "void"): "voided",
        ("accepted", "replace"): "replaced",
        ("accepted", "void"): "voided",
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
