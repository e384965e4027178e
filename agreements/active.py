"""What a PDF holds beside pages to read: scripts, programs, films, files (pure).

It reads objects as a PDF library gives them: dictionaries, lists, and references, which
have an `idnum` and are followed by `get_object`.
"""

import re
from collections.abc import Iterator
from typing import Any

SCRIPT, PROGRAM = "a script", "a command that starts a program"
FORM, FILM, FILES = (
    "a form that sends or fetches data",
    "sound, film or a moving picture",
    "other files inside it",
)
UNREADABLE = "a part that cannot be read"
_KEYS = {
    "/JS": SCRIPT,
    "/JavaScript": SCRIPT,
    "/XFA": FORM,
    "/EF": FILES,
    "/EmbeddedFiles": FILES,
}
# An action says by /S what it does, an annotation by /Subtype what it is.
_VALUES = {
    "/JavaScript": SCRIPT,
    "/Launch": PROGRAM,
    "/SubmitForm": FORM,
    "/ImportData": FORM,
    "/Rendition": FILM,
    "/RichMediaExecute": FILM,
    "/RichMedia": FILM,
    "/Movie": FILM,
    "/Sound": FILM,
    "/Screen": FILM,
    "/3D": FILM,
    "/FileAttachment": FILES,
    "/GoToE": FILES,
}
# Also in parts that nothing leads to: another reader may find a way. The names are so
# long that compressed pages do not hold them by chance.
_ANYWHERE = re.compile(rb"/(?:JavaScript|Launch|RichMedia|EmbeddedFile)\b")
_NAMED = {
    b"/JavaScript": SCRIPT,
    b"/Launch": PROGRAM,
    b"/RichMedia": FILM,
    b"/EmbeddedFile": FILES,
}


def active_in(root: Any, content: bytes) -> tuple[str, ...]:
    """What a file holds beside pages, in words; nothing of a scan.

    root: the document's catalog. content: the bytes of the file.
    """
    found = {_NAMED[name] for name in _ANYWHERE.findall(content)}
    for each in _dictionaries(root):
        found |= {_KEYS[key] for key in each if key in _KEYS}
        said = (_followed(dict.get(each, key)) for key in ("/S", "/Subtype"))
        found |= {_VALUES[str(name)] for name in said if str(name) in _VALUES}
    return tuple(sorted(found))


def _dictionaries(root: Any) -> Iterator[dict[Any, Any]]:
    """Every dictionary that the catalog leads to, each once."""
    waiting, seen = [root], set()
    while waiting:
        each = waiting.pop()
        if hasattr(each, "idnum"):
            if (each.idnum, each.generation) in seen:
                continue
            seen.add((each.idnum, each.generation))
            each = each.get_object()
        if isinstance(each, dict):
            yield each
            waiting.extend(dict.values(each))
        elif isinstance(each, list):
            waiting.extend(list.__iter__(each))


def _followed(value: Any) -> Any:
    return value.get_object() if hasattr(value, "idnum") else value
