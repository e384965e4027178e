"""Uploads are sealed while they arrive, so no plaintext file ever exists.

Each file has a random key that lives in this process only: what a dead process leaves
behind cannot be read by anyone, and `custody.sweep_incoming` erases it.
"""

import weakref
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_protect

from accounts.uploads import CappedUploadHandler
from indicators import custody
from indicators.vault.envelope import Sealer, new_key, open_stream
from indicators.vault.replaying import replayed
from indicators.vault.store import Store, new_name

View = Callable[..., HttpResponseBase]


def takes_uploads(view: View) -> View:
    """Return the view, for which files are received; everywhere else they are dropped.

    The handler must be there before anything reads the form, so the form's token is
    checked after it: the outer view `expects_uploads`, and asks its policy first.
    """
    checked = csrf_protect(view)

    @wraps(view)
    def receiving(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.upload_handlers = [EncryptedUploadHandler(request)]
        return checked(request, *args, **kwargs)

    return receiving


class SealedUpload(UploadedFile):
    """An uploaded file that only this process can read, until it is closed."""

    size: int

    def __init__(self, store: Store, *, name: str | None, content_type: str | None):
        super().__init__(name=name, content_type=content_type, size=0)
        self._store = store
        self._blob = new_name()
        self._key = new_key()
        self._sealer = Sealer(self._key, name=self._blob)
        self._sealed = store.create(self._blob)
        # A connection that breaks makes Django drop the file without closing it.
        self._erase = weakref.finalize(self, _erase, self._sealed, store, self._blob)

    def __repr__(self) -> str:
        return f"<SealedUpload: {self.size} bytes>"

    def receive(self, data: bytes) -> None:
        """Seal more of the arriving file."""
        self.size += len(data)
        self._sealed.write(self._sealer.update(data))

    def complete(self) -> None:
        """Seal the end; from now on the file can be read."""
        self._sealed.write(self._sealer.finalize())
        self._sealed.close()
        self.open()

    def open(
        self, mode: str | None = None, *args: Any, **kwargs: Any
    ) -> "SealedUpload":
        """Return the file, to be read from its start."""
        self.file = replayed(self.chunks)
        return self

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the plaintext from its start, in the chunks it was sealed in."""
        if self.closed:
            raise ValueError("The upload is closed, and its content erased.")
        with self._store.open(self._blob) as file:
            yield from open_stream(file, key=self._key, name=self._blob)

    @property
    def closed(self) -> bool:
        """Whether the content was erased."""
        return not self._erase.alive

    def close(self) -> None:
        """Erase the content; Django does so when the request ends."""
        self._erase()


class EncryptedUploadHandler(CappedUploadHandler):
    """Seals every file of a request, up to the cap on all of them together."""

    advice = (
        "Send only the columns that the agreement lists; if it is still too large, "
        "ask who runs this site."
    )
    file: SealedUpload

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request, cap_bytes=settings.UPLOAD_CAP_BYTES)
        self._files: list[SealedUpload] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, unless the request announced more than the cap."""
        super().new_file(*args, **kwargs)
        self.file = SealedUpload(
            custody.incoming(), name=self.file_name, content_type=self.content_type
        )
        self._files.append(self.file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal a chunk, within the cap."""
        super().receive_data_chunk(raw_data, start)
        self.file.receive(raw_data)

    def file_complete(self, file_size: int) -> SealedUpload:
        """Return the sealed file for request.FILES."""
        self.file.complete()
        return self.file

    def upload_interrupted(self) -> None:
        """Erase the file that broke off."""
        self.file.close()

    def forget(self) -> None:
        """Erase every file of the request."""
        for file in self._files:
            file.close()


def _erase(sealed: BinaryIO, store: Store, blob: str) -> None:
    try:
        sealed.close()
    finally:
        store.erase(blob)
