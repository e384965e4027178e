#!/usr/bin/env python3
"""Runs Homeroom on a machine that has nothing but Python 3.11 or newer.

python3 run.py demo    Homeroom with invented people, on this machine only
python3 run.py test    everything that guards a change
python3 run.py prove   what takes too long: benchmarks, fuzzing, kills, races, a soak
"""

import argparse
import signal
import sys
from pathlib import Path

from launch.checks import prove, test
from launch.demo import demo
from launch.machine import PROJECT, CannotRun


def main() -> int:
    """Return the exit status of the command that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("demo", help="run Homeroom with invented people")
    show.add_argument("--port", type=int, default=8000)
    show.add_argument("--home", type=Path, default=PROJECT / ".homeroom")
    show.add_argument("--fresh", action="store_true", help="begin from nothing")
    commands.add_parser("test", help="run everything that guards a change")
    commands.add_parser("prove", help="run benchmarks, fuzzing, kills, races, a soak")
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # a script's `&` ignores the first
        signal.signal(number, signal.default_int_handler)
    try:
        if given.command == "demo":
            demo(port=given.port, home=given.home.resolve(), is_fresh=given.fresh)
        return test() if given.command == "test" else prove()
    except CannotRun as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0 if given.command == "demo" else 130


if __name__ == "__main__":
    sys.exit(main())
