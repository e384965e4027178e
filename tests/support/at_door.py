"""Files at the door, as a steward's browser meets them: sent, examined, loaded."""

import html
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase

from agreements import presets
from agreements.models import Agreement
from indicators import staging
from indicators.arrivals.contract import Answers
from indicators.models import Arrival, Delivery
from indicators.services import arrivals
from partnerships.roles import Role
from tests import make
from tests.support import town

ATTESTED = {"attests_exclusions": "on"}


def steward_of(made: Agreement, key: str) -> Client:
    """Return the browser of the steward who sends a flow."""
    return make.signed_in(make.holder(made.flows.get(key=key).sender, Role.STEWARD))


def brought(made: Agreement, key: str, *files: bytes) -> Arrival:
    """Return files of a flow that nobody has examined yet."""
    flow = made.flows.get(key=key)
    return arrivals.bring(
        flow=flow,
        files=[io.BytesIO(content) for content in files],
        actor=make.holder(flow.sender, Role.STEWARD),
    )


def waiting(made: Agreement, key: str, *files: bytes) -> Arrival:
    """Return files of a flow that were brought and examined, without a browser."""
    row = brought(made, key, *files)
    make.work_off()
    row.refresh_from_db()
    return row


def answered(made: Agreement) -> Delivery:
    """Return a housing list with a column that its sender said to leave out."""
    row = waiting(
        made, presets.HOUSING_LIST, town.tenants_csv(town.children(), extra="Nook")
    )
    arrivals.answer(
        arrival=row, answers=Answers(mapping={"Nook": None}), actor=row.brought_by
    )
    make.work_off()
    row.refresh_from_db()
    return arrivals.load(arrival=row, attests_exclusions=True, actor=row.brought_by)


def send(made: Agreement, key: str, files: Mapping[str, bytes], **headers: str) -> Any:
    """Return what sending a flow's files leads to."""
    flow = made.flows.get(key=key)
    sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
    with committed():
        return steward_of(made, key).post(
            f"/data/flows/{flow.pk}/load/", {"content": sent}, headers=headers
        )


def examined(made: Agreement, key: str, files: Mapping[str, bytes]) -> Arrival:
    """Return the arrival of a flow's files, once a worker has examined them."""
    response = send(made, key, files)
    assert response.status_code == 302, response.content.decode()
    make.work_off()
    return arrival_at(response["Location"])


def examined_list(made: Agreement, content: bytes) -> Arrival:
    """Return the arrival of a housing list, examined."""
    return examined(made, presets.HOUSING_LIST, {"tenants.csv": content})


def arrival_at(path: str) -> Arrival:
    """Return the arrival that has an address."""
    found = re.fullmatch(r"/data/arrivals/(\d+)/", path)
    assert found, path
    return Arrival.objects.get(pk=found[1])


def page_of(arrival: Arrival) -> str:
    """Return what a steward reads on an arrival's page: words alone."""
    page = steward_of(arrival.agreement, arrival.flow).get(arrival.get_absolute_url())
    assert page.status_code == 200
    return words(page)


def words(page: Any) -> str:
    """Return the words of a page."""
    text = re.sub(r"<[^>]+>", " ", page.content.decode())
    return " ".join(html.unescape(text).split())


@contextmanager
def committed() -> Iterator[None]:
    """Erase what is to be erased once the surrounding test would have committed."""
    with TestCase.captureOnCommitCallbacks() as callbacks:
        yield
    for callback in callbacks:
        if getattr(callback, "func", None) is staging.erase:
            callback()


def press(arrival: Arrival, button: str, **fields: Any) -> Any:
    """Return what a button of an arrival's page leads to."""
    client = steward_of(arrival.agreement, arrival.flow)
    with committed():
        answer = client.post(f"{arrival.get_absolute_url()}{button}/", fields)
    arrival.refresh_from_db()
    return answer


def stored() -> set[Path]:
    """Return the blobs and keys in the vault, and what uploads left behind."""
    kept = {"blobs", "incoming"}
    blobs = {
        path
        for path in Path(settings.VAULT_DIR).rglob("*")
        if path.is_file() and path.parent.name in kept
    }
    keys = Path(settings.KEYSTORE_DIR, "keys").rglob("*")
    return blobs | {path for path in keys if path.is_file()}
