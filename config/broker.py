"""kombu's filesystem transport, whose messages a killed process cannot tear.

Its own writes into a file that a worker may be reading, and a worker ends over half a
message. Here a message gets its name once it is whole.
"""

from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A channel that puts messages whole or not at all."""

    def _put(  # type: ignore[override]  # kombu itself names the second in two ways
        self, queue: str, message: Any, **kwargs: Any
    ) -> None:
        """Put a message into a queue."""
        folder = Path(self.data_folder_out)
        draft = folder / f"{uuid4()}.draft"  # no queue's message is called so
        draft.write_text(dumps(message), encoding="utf-8")
        draft.replace(folder / f"{monotonic() * 1000:.0f}_{uuid4()}.{queue}.msg")


class Transport(filesystem.Transport):
    """The filesystem transport with that channel."""

    Channel = Channel
