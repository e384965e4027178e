"""What the public page says of a file: words for every verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils import formats

from agreements.examined import Examined, SealedAs, Verdict
from agreements.models import Document

KINDS = MappingProxyType(
    {
        SealedAs.EXECUTED: "executed agreement",
        SealedAs.CERTIFICATE: "certificate of destruction",
    }
)
_WORDS: Mapping[Verdict, tuple[str, str]] = MappingProxyType(
    {
        Verdict.UNCHANGED: (
            "Sealed by this Homeroom, and unchanged",
            "Every byte of this file is as it was when this Homeroom sealed it.",
        ),
        Verdict.ADDED: (
            "Changed: something was added after it was sealed",
            "This file begins with a document that this Homeroom sealed, and goes on "
            "with something that it did not seal. Rely on nothing that it shows: what "
            "was added can hide or replace what stood there. Ask for the file again.",
        ),
        Verdict.CHANGED: (
            "Changed since it was sealed",
            "This file carries a seal of this Homeroom that does not fit its content: "
            "the file was changed after it was sealed, or the seal was copied from "
            "another document. Rely on nothing that it shows. Ask for the file again.",
        ),
        Verdict.FOREIGN: (
            "Sealed by somebody else",
            "The signature in this file was not made by this Homeroom. It may be good: "
            "ask whoever made it. Here it proves nothing.",
        ),
        Verdict.BROKEN: (
            "Its signature does not hold",
            "This file carries a signature or seal that does not fit its content: it "
            "was damaged, changed or made up. Rely on nothing that it shows.",
        ),
        Verdict.LOOKS_SIGNED: (
            "It only looks signed",
            "This file has a place for a signature or seal, and none that holds is "
            "there. Whatever its pages show, nobody sealed it.",
        ),
        Verdict.UNSEALED: (
            "Not sealed",
            "This PDF carries no seal. A seal or signature that its pages show is a "
            "picture, and proves nothing.",
        ),
        Verdict.ENCRYPTED: (
            "Locked with a password",
            "This PDF is encrypted, so it cannot be checked. Homeroom never locks what "
            "it seals: check the file as it was downloaded.",
        ),
        Verdict.UNREADABLE: (
            "Damaged",
            "This file begins as a PDF and cannot be read as one. If it was sealed, it "
            "has changed since. Download it again, then check it again.",
        ),
        Verdict.NOT_PDF: (
            "Not a PDF",
            "Executed agreements and certificates are PDF files. A scan, a picture or "
            "a Word file of one cannot be checked.",
        ),
        Verdict.EMPTY: (
            "Empty",
            "There is nothing in this file. Download it again, then check it again.",
        ),
        Verdict.TOO_COMPLEX: (
            "It could not be checked",
            "Reading this file takes more time or memory than any document of "
            "Homeroom does, so it was stopped. It is not a file as this Homeroom "
            "sealed it.",
        ),
    }
)
_FROZEN = (
    "The text for signature, not sealed",
    "This is a text that was put before the parties for signature, byte for byte as "
    "it is on record here. It carries no seal, and by itself does not show that "
    "anybody signed it. An executed agreement embeds the file that was signed and "
    "prints its digest: check that one.",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page says: a heading, a sentence or two, and facts beside them."""

    heading: str
    text: str
    is_good: bool
    facts: tuple[tuple[str, str], ...]


def answer(examined: Examined, *, digest: str, on_record: Mapping[str, str]) -> Answer:
    """Return what is said of an examined file.

    on_record: the kind of document that a digest of the file, or in it, is here.
    """
    is_good = examined.verdict is Verdict.UNCHANGED
    is_frozen = (
        examined.verdict is Verdict.UNSEALED
        and on_record.get(digest) == Document.Kind.FROZEN
    )
    heading, text = _FROZEN if is_frozen else _WORDS[examined.verdict]
    facts = [*_of_seal(examined), ("SHA-256 of this file", digest)]
    if is_good:
        facts.append(("The copy on record here?", _is_on_record(digest, on_record)))
    facts += _of_attached(examined, on_record)
    return Answer(heading=heading, text=text, is_good=is_good, facts=tuple(facts))


def _is_on_record(digest: str, on_record: Mapping[str, str]) -> str:
    if digest in on_record:
        return "Yes, byte for byte"
    return (
        "No. It was sealed here and is not the copy that is kept here: ask the parties "
        "which copy they hold"
    )


def _of_seal(examined: Examined) -> list[tuple[str, str]]:
    """Return what the seal itself covers; nothing where no seal holds."""
    if examined.sealed_at is None:
        return []
    which = "the document that it begins with" if examined.n_added else "it"
    kind, number = examined.sealed_as or (None, "")
    facts = [
        ("What was sealed", KINDS[kind].capitalize() if kind else "Another document"),
        ("Agreement", number or "The seal names none"),
        (
            f"When this Homeroom sealed {which}",
            f"{formats.date_format(examined.sealed_at, 'F j, Y, H:i:s')} UTC",
        ),
    ]
    if examined.n_added:
        facts += [
            ("Added after that", f"{examined.n_added:,} bytes"),
            ("SHA-256 of what was sealed", examined.sealed_digest),
        ]
    return facts


def _of_attached(
    examined: Examined, on_record: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return the digest of each embedded file that is signed text, or may be."""
    facts = []
    for digest in examined.attached:
        is_frozen = on_record.get(digest) == Document.Kind.FROZEN
        if examined.sealed_at is None and not is_frozen:
            continue  # anybody can embed anything
        same = (
            "Unchanged: the text for signature, byte for byte as it is on record here"
            if is_frozen
            else "Sealed with the document, and not on record here"
        )
        facts += [
            ("SHA-256 of the file it embeds", digest),
            ("The embedded file", same),
        ]
    return facts
