import socket
from pathlib import Path

import pytest

from launch import demo
from launch.machine import CannotRun


def test_a_port_in_use_is_refused_with_another_to_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CannotRun, match=f"Port {port} .* --port {port + 1}"):
            demo.require_free(port)


def test_a_free_port_is_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    demo.require_free(port)


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "letter.txt"
    theirs.write_text("keep")
    with (
        pytest.raises(CannotRun, match="holds something else"),
        demo.occupied(tmp_path, is_fresh=True),
    ):
        pass
    assert theirs.read_text() == "keep"


def test_a_second_start_keeps_what_was_done(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with demo.occupied(home, is_fresh=False):
        (home / "done").touch()
    with demo.occupied(home, is_fresh=False):
        assert (home / "done").exists()


def test_a_fresh_start_keeps_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with demo.occupied(home, is_fresh=False):
        (home / "vault").mkdir()
        (home / "vault/blob").touch()
    with demo.occupied(home, is_fresh=True):
        assert [path.name for path in home.iterdir()] == ["run.lock"]


def test_two_may_not_run_from_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "LOCK_SECONDS", 0.0)
    home = tmp_path / "home"
    with (
        demo.occupied(home, is_fresh=False),
        pytest.raises(CannotRun, match="already runs"),
        demo.occupied(home, is_fresh=True),
    ):
        pass
