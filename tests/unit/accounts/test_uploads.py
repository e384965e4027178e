"""A file in memory: whole within the cap, nothing past it, never on a disk."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.uploads import MemoryUploadHandler, UploadTooLarge, require_whole_upload

CAP = 1024 * 1024


def posted(*contents: bytes) -> HttpRequest:
    files = [SimpleUploadedFile("a.pdf", content) for content in contents]
    request = RequestFactory().post("/", {"note": "spring", "file": files})
    request.upload_handlers = [MemoryUploadHandler(request, cap_bytes=CAP)]
    return request


@pytest.mark.parametrize("n_bytes", [0, 1, 200_000, CAP])
def test_a_file_within_the_cap_reads_back_and_reaches_no_disk(
    home: Path, n_bytes: int
) -> None:
    request = posted(b"x" * n_bytes)
    require_whole_upload(request)
    upload = request.FILES["file"]
    assert isinstance(upload, InMemoryUploadedFile)
    assert isinstance(upload.file, BytesIO)
    assert upload.read() == b"x" * n_bytes
    assert request.POST["note"] == "spring"
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_a_file_past_the_cap_is_refused_and_forgotten() -> None:
    request = posted(b"x" * (CAP + 1))
    with pytest.raises(UploadTooLarge, match="larger than 1 MB"):
        require_whole_upload(request)
    assert not request.FILES


def test_the_cap_counts_all_files_together() -> None:
    with pytest.raises(UploadTooLarge):
        require_whole_upload(posted(b"x" * (CAP // 2), b"y" * (CAP // 2 + 1)))


def test_each_of_two_files_is_itself() -> None:
    request = posted(b"first", b"second")
    assert [f.read() for f in request.FILES.getlist("file")] == [b"first", b"second"]
