"""What the ground floor announces."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partnerships.models import Membership, Partnership


@dataclass(frozen=True, slots=True)
class MembershipEnded:
    """A person left a role: every floor revokes the grants it gave."""

    membership: "Membership"


@dataclass(frozen=True, slots=True)
class Panel:
    """One line of a list that an upper floor hangs on a page of this one."""

    label: str
    text: str
    url: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class PanelsOf:
    """Question: what hangs in this place for this person? Answers are `Panel`s.

    place: "dates" (coming dates, home) or "partnership" (one partnership's page).
    """

    user: Any
    place: str
    partnership: "Partnership | None" = None
