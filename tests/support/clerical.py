"""A town whose list is full of slips, and people who read its pairs."""

import datetime as dt
import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from django.test import Client

from accounts.models import User
from agreements.models import Agreement
from indicators import frames
from indicators.custody import vault
from indicators.models import Holding, LinkageRun, Reading
from indicators.services import reviewing
from partnerships.models import Organisation
from partnerships.roles import Role
from tests import make
from tests.support import town

# Of ten children, the one whose housing record bears another first name: it waits.
RENAMED = 3
CHILDREN = town.children()[1::2]  # half of the town is enough to read
Say = Callable[[Reading], str]


def mistaken(children: Iterable[town.Child]) -> list[town.Child]:
    """Return the children as the agency lists them: some by another name or day."""
    return [_mistaken(child) for child in children]


def _mistaken(child: town.Child) -> town.Child:
    if child.number % 10 == RENAMED:
        return replace(child, first="Ana" if child.first == "Zoe" else "Zoe")
    if child.number % 10 == 5:
        return replace(child, born=child.born + dt.timedelta(days=40))
    return child


def linked() -> LinkageRun:
    """Return a linkage of the town, with two stewards in the district."""
    joined = make.partners()
    district = joined.organisations.get(kind="district")
    make.person("Seco Nd", district, Role.STEWARD)
    made = make.agreement(joined)
    deliver(made)
    run: LinkageRun = made.runs.get()
    assert run.state == "linked", run.message
    return run


def deliver(made: Agreement, children: Sequence[town.Child] = CHILDREN) -> None:
    """Deliver and link children of the town, with the slips."""
    make.housing_list(made, town.tenants_csv(mistaken(children)))
    make.student_records(made, list(town.student_files(children).values()))
    make.work_off()


def readers(run: LinkageRun) -> tuple[User, User]:
    """Return the two stewards of the district."""
    district = Organisation.objects.get(
        kind="district", participations__partnership=run.agreement.partnership_id
    )
    first, second = district.memberships.filter(role=Role.STEWARD).order_by("pk")
    return first.user, second.user


def held(holding: Holding | None) -> frames.Frames:
    """Return what the vault holds."""
    assert holding is not None
    return frames.unpack(
        vault().read(str(holding.owner_id), key_id=holding.key, blob=holding.blob)
    )


def number_of(reading: Reading) -> int:
    """Return the town's number of the child whom a pair is about."""
    rows = held(reading.run.review)["queue"].to_pylist()
    row = next(row for row in rows if row["code"] == reading.code)
    return int(row["student_id"])


def same(reading: Reading) -> str:
    """Say of every pair that it is one person."""
    return "same"


def read_all(
    run: LinkageRun, reader: User, says: Say = same, *, leaving: int = 0
) -> int:
    """Let somebody read what is left for them; return how many pairs.

    leaving: how many of the run's pairs nobody reads.
    """
    n_read = 0
    while (not leaving or n_read < run.n_to_read - leaving) and (
        reading := reviewing.take_pair(run=run, actor=reader)
    ):
        answer = says(reading)
        reason = "twins" if answer == "unsure" else ""
        reviewing.answer_pair(
            reading=reading, answer=answer, reason=reason, actor=reader
        )
        n_read += 1
    return n_read


def one_read(run: LinkageRun, reader: User) -> Reading:
    """Return the pair that somebody holds, after having answered another one."""
    reading = reviewing.take_pair(run=run, actor=reader)
    assert reading is not None
    reviewing.answer_pair(
        reading=reading, answer="unsure", reason="twins", actor=reader
    )
    held = reviewing.take_pair(run=run, actor=reader)
    assert held is not None
    return held


def path_of(run: LinkageRun, part: str = "") -> str:
    """Return the address of a run's pairs."""
    return f"/data/runs/{run.pk}/pairs/{part}"


def page_of(client: Client, path: str) -> str:
    """Return the text of a page that opens."""
    response = client.get(path)
    assert response.status_code == 200, path
    return html.unescape(response.content.decode())


def taken(client: Client, run: LinkageRun) -> str:
    """Return the address to which somebody is led for the next pair."""
    response = client.post(path_of(run, "next/"))
    assert response.status_code == 302
    return str(response["Location"])
