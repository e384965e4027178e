"""A body is refused unread when it is too large for its address, or of no length."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.bodies import MOST_FORM_BYTES, BodyMiddleware
from accounts.models import User
from config.patience import BODY_SECONDS, PatientSocket

LOADING, SIGN_IN = "/data/flows/1/load/", "/accounts/login/"
SOMEBODY, NOBODY = User(email="a@example.org"), AnonymousUser()


@pytest.fixture
def connection() -> Any:
    with PatientSocket() as unconnected:
        yield unconnected


def asked(
    connection: object, path: str, user: User | AnonymousUser, **meta: object
) -> HttpResponse:
    request = RequestFactory().post(path)
    request.META |= {"gunicorn.socket": connection, **meta}
    request.user = user

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("taken")

    return BodyMiddleware(view)(request)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "user"),
    [(SIGN_IN, NOBODY), (SIGN_IN, SOMEBODY), (LOADING, NOBODY), ("/no/", NOBODY)],
)
def test_large_body_is_refused_but_where_files_are_loaded(
    connection: PatientSocket, path: str, user: User | AnonymousUser
) -> None:
    size = str(MOST_FORM_BYTES + 1)
    response = asked(connection, path, user, CONTENT_LENGTH=size)
    assert response.status_code == 413
    assert b"sign in again" in response.content
    assert connection.is_refused


def test_file_may_be_large_and_has_its_time(connection: PatientSocket) -> None:
    cap = settings.UPLOAD_CAP_BYTES
    response = asked(connection, LOADING, SOMEBODY, CONTENT_LENGTH=str(cap))
    assert response.content == b"taken"
    assert cap / 100_000 < connection.body_seconds < cap / 50_000
    assert not connection.is_refused


@pytest.mark.parametrize("size", ["", "0", str(MOST_FORM_BYTES)])
def test_form_is_taken_in_the_usual_time(connection: PatientSocket, size: str) -> None:
    response = asked(connection, SIGN_IN, NOBODY, CONTENT_LENGTH=size)
    assert response.content == b"taken"
    assert connection.body_seconds == BODY_SECONDS


@pytest.mark.django_db
def test_body_in_chunks_is_refused_in_words(connection: PatientSocket) -> None:
    response = asked(connection, LOADING, SOMEBODY, HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411
    assert b"does not say how long it is" in response.content
    assert connection.is_refused


def test_server_without_patient_connections_will_do() -> None:
    size = str(MOST_FORM_BYTES + 1)
    assert asked(None, SIGN_IN, NOBODY, CONTENT_LENGTH=size).status_code == 413
