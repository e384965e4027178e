"""A text as it was sent as a Word file, for the tests of what comes back."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agreements.compare import plain
from agreements.outline import Source, outline
from agreements.proposing import Found, proposals_in
from agreements.word import write_text
from agreements.word_file import open_word

FOLDER = Path(__file__).parents[2] / "cases" / "word"
TEXT: dict[str, Any] = json.loads((FOLDER / "text.json").read_text("utf-8"))
SOURCE = Source(
    number="MOU-2026-001",
    title="School attendance",
    label="version 3",
    version=3,
    digest="ab" * 32,
    saved_at=datetime(2026, 11, 22, tzinfo=UTC),
)
SENT = write_text(SOURCE, TEXT)


def read(content: bytes, text: dict[str, Any] = TEXT) -> list[Found]:
    """Return what a file proposes for the text."""
    return list(proposals_in(open_word(content), outline(SOURCE, text)))


def wording(key: str, text: dict[str, Any] = TEXT) -> str:
    """Return a clause of the text."""
    return next(plain(c["text"]) for c in text["clauses"] if c["key"] == key)
