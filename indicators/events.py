"""What the top floor announces to itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indicators.models import Delivery, LinkageRun, Release


@dataclass(frozen=True, slots=True)
class DeliveryAccepted:
    """A delivery is in the vault."""

    delivery: "Delivery"


@dataclass(frozen=True, slots=True)
class LinkageFinished:
    """A run has linked both sides."""

    run: "LinkageRun"


@dataclass(frozen=True, slots=True)
class ReleasePublished:
    """Every owner approved, and the tables are out."""

    release: "Release"
