"""Runs the demo until it is interrupted, on servers that a test has started.

python -m tests.serving PORT HOME SERVERS, the last as JSON: {"DATABASE_URL": …}.
"""

import json
import signal
import sys
from pathlib import Path

from launch.demo import demo

if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # a script's `&` ignores the first
        signal.signal(number, signal.default_int_handler)
    port, home, servers = sys.argv[1:]
    demo(
        port=int(port),
        home=Path(home),
        is_fresh=False,
        servers=json.loads(servers),
    )
