"""States of all that this floor records, as tables."""

from accounts.acts import Machine

DELIVERY = Machine(
    name="delivery",
    initial="accepted",
    moves={
        ("accepted", "replace"): "replaced",
        ("accepted", "destroy"): "destroyed",
        ("replaced", "destroy"): "destroyed",
        ("accepted", "withdraw"): "withdrawn",
        ("replaced", "withdraw"): "withdrawn",
        ("destroyed", "withdraw"): "withdrawn",
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
        ("arrived", "take_back"): "due",
        ("late", "take_back"): "missed",
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
        ("waiting", "withdraw"): "withdrawn",
        ("linked", "withdraw"): "withdrawn",
        ("failed", "withdraw"): "withdrawn",
        ("superseded", "withdraw"): "withdrawn",
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
        ("proposed", "stop"): "stopped",
        ("computing", "lose_source"): "discarded",
        ("draft", "lose_source"): "discarded",
        ("proposed", "lose_source"): "discarded",
        ("computing", "supersede"): "superseded",
        ("draft", "supersede"): "superseded",
        ("proposed", "supersede"): "superseded",
        ("published", "withdraw"): "withdrawn",
    },
)

RESEARCH = Machine(
    name="research file",
    initial="computing",
    moves={
        ("computing", "make"): "draft",
        ("computing", "fail"): "refused",
        ("draft", "put_forward"): "before_district",
        ("draft", "discard"): "discarded",
        ("before_district", "discard"): "discarded",
        ("before_district", "send_back"): "sent_back",
        ("before_district", "determine"): "before_owners",
        ("before_owners", "decline"): "declined",
        ("before_owners", "release"): "released",
        ("released", "withdraw"): "withdrawn",
        ("computing", "lose_source"): "stopped",
        ("draft", "lose_source"): "stopped",
        ("before_district", "lose_source"): "stopped",
        ("before_owners", "lose_source"): "stopped",
        ("released", "lose_source"): "withdrawn",
    },
)

TARGET = Machine(
    name="target",
    initial="proposed",
    moves={
        ("proposed", "agree"): "agreed",
        ("proposed", "decline"): "declined",
        ("proposed", "withdraw"): "withdrawn",
        ("agreed", "withdraw"): "withdrawn",
        ("agreed", "supersede"): "superseded",
    },
)

INTERVENTION = Machine(
    name="intervention",
    initial="stated",
    moves={("stated", "withdraw"): "withdrawn"},
)
