import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.support import made_releases as made

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def release(tmp_path):
    """Return a file of a counted release, and its record."""
    rows = made.children(300, buildings=3, schools=3, seed=2, grades=9)
    record = made.release({"2022": rows}, tables=(("building", "band"),))
    file = tmp_path / "in.json"
    file.write_text(json.dumps(record), "utf-8")
    return file, record


def ended(*arguments):
    """Return the exit status of a command."""
    with pytest.raises(SystemExit) as caught:
        call_command(*map(str, arguments))
    return caught.value.code


def test_what_is_protected_is_written_and_withstands_the_audit(
    release, tmp_path, capsys
):
    file, counted = release
    out = tmp_path / "out.json"
    call_command("protect", str(file), "--out", str(out))
    call_command("audit", str(out))

    record = json.loads(out.read_text("utf-8"))
    assert len(record["cells"]) == len(counted["cells"])
    assert {"primaries", "secondaries", "children suppressed", "seconds"} <= set(
        record["report"]
    )
    assert "Nothing can be worked out" in capsys.readouterr().out


def test_a_finding_ends_with_1_and_says_where(release, tmp_path, capsys):
    file, _ = release
    out = tmp_path / "out.json"
    call_command("protect", str(file), "--out", str(out))
    record = json.loads(out.read_text("utf-8"))
    next(cell for cell in record["cells"] if cell["n"])["n"] = 3
    out.write_text(json.dumps(record), "utf-8")

    assert ended("audit", out) == 1
    assert "below the threshold" in capsys.readouterr().out


@pytest.mark.parametrize("rate", ["40-49", "49–40", "≥101", "٣", "4e1", ""])
def test_a_rate_in_other_words_ends_with_2_and_says_how(release, capsys, rate):
    file, record = release
    cells = [{**cell, "rate": {"absent": rate}} for cell in record["cells"]]
    cells = [{k: v for k, v in cell.items() if k != "x"} for cell in cells]
    file.write_text(json.dumps(record | {"cells": cells}), "utf-8")

    assert ended("audit", file) == 2
    assert "is not a rate: write percents as ≤10, 40–49" in capsys.readouterr().err


@pytest.mark.parametrize("rate", ["20-29", "29–20", "≥101", "100–200", "x", ""])
def test_a_rate_in_other_words_in_an_earlier_file_ends_with_2(
    release, tmp_path, capsys, rate
):
    file, _ = release
    first, out = tmp_path / "first.json", tmp_path / "out.json"
    call_command("protect", str(file), "--out", str(first))
    record = json.loads(first.read_text("utf-8"))
    record["cells"][1]["rate"] = {"absent": rate}
    first.write_text(json.dumps(record), "utf-8")

    assert ended("protect", file, "--out", out, "--published", first) == 2
    said = capsys.readouterr().err
    assert said.startswith("first.json: cells, number 2: ")
    assert "is not a rate: write percents as" in said
    assert said.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("way", ["itself", "symbolic link", "hard link"])
@pytest.mark.parametrize("name", ["in.json", "first.json"])
def test_no_file_that_is_read_is_written_over(release, tmp_path, capsys, way, name):
    file, _ = release
    first, out = tmp_path / "first.json", tmp_path / name
    call_command("protect", str(file), "--out", str(first))
    before = [path.read_bytes() for path in (file, first)]
    if way != "itself":
        out = tmp_path / "other.json"
        (out.symlink_to if way == "symbolic link" else out.hardlink_to)(tmp_path / name)
    capsys.readouterr()

    assert ended("protect", file, "--out", out, "--published", first) == 2
    said = capsys.readouterr().err
    assert f"is {name}, which this would overwrite; name another file" in said
    assert said.count("\n") == 1
    assert [path.read_bytes() for path in (file, first)] == before


def test_a_group_that_a_revision_leaves_out_ends_with_2_and_is_named(
    release, tmp_path, capsys
):
    file, record = release
    first, out = tmp_path / "first.json", tmp_path / "out.json"
    call_command("protect", str(file), "--out", str(first))
    *cells, last = record["cells"]
    file.write_text(json.dumps(record | {"cells": cells}), "utf-8")

    assert ended("protect", file, "--out", out, "--published", first) == 2
    said = capsys.readouterr().err
    assert f"building {last['building']}" in said
    assert "List it here too" in said
    assert said.count("\n") == 1
    assert not out.exists()


def test_a_refusal_ends_with_1_and_writes_no_cells(release, tmp_path, capsys):
    file, record = release
    first, out = tmp_path / "first.json", tmp_path / "out.json"
    call_command("protect", str(file), "--out", str(first))
    one = record["cells"][0]
    rows = made.children(300, buildings=3, schools=3, seed=2, grades=9)[2:]
    moved = made.release({"2022": rows}, tables=(("building", "band"),))
    file.write_text(json.dumps(moved), "utf-8")

    assert one["n"] - moved["cells"][0]["n"] == 2
    assert ended("protect", file, "--out", out, "--published", first) == 1
    written = json.loads(out.read_text("utf-8"))
    assert written["cells"] == []
    assert written["report"]["culprits"]
    assert "earlier release" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("protect", "none.json", "--out", "out.json"),
        ("protect", "{file}"),
        ("protect", "{file}", "--out", "out.json", "--width", "1"),
        ("protect", "{file}", "--out", "out.json", "--width", "wide"),
        ("protect", "{file}", "--out", "out.json", "--profile", "some"),
        ("protect", "{file}", "--out", "out.json", "--seconds", "0"),
        ("protect", "{file}", "--out", "{file}/out.json"),
        ("protect", "{file}", "--out", "out.json", "--published", "none.json"),
        ("audit", "none.json"),
        ("audit", "{file}", "none.json"),
    ],
)
def test_bad_input_ends_with_2_in_one_sentence(
    release, tmp_path, monkeypatch, capsys, arguments
):
    monkeypatch.chdir(tmp_path)
    words = [word.format(file=release[0]) for word in arguments]

    assert ended(*words) == 2
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert said.strip().endswith(".")
    assert ("; nothing was written." in said) == (arguments[0] == "protect")
    assert not (tmp_path / "out.json").exists()


def test_what_is_written_goes_where_a_link_leads(release, tmp_path):
    (tmp_path / "far").mkdir()
    there = tmp_path / "far" / "there.json"
    for link, end in (("new.json", there), ("again.json", tmp_path / "new.json")):
        (tmp_path / link).symlink_to(end)

        call_command("protect", str(release[0]), "--out", str(tmp_path / link))
        assert (tmp_path / link).is_symlink()
        assert json.loads(there.read_text("utf-8"))["cells"]
        there.write_text("", "utf-8")


def test_what_is_no_file_is_not_written_over(release, tmp_path, capsys):
    pipe, folder, link = (tmp_path / name for name in ("pipe", "folder", "link"))
    os.mkfifo(pipe)
    folder.mkdir()
    link.symlink_to(pipe)
    for out in (pipe, folder, link):
        assert ended("protect", release[0], "--out", out) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"{out.name} is a folder, a pipe or a device")
        assert said.count("\n") == 1
    assert (pipe.is_fifo(), folder.is_dir(), link.is_symlink()) == (True, True, True)
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    assert ended("protect", release[0], "--out", circle) == 2
    assert "circle cannot be written" in capsys.readouterr().err


def test_half_a_character_ends_with_2(release, tmp_path, capsys):
    file, record = release
    cells = [cell | {"building": "\ud800"} for cell in record["cells"][:1]]
    file.write_text(json.dumps(record | {"cells": cells}), "utf-8")

    for words in (("protect", file, "--out", tmp_path / "out.json"), ("audit", file)):
        assert ended(*words) == 2
        assert "half a character" in capsys.readouterr().err


@pytest.mark.parametrize(
    "step",
    [
        "indicators.disclosure.suppression._Suppression.clean",
        "indicators.disclosure.release.examine",
        "pathlib.Path.replace",
    ],
)
def test_ctrl_c_leaves_no_file_behind(release, tmp_path, monkeypatch, capsys, step):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(step, stopped)

    assert ended("protect", release[0], "--out", tmp_path / "out.json") == 130
    assert [path.name for path in tmp_path.iterdir()] == ["in.json"]
    assert "nothing was written" in capsys.readouterr().err


def test_too_little_time_ends_with_1(release, tmp_path, capsys):
    out = tmp_path / "out.json"

    assert ended("protect", release[0], "--out", out, "--seconds", "0.0001") == 1
    assert json.loads(out.read_text("utf-8"))["cells"] == []
    assert "Allow more time" in capsys.readouterr().err


@pytest.mark.prove
def test_the_command_needs_no_database(release, tmp_path):
    """A home that holds no database will do."""
    done = subprocess.run(
        [sys.executable, "manage.py", "protect", release[0], "--out", "/dev/null/x"],
        cwd=PROJECT,
        env={"HOMEROOM_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert done.stderr.strip() == (
        "x cannot be written: Not a directory; nothing was written."
    )
