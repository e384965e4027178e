"""What an attack on published tables reports: where they give way, never a number."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The ways in which published tables can give a hidden number away."""

    SHOWN = "a group below the threshold, or of all children it could hold, is shown"
    COUNT = "the number of children of a suppressed group can be narrowed down"
    REMAINDER = "what the shown groups leave over is a group below the threshold"
    RATE = "the number of children or days behind a rate can be narrowed down"
    CONTRADICTION = "no counts of children fit what is published"
    UNCOVERED = "a value suppressed in an earlier release is shown"
    MOVED = "a count differs from an earlier release by fewer than the threshold"
    RATE_MOVED = "a rate differs from an earlier release although its group does not"


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in: the groups concerned, by key, and the code of the rate if it is one.

    Several keys stand for those groups taken together.
    """

    kind: Kind
    keys: tuple[str, ...]
    rate: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of attacking a release.

    narrowest: to how few whole numbers an outsider can narrow any suppressed count
    that may be below the threshold, or all that can be there; None where no such count
    is suppressed. It is a width, so it may be printed. Counts of which the audience
    knew all but two values before are left out.
    """

    findings: tuple[Finding, ...]
    narrowest: int | None

    @property
    def is_clean(self) -> bool:
        """Whether the attack found nothing."""
        return not self.findings
