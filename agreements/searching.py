"""Words of texts and of questions, compared in one spelling (pure).

A question's word has no blank in it, so it stands in a text exactly when it stands in
one of the text's words: a text is searched by its words, each kept once.
"""

import unicodedata
from collections.abc import Iterable


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in one spelling, each once, in order.

    Capitals, full-width letters and other forms of the same letter do not matter.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    even = unicodedata.normalize("NFKC", plain).replace("\x00", " ")
    return tuple(dict.fromkeys(even.split()))


def searchable(texts: Iterable[str]) -> str:
    """Return the words of several texts, each once, with a blank between them."""
    return " ".join(words_of(" ".join(texts)))
