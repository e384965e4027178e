"""Where an error happened, without what it says: messages may quote data."""

import logging
import traceback
from typing import Any


def place_of(error: BaseException) -> str:
    """Return an error's type and place without its message, which may hold data."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames[::-1]
    )
    return f"{type(error).__name__} at {places}"


class PlaceFormatter(logging.Formatter):
    """Writes an exception as its type and place, and nothing that it says."""

    def formatException(self, ei: Any) -> str:
        """Return the type and place of an exception."""
        return place_of(ei[1])
