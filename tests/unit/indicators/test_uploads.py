"""An upload is sealed on arrival, refused past the cap, and erased with its request."""

import gc
import os
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.test import RequestFactory
from pytest_django import Settings

from accounts.uploads import UploadTooLarge, require_whole_upload
from indicators import custody
from indicators.uploads import SealedUpload

CAP = 2 * 1024 * 1024
ROWS = b"Canaryson,2015-01-31\n" * 20_000
TYPE = "multipart/form-data; boundary=edge"


@pytest.fixture(autouse=True)
def vault_directory(home: Path, settings: Settings) -> Iterator[Path]:
    settings.FILE_UPLOAD_TEMP_DIR = home
    settings.FILE_UPLOAD_HANDLERS = ["indicators.uploads.EncryptedUploadHandler"]
    settings.UPLOAD_CAP_BYTES = CAP
    yield home / "vault"
    on_disk = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert not any(b"Canaryson" in content for content in on_disk)


def posted(*contents: bytes) -> HttpRequest:
    files = [SimpleUploadedFile("tenants.csv", content) for content in contents]
    return RequestFactory().post("/", {"note": "spring", "file": files})


def uploaded(request: HttpRequest) -> SealedUpload:
    upload = request.FILES["file"]
    assert isinstance(upload, SealedUpload)
    return upload


def blobs() -> list[str]:
    return list(custody.incoming().names())


def body(*contents: bytes, end: bytes = b"\r\n--edge--\r\n") -> bytes:
    head = (
        b"--edge\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n"
        b"Content-Type: text/csv\r\n\r\n"
    )
    return b"\r\n".join(head + content for content in contents) + end


class Line(BytesIO):
    """A connection that breaks when its bytes are used up."""

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if not data:
            raise ConnectionResetError
        return data


def raw_request(stream: BytesIO, n_announced: int) -> WSGIRequest:
    return WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": TYPE,
            "CONTENT_LENGTH": str(n_announced),
            "wsgi.input": stream,
        }
    )


def test_an_upload_reads_back_and_is_sealed_on_disk(vault_directory: Path) -> None:
    request = posted(ROWS)
    upload = uploaded(request)
    assert (upload.name, upload.size) == ("tenants.csv", len(ROWS))
    assert request.POST["note"] == "spring"
    assert upload.read() == ROWS
    assert b"".join(upload.chunks()) == ROWS
    (blob,) = (vault_directory / "incoming").iterdir()
    assert blob.stat().st_size > len(ROWS)
    assert b"Canaryson" not in blob.read_bytes()


def test_an_upload_reads_in_pieces_lines_and_again_from_the_start() -> None:
    upload = uploaded(posted(ROWS))
    assert upload.read(9) + upload.read(12) == ROWS[:21]
    upload.seek(0)
    assert upload.readline() == ROWS[:21]
    assert upload.open().read() == ROWS
    with pytest.raises(OSError, match="from its start only"):
        upload.seek(-1, os.SEEK_END)


def test_an_empty_file_is_seen_as_empty() -> None:
    upload = uploaded(posted(b""))
    assert (upload.size, upload.read()) == (0, b"")


def test_the_end_of_the_request_erases_its_uploads() -> None:
    request = posted(ROWS, ROWS)
    upload = uploaded(request)
    assert len(blobs()) == 2
    request.close()
    assert blobs() == []
    assert upload.closed
    with pytest.raises(ValueError, match="closed"):
        upload.open().read()
    request.close()


def test_a_file_over_the_cap_is_refused_and_nothing_stays() -> None:
    request = posted(b"x" * (CAP + 1))
    with pytest.raises(UploadTooLarge, match="larger than 2 MB") as refusal:
        require_whole_upload(request)
    assert refusal.value.status == 413
    assert request.POST["note"] == "spring"
    assert not request.FILES
    assert blobs() == []


def test_the_cap_counts_all_files_and_none_stays_readable() -> None:
    request = posted(b"x" * (CAP // 2), b"y" * (CAP // 2 + 1))
    with pytest.raises(UploadTooLarge):
        require_whole_upload(request)
    assert all(upload.closed for upload in request.FILES.getlist("file"))
    assert blobs() == []


def test_a_file_of_exactly_the_cap_is_taken() -> None:
    request = posted(b"x" * CAP)
    require_whole_upload(request)
    assert uploaded(request).size == CAP


def test_what_is_announced_as_far_too_large_is_not_read() -> None:
    stream = Line(body(b"x" * (8 * CAP)))
    request = raw_request(stream, 8 * CAP)
    with pytest.raises(UploadTooLarge):
        require_whole_upload(request)
    assert stream.tell() <= 256 * 1024
    assert blobs() == []


def test_what_is_somewhat_too_large_is_read_to_its_end_so_the_answer_is_seen() -> None:
    content = body(b"x" * (CAP + CAP // 4))
    stream = BytesIO(content)
    with pytest.raises(UploadTooLarge):
        require_whole_upload(raw_request(stream, len(content)))
    assert stream.tell() == len(content)


def test_a_connection_that_breaks_leaves_nothing() -> None:
    content = body(ROWS)
    request = raw_request(Line(content[: len(content) // 2]), len(content))
    with pytest.raises(UnreadablePostError):
        _ = request.FILES
    del request
    gc.collect()
    assert blobs() == []


def test_a_body_that_ends_early_leaves_no_file() -> None:
    content = body(ROWS, end=b"")
    request = raw_request(BytesIO(content), len(content) + 100)
    assert not request.FILES
    assert blobs() == []


def test_uploads_of_dead_requests_are_swept_after_a_while(
    vault_directory: Path,
) -> None:
    store = custody.incoming()
    for name in ("old", "new"):
        upload = SealedUpload(store, name=name, content_type="text/csv")
        upload.receive(ROWS)
        upload.complete()
        upload._erase.detach()  # as after SIGKILL, nobody is left to erase it
        if name == "old":
            os.utime(next(vault_directory.glob("incoming/*")), (0, 0))
    assert custody.sweep_incoming(older_than=timedelta(hours=1)) == 1
    assert len(blobs()) == 1


def test_a_repr_names_no_file() -> None:
    assert "tenants" not in repr(uploaded(posted(ROWS)))
