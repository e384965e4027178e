"""What an examination of somebody's file found (pure)."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

INSIDE = "inside"
"""What the examiner is asked to look at, too: what a PDF holds beside pages."""


class Verdict(StrEnum):
    """What a file is, as far as its seal goes; only UNCHANGED is good."""

    UNCHANGED = "unchanged"
    ADDED = "added"
    CHANGED = "changed"
    FOREIGN = "foreign"
    BROKEN = "broken"
    LOOKS_SIGNED = "looks signed"
    UNSEALED = "unsealed"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"
    NOT_PDF = "not a pdf"
    EMPTY = "empty"
    TOO_COMPLEX = "too complex"


def at_first_sight(content: bytes) -> Verdict | None:
    """The verdict on what cannot be a PDF; None for what must be read."""
    if not content:
        return Verdict.EMPTY
    return None if b"%PDF-" in content[:1024] else Verdict.NOT_PDF


class SealedAs(StrEnum):
    """Why a file was sealed: a sentence that the seal covers, with its agreement."""

    EXECUTED = "{number} was executed"
    CERTIFICATE = "Destruction under {number}"

    def reason(self, number: str) -> str:
        """The sentence that the seal of such a file carries."""
        return self.value.format(number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A verdict, and what holds of the sealed part; the rest is empty without one.

    reason: what the seal says of itself, which the seal covers. sealed_digest: SHA-256
    of the sealed part, and n_added the bytes after it. attached: SHA-256 of each file
    that the PDF embeds. active: what it holds beside pages, in words, if asked for.
    """

    verdict: Verdict
    sealed_at: datetime | None = None
    reason: str = ""
    sealed_digest: str = ""
    n_added: int = 0
    attached: tuple[str, ...] = ()
    active: tuple[str, ...] = ()

    @property
    def sealed_as(self) -> tuple[SealedAs, str] | None:
        """Kind of document and number of its agreement, if the seal says them."""
        for kind in SealedAs:
            before, after = map(re.escape, kind.value.split("{number}"))
            if match := re.fullmatch(rf"{before}([\w-]+){after}", self.reason):
                return kind, match[1]
        return None

    def to_json(self) -> str:
        """The finding as text."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Examined":
        """The finding that `to_json` wrote; ValueError or KeyError for other text."""
        given = json.loads(text)
        sealed_at = given["sealed_at"]
        return cls(
            verdict=Verdict(given["verdict"]),
            sealed_at=datetime.fromisoformat(sealed_at) if sealed_at else None,
            reason=given["reason"],
            sealed_digest=given["sealed_digest"],
            n_added=given["n_added"],
            attached=tuple(given["attached"]),
            active=tuple(given["active"]),
        )
