"""Makes the machine ready: Debian packages, and the Python environment in .venv."""

# ruff: noqa: S603, T201 - it installs what is missing, and says so
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT = PROJECT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"


class CannotRun(Exception):
    """Homeroom cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the machine that no Python package brings."""

    name: str
    packages: tuple[str, ...]
    is_present: Callable[[], bool]


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(f"{name}.so.0")
    except OSError:
        return False
    return True


def _has_venv() -> bool:
    try:
        import ensurepip
        import venv
    except ImportError:
        return False
    return bool(ensurepip and venv)


def postgres_folder() -> Path | None:
    """Return the folder with the newest PostgreSQL server's own programs."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: int(path.parts[-3]), default=None)
    return newest and newest.parent


VENV = Component("venv", ("python3-venv",), _has_venv)
PANGO = Component(
    "Pango",
    ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
    lambda: all(
        map(_has_library, ("libpango-1.0", "libpangoft2-1.0", "libharfbuzz-subset"))
    ),
)
POSTGRESQL = Component(
    "PostgreSQL", ("postgresql",), lambda: postgres_folder() is not None
)
REDIS = Component(
    "Redis", ("redis-server",), lambda: shutil.which("redis-server") is not None
)
CHROMIUM = Component(
    "Chromium", ("chromium",), lambda: shutil.which("chromium") is not None
)
POPPLER = Component(
    "Poppler", ("poppler-utils",), lambda: shutil.which("pdftotext") is not None
)
WRITER = Component(
    "LibreOffice Writer",
    ("libreoffice-writer-nogui",),
    lambda: shutil.which("soffice") is not None,
)


def install(components: Iterable[Component]) -> list[Component]:
    """Return those still missing, after installing what Debian lets root install."""
    missing = [part for part in components if not part.is_present()]
    can_install = Path("/etc/debian_version").exists() and os.geteuid() == 0
    if not missing or not can_install:
        return missing
    packages = [name for part in missing for name in part.packages]
    print("Installing", *packages, flush=True)
    quietly = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    update = ["apt-get", "update", "-qq"]
    subprocess.run(update, env=quietly, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    subprocess.run(
        [*command, *packages], env=quietly, stdout=subprocess.DEVNULL, check=False
    )
    return [part for part in missing if not part.is_present()]


def require(components: Iterable[Component]) -> None:
    """Install the components, or raise CannotRun with the command that would."""
    if missing := install(components):
        names = " and ".join(part.name for part in missing)
        raise CannotRun(
            f"Homeroom needs {names}. On Debian or Ubuntu:\n  {how_to_install(missing)}"
        )


def how_to_install(missing: Iterable[Component]) -> str:
    """Return the command that installs the missing components on Debian."""
    packages = " ".join(name for part in missing for name in part.packages)
    return f"sudo apt-get install {packages}"


def prepare(lock: str, *, contains: tuple[str, ...] = ()) -> None:
    """Install what `lock` lists into .venv, unless its stamp says that it is there.

    contains: other locks whose every line `lock` repeats.
    """
    stamps = {_stamp(name): _digest(name) for name in (lock, *contains)}
    if all(path.exists() and path.read_text() == sum for path, sum in stamps.items()):
        return
    print(f"Installing what {lock} lists into .venv", flush=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON)]
    try:
        if not _works([*pip, "--version"]):
            _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
        _run([*pip, "install", "-q", "--require-hashes", "-r", "requirements-uv.txt"])
        _run([*uv, "--require-hashes", "-r", lock])
    except subprocess.CalledProcessError as failed:
        raise CannotRun(
            f"Installing what {lock} lists did not succeed: the lines above say why. "
            "Check the connection to the package index, then start again."
        ) from failed
    for path, digest in stamps.items():
        path.write_text(digest)


def _stamp(lock: str) -> Path:
    return ENVIRONMENT / f"{lock}.sha256"


def _digest(lock: str) -> str:
    """Return what decides whether .venv is up to date: the lock and the Python."""
    text = (PROJECT / lock).read_bytes() + repr(sys.version_info[:2]).encode()
    return hashlib.sha256(text).hexdigest()


def _works(command: list[str]) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, check=False).returncode
    except OSError:
        return False


def _run(command: list[str]) -> None:
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)
