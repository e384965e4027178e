"""A dashboard of 60 buildings, 12 measures and five school years, through its view.

One release is walked to its publication by the services; its document is replaced by an
invented one, read from JSON at each request as a stored one is. The whole view is timed
from request to rendered page, beside an empty page of the site in the same run. Time is
that of the processor, so that who works beside does not count; the clock's is printed.
Exit status 1 when the median takes MOST_MILLISECONDS or more, or the page asks or
weighs too much.

    python -m benchmarks.dashboard [REPEATS]
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from django.test import Client

PROJECT = Path(__file__).resolve().parent.parent
MOST_MILLISECONDS = 200.0
MOST_QUERIES, MOST_BYTES = 15, 150_000
EMPTY = "/research/"


def child(repeats: int) -> int:
    """Time the pages on a database of their own; return the exit status."""
    import django

    django.setup()
    from django.test.utils import override_settings

    from indicators.published.document import Document, from_record, to_record
    from tests import make
    from tests.support import made_documents
    from tests.support.counting import n_queries

    stored = json.dumps(to_record(made_documents.large()))

    def read(_release: object) -> Document:
        return from_record(json.loads(stored))

    with (
        override_settings(ALLOWED_HOSTS=["*"], SECOND_FACTOR_REQUIRED=False),
        patch("indicators.views.showing.document_of", read),
    ):
        release = make.released(make.linked(make.agreement()))
        client, path = make.signed_in(release.author), f"/dashboards/{release.pk}/"
        page = client.get(path).content
        n_asked = n_queries(lambda: client.get(path))
        taken = {
            name: [milliseconds(client, name) for _ in range(repeats)]
            for name in (EMPTY, path)
        }
    text = re.sub(rb"<svg.*?</svg>", b"", page, flags=re.DOTALL)
    (plain, plain_clock), (middle, clock) = (
        [statistics.median(each) for each in zip(*pairs, strict=True)]
        for pairs in taken.values()
    )
    print(
        f"60 buildings, 12 measures, 5 years ({len(stored):,} bytes stored): "
        f"{middle:.0f} ms ({clock:.0f} by the clock); an empty page {plain:.0f} ms "
        f"({plain_clock:.0f}); "
        f"{n_asked} queries; {len(text):,} bytes and {len(page) - len(text):,} of "
        "pictures"
    )
    is_kept = (
        middle < MOST_MILLISECONDS and n_asked < MOST_QUERIES and len(text) < MOST_BYTES
    )
    print(
        f"under {MOST_MILLISECONDS:.0f} ms, {MOST_QUERIES} queries and "
        f"{MOST_BYTES:,} bytes: {is_kept}"
    )
    return int(not is_kept)


def milliseconds(client: "Client", path: str) -> tuple[float, float]:
    """Return how long a page takes: of the processor, and by the clock."""
    started, began = time.process_time(), time.perf_counter()
    response = client.get(path)
    taken = time.process_time() - started, time.perf_counter() - began
    assert response.status_code == 200, response.status_code
    return 1000 * taken[0], 1000 * taken[1]


def main(repeats: int) -> int:
    """Measure in a child with an empty database; return its exit status."""
    with tempfile.TemporaryDirectory() as home:
        names = {"DJANGO_SETTINGS_MODULE": "config.settings", "HOMEROOM_HOME": home}
        (Path(home) / "static").mkdir()  # where Django looks, and finds nothing
        environment = os.environ | names
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=PROJECT, env=environment, check=True)
        timed = [sys.executable, "-m", "benchmarks.dashboard", "child", str(repeats)]
        return subprocess.run(
            timed, cwd=PROJECT, env=environment, check=False
        ).returncode


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        sys.exit(child(int(sys.argv[2])))
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
