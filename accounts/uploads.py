"""The cap on what a request may upload, and files that are kept in memory alone.

Nothing receives a file unless its view asks for that: FILE_UPLOAD_HANDLERS is empty.
"""

import io
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounts.acts import RuleBroken

V = TypeVar("V", bound=Callable[..., HttpResponseBase])

# Room for boundaries, part headers and the other fields of the form.
_FORM_BYTES = 1024 * 1024


def expects_uploads(*, cap_bytes: int, of_anybody: bool = False) -> Callable[[V], V]:
    """Mark the view of an address that may be sent files, up to a cap.

    of_anybody: also of those who have not signed in. accounts.bodies reads the mark.
    Form tokens are for the view to check, once it has said how it receives files.
    """

    def mark(view: V) -> V:
        exempt = csrf_exempt(view)
        vars(exempt).update(
            most_body_bytes=cap_bytes + _FORM_BYTES, takes_of_anybody=of_anybody
        )
        return exempt

    return mark


class UploadTooLarge(RuleBroken):
    """The request carries more than the cap (HTTP 413)."""

    status = 413

    def __init__(self, cap_bytes: int, advice: str) -> None:
        super().__init__(
            f"The upload is larger than {cap_bytes / 1024**2:g} MB, the most that is "
            f"taken at once. Nothing was stored. {advice}"
        )


class CappedUploadHandler(FileUploadHandler, ABC):
    """Refuses a request whose files are larger than a cap, all of them together.

    A subclass receives the files, and forgets them when that is refused.
    """

    advice = ""

    def __init__(self, request: HttpRequest | None = None, *, cap_bytes: int) -> None:
        super().__init__(request)
        self.refusal: UploadTooLarge | None = None
        self._cap_bytes = cap_bytes
        self._n_announced = 0
        self._n_received = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Note what the request announces; the parsing is left to Django."""
        self._n_announced = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, unless the request announced more than the cap."""
        super().new_file(*args, **kwargs)
        if self._n_announced > self._cap_bytes + _FORM_BYTES:
            self._refuse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Count a chunk, and hand nothing on to other handlers."""
        self._n_received += len(raw_data)
        if self._n_received > self._cap_bytes:
            self._refuse()
        return None

    @abstractmethod
    def forget(self) -> None:
        """Keep nothing of what came."""

    def _refuse(self) -> NoReturn:
        """Take no more and keep nothing of what came.

        A browser shows the answer only once it has sent everything, so a body that
        is somewhat too large is read to its end; beyond twice the cap it is cut off.
        """
        self.refusal = UploadTooLarge(self._cap_bytes, self.advice)
        self.forget()
        raise StopUpload(connection_reset=self._n_announced > 2 * self._cap_bytes)


class MemoryUploadHandler(CappedUploadHandler):
    """Keeps files in memory alone, until their request ends."""

    def __init__(self, request: HttpRequest | None = None, *, cap_bytes: int) -> None:
        super().__init__(request, cap_bytes=cap_bytes)
        self._content = io.BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file in a memory of its own."""
        super().new_file(*args, **kwargs)
        self.forget()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a chunk, within the cap."""
        super().receive_data_chunk(raw_data, start)
        self._content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Return the file for request.FILES."""
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
        )

    def forget(self) -> None:
        """Let go of what was received."""
        self._content = io.BytesIO()


def require_whole_upload(request: HttpRequest) -> None:
    """Raise UploadTooLarge if the upload was cut off at the cap."""
    _ = request.FILES  # parses the body, if nothing has yet
    for handler in request.upload_handlers:
        if isinstance(handler, CappedUploadHandler) and handler.refusal:
            raise handler.refusal
