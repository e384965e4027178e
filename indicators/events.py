"""What the top floor announces to itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indicators.models import Delivery, LinkageRun


@dataclass(frozen=True, slots=True)
class DeliveryAccepted:
    """A delivery is in the vault."""

    delivery: "Delivery"


@dataclass(frozen=True, slots=True)
class LinkageFinished:
    """A run has linked both sides."""

    run: "LinkageRun"
