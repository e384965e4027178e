"""Whether a column holds Social Security numbers, found while its batches pass."""

import numpy as np
import pyarrow as pa

from indicators.formats import cells
from indicators.formats.dates import Integers


class Numbers:
    """Watches one column for Social Security numbers.

    is_code: many rows share a value, so nine digits by themselves are let through.
    """

    def __init__(self, *, is_code: bool = False) -> None:
        self._is_code = is_code
        self._n_bare = 0
        self._n_filled = 0
        self._first_bare = 0
        self._first_written = 0
        self._n_written = 0

    def take(self, values: pa.Array, places: Integers, lines: Integers) -> None:
        """Count a batch."""
        self._n_filled += int((~cells.are_empty(values))[places].sum())
        if cells.have_no_long_number(values):
            return
        written = cells.are_written_ssns(values)
        if written.any():
            rows = written[places]
            first = int(lines[np.argmax(rows)])
            self._first_written = self._first_written or first
            self._n_written += int(rows.sum())
        bare = cells.are_bare_ssns(values)
        if bare.any():
            rows = bare[places]
            self._first_bare = self._first_bare or int(lines[np.argmax(rows)])
            self._n_bare += int(rows.sum())

    def found(self) -> tuple[int, int]:
        """Return how many such numbers there are, and on which line the first; or 0, 0.

        One that is written 123-45-6789 is enough; of bare ones it takes half of the
        values or more.
        """
        if self._first_written:
            return self._n_written, self._first_written
        is_half = self._n_bare and 2 * self._n_bare >= self._n_filled
        return (
            (self._n_bare, self._first_bare)
            if is_half and not self._is_code
            else (0, 0)
        )
