import signal
import subprocess
import sys

import pytest

from launch.machine import PROJECT

# As a script's `&` starts it: with SIGINT ignored.
STARTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
import run

def demo(**_):
    print("runs", flush=True)
    time.sleep(60)

run.demo = demo
sys.argv = ["run.py", "demo"]
sys.exit(run.main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_either_signal_stops_a_demo_started_in_the_background(
    number: signal.Signals,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTED],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "runs\n"
            process.send_signal(number)
            assert process.stdout.read() == "\nStopped.\n"
            assert process.wait(10) == 0
        finally:
            process.kill()
