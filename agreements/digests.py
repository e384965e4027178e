"""One canonical form of a record, and its digest (pure)."""

import hashlib
import json
from typing import Any


def canonical(record: Any) -> bytes:
    """Return a record's one JSON form: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        record, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def digest_of(record: Any) -> str:
    """Return the SHA-256 of a record's canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(record)).hexdigest()


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
