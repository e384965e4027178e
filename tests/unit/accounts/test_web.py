"""Guards, regions, refusals and the second factor."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.web import RefusalMiddleware, guarded, open_to_public, render_region
from tests import make


def view(request: HttpRequest) -> HttpResponse:
    """Return nothing."""
    return HttpResponse()


def refusal(error: Exception) -> HttpResponse | None:
    request = RequestFactory().get("/")
    return RefusalMiddleware(view).process_exception(request, error)


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (Refused("Only counsel may."), 403, "You may not do this"),
        (Conflict("It is signed."), 409, "This has changed meanwhile"),
        (RuleBroken("It is empty."), 422, "That cannot be done as asked"),
    ],
)
def test_broken_rule_becomes_a_page_with_its_reason(
    error: RuleBroken, status: int, title: str
) -> None:
    response = refusal(error)
    assert response is not None
    assert response.status_code == status
    page = response.content.decode()
    assert f"<h1>{title}</h1>" in page
    assert error.message in page


def test_rule_may_name_a_status_of_its_own() -> None:
    class TooLarge(RuleBroken):
        status = 413

    response = refusal(TooLarge("Over 150 MB."))
    assert response is not None
    assert response.status_code == 413


@pytest.mark.parametrize("error", [ValueError("a bug"), PermissionDenied()])
def test_other_errors_are_left_alone(error: Exception) -> None:
    assert refusal(error) is None


def test_what_postgresql_cannot_store_is_refused_before_anything_reads_it() -> None:
    form = "application/x-www-form-urlencoded"
    sent = RequestFactory().post("/", "reason=a%00b", content_type=form)
    answer = RefusalMiddleware(view).process_view(sent)
    assert answer is not None
    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()


def test_marks_tell_who_may_come_in() -> None:
    assert guarded(view).guard == "guarded"  # type: ignore[attr-defined]
    public = open_to_public(view)
    assert public.guard == "public"  # type: ignore[attr-defined]
    assert public.login_required is False  # type: ignore[attr-defined]


def test_region_goes_to_htmx_alone_and_caches_know() -> None:
    page, region = "partnerships/home.html", "components/alert.html"
    whole = render_region(RequestFactory().get("/"), page, region, {})
    part = render_region(
        RequestFactory().get("/", headers={"HX-Request": "true"}), page, region, {}
    )
    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert whole["Vary"] == part["Vary"] == "HX-Request"


@pytest.mark.django_db
def test_stranger_is_led_to_sign_in_and_back(client: Client) -> None:
    response = client.get("/people/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/people/"


@pytest.mark.django_db
class TestSecondFactor:
    def test_is_demanded_before_any_page(
        self, client: Client, settings: Settings
    ) -> None:
        settings.SECOND_FACTOR_REQUIRED = True
        client.force_login(make.user())
        for path in ("/", "/partnerships/", "/accounts/password/change/"):
            assert client.get(path)["Location"] == "/accounts/2fa/totp/activate/"

    def test_is_not_demanded_in_the_demo(
        self, client: Client, settings: Settings
    ) -> None:
        settings.SECOND_FACTOR_REQUIRED = False
        client.force_login(make.user())
        assert client.get("/").status_code == 200

    def test_lets_a_person_sign_out(self, client: Client, settings: Settings) -> None:
        settings.SECOND_FACTOR_REQUIRED = True
        client.force_login(make.user())
        client.post("/accounts/logout/")
        assert "_auth_user_id" not in client.session

    def test_opens_every_page_once_it_is_set_up(
        self, client: Client, settings: Settings
    ) -> None:
        settings.SECOND_FACTOR_REQUIRED = True
        person = make.user()
        TOTP.activate(person, generate_totp_secret())
        client.force_login(person)
        assert client.get("/").status_code == 200

    def test_is_asked_for_at_sign_in(self, client: Client) -> None:
        person = make.user()
        TOTP.activate(person, generate_totp_secret())
        response = client.post(
            "/accounts/login/", {"login": person.email, "password": make.PASSWORD}
        )
        assert response["Location"] == "/accounts/2fa/authenticate/"
        assert "_auth_user_id" not in client.session
