"""Public keys as people paste them: one OpenSSH line each, strong enough (pure)."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from accounts.acts import RuleBroken

KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)
LEAST_RSA_BITS = 3072
_HOW = (
    "Paste the one line of the file that ends in .pub, such as the one that "
    "“ssh-keygen -t ed25519” makes."
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key without its comment, which often names a person."""

    kind: str
    line: str
    fingerprint: str


def read_public_key(text: str) -> PublicKey:
    """Return the key on an OpenSSH line; raises RuleBroken with what to do instead."""
    if "PRIVATE KEY" in text:
        raise RuleBroken(
            "This is a private key, which nobody else may ever see: it was not kept. "
            f"Make a new pair, and delete this one. {_HOW}"
        )
    kind, _, rest = text.strip().partition(" ")
    if kind not in KINDS or "\n" in text.strip():
        raise RuleBroken(f"This is not a public key that can be used here. {_HOW}")
    encoded = rest.split(" ")[0]
    try:
        body = base64.b64decode(encoded, validate=True)
        fields = _fields_of(body)
    except (binascii.Error, ValueError):
        raise RuleBroken(f"The key is cut off or changed. {_HOW}") from None
    if not fields or fields[0] != kind.encode() or len(fields) < 2:
        raise RuleBroken(f"The key is cut off or changed. {_HOW}")
    if kind == "ssh-rsa":
        n_bits = int.from_bytes(fields[-1]).bit_length()
        if n_bits < LEAST_RSA_BITS:
            raise RuleBroken(
                f"The RSA key has {n_bits} bits, and needs {LEAST_RSA_BITS} or more. "
                f"{_HOW}"
            )
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    return PublicKey(kind, f"{kind} {encoded}", f"SHA256:{digest}")


def _fields_of(body: bytes) -> list[bytes]:
    """Return the fields of a key: each four bytes of length, then as many bytes."""
    fields, at = [], 0
    while at < len(body):
        length = int.from_bytes(body[at : at + 4])
        field = body[at + 4 : at + 4 + length]
        if len(field) != length or at + 4 > len(body):
            raise ValueError("a field is cut off")
        fields.append(field)
        at += 4 + length
    return fields
