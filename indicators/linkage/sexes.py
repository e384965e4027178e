"""Words for female and male, in the languages that records here are kept in."""

import re
from collections.abc import Collection

from indicators.linkage import names

_FEMALE = (
    *("f", "fem", "female", "girl", "woman", "w"),
    *("femenino", "femenina", "feminino", "feminina", "mujer", "mulher", "nina"),
    *("hembra", "menina", "feminin", "feminine", "femme", "fille"),
    *("weiblich", "frau", "madchen"),
)
_MALE = (
    *("m", "masc", "male", "boy", "man"),
    *("masculino", "masculina", "hombre", "homem", "nino", "menino", "varon"),
    *("masculin", "masculine", "homme", "garcon"),
    *("mannlich", "mann", "junge"),
)
_WORDS = dict.fromkeys(_FEMALE, "f") | dict.fromkeys(_MALE, "m")
_H = "h"  # hombre or homme where M is mujer, hembra where M is macho


def sex(text: str, *, beside: Collection[str] = ()) -> str | None:
    """Return f or m; None for a word that means neither, or that is not known.

    beside: the other values of the column. M beside H may be mujer.
    """
    words = re.findall(r"[^\W_]+", names.fold(text))
    meant = {_WORDS.get(word) for word in words}
    if words == ["m"] and any(names.fold(each).strip() == _H for each in beside):
        return None
    return meant.pop() if len(meant) == 1 else None
