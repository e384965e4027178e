"""How published tables give way, in words: never a number."""

from dataclasses import dataclass
from enum import StrEnum

from indicators.disclosure.release_file import Vector


class Kind(StrEnum):
    """The ways in which published tables can give a hidden number away."""

    SHOWN = "a group below the threshold, or of all or none it could hold, is shown"
    COUNT = "the number of children of a suppressed group can be narrowed down"
    REMAINDER = "what the shown groups leave over is a group below the threshold"
    RATE = "the number of children or days behind a rate can be narrowed down"
    OF_HIDDEN = "a rate is shown of a group whose number of children is suppressed"
    CONTRADICTION = "no counts of children fit what is published"
    UNCOVERED = "a value suppressed in an earlier release is shown"
    MOVED = "a count differs from an earlier release by fewer than the threshold"
    RATE_MOVED = "a rate differs from an earlier release although its group does not"


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in: the groups concerned, taken together, and the indicator if any."""

    kind: Kind
    vectors: tuple[Vector, ...]
    code: str = ""
