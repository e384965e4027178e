"""Linking is killed in each of its steps, and forced to spill: no name, no key is left.

HOMEROOM_SEED moves the moments within their steps.
"""

import json
import os
import random
import shutil
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from accounts.jobs import LEASE_SECONDS
from indicators.services.linkage import STEPS
from tests.browser.site import HOUSING, SCHOOL, STUDENTS
from tests.prove.dying import SECONDS, Ground, ended, moment_in, wait_for, watched
from tests.support import canaries

pytestmark = pytest.mark.prove

SEED = int(os.environ.get("HOMEROOM_SEED", "20211"))
LINK = "indicators.link"
NOTED = (
    "Open what was delivered",
    *STEPS.values(),
    "Keep what is counted, without names",
    "Seal the result in the vault",
)
N_UPLOADS = 6

DELIVERED = """
import io
from pathlib import Path
from partnerships.models import Partnership
from tests import make
joined = Partnership.objects.get(name="Riverbend and Grand Bend")
made = make.agreement(joined, password="homeroom-demo")
folder = Path({folder!r})
make.housing_list(made, (folder / {housing!r}).read_bytes())
make.student_records(made, [(folder / name).read_bytes() for name in {school!r}])
"""
LINKED = """
from accounts import jobs
for key in jobs.lapsed():
    jobs.run(key)
"""
LIMITED = """
from indicators.linkage import comparison
comparison.IN_MEMORY_ONLY["memory_limit"] = {limit!r}
"""
UPLOADED = """
import sys, time
from agreements import presets
from agreements.models import DataFlow
from indicators import custody
from indicators.models import Delivery
from indicators.services import deliveries
from indicators.uploads import SealedUpload
flow = DataFlow.objects.filter(key=presets.HOUSING_LIST).latest("pk")
upload = SealedUpload(custody.incoming(), name="tenants.csv", content_type="text/csv")
with open({path!r}, "rb") as file:
    content = file.read()
for at in range(0, len(content), 1024):
    upload.receive(content[at : at + 1024])
    time.sleep(0.02)  # as slow lines are: it can be met on its way
upload.complete()
print("arrived", flush=True)
actor = Delivery.objects.filter(flow=flow.key).latest("pk").delivered_by
deliveries.receive(flow=flow, files=[upload], attests_exclusions=True, actor=actor)
upload.close()
"""
SECRETS = """
import json
from indicators.custody import keystore
from indicators.models import Holding
store = keystore()
found = {f"owner {owner}": store._owner_key(owner).hex() for owner in store.owners()}
for row in Holding.objects.filter(state="held"):
    key = store.unwrap(str(row.owner_id), key_id=row.key)
    found[f"holding {row.pk}"] = key.secret.hex()
print(json.dumps(found))
"""
ENDED = """
import hashlib, json
from collections import Counter
from indicators.models import Holding, LinkageRun
from indicators.services import destruction
from indicators.services.linked import opened
def digest(rows):
    return hashlib.sha256(json.dumps(sorted(map(str, rows))).encode()).hexdigest()
def of_each_child(frames):
    # What is kept of each child over all frames: codes are by chance in each run.
    kept, homes = {}, Counter()
    for name, table in frames.items():
        for row in table.to_pylist():
            homes[row.pop("household", None)] += 1
            kept.setdefault(row.pop("id", None), []).append(f"{name} {row}")
    return [*map(sorted, kept.values()), *homes.values()]
run = LinkageRun.objects.first()
rows = {}
if run.crosswalk:
    found = opened(run.crosswalk)
    rows = {name: digest(table.to_pylist()) for name, table in found.items()}
    rows["kept"] = digest(of_each_child(opened(run.linked)))
from datetime import timedelta
destruction.GRACE = timedelta(0)
destruction.sweep()
held = Holding.objects.filter(state="held")
print(json.dumps({
    "run": run.pk, "state": run.state, "message": run.message,
    "counts": run.counts, "rows": rows, "n_runs": LinkageRun.objects.count(),
    "blobs": sorted(row.blob for row in held), "keys": sorted(row.key for row in held),
}))
"""


@dataclass(frozen=True)
class Past:
    """A home with a run that waits; how long its steps take; how it ends unharmed."""

    ground: Ground
    files: Path
    seconds: list[float]
    end: dict[str, object]


def copy_of(past: Ground, root: Path) -> Ground:
    shutil.copytree(past.home, root / "home")
    return Ground(root)


def has_noted(ground: Ground, n_steps: int) -> bool:
    return len(ground.steps(LINK)) >= n_steps


def is_arriving(ground: Ground) -> bool:
    return any((ground.home / "vault" / "incoming").glob("*"))


def has_arrived(ground: Ground) -> bool:
    return "arrived" in ground.log.read_text("utf-8")


def keys_in(ground: Ground) -> dict[str, bytes]:
    """Return every key that this home has, by whose it is."""
    aside = Ground(ground.root.with_name(f"{ground.root.name}-aside"))
    shutil.rmtree(aside.home)
    shutil.copytree(ground.home, aside.home)
    secrets = json.loads(aside.said(SECRETS))
    shutil.rmtree(aside.root)
    return {name: bytes.fromhex(key) for name, key in secrets.items()}


def end_of(ground: Ground) -> dict[str, object]:
    end: dict[str, object] = json.loads(ground.said(ENDED))
    return end


@pytest.fixture(scope="module")
def past(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Past:
    files = tmp_path_factory.mktemp("files")
    for name in (HOUSING, *SCHOOL):
        text = (begun / "demo-files" / name).read_text("utf-8")
        is_named = name in (HOUSING, STUDENTS)
        (files / name).write_text(canaries.planted(text) if is_named else text)
    root = tmp_path_factory.mktemp("past")
    shutil.copytree(begun, root / "home", ignore=shutil.ignore_patterns("demo-files"))
    ground = Ground(root)
    ground.said(
        DELIVERED.format(folder=str(files), housing=HOUSING, school=SCHOOL)
        + "print('delivered')"
    )
    unharmed = copy_of(ground, tmp_path_factory.mktemp("unharmed"))
    process = unharmed.code(LINKED)
    seconds, n_noted, since = [], 0, time.monotonic()
    while process.poll() is None:
        steps = unharmed.steps(LINK)
        if len(steps) > n_noted:
            now = time.monotonic()
            seconds += [(now - since) / (len(steps) - n_noted)] * (len(steps) - n_noted)
            n_noted, since = len(steps), now
        time.sleep(0.001)
    seconds.append(time.monotonic() - since)
    assert tuple(unharmed.steps(LINK)) == NOTED
    end = end_of(unharmed)
    assert end["state"] == "linked"
    assert unharmed.traces() == []
    return Past(ground, files, seconds, end)


# A run of Homeroom


@pytest.fixture(scope="module")
def killed(
    past: Past, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, tuple[Ground, list[str], list[str]]]:
    """Return, by how many steps were noted, where it died, and traces of names."""
    found = {}
    for n_noted in range(len(NOTED) + 1):
        chance = random.Random(SEED + n_noted)
        # Before its first step it only starts, which takes seconds.
        seconds = min(past.seconds[n_noted], 1.0) if n_noted else 3.0
        for sooner in (1.0, 0.5, 0.2, 0.05):
            ground = copy_of(past.ground, tmp_path_factory.mktemp(f"killed-{n_noted}"))
            process = ground.code(LINKED)
            wait_for(process, partial(has_noted, ground, n_noted))
            moment_in(chance, seconds * sooner)
            if process.poll() is None:
                break
        assert process.poll() is None, "it ended before it could be killed"
        with ended(process):
            traces = ground.traces(process)
        found[n_noted] = (ground, traces, ground.steps(LINK))
    time.sleep(LEASE_SECONDS + 1)
    return found


@pytest.mark.parametrize("n_noted", range(len(NOTED) + 1))
def test_run_killed_in_a_step_leaves_no_name_and_no_key(
    past: Past,
    killed: dict[int, tuple[Ground, list[str], list[str]]],
    n_noted: int,
) -> None:
    ground, traces, steps = killed[n_noted]
    print(SEED, n_noted, steps[-1:], len(ground.files()))  # noqa: T201 - the figures
    assert len(steps) >= n_noted
    assert traces == []
    keys = keys_in(ground)
    assert len(keys) >= 4
    assert ground.traces() == ground.traces(keys=keys) == []
    assert not [name for name in ground.files() if Path(name).name == "core"]
    process = ground.code(LINKED)
    assert process.wait(SECONDS) == 0
    end = end_of(ground)
    for name in ("run", "state", "message", "counts", "rows", "n_runs"):
        assert end[name] == past.end[name], name
    for folder, names in (("vault/blobs", "blobs"), ("keystore/keys", "keys")):
        found = (ground.home / folder).rglob("*")
        assert sorted(path.name for path in found if path.is_file()) == end[names]
    assert ground.traces() == ground.traces(keys=keys_in(ground)) == []


def test_crash_of_a_run_leaves_no_core(past: Past, tmp_path: Path) -> None:
    ground = copy_of(past.ground, tmp_path / "crash")
    process = ground.code(LINKED)
    wait_for(process, partial(has_noted, ground, 2))
    os.killpg(process.pid, signal.SIGABRT)
    assert process.wait(SECONDS) == -signal.SIGABRT
    assert ground.traces() == []
    assert not [name for name in ground.files() if Path(name).name.startswith("core")]


# A run that has too little memory


def test_run_that_would_spill_is_refused_and_leaves_nothing(
    past: Past, tmp_path: Path
) -> None:
    ground = copy_of(past.ground, tmp_path / "spilling")
    process = ground.code(LIMITED.format(limit="8MB") + LINKED)
    assert watched(ground, process) == set()
    end = end_of(ground)
    assert end["state"] == "failed"
    assert "need more memory than linking may have" in str(end["message"])
    assert ground.traces() == []
    assert ground.traces(keys=keys_in(ground)) == []


# An upload


def test_uploads_killed_at_any_moment_leave_no_name_and_no_key(
    past: Past, tmp_path: Path
) -> None:
    rows = (past.files / HOUSING).read_text("utf-8").splitlines(keepends=True)
    path = tmp_path / "another.csv"
    path.write_text("".join(rows[:-1]), "utf-8")
    code = UPLOADED.format(path=str(path))
    whole = copy_of(past.ground, tmp_path / "whole")
    process = whole.code(code)
    began = time.monotonic()
    wait_for(process, partial(has_arrived, whole))
    arrived = time.monotonic() - began
    assert process.wait(SECONDS) == 0
    kept = time.monotonic() - began - arrived
    stages = set()
    for i in range(N_UPLOADS):
        chance = random.Random(SEED + i)
        ground = copy_of(past.ground, tmp_path / f"upload-{i}")
        process = ground.code(code)
        if i % 2:
            wait_for(process, partial(is_arriving, ground))
        else:
            wait_for(process, partial(has_arrived, ground))
            time.sleep(chance.uniform(0, 0.7) * kept)
        stages.add(has_arrived(ground))
        with ended(process):
            assert ground.traces(process) == []
        assert ground.traces() == ground.traces(keys=keys_in(ground)) == []
    assert stages == {True, False}
