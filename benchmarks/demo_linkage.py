"""The demo's linkage as a worker does it, against raw Splink on the same two lists.

The worker's part is its whole job in a process of its own: opening the vault, linking,
days absent, sealing, recording. Raw Splink gets the same lists, already read, in
another process. Seconds run from the start of Python; CPU seconds are those of all
threads; memory is the most that the process ever had. Exit status 1 when the worker
needs more than MOST_SECONDS or MOST_BYTES.

    python -m benchmarks.demo_linkage [REPEATS]
"""

import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 10.0
MOST_BYTES = 400 * 1000**2
SCHOOL = (
    *("Student.xml", "StudentSchoolAttendance.xml"),
    *("EducationOrgCalendar.xml", "made-enrolment.csv"),
)


def deliver(home: Path) -> int:
    """Put the demo's agreement in force, deliver both sides' files, count them."""
    from accounts.demo import PASSWORD
    from agreements import presets
    from indicators.services.deliveries import receive
    from partnerships.models import Partnership
    from partnerships.roles import Role
    from tests import make

    joined = Partnership.objects.get(name="Riverbend and Grand Bend")
    made = make.agreement(joined, password=PASSWORD)
    lists = {presets.HOUSING_LIST: ("tenants.csv",), presets.STUDENT_RECORDS: SCHOOL}
    for key, names in lists.items():
        flow = made.flows.get(key=key)
        receive(
            flow=flow,
            files=[(home / "demo-files" / name).open("rb") for name in names],
            attests_exclusions=True,
            actor=make.holder(flow.sender, Role.STEWARD),
        )
    return made.deliveries.count()


def work(home: Path) -> int:
    """Do the one job that waits, and count the children it found on both lists."""
    from accounts import jobs
    from indicators.models import LinkageRun

    (job,) = jobs.lapsed()
    jobs.run(job)
    run = LinkageRun.objects.get()
    assert run.state == "linked", run.message
    return int(run.counts["accepted"])


def raw(home: Path) -> int:
    """Link the same lists with raw Splink, and count its pairs."""
    from benchmarks.linkage import raw_splink
    from indicators import frames
    from indicators.custody import vault
    from indicators.models import Holding
    from indicators.services.linked import named

    lists: dict[str, Any] = {}
    for holding in Holding.objects.filter(kind__in=("tenants", "students")):
        owner = str(holding.owner_id)
        content = vault().read(owner, key_id=holding.key, blob=holding.blob)
        lists |= frames.unpack(content)
    logging.disable(logging.CRITICAL)
    pairs, _ = raw_splink(
        named(lists["tenants"], "member_id"), named(lists["student"], "id")
    )
    return len(pairs)


def child(name: str, home: Path) -> None:
    """Do one part, and print what it counted and what it cost."""
    started = time.perf_counter() - time.process_time()
    import django

    import config.celery  # noqa: F401 - the broker that the parts share

    django.setup()
    counted = {"deliver": deliver, "work": work, "raw": raw}[name](home)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {
        "counted": counted,
        "seconds": time.perf_counter() - started,
        "cpu": used.ru_utime + used.ru_stime,
        "bytes": used.ru_maxrss * 1024,
    }
    print(json.dumps(cost))


def cost_of(name: str, home: Path, names: dict[str, str]) -> dict[str, float]:
    """Return what one part cost in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.demo_linkage", name, str(home)]
    done = subprocess.run(
        command, cwd=PROJECT, env=os.environ | names, stdout=subprocess.PIPE, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def once() -> tuple[dict[str, float], dict[str, float]]:
    """Return what our worker cost and what raw Splink cost, on a fresh demo."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        names = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HOMEROOM_HOME": folder,
            "HOMEROOM_DEMO": "1",
        }
        for command in ("migrate", "seed_demo"):
            manage = [sys.executable, "manage.py", command, "--verbosity", "0"]
            subprocess.run(
                manage,
                cwd=PROJECT,
                env=os.environ | names,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        cost_of("deliver", home, names)
        return cost_of("work", home, names), cost_of("raw", home, names)


def main(repeats: int) -> int:
    """Print medians of both and their ratios; return the exit status."""
    runs = [once() for _ in range(repeats)]
    ours, theirs = (
        {key: statistics.median(run[side][key] for run in runs) for key in runs[0][0]}
        for side in (0, 1)
    )
    for name, cost in (("worker", ours), ("raw Splink", theirs)):
        print(
            f"{name}: {cost['counted']:.0f} pairs, {cost['seconds']:.1f} s, "
            f"{cost['cpu']:.1f} s of CPU, {cost['bytes'] / 1000**2:.0f} MB"
        )
    ratios = {key: ours[key] / theirs[key] for key in ("seconds", "cpu", "bytes")}
    print("ratios:", ", ".join(f"{key} {value:.2f}" for key, value in ratios.items()))
    is_kept = ours["seconds"] < MOST_SECONDS and ours["bytes"] < MOST_BYTES
    print(f"under {MOST_SECONDS:.0f} s and {MOST_BYTES / 1000**2:.0f} MB: {is_kept}")
    return int(not is_kept)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        child(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
