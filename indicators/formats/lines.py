"""A file as lines of text: decoded strictly, and never held whole."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from indicators.formats.problems import FormatError

BLOCK_BYTES = 64 * 1024
# As UTF-8, in which text is kept: what the largest file has that may be sent so.
MOST_BYTES = 150 * 1024 * 1024
EXPORT = "Export it again as CSV in UTF-8 and send that."

_LINE_END = re.compile(r"\r\n|\r|\n")


def text_lines(
    start: bytes, rest: BinaryIO, *, longest: int, most: int
) -> Iterator[str]:
    """Yield the lines of a file with their ends, whichever ends it mixes.

    UTF-8 with or without a byte order mark, or UTF-16 with one. start: the bytes that
    were read already, at least two if there are as many. longest: a line of more
    characters comes in pieces, so that no caller need hold it.
    Raises FormatError naming the line of what is not text, and beyond `most` lines or
    MOST_BYTES.
    """
    decoder = codecs.getincrementaldecoder(_encoding(start))()
    kept = ""  # may be a part of a line, or end with the first half of a line end
    n_lines = n_bytes = 0
    block = start
    while block:
        following = rest.read(BLOCK_BYTES)
        new = _decoded(decoder, block, kept, n_lines, is_last=not following)
        n_bytes += len(new.encode())
        if n_bytes > MOST_BYTES:
            raise FormatError(
                f"The file's text is more than {MOST_BYTES // 1024**2} MB as UTF-8, in "
                "which it would be kept, so nothing was read. Send only the columns "
                "and rows that the agreement covers."
            )
        text = kept + new
        if (nul := text.find("\0")) >= 0:
            raise FormatError(
                f"Line {n_lines + _n_ends(text[:nul]) + 1} holds a NUL character, so "
                f"this is not plain text. {EXPORT}"
            )
        lines = io.StringIO(text, newline="").readlines()
        kept = lines.pop() if lines and following else ""
        n_lines += len(lines)
        if n_lines > most:
            raise FormatError(
                f"The file has more than {most:,} lines, so nothing was read. Send one "
                "line for each row that the agreement covers, and no blank ones."
            )
        yield from lines
        if len(kept) > longest:
            yield kept
            kept = ""
        block = following


def _encoding(start: bytes) -> str:
    is_utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "utf-16" if is_utf16 else "utf-8-sig"


def _n_ends(text: str) -> int:
    return sum(1 for _ in _LINE_END.finditer(text))


def _decoded(
    decoder: codecs.IncrementalDecoder,
    block: bytes,
    kept: str,
    n_lines: int,
    *,
    is_last: bool,
) -> str:
    try:
        return decoder.decode(block, is_last)
    except UnicodeDecodeError as error:
        readable = error.object[: error.start].decode(error.encoding, "ignore")
        name = "UTF-16" if error.encoding.startswith("utf-16") else "UTF-8"
        raise FormatError(
            f"Line {n_lines + _n_ends(kept + readable) + 1} holds letters that are not "
            f"valid {name}. They could be read in more than one way, so nothing was "
            f"read. {EXPORT}"
        ) from None
