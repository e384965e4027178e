"""The states of an agreement and of what it sets going, as tables of moves."""

from accounts.acts import Machine

AGREEMENT = Machine(
    name="agreement",
    initial="draft",
    moves={
        ("draft", "submit"): "review",
        ("review", "send_back"): "draft",
        ("review", "take_back"): "draft",
        ("review", "approve_all"): "approved",
        ("approved", "reopen"): "draft",
        ("approved", "withdraw"): "review",
        ("approved", "freeze"): "signing",
        ("signing", "reopen"): "draft",
        ("signing", "decline"): "draft",
        ("signing", "withdraw"): "review",
        ("signing", "execute"): "in_force",
        ("in_force", "pause"): "paused",
        ("paused", "resume"): "in_force",
        ("in_force", "expire"): "ended",
        ("paused", "expire"): "ended",
        ("in_force", "terminate"): "ended",
        ("paused", "terminate"): "ended",
    },
)

# One owner's approval of one text; a changed text voids what was asked or given. What
# was given on the owner's part as it still stands is carried over to the next text.
APPROVAL = Machine(
    name="approval",
    initial="waiting",
    moves={
        ("waiting", "approve"): "approved",
        ("waiting", "carry"): "carried",
        ("waiting", "ask_changes"): "changes_asked",
        ("waiting", "decline"): "declined",
        ("waiting", "void"): "void",
        ("approved", "withdraw"): "waiting",
        ("approved", "void"): "void",
        ("carried", "withdraw"): "waiting",
        ("carried", "void"): "void",
    },
)

GIVEN = ("approved", "carried")
"""The states of an approval that stands."""

# A step of an owner's own route; what was approved can be taken back.
STEP = Machine(
    name="step",
    initial="waiting",
    moves={
        ("waiting", "finish"): "done",
        ("waiting", "void"): "void",
        ("done", "redo"): "waiting",
        ("done", "void"): "void",
    },
)

# A signature in ink. Another party checks the scan; a refused one is signed anew.
PAPER = Machine(
    name="paper signature",
    initial="waiting",
    moves={
        ("waiting", "confirm"): "confirmed",
        ("waiting", "refuse"): "refused",
        ("waiting", "void"): "void",
    },
)

# A duty with a date, such as destruction. A hold stops it; once the hold is lifted the
# next daily look finds it due again if its date has passed.
OBLIGATION = Machine(
    name="obligation",
    initial="open",
    moves={
        ("open", "fall_due"): "due",
        ("open", "hold"): "held",
        ("due", "begin"): "destroying",
        ("destroying", "discharge"): "discharged",
        ("due", "hold"): "held",
        ("held", "lift_hold"): "open",
    },
)

# A change that a partner's file proposes. None applies itself: a drafter decides.
PROPOSAL = Machine(
    name="proposal",
    initial="open",
    moves={
        ("open", "accept"): "accepted",
        ("open", "set_aside"): "set_aside",
    },
)
