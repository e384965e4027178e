"""A text as it was sent as a Word file, for the tests of what comes back."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agreements.compare import plain
from agreements.outline import Source, outline
from agreements.proposing import Found, proposals_in
from agreements.word import write_text
from agreements.word_file import open_word

PLAIN = re.compile(r"[A-Za-z ,.]+")
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


CLAUSES = [each["key"] for each in TEXT["clauses"]]
WHOLE = "\n\n".join(wording(key) for key in CLAUSES)


def phrases(key: str) -> list[str]:
    """Return runs of words of a clause that stand nowhere else, in plain letters."""
    found = []
    for line in wording(key).split("\n\n"):
        parts = line.split(" ")
        for start in range(0, len(parts) - 4, 2):
            phrase = " ".join(parts[start : start + 5])
            if WHOLE.count(phrase) == 1 and PLAIN.fullmatch(phrase):
                found.append(phrase)
    return found
