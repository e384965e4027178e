"""`run.py test` and `run.py prove`: the steps, how each ended, and what did not run."""

# ruff: noqa: S603, T201 - it starts the tools, and reports to the person who asked
import os
import subprocess
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from xml.etree import ElementTree

from launch import machine
from launch.guard import Guard, end
from launch.machine import ENVIRONMENT, PROJECT, PYTHON, Component
from launch.surroundings import without_settings
from tests.servers import postgres, redis

TEST_SECONDS = 15 * 60.0  # what all of `run.py test` may take
LONG_SECONDS = 3 * 60 * 60.0  # after which a step of `run.py prove` is given up


@dataclass(frozen=True, slots=True)
class Step:
    """One command, run by the Python in .venv, and what it cannot run without.

    marker: the pytest marker of the tests it runs, "a or b" for those with either and
    "main" for those without one; a step that has none is not pytest, and is counted
    only when it fails. is_quiet: it measures nothing and says little, so it runs beside
    the others, and what it prints comes at its end. most_seconds: after which it is
    ended.
    """

    name: str
    arguments: tuple[str, ...]
    needs: tuple[Component, ...] = ()
    marker: str = ""
    has_servers: bool = False
    is_quiet: bool = False
    most_seconds: float = TEST_SECONDS


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, and how many tests it counted."""

    step: str
    result: str
    seconds: float = 0.0
    n_passed: int = 0
    n_failed: int = 0
    n_skipped: int = 0


# Flows whose way through the database is PostgreSQL's to prove. On SQLite, which holds
# demonstrations, the walks of tests/browser and the files' own flows are enough.
ON_SERVERS = tuple(
    f"--ignore=tests/flows/test_{name}.py"
    for name in (
        "clerical",
        "delivering_in_any_order",
        "delivery",
        "destruction",
        "door_ways",
        "drop_box_keys",
        "evidence",
        "feeds",
        "following",
        "memorandum",
        "repeats",
        "research",
        "research_ending",
        "signing",
        "wrong_delivery",
    )
)
PAPER = (machine.PANGO, machine.POPPLER)
SERVERS = (machine.POSTGRESQL, machine.REDIS)
LINT_IMPORTS = str(ENVIRONMENT / "bin" / "lint-imports")


def _pytest(
    name: str,
    *paths: str,
    marker: str,
    needs: tuple[Component, ...] = (),
    has_servers: bool,
) -> Step:
    """Return a step that runs the tests with a marker, two modules at a time.

    Those that measure run alone.
    """
    # A module builds its world once, and tests/conftest.py says which come first.
    two = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
    chosen: dict[str, tuple[str, ...]] = {"main": two, "prove": ("-m", "prove")}
    others = (*two, "-m", f"({marker}) and not prove")
    # Without paths all of tests/ is read.
    arguments = ("-m", "pytest", "--durations=10", *chosen.get(marker, others), *paths)
    return Step(name, arguments, (*PAPER, *needs), marker, has_servers)


# The property tests of the engines, with the most examples that conftest.py names.
FUZZING = Step(
    "fuzzing",
    (
        *("-m", "pytest", "-n", "2", "-m", "hypothesis", "--hypothesis-profile=prove"),
        *("tests/unit/indicators", "tests/unit/agreements"),
    ),
    needs=PAPER,
    marker="main",
)
# Alone, so that everything else runs where there is no LibreOffice.
BY_WRITER = "tests/prove/test_libreoffice.py"
WRITER = Step(
    "Word files by LibreOffice",
    ("-m", "pytest", "-m", "prove", BY_WRITER),
    needs=(*PAPER, machine.WRITER),
    marker="prove",
)
APART = (f"--ignore={BY_WRITER}",)
QUIET = {
    "mypy": ("-m", "mypy", "."),
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "lint-imports": (LINT_IMPORTS,),
    "makemigrations": ("manage.py", "makemigrations", "--check"),
    "manage.py check": ("manage.py", "check"),
}
STEPS = (
    *(Step(name, arguments, is_quiet=True) for name, arguments in QUIET.items()),
    _pytest("tests on SQLite", *ON_SERVERS, marker="main", has_servers=False),
    _pytest(
        "tests on PostgreSQL and Redis", marker="main", needs=SERVERS, has_servers=True
    ),
    _pytest(
        # Together, since those with a browser wait much: so no core is idle.
        "contract and browser tests",
        *("tests/contract", "tests/browser"),
        marker="contract or browser",
        needs=(machine.CHROMIUM, *SERVERS),
        has_servers=False,
    ),
)


def test() -> int:
    """Return 0 when everything that guards a change passed, else 1."""
    started_at = time.monotonic()
    outcomes, missing = _run_all(STEPS)
    outcomes.append(kept(seconds=time.monotonic() - started_at))
    return _report(outcomes, missing=missing)


def prove() -> int:
    """Return 0 when every benchmark, fuzzing, kill and soak passed, else 1."""
    benchmarks = [
        Step(f"benchmark {path.stem}", ("-m", f"benchmarks.{path.stem}"))
        for path in sorted((PROJECT / "benchmarks").glob("[!_]*.py"))
    ]
    long = _pytest(
        "kills, races and soak",
        marker="prove",
        needs=(*SERVERS, machine.CHROMIUM),
        has_servers=False,
    )
    steps = [
        *benchmarks,
        FUZZING,
        WRITER,
        replace(long, arguments=long.arguments + APART),
    ]
    outcomes, missing = _run_all(
        replace(step, most_seconds=LONG_SECONDS) for step in steps
    )
    return _report(outcomes, missing=missing)


def kept(*, seconds: float) -> Outcome:
    """Return whether a run of `run.py test` took no longer than was promised."""
    spare = TEST_SECONDS - seconds
    how = f"{abs(spare):.0f} s {'under' if spare >= 0 else 'over'} {TEST_SECONDS:.0f} s"
    result = f"passed: {how}" if spare >= 0 else f"failed: {how}"
    return Outcome("all of it", result, seconds, n_failed=int(spare < 0))


def _run_all(given: Iterable[Step]) -> tuple[list[Outcome], list[Component]]:
    """Return how each step ended, whatever became of others, and what is missing.

    The quiet ones run beside the others, one at a time.
    """
    steps = list(given)
    machine.require([machine.VENV])
    machine.prepare("requirements-test.txt", contains=("requirements.txt",))
    missing = machine.install({part: None for step in steps for part in step.needs})
    quiet = [step for step in steps if step.is_quiet]
    with ThreadPoolExecutor(1) as pool, Run(missing) as run:
        beside = pool.map(run.attempt, quiet)
        ended = [run.attempt(each) for each in steps if not each.is_quiet]
        return [*beside, *ended], missing


class Run(ExitStack):
    """A run of steps; a context that leaves no server, folder or process behind."""

    def __init__(self, missing: Iterable[Component]) -> None:
        super().__init__()
        self._missing = set(missing)
        self._scratch = Path(self.enter_context(TemporaryDirectory(prefix="homeroom-")))
        self._guard = Guard()
        self.callback(self._guard.close)
        self._guard.remove(self._scratch)
        self._plain = without_settings(os.environ)
        self._plain["HOMEROOM_HOME"] = str(self._scratch / "home")
        # Else each of hundreds of processes compiles all of Homeroom anew.
        self._plain.pop("PYTHONDONTWRITEBYTECODE", None)
        self._served: dict[str, str] = {}

    def attempt(self, step: Step) -> Outcome:
        """Return how the step ended, or why it did not run."""
        if not step.is_quiet:
            print(_heading(step), flush=True)
        if absent := [part.name for part in step.needs if part in self._missing]:
            words = f"{' and '.join(absent)} missing"
            if os.environ.get("CI") == "true":
                return Outcome(step.name, f"failed: {words}", n_failed=1)
            return Outcome(step.name, f"not run: {words}")
        if step.marker not in ("", "main") and not _has_tests(step):
            return Outcome(step.name, "not run: there are none")
        try:
            environment = self._with_servers() if step.has_servers else self._plain
        except (OSError, RuntimeError, subprocess.CalledProcessError) as failure:
            return Outcome(step.name, f"failed: {failure}", n_failed=1)
        return self._run(step, environment)

    def _with_servers(self) -> dict[str, str]:
        if not self._served:
            self._served = self._plain | {
                "DATABASE_URL": self.enter_context(postgres()),
                "REDIS_URL": self.enter_context(redis()),
            }
        return self._served

    def _run(self, step: Step, environment: dict[str, str]) -> Outcome:
        report = self._scratch / f"{step.name}.xml"
        command = [str(PYTHON), *step.arguments]
        if step.marker:
            command.append(f"--junitxml={report}")
        started_at = time.monotonic()
        with TemporaryFile() as said:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said if step.is_quiet else None,
                stderr=said if step.is_quiet else None,
                start_new_session=True,
            )
            self._guard.watch(process.pid)
            try:
                code: int | None = process.wait(step.most_seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                end([process])
                self._guard.forget(process.pid)
            if step.is_quiet:
                said.seek(0)
                print(f"{_heading(step)}\n{said.read().decode()}", end="", flush=True)
        seconds = time.monotonic() - started_at
        return _outcome(step, code=code, seconds=seconds, report=report)


def _heading(step: Step) -> str:
    return f"\n== {step.name}"


def _has_tests(step: Step) -> bool:
    """Return whether any test carries a marker of a step."""
    marks = [f"pytest.mark.{marker}" for marker in step.marker.split(" or ")]
    files = (PROJECT / "tests").rglob("test_*.py")
    texts = (path.read_text("utf-8") for path in files)
    return any(mark in text for text in texts for mark in marks)


def _outcome(step: Step, *, code: int | None, seconds: float, report: Path) -> Outcome:
    """Return what the exit status, None for a time-out, and pytest's report say."""
    n_tests, n_failed, n_skipped = _counts(report)
    if code is None:
        result = f"failed: not done in {step.most_seconds:.0f} s"
    else:
        result = "passed" if code == 0 else "failed"
    return Outcome(
        step=step.name,
        result=result,
        seconds=seconds,
        n_passed=n_tests - n_failed - n_skipped,
        n_failed=max(n_failed, int(code != 0)),
        n_skipped=n_skipped,
    )


def _counts(report: Path) -> tuple[int, int, int]:
    """Return how many tests pytest ran, how many failed and how many it skipped."""
    if not report.exists():
        return 0, 0, 0
    suites = list(ElementTree.parse(report).iter("testsuite"))  # noqa: S314 - our own

    def total(*names: str) -> int:
        return sum(int(suite.get(name, 0)) for suite in suites for name in names)

    return total("tests"), total("failures", "errors"), total("skipped")


def _report(outcomes: list[Outcome], *, missing: list[Component]) -> int:
    width = max(len(outcome.step) for outcome in outcomes)
    print()
    for outcome in outcomes:
        print(f"{outcome.step:{width}}  {outcome.seconds:6.1f} s  {outcome.result}")
    if missing:
        print("To run all of it:", machine.how_to_install(missing))
    n_passed = sum(outcome.n_passed for outcome in outcomes)
    n_failed = sum(outcome.n_failed for outcome in outcomes)
    n_skipped = sum(outcome.n_skipped for outcome in outcomes)
    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped", flush=True)
    return int(n_failed > 0)
