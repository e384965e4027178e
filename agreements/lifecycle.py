"""The states of an agreement and of what it sets going, as tables of moves."""

from accounts.acts import Machine

AGREEMENT = Machine(
    name="agreement",
    initial="draft",
    moves={
        ("draft", "submit"): "review",
        ("review", "send_back"): "draft",
        ("review", "approve_all"): "approved",
        ("approved", "reopen"): "draft",
        ("approved", "freeze"): "signing",
        ("signing", "reopen"): "draft",
        ("signing", "execute"): "in_force",
        ("in_force", "pause"): "paused",
        ("paused", "resume"): "in_force",
        ("in_force", "expire"): "ended",
        ("paused", "expire"): "ended",
        ("in_force", "terminate"): "ended",
        ("paused", "terminate"): "ended",
    },
)

# One owner's approval of one text; a changed text voids what was asked or given.
APPROVAL = Machine(
    name="approval",
    initial="waiting",
    moves={
        ("waiting", "approve"): "approved",
        ("waiting", "ask_changes"): "changes_asked",
        ("waiting", "void"): "void",
        ("approved", "void"): "void",
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
