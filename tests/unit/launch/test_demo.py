import socket
import subprocess
from pathlib import Path

import pytest

from launch import demo
from launch.machine import PROJECT, CannotRun
from launch.surroundings import SETTINGS


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


def test_no_setting_from_outside_reaches_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SETTINGS:
        monkeypatch.setenv(name, "real")
        monkeypatch.setenv(f"{name}_FILE", "/real")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://real")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment = demo.surroundings(port=8000, home=tmp_path)
    assert environment["LANG"] == "C.UTF-8"
    assert [name for name, value in environment.items() if "real" in value] == []
    assert {name for name in environment if name.removesuffix("_FILE") in SETTINGS} == {
        "HOMEROOM_DEMO",
        "HOMEROOM_HOME",
        "PUBLIC_URL",
    }


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of manage.py's commands as `seed` runs them; none is run."""
    made: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        made.append(command[2])
        return subprocess.CompletedProcess(command, 0)

    migrations = tmp_path / "accounts" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "0001_initial.py").write_text("tables")
    monkeypatch.setattr(demo, "PROJECT", tmp_path)
    monkeypatch.setattr(subprocess, "run", run)
    return made


def test_a_second_start_neither_migrates_nor_seeds(
    tmp_path: Path, commands: list[str]
) -> None:
    demo.seed(tmp_path, environment={})
    (tmp_path / "accounts" / "views.py").write_text("another module changed")
    demo.seed(tmp_path, environment={})
    assert commands == ["migrate", "seed_demo"]


@pytest.mark.parametrize(
    "changed",
    [
        "accounts/migrations/0002_more.py",
        "accounts/triggers.py",
        "accounts/demo.py",
        "requirements.txt",
    ],
)
def test_a_changed_preparation_migrates_again(
    tmp_path: Path, commands: list[str], changed: str
) -> None:
    demo.seed(tmp_path, environment={})
    (tmp_path / changed).write_text("changed")
    demo.seed(tmp_path, environment={})
    assert commands == ["migrate", "seed_demo"] * 2


def test_every_preparation_is_there() -> None:
    for pattern in demo.PREPARATION:
        assert list(PROJECT.glob(pattern)), pattern


def test_a_home_of_other_tables_asks_to_begin_again(
    tmp_path: Path, commands: list[str]
) -> None:
    demo.seed(tmp_path, environment={})
    (tmp_path / "accounts/migrations/0001_initial.py").write_text("other tables")
    with pytest.raises(CannotRun, match=r"earlier Homeroom.*--fresh"):
        demo.seed(tmp_path, environment={})
    assert commands == ["migrate", "seed_demo"]
