"""A town in which one child is listed twice, and what its sender says of that."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.test import Client

from accounts.models import User
from agreements.models import Agreement
from indicators.models import Delivery, LinkageRun, Repeat
from indicators.services import repeats
from partnerships.roles import Role
from tests import make
from tests.support import at_door, town

# Three children whom the agency lists under a second number each.
DOUBLED = (3, 40, 70)


def twice(
    children: Sequence[town.Child], numbers: Sequence[int] = DOUBLED
) -> list[town.Child]:
    """Return the children, some of them once more under another number."""
    again = [
        replace(child, number=child.number + 1000)
        for child in children
        if child.number in numbers
    ]
    return [*children, *again]


def delivered(made: Agreement, numbers: Sequence[int] = DOUBLED) -> Delivery:
    """Return the delivery of a housing list in which some children stand twice."""
    return make.housing_list(made, town.tenants_csv(twice(town.children(), numbers)))


def steward_of(delivery: Delivery) -> User:
    """Return the steward of the organisation that sent it."""
    return make.holder(delivery.sender, Role.STEWARD)


def taken(delivery: Delivery) -> Repeat:
    """Return the pair that the sender's steward has before them."""
    repeat = repeats.take_repeat(delivery=delivery, actor=steward_of(delivery))
    assert repeat is not None
    return repeat


def decided(delivery: Delivery, answer: str = "same", *, n: int = 1) -> None:
    """Let the sender's steward decide so many pairs in the same way."""
    for _ in range(n):
        repeats.decide_repeat(
            delivery=delivery,
            code=taken(delivery).code,
            answer=answer,
            actor=steward_of(delivery),
        )


def linked(made: Agreement, numbers: Sequence[int] = DOUBLED) -> LinkageRun:
    """Return the linkage of such a housing list and the district's records."""
    delivered(made, numbers)
    make.student_records(made)
    make.work_off()
    run: LinkageRun = made.runs.get()
    assert run.state == "linked", run.message
    return run


def path_of(delivery: Delivery, part: str = "") -> str:
    """Return the address of a delivery's pairs."""
    return f"/data/deliveries/{delivery.pk}/repeats/{part}"


def page_of(client: Client, path: str) -> str:
    """Return the words of a page that opens."""
    response = client.get(path)
    assert response.status_code == 200, path
    return at_door.words(response)


def answer(client: Client, delivery: Delivery, said: str, code: str = "") -> Any:
    """Return what answering the pair that is shown leads to."""
    shown = client.get(path_of(delivery)).content.decode()
    found = re.search(r'name="code" value="(\w+)"', shown)
    assert found
    body = {"code": code or found[1], "answer": said}
    return client.post(path_of(delivery), body)


def newest(made: Agreement) -> LinkageRun:
    """Return the newest linkage under an agreement."""
    run = made.runs.first()
    assert run is not None
    return run
