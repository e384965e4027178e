"""How long Homeroom takes to start against Django with nothing in it: a ratio.

Each start is a new interpreter, from its first line until django.setup() returns.

    python -m benchmarks.start [REPEATS]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

DJANGO = "import django; from django.conf import settings; settings.configure(); "
STARTS = {"ours": "import django; django.setup()", "bare": DJANGO + "django.setup()"}


def seconds(code: str, *, home: str) -> float:
    """Return the seconds that an interpreter takes to run the code."""
    names = {"DJANGO_SETTINGS_MODULE": "config.settings", "HOMEROOM_HOME": home}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=os.environ | names, check=True)
    return time.perf_counter() - started


def main(repeats: int) -> None:
    """Print median seconds of both starts, and their ratio."""
    with tempfile.TemporaryDirectory() as home:
        ours, bare = (
            statistics.median(seconds(code, home=home) for _ in range(repeats))
            for code in STARTS.values()
        )
    print(f"ours {ours:.2f} s, bare Django {bare:.2f} s, ratio {ours / bare:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
