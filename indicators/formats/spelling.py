"""How programs spell a heading, and what it may say in plain words.

Headings carry numbers of a form's lines, abbreviations, and words about whose value it
is. What is left without them is a proposal, which a person confirms.
"""

import re
from collections.abc import Iterator

from indicators.formats.headings import comparable

_ABBREVIATED = {
    "dt": "date",
    "cd": "code",
    "nbr": "number",
    "num": "number",
    "no": "number",
    "nm": "name",
    "fst": "first",
    "lst": "last",
    "init": "initial",
    "mid": "middle",
    "rel": "relation",
    "relationship": "relation",
    "dev": "development",
    "proj": "project",
    "bldg": "building",
    "addr": "address",
    "hh": "household",
    "mbr": "member",
    "eff": "effective",
    "stu": "student",
    "enr": "enrollment",
    "sch": "school",
}
# Whose value it is; a head of household is somebody else.
_WHOSE = frozenset(
    {"member", "tenant", "resident", "person", "student", "child", "client", "unit"}
    | {"t", "s", "d", "c", "value", "field", "text"}
)
_HOW_WRITTEN = re.compile(r"\((?:[mdy]{1,4}[-/. ]?){2,3}\)", re.I)
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_LINE_FIRST = re.compile(r"\s*(?:line\s*|h)?0?(\d{1,2}[a-z]\d?)(?![a-z0-9])", re.I)
_LINE_LAST = re.compile(r"[a-z]0?(\d{1,2}[a-z]\d?)$")


def form_line(heading: str) -> str:
    """Return the line of Form HUD-50058 that a heading names ("3b"), or nothing."""
    if found := _LINE_FIRST.match(heading):
        return found[1].lower()
    found = _LINE_LAST.search(comparable(heading))
    return found[1] if found else ""


def plainly(heading: str) -> Iterator[str]:
    """Yield what a heading may say, as `comparable` spells it, the likeliest first."""
    bare = _HOW_WRITTEN.sub("", _LINE_FIRST.sub("", heading, count=1))
    tokens = [token.lower() for token in _TOKEN.findall(bare)]
    words = [_ABBREVIATED.get(token, token) for token in tokens]
    yield comparable(bare)
    yield "".join(words)
    yield "".join(word for word in words if word not in _WHOSE)
    spelled = comparable(bare)
    for whose in ("student", "member", "tenant", "resident", "child"):
        yield spelled.removeprefix(whose)
