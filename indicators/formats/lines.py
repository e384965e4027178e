"""A file as text in blocks of whole lines: decoded strictly, and never held whole."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from indicators.formats.problems import FormatError

BLOCK_BYTES = 64 * 1024  # of the first block, in which the headings are
MORE_BYTES = 4_000_000  # of each other one
# As UTF-8, in which text is kept: what the largest file has that may be sent so.
MOST_BYTES = 150 * 1024 * 1024
EXPORT = "Export it again as CSV in UTF-8 and send that."
WINDOWS = "windows-1252"
ENCODINGS = ("utf-8", "utf-16", WINDOWS)


@dataclass(slots=True)
class Script:
    """How a file's letters are written.

    asked: what the sender answered, or nothing. may_doubt: go on reading as
    Windows-1252 where UTF-8 ends, so that the question can show how that looks.
    encoding: what was used. has_mark: whether a byte order mark said so.
    doubted_line, doubted: where UTF-8 ended, and the letters there in Windows-1252.
    """

    asked: str = ""
    may_doubt: bool = False
    encoding: str = "utf-8"
    has_mark: bool = False
    doubted_line: int = 0
    doubted: str = ""


def n_line_ends(text: str) -> int:
    """Return how many lines end in a text, whichever ends it mixes."""
    if "\r" not in text:
        return text.count("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def text_blocks(
    start: bytes, rest: BinaryIO, *, longest: int, most: int, script: Script
) -> Iterator[str]:
    """Yield a file's text in blocks that end where a line does.

    start: the bytes that were read already, at least two if there are as many.
    longest: a line of more characters comes in pieces, so that no caller need hold
    it. Raises FormatError naming the line of what is not text, and beyond `most`
    lines or MOST_BYTES.
    """
    decoder = _Decoder(script, start)
    kept = ""  # may be a part of a line, or end with the first half of a line end
    n_lines = n_bytes = 0
    block = start
    while block:
        following = rest.read(MORE_BYTES)
        new = decoder.decode(block, kept, n_lines, is_last=not following)
        n_bytes += len(new) if new.isascii() else len(new.encode())
        if n_bytes > MOST_BYTES:
            raise FormatError(
                f"The file's text is more than {MOST_BYTES // 1024**2} MB as UTF-8, in "
                "which it would be kept, so nothing was read. Send only the columns "
                "and rows that the agreement covers.",
                id="F09",
            )
        text = kept + new
        if (nul := text.find("\0")) >= 0:
            line = n_lines + n_line_ends(text[:nul]) + 1
            raise FormatError(
                f"Line {line} holds a NUL character, so this is not plain text. "
                f"{EXPORT}",
                line=line,
            )
        end = _end_of_lines(text) if following else len(text)
        kept = text[end:]
        whole = text[:end]
        n_lines += n_line_ends(whole)
        if n_lines + (not following and not whole.endswith(("\n", "\r"))) > most:
            raise FormatError(
                f"The file has more than {most:,} lines, so nothing was read. Send one "
                "line for each row that the agreement covers, and no blank ones.",
                id="F09",
            )
        if whole:
            yield whole
        if len(kept) > longest:
            yield kept
            kept = ""
        block = following


def _end_of_lines(text: str) -> int:
    """Return where the last line of a text ends that is certain to have ended."""
    if end := text.rfind("\n") + 1:
        return end
    # A carriage return at the very end may be the first half of a line end.
    return text.rfind("\r", 0, len(text) - 1) + 1


class _Decoder:
    """Decodes the blocks of one file, and doubts at most once."""

    def __init__(self, script: Script, start: bytes) -> None:
        self._script = script
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            script.encoding, script.has_mark = "utf-16", True
        else:
            script.has_mark = start.startswith(b"\xef\xbb\xbf")
            script.encoding = "utf-8" if script.has_mark else script.asked or "utf-8"
        name = "utf-8-sig" if script.encoding == "utf-8" else script.encoding
        self._decoder = codecs.getincrementaldecoder(name)()

    def decode(self, block: bytes, kept: str, n_lines: int, *, is_last: bool) -> str:
        """Return the text of the next block; kept and n_lines are what came before."""
        script = self._script
        pending = self._decoder.getstate()[0]
        try:
            return self._decoder.decode(block, is_last)
        except UnicodeDecodeError as error:
            readable = error.object[: error.start].decode(error.encoding, "ignore")
            line = n_lines + n_line_ends(kept + readable) + 1
            if script.encoding != "utf-8" or not script.may_doubt:
                raise _refusal(script.encoding, line) from None
            after = error.object[error.start : error.start + 4]
        self._decoder = codecs.getincrementaldecoder("cp1252")()
        script.encoding, script.doubted_line = WINDOWS, line
        letters = after.decode("cp1252", "ignore")
        script.doubted = "".join(letter for letter in letters if letter > "\x7f")[:1]
        whole = (pending + block).removeprefix(codecs.BOM_UTF8)
        return self.decode(whole, kept, n_lines, is_last=is_last)


def _refusal(encoding: str, line: int) -> FormatError:
    if encoding == WINDOWS:
        return FormatError(
            f"Line {line} holds letters that are valid neither in UTF-8 nor in Windows "
            f"(1252), so nothing was read. {EXPORT}",
            id="F07",
            line=line,
        )
    name = "UTF-16" if encoding.startswith("utf-16") else "UTF-8"
    return FormatError(
        f"Line {line} holds letters that are not valid {name}. They could be read in "
        f"more than one way, so nothing was read. {EXPORT}",
        id="F07",
        line=line,
    )
