"""Every route is guarded, or public on purpose; and the guards hold, for everybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from accounts import demo as stage
from accounts.models import ChainHead, PendingDigest
from partnerships.models import Notice
from tests import make
from tests.support.world import World, made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

NOBODY = "nobody"
STRANGER = "stranger"
PARTNERS = [a.account for a in stage.CAST if a.account != STRANGER]
REFUSALS = (403, 404, 405, 409, 422)

# Of allauth, which guards its own pages: what closed sign-up and a second factor need.
SIGN_IN = {
    "account_change_password",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_set_password",
    "account_signup",
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
}
# Of others, and shown to whoever may join: a signed offer is made to them.
OFFERED = {"agreement_join"}
# Who reads every page in each run; `run.py prove` lets all do so.
OFTEN = {"steward"}
# Who tries what others may: outside, above, beside, and on the other side.
SOME = {"stranger", "admin", "analyst", "director", "solicitor"}
PUBLIC = {"healthz", "mandate_schema", "verify"}

# Whose post may change something, by route; nobody else's may.
DIRECTOR, COUNSEL, HOUSING_STEWARD = "director", "housing-counsel", "housing-steward"
SOLICITOR, STEWARD, SIGNER = "solicitor", "steward", "superintendent"
ANALYST, ADMIN = "analyst", "admin"
MAY_CHANGE = {
    "partnerships": {DIRECTOR, STRANGER},
    "people": {ADMIN},
    "pledge": {*PARTNERS, STRANGER},
    "leave": {ADMIN},
    "authority": {ADMIN},
    "accept": {SIGNER},
    "new_organisation": {ADMIN},
    "drop_box": {ADMIN},
    "withdraw_key": {ADMIN},
    "agreement_copy": {DIRECTOR},
    "agreement_follow": {DIRECTOR},
    "agreement_join": {STRANGER},
    "proposals": {DIRECTOR},
    "proposals_new": {DIRECTOR},
    "version_save": {DIRECTOR},
    "draft_start": {DIRECTOR},
    "draft_section": {DIRECTOR},
    "draft_schedule": {DIRECTOR},
    "draft_element": {DIRECTOR},
    "draft_clauses": {DIRECTOR},
    "draft_clause": {DIRECTOR},
    "draft_access": {DIRECTOR},
    "draft_flow": {DIRECTOR},
    "draft_parties": {DIRECTOR},
    "draft_new_flow": {DIRECTOR},
    "draft_purpose": {DIRECTOR},
    "draft_new_purpose": {DIRECTOR},
    "draft_outside": {DIRECTOR},
    "draft_original": {DIRECTOR},
    "draft_records": {DIRECTOR, COUNSEL},
    "new_record": {DIRECTOR, COUNSEL, SOLICITOR},
    "override": {COUNSEL, SOLICITOR},
    "withdraw_override": {COUNSEL},
    "state_law": {COUNSEL, SOLICITOR},
    "draft_submit": {DIRECTOR},
    "finding": {COUNSEL, SOLICITOR},
    "review": {COUNSEL, SOLICITOR, HOUSING_STEWARD},  # to whom counsel delegated
    "sign": {DIRECTOR, SIGNER},
    "comments": {
        *(DIRECTOR, COUNSEL, HOUSING_STEWARD),
        *(SOLICITOR, STEWARD, SIGNER, ANALYST),
    },
    "resolve_comment": {DIRECTOR, COUNSEL, HOUSING_STEWARD},
    "route": {DIRECTOR, ADMIN},
    "delegations": {
        *(DIRECTOR, COUNSEL, HOUSING_STEWARD),
        *(SOLICITOR, STEWARD, SIGNER, ANALYST),
    },
    "revoke_delegation": {COUNSEL},
    "sign_on_paper": {DIRECTOR, COUNSEL, SOLICITOR, SIGNER},
    "check_paper": {SOLICITOR, SIGNER},
    "decline": {DIRECTOR, SIGNER},
    "take_copy": {
        *(DIRECTOR, COUNSEL, HOUSING_STEWARD),
        *(SOLICITOR, STEWARD, SIGNER, ANALYST, ADMIN),
    },
    "reopen": {DIRECTOR},
    "paper": {DIRECTOR, COUNSEL, SOLICITOR},
    "place_hold": {COUNSEL, SOLICITOR},
    "review_access": {DIRECTOR, SIGNER},
    "close_hold": {SOLICITOR},
    "change_course": {DIRECTOR, COUNSEL, SOLICITOR, SIGNER},
    "answer_arrival": {HOUSING_STEWARD},
    "forget_layout": {HOUSING_STEWARD},
    "load_arrival": {STEWARD},
    "cancel_arrival": {STEWARD},
    "upload": {HOUSING_STEWARD, STEWARD},
    "wrong": {HOUSING_STEWARD, STEWARD},
    "repeats": {HOUSING_STEWARD},
    "link_again": {HOUSING_STEWARD},
    "send_buildings": {HOUSING_STEWARD},
    "send_counts": {STEWARD},
    "release_of_counts": {ANALYST},
    "headcount": {DIRECTOR, HOUSING_STEWARD},
    "try_counts": {DIRECTOR, HOUSING_STEWARD},
    "steer": {STEWARD},
    "next_pair": {STEWARD},
    "pair": {STEWARD},
    "use_pairs": {STEWARD},
    "learned": {STEWARD},
    "score": {STEWARD},
    "new_release": {ANALYST},
    "stop_release": {ANALYST},
    "propose_release": {ANALYST},
    "discard_release": {ANALYST},
    "withdraw_release": {HOUSING_STEWARD, STEWARD},
    "decide_release": {HOUSING_STEWARD, STEWARD},
    "new_target": {ANALYST, DIRECTOR, SIGNER},
    "decide_target": {DIRECTOR, SIGNER},
    "withdraw_target": {ANALYST, DIRECTOR, SIGNER},
    "new_intervention": {ANALYST, DIRECTOR, SIGNER},
    "withdraw_intervention": {ANALYST, SIGNER},
    "new_research_file": {ANALYST},
    "put_forward": {ANALYST},
    "discard_file": {ANALYST},
    "determine": {SOLICITOR},
    "send_back_file": {SOLICITOR},
    "decide_file": {HOUSING_STEWARD, STEWARD},
    "withdraw_file": {HOUSING_STEWARD, STEWARD},
    "fetch_file": {HOUSING_STEWARD},
    "confirm_copies": {HOUSING_STEWARD},
}


@dataclass(frozen=True)
class Route:
    """One route of the resolver."""

    name: str
    view: Any

    @property
    def guard(self) -> str:
        if self.view.__module__.startswith("allauth."):
            return "sign-in"
        return getattr(self.view, "guard", "none")


def routes(resolver: URLResolver | None = None) -> Iterator[Route]:
    """Yield every route that is mounted."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern)
        elif isinstance(pattern, URLPattern):
            yield Route(pattern.name or "", pattern.callback)


ROUTES = sorted(routes(), key=lambda route: route.name)
GUARDED = [route.name for route in ROUTES if route.guard == "guarded"]


def test_every_route_is_guarded_or_public_on_purpose() -> None:
    names = [route.name for route in ROUTES]
    assert len(names) == len(set(names))
    by_guard = {
        guard: {route.name for route in ROUTES if route.guard == guard}
        for guard in ("none", "public", "sign-in")
    }
    assert by_guard == {"none": set(), "public": PUBLIC, "sign-in": SIGN_IN}


# What the guards do


@pytest.fixture(scope="module")
def world(past: Path) -> World:
    return made()


@pytest.fixture(autouse=True)
def demonstration(settings: Settings) -> None:
    settings.DEMO = True


def visitor(account: str) -> Client:
    client = Client(raise_request_exception=True)
    if account != NOBODY:
        client.force_login(make.cast(account))
    return client


def posted(body: dict[str, Any], name: str) -> dict[str, Any]:
    def value(given: Any) -> Any:
        if isinstance(given, bytes):
            return SimpleUploadedFile("file", given)
        if isinstance(given, list):
            return [value(each) for each in given]
        return name if given == "{name}" else given

    return {key: value(given) for key, given in body.items()}


def record() -> tuple[Any, ...]:
    """Return what any act would change: chains, autosaves, messages."""
    return (
        list(ChainHead.objects.order_by("chain").values_list("chain", "number")),
        PendingDigest.objects.count(),
        Notice.objects.count(),
    )


def visits(world: World, names: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        for arguments in world.arguments[name]:
            yield name, reverse(name, kwargs=arguments)


def bodies_of(world: World, name: str) -> list[dict[str, Any]]:
    return world.bodies.get(name, [{}])


def test_the_world_reaches_every_guarded_route(world: World) -> None:
    assert world.arguments.keys() == set(GUARDED)
    assert MAY_CHANGE.keys() <= set(GUARDED)
    assert world.bodies.keys() <= MAY_CHANGE.keys()


def test_nobody_is_led_to_sign_in(world: World) -> None:
    client = visitor(NOBODY)
    before = record()
    for name, path in visits(world, GUARDED):
        posts = [client.post(path, posted(b, "")) for b in bodies_of(world, name)]
        for response in (client.get(path), *posts):
            assert response.status_code in (302, 405), path
            if response.status_code == 302:
                assert response["Location"].startswith("/accounts/login/"), path
    assert record() == before


def test_pages_of_signing_in_never_fail(world: World) -> None:
    for account in (NOBODY, "director"):
        client = visitor(account)
        for name in sorted(SIGN_IN | PUBLIC):
            needs_key = name == "account_reset_password_from_key"
            given = {"uidb36": "1", "key": "x-y"} if needs_key else {}
            for response in (
                client.get(reverse(name, kwargs=given)),
                client.post(reverse(name, kwargs=given), {}),
            ):
                assert response.status_code < 500 or name in PUBLIC, name


def test_another_partnership_is_absent(world: World) -> None:
    client = visitor(STRANGER)
    before = record()
    for name, path in visits(world, GUARDED):
        if name in OFFERED:
            continue
        page = client.get(path)
        if world.arguments[name] == [{}]:
            assert page.status_code in (200, 404), path
            assert not [each for each in world.secrets if each in text_of(page)], path
            continue
        assert page.status_code in (404, 405), path
        for body in bodies_of(world, name):
            assert client.post(path, posted(body, "")).status_code in (404, 405), path
    assert record() == before


@pytest.mark.parametrize(
    "account",
    [
        each if each in OFTEN else pytest.param(each, marks=pytest.mark.prove)
        for each in PARTNERS
    ],
)
def test_reading_changes_nothing_and_never_fails(world: World, account: str) -> None:
    client = visitor(account)
    before = record()
    for _, path in visits(world, GUARDED):
        page = client.get(path)
        assert page.status_code in (200, 302, *REFUSALS), path
        content_of(page)
    assert record() == before


def changes(
    before: tuple[Any, ...], client: Client, path: str, body: dict[str, Any]
) -> bool:
    """Return whether a post changes anything of what was before; it is undone."""
    with transaction.atomic():
        response = client.post(path, body)
        has_changed = record() != before
        transaction.set_rollback(True)
    expected = (200, 302) if has_changed else (200, 302, *REFUSALS)
    assert response.status_code in expected, path
    return has_changed


@pytest.mark.parametrize(
    "most", [1, pytest.param(None, marks=pytest.mark.prove)], ids=["one", "all"]
)
def test_only_whoever_may_changes_anything(world: World, most: int | None) -> None:
    """Others try what changed something for who may: some of them, one post each.

    `run.py prove` lets all of them try all of it.
    """
    people = {account: make.cast(account) for account in (*PARTNERS, STRANGER)}
    clients = {account: visitor(account) for account in people}
    before = record()
    for name, may in MAY_CHANGE.items():
        paths = [path for _, path in visits(world, [name])]
        tried = [*product(paths, bodies_of(world, name))]
        changing: list[tuple[str, dict[str, Any]]] = []
        for account in sorted(may):
            has_done = False
            # What is known to change something is tried once more by each who may;
            # where one post each is enough, nothing else is tried after it.
            for path, body in [*changing, *(e for e in tried if e not in changing)]:
                if has_done and (most or (path, body) in changing):
                    continue
                given = posted(body, people[account].name)
                if changes(before, clients[account], path, given):
                    has_done = True
                    if (path, body) not in changing:
                        changing.append((path, body))
            assert has_done, (name, account)
        for account in sorted((SOME if most else people.keys()) - may):
            for path, body in changing[:most]:
                given = posted(body, people[account].name)
                assert not changes(before, clients[account], path, given), (
                    account,
                    path,
                )


def test_what_is_only_read_takes_no_post(world: World) -> None:
    client = visitor("director")
    for _, path in visits(world, sorted(set(GUARDED) - MAY_CHANGE.keys())):
        assert client.post(path).status_code == 405, path


@pytest.mark.prove
def test_nonsense_is_refused_and_never_fails(world: World) -> None:
    fields = {name for bodies in world.bodies.values() for b in bodies for name in b}
    clients = {account: visitor(account) for account in (*PARTNERS, STRANGER)}
    for name, path in visits(world, sorted(MAY_CHANGE)):
        for account in sorted(MAY_CHANGE[name]):
            with transaction.atomic():
                response = clients[account].post(path, dict.fromkeys(fields, "x"))
                assert response.status_code in (200, 302, *REFUSALS), path
                transaction.set_rollback(True)
            if response.status_code == 422:
                break  # it was read, and more of them would be read alike


def content_of(page: HttpResponseBase) -> bytes:
    """Return all that a page sends; a stream is read to its end."""
    if isinstance(page, StreamingHttpResponse):
        return b"".join(page)
    return getattr(page, "content", b"")


def text_of(page: HttpResponseBase) -> str:
    return content_of(page).decode()
