"""What /healthz of a running Homeroom says.

As a command, `python -m launch.health ADDRESS PART` exits 0 when that part is well.
"""

import http.client
import json
import os
import sys
from urllib.parse import urlsplit

WELL = "well"
PARTS = ("web", "database", "worker", "beat")


def report(address: str, *, host: str = "") -> dict[str, str]:
    """Return "well" or what is wrong for each part, from `address` (host:port).

    host: the name that the request is for, when it is not the address.
    Raises OSError or HTTPException while nothing answers.
    """
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": host or address})
        state = json.loads(connection.getresponse().read())
    except ValueError as nonsense:
        raise http.client.HTTPException("/healthz is not JSON") from nonsense
    finally:
        connection.close()
    return {str(part): str(words) for part, words in state.items()}


def ill(state: dict[str, str]) -> list[str]:
    """Return the parts that are not well."""
    return [part for part in PARTS if state.get(part) != WELL]


def main(address: str, part: str) -> int:
    """Return the exit status for one part, asking as the public address would."""
    host = urlsplit(os.environ.get("PUBLIC_URL", "")).netloc
    return int(report(address, host=host).get(part) != WELL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
