"""Whether a column holds Social Security numbers, found while its batches pass."""

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa

from indicators.formats import cells
from indicators.formats.dates import Integers
from indicators.formats.headings import comparable

# Of bare numbers one in so many is enough: other people in the list may have a number
# of another kind, or one whose first zeros a spreadsheet dropped.
_ONE_IN = 20
_OF_ZIP_CODES = ("zip", "postal", "postcode")
Where = TypeVar("Where")


class Numbers(Generic[Where]):
    """Watches one column for Social Security numbers.

    heading: that of ZIP codes lets 98101-1234 through. is_code: many rows share a
    value, so nine digits by themselves are let through.
    """

    def __init__(self, heading: str, *, is_code: bool = False) -> None:
        self._is_code = is_code
        name = comparable(heading)
        self._may_be_zips = any(word in name for word in _OF_ZIP_CODES)
        self._n_bare = 0
        self._n_filled = 0
        self._n_longer = 0
        self._first_bare: Where | None = None
        self._first_written: Where | None = None
        self._n_written = 0

    def take(
        self, values: pa.Array, places: Integers, where: Callable[[int], Where]
    ) -> None:
        """Count a batch; where: tells of a row of it where it stands."""
        self._n_filled += int((~cells.are_empty(values))[places].sum())
        values = cells.in_plain_digits(values)
        if cells.have_no_long_number(values):
            return
        written = cells.are_written_ssns(values)
        if written.any():
            rows = written[places]
            if self._first_written is None:
                self._first_written = where(int(np.argmax(rows)))
            self._n_written += int(rows.sum())
        bare = cells.are_bare_ssns(values, may_be_zips=self._may_be_zips)
        if bare.any():
            rows = bare[places]
            if self._first_bare is None:
                self._first_bare = where(int(np.argmax(rows)))
            self._n_bare += int(rows.sum())
            longer = cells.are_longer_numbers(values) & ~bare
            self._n_longer += int(longer[places].sum())

    def found(self) -> tuple[int, Where | None]:
        """Return how many such numbers there are, and where the first; or 0, None.

        One that is written 123-45-6789 is enough; of bare ones it takes half of the
        values, or one in twenty where longer numbers are not as many: numbers that are
        counted up to ten digits pass through nine.
        """
        if self._n_written:
            return self._n_written, self._first_written
        n = self._n_bare
        is_half = 2 * n >= self._n_filled
        are_some = _ONE_IN * n >= self._n_filled and n > self._n_longer
        if n and not self._is_code and (is_half or are_some):
            return n, self._first_bare
        return 0, None
