"""A person over plain HTTP: signs in, reads pages, posts forms, streams files."""

import html
import re
import secrets
import select
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Self
from urllib.parse import urlencode, urlsplit

PASSWORD = "homeroom-demo"
ANSWER_SECONDS = 60
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A file to send: its name, its size in bytes, and its content in blocks."""

    name: str
    size: int
    blocks: Iterable[bytes]

    @classmethod
    def of(cls, name: str, content: bytes) -> Self:
        """Return a file with that content."""
        starts = range(0, len(content), BLOCK_BYTES)
        return cls(
            name, len(content), [content[at : at + BLOCK_BYTES] for at in starts]
        )

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return the file at a path."""
        return cls.of(path.name, path.read_bytes())


@dataclass(frozen=True, slots=True)
class Page:
    """What was answered: status, where it leads if anywhere, and the text."""

    status: int
    location: str
    text: str


class Visitor:
    """One signed-in person, who follows no redirect unless told to.

    address: of the running Homeroom. account: of the demonstration's cast. source: the
    address of the machine that the person sits at.
    """

    def __init__(
        self,
        address: str,
        *,
        account: str,
        password: str = PASSWORD,
        source: str = "127.0.0.1",
    ) -> None:
        self._source = source
        self._host = urlsplit(address).netloc
        self._cookies: dict[str, str] = {}
        self.get("/accounts/login/")
        page = self.post(
            "/accounts/login/", login=f"{account}@demo.example", password=password
        )
        assert page.status == 302, f"{account} cannot sign in: {page.status}"

    def get(self, path: str) -> Page:
        """Return a page."""
        with self._asked("GET", path) as connection:
            connection.endheaders()
            return self._answer(connection)

    def post(self, path: str, **fields: str | Sequence[str]) -> Page:
        """Return what a form without files leads to."""
        body = urlencode(fields | self._token(), doseq=True).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
        }
        with self._asked("POST", path, headers) as connection:
            connection.endheaders(body)
            return self._answer(connection)

    def upload(self, path: str, files: Sequence[File], **fields: str) -> Page:
        """Return what a form with files leads to, once all of it was sent."""
        with self.uploading(path, files, **fields) as (connection, blocks):
            for block in blocks:
                connection.send(block)
            return self._answer(connection)

    @contextmanager
    def uploading(
        self, path: str, files: Sequence[File], **fields: str
    ) -> Iterator[tuple[HTTPConnection, Iterator[bytes]]]:
        """Yield a connection with its headers sent, and the blocks that come next."""
        boundary = secrets.token_hex(16)
        heads = [_head(boundary, file) for file in files]
        before = b"".join(
            _field(boundary, name, value)
            for name, value in (self._token() | fields).items()
        )
        end = f"--{boundary}--\r\n".encode()
        sizes = [
            len(head) + file.size + 2 for head, file in zip(heads, files, strict=True)
        ]
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(before) + sum(sizes) + len(end)),
        }

        def blocks() -> Iterator[bytes]:
            yield before
            for head, file in zip(heads, files, strict=True):
                yield head
                yield from file.blocks
                yield b"\r\n"
            yield end

        with self._asked("POST", path, headers) as connection:
            connection.endheaders()
            yield connection, blocks()

    @contextmanager
    def posting(self, path: str, *, n_bytes: int) -> Iterator[HTTPConnection]:
        """Yield a connection that has announced a form without files."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(n_bytes),
        }
        with self._asked("POST", path, headers) as connection:
            connection.endheaders()
            yield connection

    def answer(self, connection: HTTPConnection, *, drip: bytes = b"") -> Page:
        """Return what is answered, sending a little every second until then."""
        while drip and not select.select([connection.sock], [], [], 1.0)[0]:
            connection.send(drip)
        return self._answer(connection)

    @contextmanager
    def _asked(
        self, method: str, path: str, headers: dict[str, str] | None = None
    ) -> Iterator[HTTPConnection]:
        to = HTTPConnection(
            self._host, timeout=ANSWER_SECONDS, source_address=(self._source, 0)
        )
        with closing(to) as connection:
            connection.putrequest(method, path)
            cookies = "; ".join(f"{k}={v}" for k, v in self._cookies.items())
            for name, value in {"Cookie": cookies, **(headers or {})}.items():
                connection.putheader(name, value)
            yield connection

    def _answer(self, connection: HTTPConnection) -> Page:
        response: HTTPResponse = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        return Page(
            status=response.status,
            location=response.getheader("Location", ""),
            text=response.read().decode(errors="replace"),  # of a PDF, nobody reads it
        )

    def _token(self) -> dict[str, str]:
        return {"csrfmiddlewaretoken": self._cookies["csrftoken"]}


def _head(boundary: str, file: File) -> bytes:
    return (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="content"; filename="{file.name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()


def _field(boundary: str, name: str, value: str) -> bytes:
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        f"{value}\r\n"
    ).encode()


def words(page: Page) -> str:
    """Return the text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
