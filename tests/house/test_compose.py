"""docker-compose.yml: what runs in production, and with what it may do."""

import re
from typing import Any

import pytest

from launch.surroundings import SETTINGS
from tests.support.compose import OURS, compose, services

SERVICES = services()
SECRETS = {"SECRET_KEY", "VAULT_MASTER_KEY", "DATABASE_URL", "EMAIL_URL"}


def test_all_parts_are_there() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis"}


@pytest.mark.parametrize("name", OURS)
def test_variables_are_settings_and_secrets_come_from_files(name: str) -> None:
    given = set(SERVICES[name]["environment"])
    assert {each.removesuffix("_FILE") for each in given} <= SETTINGS
    assert {f"{secret}_FILE" for secret in SECRETS} <= given
    assert not SECRETS & given
    read = {
        value.removeprefix("/run/secrets/")
        for each, value in SERVICES[name]["environment"].items()
        if each.endswith("_FILE")
    }
    assert read == set(SERVICES[name]["secrets"])


def test_every_secret_is_a_file_and_every_volume_is_declared() -> None:
    whole = compose()
    named = {secret for each in SERVICES.values() for secret in each.get("secrets", [])}
    assert named == set(whole["secrets"])
    assert all(set(secret) == {"file"} for secret in whole["secrets"].values())
    mounted = {
        volume.partition(":")[0]
        for each in SERVICES.values()
        for volume in each.get("volumes", [])
    }
    assert mounted == set(whole["volumes"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_part_may_write_its_image_be_root_or_gain_power(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    user = service.get("user") or _user_of_image(service)
    assert user not in ("", "root", "0")


def _user_of_image(service: dict[str, Any]) -> str:
    users = re.findall(r"^USER (\w+)$", service["build"]["dockerfile_inline"], re.M)
    return users[-1] if users else ""


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_part_is_watched_and_restarted(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"


def test_others_wait_until_the_database_is_up_to_date() -> None:
    for name in ("web", "worker", "beat", "sftp"):
        waits_for = SERVICES[name]["depends_on"]
        assert waits_for["migrate"] == {"condition": "service_completed_successfully"}
    for name in OURS:
        for server in ("postgres", "redis"):
            waits_for = SERVICES[name]["depends_on"]
            assert waits_for[server] == {"condition": "service_healthy"}


def test_only_web_from_this_host_and_the_drop_box_are_reached() -> None:
    ports = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert ports == {"web": ["127.0.0.1:8000:8000"], "sftp": ["8022:8022"]}
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis", "beat", "migrate"):
        assert SERVICES[name]["networks"] == ["inside"]
