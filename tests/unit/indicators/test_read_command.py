"""`manage.py read` says what a file holds, and needs no database."""

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


@pytest.fixture
def sent(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str = "sent.csv") -> Path:
        path = tmp_path / name
        text = content.encode() if isinstance(content, str) else content
        path.write_bytes(text)
        return path

    return write


def test_list_of_tenants_is_accepted_and_described(sent: Any) -> None:
    code, report = read(sent(f"{HEADINGS}\nA1,Ana,Lopez,2010-01-31,WA001000037\n"))
    assert code == 0
    assert report["verdict"] == "accepted"
    assert (report["format"], report["encoding"], report["delimiter"]) == (
        "hud50058",
        "utf-8",
        ",",
    )
    assert report["rows"] == 1
    assert report["columns"][2] == {
        "name": "last name",
        "element": "tenant.last_name",
        "status": "read",
    }
    assert (report["errors"], report["row_errors"]) == ([], [])


def test_without_json_the_same_is_said_in_words(sent: Any) -> None:
    code, text = told(sent(f"{HEADINGS}\nA1,Ana,Lopez,2010-01-31,WA001000037\n"))
    assert code == 0
    assert text.startswith("Accepted: hud50058")
    assert "last name: tenant.last_name (read)" in text


def test_file_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    code, text = told(tmp_path / "none.csv")
    assert code == 2
    assert "There is no file" in text
