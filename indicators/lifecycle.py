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

ARRIVAL = Machine(
    name="arrival",
    initial="waiting",
    moves={
        ("waiting", "examine"): "examined",
        ("waiting", "fail"): "failed",
        ("examined", "answer"): "waiting",
        ("examined", "keep"): "kept",
        ("waiting", "cancel"): "cancelled",
        ("examined", "cancel"): "cancelled",
        ("waiting", "replace"): "replaced",
        ("examined", "replace"): "replaced",
        ("waiting", "expire"): "expired",
        ("examined", "expire"): "expired",
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
