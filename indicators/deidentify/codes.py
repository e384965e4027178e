"""Record codes and the order of rows: by chance, and from nothing about a child.

Source: 34 CFR 99.31(b)(2)(iii), a code is not based on personal information.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence

MOST_TRIES = 1_000


def with_codes(
    children: Iterable[str],
    known: Mapping[str, str],
    *,
    draw: Callable[[], str],
) -> dict[str, str]:
    """Return a code for each child: the one of the study's earlier files, or a new one.

    draw: a source of codes that knows nothing of the children. Raises RuntimeError
    where it keeps giving codes that are taken.
    """
    taken = set(known.values())
    given: dict[str, str] = {}
    for child in children:
        code = known.get(child) or _new(draw, taken)
        given[child] = code
        taken.add(code)
    return given


def _new(draw: Callable[[], str], taken: set[str]) -> str:
    for _ in range(MOST_TRIES):
        code = draw()
        if code not in taken:
            return code
    raise RuntimeError("the source of record codes repeats itself")


def in_random_order(n_rows: int, *, secret: bytes, name: str) -> Sequence[int]:
    """Return the places of rows in an order that tells nothing without the secret.

    The same secret and name give the same order, so that a file can be made again.
    """

    def place(row: int) -> bytes:
        return hmac.digest(secret, f"{name}:{row}".encode(), hashlib.sha256)

    return sorted(range(n_rows), key=place)
