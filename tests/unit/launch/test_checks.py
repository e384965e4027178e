import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from launch import checks, machine
from launch.checks import Outcome, Run, Step

REPORT = (
    "<testsuites><testsuite tests='9' failures='1' errors='1' skipped='2'/>"
    "</testsuites>"
)
WRITE_REPORT = (
    "import sys; path = sys.argv[-1].partition('=')[2]; "
    f'open(path, "w").write("{REPORT}"); sys.exit(1)'
)


@pytest.fixture
def attempt(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    monkeypatch.setattr(checks, "PYTHON", Path(sys.executable))

    def attempt(step: Step, *, missing: tuple[machine.Component, ...] = ()) -> Outcome:
        with Run(missing) as run:
            return run.attempt(step)

    return attempt


def test_a_tool_that_fails_counts_as_one_failure(
    attempt: Callable[..., Outcome],
) -> None:
    outcome = attempt(Step("tool", ("-c", "raise SystemExit(3)")))
    assert (outcome.result, outcome.n_passed, outcome.n_failed) == ("failed", 0, 1)


def test_a_tool_that_passes_is_no_test(attempt: Callable[..., Outcome]) -> None:
    outcome = attempt(Step("tool", ("-c", "")))
    assert (outcome.result, outcome.n_passed, outcome.n_failed) == ("passed", 0, 0)


def test_tests_are_counted_from_their_report(attempt: Callable[..., Outcome]) -> None:
    outcome = attempt(Step("tests", ("-c", WRITE_REPORT), marker="main"))
    counted = (outcome.n_passed, outcome.n_failed, outcome.n_skipped)
    assert counted == (5, 2, 2)


def test_a_tool_beside_tests_counts_none_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "PYTHON", Path(sys.executable))
    with Run(()) as run:
        run.attempt(Step("tests", ("-c", WRITE_REPORT), marker="main"))
        outcome = run.attempt(Step("tool", ("-c", ""), is_quiet=True))
    assert (outcome.n_passed, outcome.n_failed, outcome.n_skipped) == (0, 0, 0)


def test_a_run_without_a_report_counts_as_one_failure(
    attempt: Callable[..., Outcome],
) -> None:
    outcome = attempt(Step("tests", ("-c", "raise SystemExit(4)"), marker="main"))
    assert (outcome.n_passed, outcome.n_failed) == (0, 1)


def test_a_step_that_takes_too_long_fails(
    attempt: Callable[..., Outcome],
) -> None:
    sleep = ("-c", "import time; time.sleep(60)")
    outcome = attempt(Step("tool", sleep, most_seconds=0.2))
    assert (outcome.result[:16], outcome.n_failed) == ("failed: not done", 1)


def test_a_missing_component_is_told(
    attempt: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    step = Step("tests", ("-c", ""), needs=(machine.REDIS,))
    outcome = attempt(step, missing=(machine.REDIS,))
    assert (outcome.result, outcome.n_failed) == ("not run: Redis missing", 0)


def test_a_missing_component_fails_the_gate(
    attempt: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    step = Step("tests", ("-c", ""), needs=(machine.REDIS,))
    outcome = attempt(step, missing=(machine.REDIS,))
    assert (outcome.result, outcome.n_failed) == ("failed: Redis missing", 1)


def test_surroundings_do_not_reach_a_step(
    attempt: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/records")
    look = "import os, sys; sys.exit('DATABASE_URL' in os.environ)"
    assert attempt(Step("tool", ("-c", look))).result == "passed"


def test_what_a_step_compiles_is_kept_for_the_next(
    attempt: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    look = "import sys; sys.exit(sys.dont_write_bytecode)"
    assert attempt(Step("tool", ("-c", look))).result == "passed"


def test_a_run_within_fifteen_minutes_passes() -> None:
    outcome = checks.kept(seconds=880.0)
    assert (outcome.result, outcome.n_failed) == ("passed: 20 s under 900 s", 0)


def test_a_run_over_fifteen_minutes_fails() -> None:
    outcome = checks.kept(seconds=960.0)
    assert (outcome.result, outcome.n_failed) == ("failed: 60 s over 900 s", 1)
