"""The parts of docker-compose.yml as it starts them, and what production refuses."""

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import psycopg2
import pytest
from kombu import Connection

from accounts.demo import DOMAIN
from launch.guard import end
from launch.surroundings import without_settings
from tests import make
from tests.contract.conftest import PROJECT
from tests.servers import free_port
from tests.support.compose import collecting, filled_in, services

pytestmark = pytest.mark.contract

START_SECONDS = 60
SERVICES = services()
HOST = "homeroom.example.org"
BIN = Path(sys.executable).parent


@pytest.fixture
def environment(postgres: str, redis: str, tmp_path: Path) -> dict[str, str]:
    """Return what Docker gives our parts, its folders in a throw-away place."""
    given = {"PUBLIC_URL": f"https://{HOST}", "ALLOWED_HOSTS": HOST}
    values = {}
    for name, written in SERVICES["web"]["environment"].items():
        value = filled_in(written, given)
        values[name] = re.sub("^/(?=run/|mnt/|var/lib/)", f"{tmp_path}/", value)
    folder = tmp_path / "run" / "secrets"
    folder.mkdir(parents=True)
    for name, text in {
        "secret_key": secrets.token_urlsafe(50),
        "vault_master_key": secrets.token_hex(32),
        "database_url": postgres,
        "email_url": "smtp+tls://somebody:secret@mail.example.org:587",
    }.items():
        (folder / name).write_text(f"{text}\n")
    assert values["REDIS_URL"].startswith("redis://redis:")
    values["REDIS_URL"] = redis
    plain = without_settings(os.environ)
    plain["PATH"] = f"{BIN}:{plain['PATH']}"
    return plain | values


def manage(environment: dict[str, str], *command: str) -> None:
    command = (sys.executable, "manage.py", *command)
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)


def test_settings_pass_every_check_of_a_deployment(environment: dict[str, str]) -> None:
    manage(environment, "check", "--deploy", "--fail-level", "WARNING")


def command_of(name: str, *, port: int, scratch: Path) -> list[str]:
    """Return a part's own command, but for where it listens and keeps its times."""
    written: str = SERVICES[name]["command"]
    command = written.replace("0.0.0.0:8000", f"127.0.0.1:{port}")
    return re.sub(r"(?<= )/tmp/", f"{scratch}/", command).split()


@pytest.fixture
def port(environment: dict[str, str], tmp_path: Path) -> Iterator[int]:
    """Yield the port of web, with the files collected and all three parts running."""
    subprocess.run(
        ["sh", "-c", collecting()],
        cwd=PROJECT,
        env=without_settings(environment)
        | {"HOMEROOM_HOME": environment["HOMEROOM_HOME"]},
        check=True,
    )
    port = free_port()
    with ExitStack() as stack:
        for name in ("web", "worker", "beat"):
            process = subprocess.Popen(
                command_of(name, port=port, scratch=tmp_path),
                cwd=PROJECT,
                env=environment,
                start_new_session=True,
            )
            stack.callback(end, [process])
        yield port


def is_healthy(name: str, environment: dict[str, str], port: int) -> bool:
    """Return what a part's own health check finds."""
    (_, *check) = SERVICES[name]["healthcheck"]["test"]
    check = [
        re.sub(r"^(web|127\.0\.0\.1):8000$", f"127.0.0.1:{port}", c) for c in check
    ]
    done = subprocess.run(
        check, cwd=PROJECT, env=environment, capture_output=True, check=False
    )
    return done.returncode == 0


def test_all_parts_start_and_find_themselves_well(
    environment: dict[str, str], port: int
) -> None:
    deadline = time.monotonic() + START_SECONDS
    for name in ("web", "worker", "beat"):
        while not is_healthy(name, environment, port):
            assert time.monotonic() < deadline, f"{name} did not become well"
    page, headers = get("/accounts/login/", port)
    assert "max-age=" in headers["Strict-Transport-Security"]
    assert "; Secure" in headers["Set-Cookie"]
    assert DOMAIN not in page
    (style,) = re.findall(r'href="(/static/css/site\.[^"]+\.css)"', page)
    get(style, port)


def get(path: str, port: int) -> tuple[str, Message]:
    """Return a page as the proxy passes it on, and its headers."""
    headers = {"Host": HOST, "X-Forwarded-Proto": "https"}
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode(), answer.headers


def test_images_are_the_versions_that_the_tests_ran(postgres: str, redis: str) -> None:
    with psycopg2.connect(postgres) as database, database.cursor() as cursor:
        cursor.execute("show server_version")
        ((server_version,),) = cursor.fetchall()
    with Connection(redis) as broker:
        version = broker.default_channel.client.info("server")["redis_version"]
    ran = {
        "postgres": server_version.partition(".")[0],
        "redis": version.rpartition(".")[0],
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }
    dockerfile = SERVICES["web"]["build"]["dockerfile_inline"]
    images = [*re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)]
    images += [SERVICES[name]["image"] for name in ("postgres", "redis")]
    named = {
        name: tag.partition("-")[0]
        for name, _, tag in (image.partition(":") for image in images)
    }
    if os.environ.get("CI") != "true" and named != ran:
        pytest.skip(f"this machine has {ran}, the images have {named}")
    assert named == ran


# What production refuses to start with


def refusal(command: list[str], environment: dict[str, str]) -> list[str]:
    """Return what a part says that is refused, a sentence each."""
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    return said.partition("Homeroom will not start:\n")[2].strip().splitlines()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"DATABASE_URL_FILE": "", "HOMEROOM_HOME": "{scratch}"}, "SQLite"),
        ({"REDIS_URL": ""}, "filesystem broker"),
        ({"REDIS_URL": "filesystem://localhost"}, "filesystem broker"),
        ({"DATABASE_URL": "garbage"}, "SQLite"),
        ({"DATABASE_URL_FILE": "{scratch}/missing"}, "cannot be read"),
        ({"EMAIL_URL": "garbage"}, "EMAIL_URL"),
        ({"PRODUCTION": "yes-please"}, "PRODUCTION must be 1 or 0"),
        ({"KEYSTORE_RETENTION_DAYS": "abc"}, "whole number"),
        ({"SECRET_KEY_FILE": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "0" * 50}, "SECRET_KEY"),
        ({"VAULT_MASTER_KEY_FILE": ""}, "VAULT_MASTER_KEY"),
        ({"VAULT_MASTER_KEY": "0" * 64}, "VAULT_MASTER_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"HOMEROOM_DEMO": "1"}, "known passwords"),
        ({"VAULT_DIR": str(PROJECT / "static" / "vault")}, "served directory"),
        (
            {"KEYSTORE_COPY_DIR": "{scratch}/var/lib/homeroom/static"},
            "served directory",
        ),
    ],
)
def test_each_fault_is_refused_in_one_sentence(
    environment: dict[str, str], tmp_path: Path, change: dict[str, str], words: str
) -> None:
    given = {k: v.replace("{scratch}", str(tmp_path)) for k, v in change.items()}
    command = [sys.executable, "-c", "import config.wsgi"]
    (sentence,) = refusal(command, environment | given)
    assert words in sentence
    assert re.fullmatch(r"[^.]+(\.\w[^.]*)*\.", sentence)


FAULTS = {
    "DEBUG": "unset it",
    "demo accounts": "password is known",
    "no database": "The database does not answer",
}


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_part_starts_with_a_fault(
    environment: dict[str, str], tmp_path: Path, name: str, fault: str
) -> None:
    command = command_of(name, port=free_port(), scratch=tmp_path)
    if fault == "no database":
        environment["DATABASE_URL"] = f"postgres://nobody@127.0.0.1:{free_port()}/none"
    elif fault == "demo accounts":
        make.demo()
    else:
        environment[fault] = "1"
    (sentence,) = refusal(command, environment)
    assert FAULTS[fault] in sentence
