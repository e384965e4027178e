"""One JSON object out of a file that a stranger may have written."""

import json
import re
from collections.abc import Sequence
from typing import Any

_MOST_BYTES = 100_000_000
# JSON may escape a character in two halves; one half alone can never be written.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class BadFile(ValueError):
    """The file is not one of ours; the message says what is wrong, in one sentence."""


def record_of(content: bytes) -> dict[str, Any]:
    """Return the one JSON object that the content holds; or raise BadFile."""
    if len(content) > _MOST_BYTES:
        raise BadFile(f"the file is larger than {_MOST_BYTES // 1_000_000} megabytes")
    try:
        record = json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_once,
            parse_constant=_refuse_constant,
        )
        if _HALF.search(content):
            json.dumps(record, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise BadFile("the file is not text in UTF-8") from None
    except UnicodeEncodeError:
        raise BadFile(
            "a text in the file holds half a character: one of \\ud800 to \\udfff "
            "without its other half"
        ) from None
    except json.JSONDecodeError as error:
        raise BadFile(f"the file is not JSON (line {error.lineno})") from None
    except RecursionError:
        raise BadFile("the file nests lists too deeply") from None
    except ValueError as error:
        raise (
            error
            if isinstance(error, BadFile)
            else BadFile("the file holds a number that is too long")
        ) from None
    if not isinstance(record, dict):
        raise BadFile("the file must hold one JSON object")
    return record


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadFile("the file says one name twice in the same object")
    return found


def _refuse_constant(word: str) -> None:
    raise BadFile(f"{word} is not a number that can be counted")
