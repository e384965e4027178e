"""What every file in this project keeps to. Each test names the files that do not."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[2]
FLOORS = ("accounts", "partnerships", "agreements", "indicators", "config")
OURS = (*FLOORS, "launch", "tests", "benchmarks")
NOT_OURS = {"vendor", "migrations", "__pycache__"}
TEXT = {".py", ".html", ".txt", ".md", ".css", ".js", ".toml", ".yml", ".svg", ".in"}

MODULE_LINES = 400
TEMPLATE_LINES = 220

# These write or read past history and policy, each for the reason beside it.
PAST_HISTORY = {
    "accounts/jobs.py": "leases and progress are untracked, taken in one statement",
    "accounts/ledger.py": "asks PostgreSQL for one view of the chains while it reads",
    "accounts/triggers.py": "the database's own refusal to change the record",
}
# These ask a clock that is not accounts.clock.
OWN_CLOCK = {"accounts/clock.py": "it is the clock"}


def python_files(*tops: str) -> Iterator[Path]:
    for top in tops:
        for path in sorted((PROJECT / top).rglob("*.py")):
            if not NOT_OURS.intersection(path.parts):
                yield path


def text_files() -> Iterator[Path]:
    tops = (*OURS, "templates", "static", "docs", ".ci")
    yield from (path for path in PROJECT.iterdir() if path.is_file())
    for top in tops:
        for path in sorted((PROJECT / top).rglob("*")):
            is_text = path.suffix in TEXT or path.parent.name == ".ci"
            if path.is_file() and is_text and "vendor" not in path.parts:
                yield path


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield receiver, method and line of every method call in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr, node.lineno


def is_past_history(receiver: str, method: str) -> bool:
    """Return whether a call writes rows that history never sees, or is raw SQL."""
    is_queryset = bool(re.search(r"\.(objects|filter|exclude|all)\b", receiver))
    is_connection = bool(re.search(r"\bconnections?\b", receiver))
    return (
        (method == "update" and is_queryset)
        or method in {"bulk_create", "bulk_update", "RunSQL"}
        or (method in {"raw", "extra"} and is_queryset)
        or (method == "cursor" and is_connection)
    )


def is_own_clock(receiver: str, method: str) -> bool:
    """Return whether a call asks a clock of the standard library or of Django."""
    of_dates = receiver.rpartition(".")[2] in {"datetime", "date", "timezone"}
    return (of_dates and method in {"now", "today", "utcnow", "localdate"}) or (
        receiver == "time" and method in {"time", "time_ns"}
    )


def test_modules_stay_small() -> None:
    lengths = {
        name(path): len(path.read_text("utf-8").splitlines())
        for path in [PROJECT / "run.py", *python_files(*OURS)]
    }
    assert {k: n for k, n in lengths.items() if n > MODULE_LINES} == {}


def test_templates_stay_small() -> None:
    lengths = {
        name(path): len(path.read_text("utf-8").splitlines())
        for path in (PROJECT / "templates").rglob("*.html")
    }
    assert {k: n for k, n in lengths.items() if n > TEMPLATE_LINES} == {}


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME"]) + r")\b")
    found = [name(p) for p in text_files() if later.search(p.read_text("utf-8"))]
    assert found == []


def test_history_is_bypassed_only_where_listed() -> None:
    found = {
        name(path)
        for path in python_files(*FLOORS)
        for receiver, method, _ in calls(path)
        if is_past_history(receiver, method)
    }
    assert found == PAST_HISTORY.keys()


def test_only_the_clock_tells_the_time() -> None:
    found = {
        name(path)
        for path in python_files(*FLOORS)
        for receiver, method, _ in calls(path)
        if is_own_clock(receiver, method)
    }
    assert found == OWN_CLOCK.keys()


def test_only_commands_print() -> None:
    found = {
        name(path)
        for path in python_files(*FLOORS)
        if "commands" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Name) and node.id == "print"
    }
    assert found == set()


def test_no_file_names_a_registry_or_a_machine() -> None:
    hosts = ("pypi", "pythonhosted", "npmjs", "debian", "golang")
    folders = ("work", "root", "opt/pypi")
    pattern = re.compile(
        r"\b(" + "|".join(hosts) + r")\.(org|com)\b"
        r"|(?<![\w.])/(" + "|".join(folders) + r")/"
        r"|\.\./shared\b"
    )
    found = {
        f"{name(path)}: {match.group()}"
        for path in text_files()
        for match in pattern.finditer(path.read_text("utf-8"))
    }
    assert found == set()


def test_locks_hold_no_address() -> None:
    locks = [*PROJECT.glob("requirements*.txt"), *PROJECT.glob("package-lock.json")]
    assert [name(path) for path in locks if "://" in path.read_text("utf-8")] == []
    assert not [*PROJECT.glob("uv.lock"), *PROJECT.glob("pylock*.toml")]


def test_the_test_lock_repeats_the_main_lock() -> None:
    assert pins("requirements.txt") <= pins("requirements-test.txt")


def test_locks_meet_what_the_project_asks_for() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {
        "requirements.txt": project["dependencies"],
        "requirements-test.txt": project["optional-dependencies"]["test"],
    }
    unmet = [
        f"{lock}: {wanted}"
        for lock, lines in asked.items()
        for wanted in map(Requirement, lines)
        if not any(
            pin.name.lower() == wanted.name.lower()
            and wanted.specifier.contains(next(iter(pin.specifier)).version)
            for pin in map(Requirement, pins(lock))
        )
    ]
    assert unmet == []


def pins(lock: str) -> set[str]:
    """Return `name==version ; marker` of every package that a lock pins."""
    text = (PROJECT / lock).read_text("utf-8")
    return {line.rstrip(" \\") for line in text.splitlines() if re.match(r"\w", line)}


def test_what_starts_on_a_bare_machine_needs_only_python() -> None:
    allowed = {*sys.stdlib_module_names, "launch", "tests"}
    single = [
        PROJECT / file for file in ("run.py", "tests/servers.py", "accounts/demo.py")
    ]
    bare = [*single, *python_files("launch")]
    found = {
        f"{name(path)}: {module}"
        for path in bare
        for module in imported(path)
        if module.partition(".")[0] not in allowed and module != "accounts.demo"
    }
    assert found == set()


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
