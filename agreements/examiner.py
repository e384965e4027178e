"""python -m agreements.examiner ROOT [inside]: examines one file in its own process.

The file comes on standard input, the finding leaves on standard output. ROOT is the
authority's certificate as PEM, or empty. With "inside" the finding says, too, what the
file holds beside pages. The process knows no setting and no secret.
"""

import logging
import resource
import sys

from agreements import seal
from agreements.examined import INSIDE

CPU_SECONDS = 10
MEMORY_BYTES = 384 * 1024**2


def main() -> None:
    """Examine what arrives, within bounds that nothing in the file can lift."""
    logging.disable()  # what a library says of a file may quote it
    for limit, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    root, *asked = sys.argv[1:]
    examine = seal.look_inside if INSIDE in asked else seal.examine
    found = examine(sys.stdin.buffer.read(), root=root.encode())
    sys.stdout.write(found.to_json())


if __name__ == "__main__":
    main()
