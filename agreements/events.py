"""What this floor announces and asks of the floor above."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from agreements.models import Agreement, Obligation


@dataclass(frozen=True, slots=True)
class AgreementApproved:
    """Every owner approved: the text can be rendered for signature."""

    agreement: "Agreement"


@dataclass(frozen=True, slots=True)
class FullySigned:
    """Every signatory signed: the agreement can be executed."""

    agreement: "Agreement"


@dataclass(frozen=True, slots=True)
class AgreementEnded:
    """The term is over, or the agreement was ended early."""

    agreement: "Agreement"


@dataclass(frozen=True, slots=True)
class ObligationFellDue:
    """A date of destruction has come and no hold stands in the way."""

    obligation: "Obligation"


@dataclass(frozen=True, slots=True)
class WaysOn:
    """Question: what comes next for this person under an agreement in force?

    Answers are (label, url).
    """

    agreement: "Agreement"
    user: "User"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table on an agreement's page; the first cell of a row heads it."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    empty: str


@dataclass(frozen=True, slots=True)
class ShelvesOf:
    """Question: what lies under an agreement, as far as this person may know it?

    Answers are `Shelf`s: data sets that are held, releases.
    """

    agreement: "Agreement"
    user: "User"


@dataclass(frozen=True, slots=True)
class ReleasesOf:
    """Question: what was released under these agreements, that this person may know?

    Answers are `Shelf`s.
    """

    agreements: "QuerySet[Agreement]"
    user: "User"


@dataclass(frozen=True, slots=True)
class ComingDate:
    """One date that comes: what is due then, who acts, and how it stands in a word."""

    due_on: date
    what: str
    agreement: "Agreement"
    who: str
    state: str


@dataclass(frozen=True, slots=True)
class ComingDatesOf:
    """Question: what else is due, of which this person may know?

    Answers are `ComingDate`s: deliveries that are awaited.
    """

    user: "User"


@dataclass(frozen=True, slots=True)
class LikelyChange:
    """A breakdown to show tables by, or to leave out, and what would show then."""

    breakdown: str
    label: str
    says: str
    is_added: bool


@dataclass(frozen=True, slots=True)
class Likely:
    """What of a draft's tables would show by an agency's own counts.

    columns and rows: a table, as exactly as this person may know it; numbers: columns
    of numbers. changes: `LikelyChange`s. is_working: a worker has not found it out yet.
    links: (label, url).
    """

    agency: str
    says: str
    columns: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    changes: tuple[LikelyChange, ...] = ()
    is_working: bool = False
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LikelyOf:
    """Question: what of an agreement's tables would show, as this person may know it?

    Answers are `Likely`s, one for each agency.
    """

    agreement: "Agreement"
    user: "User"
