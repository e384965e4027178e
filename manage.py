#!/usr/bin/env python
"""Runs Django with config.settings."""

import importlib.util
import os
import sys
from pathlib import Path

STOPPED = 130  # what a shell takes for Ctrl-C


def main() -> None:
    """Run the command that was typed."""
    own = Path(__file__).resolve().parent / ".venv" / "bin" / "python"
    # Without Django here, the environment that run.py made has it.
    if importlib.util.find_spec("django") is None and own.exists():
        os.execv(own, [str(own), *sys.argv])  # noqa: S606
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(STOPPED)
