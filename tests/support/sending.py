"""Files as somebody gives them to `manage.py read`, and what it answers."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

HEADINGS = "member id,first name,last name,birth date,development"


def read(path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the report."""
    code, text = told(path, *options, "--json")
    return code, json.loads(text)


def told(path: Path, *options: str) -> tuple[int, str]:
    into = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("read", str(path), *options, stdout=into, stderr=into)
    assert isinstance(ended.value.code, int)
    return ended.value.code, into.getvalue()


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def row(**changes: str) -> str:
    values = {
        "member id": "A1",
        "first name": "Ana",
        "last name": "Lopez",
        "birth date": "2010-01-31",
        "development": "WA001000037",
    }
    return ",".join((values | changes).values())


class Sender:
    """Writes what is sent into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, content: str | bytes, name: str = "sent.csv") -> Path:
        """Return the path of a file with this content."""
        path = self._folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path
