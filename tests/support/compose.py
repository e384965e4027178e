"""docker-compose.yml as a test reads it: services, variables, the build's own step."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]
PLAIN = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")
OURS = ("web", "worker", "beat", "sftp", "migrate")


def compose() -> dict[str, Any]:
    """Return the file with its anchors resolved and its variables as written."""
    text = (PROJECT / "docker-compose.yml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def services() -> dict[str, dict[str, Any]]:
    """Return every service by name."""
    return dict(compose()["services"])


def filled_in(value: str, given: Mapping[str, str]) -> str:
    """Return a value as Docker passes it on, with what `.env` gives.

    Raises KeyError for a variable that is asked for and not given.
    """

    def fill(found: re.Match[str]) -> str:
        name, default = found.groups()
        return given[name] if default is None else given.get(name, default)

    return PLAIN.sub(fill, value).replace("$$", "$")


def collecting() -> str:
    """Return the shell command with which the image collects static files."""
    dockerfile = compose()["services"]["web"]["build"]["dockerfile_inline"]
    (command,) = re.findall(
        r"^RUN (PRODUCTION=1.*?collectstatic[^\n]*)", dockerfile, re.M | re.S
    )
    return str(command).replace("$$", "$")
