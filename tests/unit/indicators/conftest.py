"""What tests of linking files share: writing files, and running the command."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command


@pytest.fixture
def write(tmp_path) -> Callable[..., Path]:
    def written(name: str, content: str | bytes | dict) -> Path:
        if isinstance(content, dict):
            content = json.dumps(content)
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(raw)
        return tmp_path / name

    return written


@pytest.fixture
def link(tmp_path, capsys):
    """Run the command, and return its status, what it wrote to each stream, and DIR."""

    def run(*arguments: object) -> tuple[int, str, str, Path]:
        out = tmp_path / "out"
        status = 0
        try:
            call_command("link", *map(str, arguments), "--out", str(out))
        except SystemExit as end:
            status = int(end.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err, out

    return run
