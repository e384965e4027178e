"""From two deliveries to a dashboard, and all that must not come with it."""

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accounts import jobs, ledger
from accounts.acts import Refused, RuleBroken
from accounts.models import User
from agreements import presets
from agreements.models import Agreement
from agreements.services import terms
from indicators import frames
from indicators.custody import vault
from indicators.models import Holding, LinkageRun, Release, ReleaseDecision
from indicators.policy import can_author, can_deliver
from indicators.services import linkage, releases
from partnerships.roles import Role
from tests import make
from tests.support import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
FILES = town.student_files(CHILDREN)
SMALL = "Cedarvale Village"


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    joined = make.partners()
    empty, published = make.agreement(joined), make.agreement(joined)
    make.add_places(empty)
    make.released(make.linked(published))
    return {"empty": empty.number, "published": published.number}


@pytest.fixture
def empty(numbers: dict[str, str]) -> Agreement:
    """Return an agreement in force under which nothing has arrived."""
    return Agreement.objects.get(number=numbers["empty"])


@pytest.fixture
def published(numbers: dict[str, str]) -> Release:
    """Return a published release."""
    return Release.objects.get(agreement__number=numbers["published"])


def who(made: Agreement, kind: str, role: Role) -> User:
    return make.holder(made.partnership.organisations.get(kind=kind), role)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def upload(made: Agreement, key: str, files: Mapping[str, bytes], **fields: str) -> Any:
    flow = made.flows.get(key=key)
    sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return signed_in(make.holder(flow.sender, Role.STEWARD)).post(
        f"/data/flows/{flow.pk}/load/", {"content": sent, **fields}
    )


def upload_list(made: Agreement, content: bytes) -> Any:
    return upload(
        made, presets.HOUSING_LIST, {"tenants.csv": content}, attests_exclusions="on"
    )


def stored() -> set[Path]:
    """Return the blobs in the vault, and what uploads left behind."""
    return {
        path
        for path in Path(configured.VAULT_DIR).rglob("*")
        if path.is_file() and path.parent.name in ("blobs", "incoming")
    }


@contextmanager
def nothing_kept(made: Agreement) -> Iterator[None]:
    """Demand that what happens meanwhile leaves no row, no blob and no entry."""
    before = stored(), ledger.head(made.chain)
    yield
    assert (stored(), ledger.head(made.chain)) == before
    assert not made.deliveries.exists()
    assert not made.holdings.exists()


# The whole way, as people walk it


def test_line_from_two_uploads_to_a_dashboard(empty: Agreement) -> None:
    receipt = upload_list(empty, town.tenants_csv(CHILDREN))["Location"]
    agencys = signed_in(who(empty, "pha", Role.STEWARD))
    said = f"{town.N_TENANTS} read, 0 set aside"
    assert said in agencys.get(receipt).content.decode()
    receipt = upload(empty, presets.STUDENT_RECORDS, FILES)["Location"]
    districts = signed_in(who(empty, "district", Role.STEWARD))
    page = districts.get(receipt).content.decode()
    left = page.partition("What was there and was not read")[2]
    assert "Student/BirthData/BirthSex" in left
    assert "FirstName" not in left
    run = empty.runs.get()
    assert b"Waiting" in districts.get(f"/data/runs/{run.pk}/").content
    make.work_off()
    page = districts.get(f"/data/runs/{run.pk}/").content.decode()
    assert re.search(r"<dt>Accepted</dt><dd>66</dd>", page)
    author = signed_in(who(empty, "district", Role.ANALYST))
    named = {"title": "Absence by building", "period": "2021-22", "context": "Made up."}
    release = author.post(f"/data/runs/{run.pk}/release/", named)["Location"]
    make.work_off()
    assert b"An outsider recovers nothing" in author.get(release).content
    assert author.post(f"{release}propose/").status_code == 302
    for client in (agencys, districts):
        page = client.get(release).content.decode()
        (decision,) = re.findall(r'action="(/decisions/\d+/)"', page)
        assert client.post(decision, {"approve": "1"}).status_code == 302
    made = empty.releases.get()
    assert made.state == "published"
    for account in ("pha", Role.DIRECTOR), ("district", Role.SUPERINTENDENT):
        shown = signed_in(who(empty, *account)).get(f"/dashboards/{made.pk}/")
        assert b"Absence by building" in shown.content
        assert b"Made up." in shown.content
    assert list(ledger.verify()) == []


# What may not come in


def test_unlisted_column_refuses_the_whole_file_and_is_named(empty: Agreement) -> None:
    with nothing_kept(empty):
        response = upload_list(empty, town.tenants_csv(CHILDREN, extra="Monthly rent"))
    assert response.status_code == 422
    assert "does not list “Monthly rent”" in response.content.decode()


HEADINGS = town.tenants_csv([])


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "is empty"),
        (HEADINGS, 422, "no rows"),
        (town.tenants_csv(CHILDREN).replace(b"Ana", b"An\xe9"), 422, "UTF-8"),
        (town.tenants_csv(CHILDREN, extra="SSN"), 422, "Social Security"),
        (town.tenants_csv(CHILDREN).split(b"\n", 1)[1], 422, "headings"),
        (FILES["Student.xml"], 422, "headings"),
        (b"member_id," * 3_000, 413, "larger than"),
    ],
    ids=[
        "empty",
        "no rows",
        "wrong encoding",
        "numbers of people",
        "no headings",
        "other kind of file",
        "over the cap",
    ],
)
def test_file_that_cannot_be_taken_leaves_nothing(
    empty: Agreement, settings: Settings, content: bytes, status: int, said: str
) -> None:
    settings.UPLOAD_CAP_BYTES = 25_000
    with nothing_kept(empty):
        response = upload_list(empty, content)
    assert response.status_code == status
    assert said in html.unescape(response.content.decode())


def test_set_that_lacks_a_part_is_refused_whole(empty: Agreement) -> None:
    files = {name: file for name, file in FILES.items() if name != "Student.xml"}
    with nothing_kept(empty):
        response = upload(empty, presets.STUDENT_RECORDS, files)
    assert response.status_code == 422
    assert b"nothing for the students" in response.content


def test_list_is_taken_only_without_protected_households(empty: Agreement) -> None:
    files = {"tenants.csv": town.tenants_csv(CHILDREN)}
    with nothing_kept(empty):
        response = upload(empty, presets.HOUSING_LIST, files)
    assert response.status_code == 422
    assert b"rotected household" in response.content


def test_upload_without_a_file_says_so(empty: Agreement) -> None:
    response = upload(empty, presets.STUDENT_RECORDS, {})
    assert response.status_code == 422
    assert b"Choose the file to load" in response.content


# Pause, leaving, cancelling


def test_pause_stops_deliveries(empty: Agreement) -> None:
    terms.pause(agreement=empty, actor=who(empty, "district", Role.SUPERINTENDENT))
    with nothing_kept(empty):
        response = upload_list(empty, town.tenants_csv(CHILDREN))
    assert response.status_code == 422
    assert b"Sharing is paused" in response.content


def test_pause_stops_linking_until_it_is_resumed(empty: Agreement) -> None:
    run = make.delivered(empty)
    superintendent = who(empty, "district", Role.SUPERINTENDENT)
    terms.pause(agreement=empty, actor=superintendent)
    make.work_off()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "Sharing is paused" in run.message
    assert not Holding.objects.filter(agreement=empty, kind="linked").exists()
    steward = who(empty, "district", Role.STEWARD)
    with pytest.raises(Refused, match="Sharing is paused"):
        linkage.retry_run(run=run, actor=steward)
    terms.resume(agreement=empty, actor=superintendent)
    linkage.retry_run(run=run, actor=steward)
    make.work_off()
    run.refresh_from_db()
    assert run.state == "linked"


def test_cancelled_linkage_keeps_nothing_and_can_be_tried_again(
    empty: Agreement,
) -> None:
    run = make.delivered(empty)
    client = signed_in(who(empty, "district", Role.STEWARD))
    blobs = stored()
    assert (
        client.post(f"/data/runs/{run.pk}/steer/", {"cancel": "1"}).status_code == 302
    )
    make.work_off()
    assert jobs.latest(linkage.JOB, run).state == "cancelled"
    page = client.get(f"/data/runs/{run.pk}/").content
    assert b"Cancelled by a person" in page
    assert b"Try again" in page
    assert stored() == blobs
    client.post(f"/data/runs/{run.pk}/steer/", {"retry": "1"})
    run.refresh_from_db()
    assert run.state == "waiting"
    assert jobs.latest(linkage.JOB, run).is_open


def test_linkage_is_steered_by_the_linkers_steward_only(empty: Agreement) -> None:
    run = make.delivered(empty)
    for kind, role in (("pha", Role.STEWARD), ("district", Role.ANALYST)):
        client = signed_in(who(empty, kind, role))
        response = client.post(f"/data/runs/{run.pk}/steer/", {"cancel": "1"})
        assert response.status_code == 403
    assert not jobs.latest(linkage.JOB, run).is_cancel_requested


def test_linkage_that_a_newer_one_overtook_is_superseded(empty: Agreement) -> None:
    overtaken = make.delivered(empty)
    make.student_records(empty)
    make.work_off()
    overtaken.refresh_from_db()
    newest = empty.runs.first()
    assert (overtaken.state, newest.state) == ("superseded", "linked")
    with pytest.raises(RuleBroken, match="Only the newest"):
        make.released(overtaken)


def test_who_leaves_loses_what_the_role_gave(published: Release) -> None:
    made = published.agreement
    analyst = who(made, "district", Role.ANALYST)
    client = signed_in(analyst)
    page = f"/dashboards/{published.pk}/"
    assert client.get(page).status_code == 200
    make.leaves(analyst)
    assert not can_author(analyst, made)
    for path in (page, f"/releases/{published.pk}/", f"/data/runs/{published.run_id}/"):
        assert client.get(path).status_code == 404
    steward = who(made, "pha", Role.STEWARD)
    flow = made.flows.get(key=presets.HOUSING_LIST)
    assert can_deliver(steward, flow)
    make.leaves(steward)
    assert not can_deliver(steward, flow)
    assert signed_in(steward).get(f"/data/flows/{flow.pk}/load/").status_code == 404


# Deciding


@pytest.fixture
def proposed(published: Release) -> Release:
    """Return another release of the same linkage, before the owners."""
    return make.released(published.run, until="proposed")


def decision_of(release: Release, kind: str) -> tuple[ReleaseDecision, User]:
    decision = release.decisions.get(owner__kind=kind)
    return decision, make.holder(decision.owner, Role.STEWARD)


def vote(
    release: Release, kind: str, *, approve: bool = True, reason: str = ""
) -> None:
    decision, steward = decision_of(release, kind)
    releases.decide(decision=decision, approve=approve, reason=reason, actor=steward)
    release.refresh_from_db()


def test_only_unanimity_publishes(proposed: Release) -> None:
    vote(proposed, "district")
    assert proposed.state == "proposed"
    client = signed_in(proposed.author)
    assert client.get(f"/dashboards/{proposed.pk}/").status_code == 404
    vote(proposed, "pha")
    assert proposed.state == "published"
    assert client.get(f"/dashboards/{proposed.pk}/").status_code == 200


def test_one_refusal_ends_it(proposed: Release) -> None:
    vote(proposed, "pha", approve=False, reason="Wait for spring.")
    assert proposed.state == "declined"
    with pytest.raises(Refused, match="not open for decision"):
        vote(proposed, "district")
    assert proposed.published_at is None


def test_refusal_says_why(proposed: Release) -> None:
    decision, steward = decision_of(proposed, "pha")
    response = signed_in(steward).post(f"/decisions/{decision.pk}/", {"decline": "1"})
    assert response.status_code == 422
    assert b"Say why" in response.content
    proposed.refresh_from_db()
    assert proposed.state == "proposed"


def test_votes_are_blind_until_ones_own_is_given(proposed: Release) -> None:
    decision, steward = decision_of(proposed, "pha")
    releases.decide(decision=decision, approve=True, reason="Go ahead.", actor=steward)
    path = proposed.get_absolute_url()
    seen = {
        person: signed_in(person).get(path).content.decode()
        for person in (steward, decision_of(proposed, "district")[1], proposed.author)
    }
    own, *others = seen.values()
    assert f"approved by {steward.name}" in own
    for page in others:
        assert "decided; shown once you have decided" in page
        assert steward.name not in page
        assert "Go ahead." not in page


def test_owner_decides_once_and_for_itself(proposed: Release) -> None:
    decision, steward = decision_of(proposed, "pha")
    _, other = decision_of(proposed, "district")
    with pytest.raises(Refused, match="data steward may do this"):
        releases.decide(decision=decision, approve=True, reason="", actor=other)
    vote(proposed, "pha")
    with pytest.raises(Refused, match="has decided already"):
        releases.decide(decision=decision, approve=False, reason="No.", actor=steward)


def test_author_cannot_decide_even_as_steward(proposed: Release) -> None:
    decision, _ = decision_of(proposed, "district")
    make.membership(proposed.author, decision.owner, Role.STEWARD)
    client = signed_in(proposed.author)
    response = client.post(f"/decisions/{decision.pk}/", {"approve": "1"})
    assert response.status_code == 403
    assert b"You authored this release" in response.content


@pytest.mark.parametrize("make_somebody", [make.user, make.superuser])
def test_administrator_and_superuser_decide_for_nobody(
    proposed: Release, make_somebody: Callable[[], User]
) -> None:
    somebody = make_somebody()
    for decision in proposed.decisions.all():
        make.membership(somebody, decision.owner, Role.ADMINISTRATOR)
        with pytest.raises(Refused):
            releases.decide(decision=decision, approve=True, reason="", actor=somebody)


# What is published


def truth_about(run: LinkageRun) -> dict[str, dict[str, int]]:
    """Count, from the files and the crosswalk, what a table would say unsuppressed."""
    content = vault().read(
        str(run.crosswalk.owner_id), key_id=run.crosswalk.key, blob=run.crosswalk.blob
    )
    pairs = frames.unpack(content)["pairs"].to_pylist()
    homes = {row["member_id"]: row["development"] for row in rows_of_csv("tenants")}
    schools = {row["student_id"]: row["school"] for row in rows_of_csv("enrolment")}
    events = ElementTree.fromstring(FILES["StudentSchoolAttendance.xml"])  # noqa: S314
    absent = Counter(e.text for e in events.iter() if e.tag.endswith("StudentUniqueId"))
    counts: dict[str, Counter[str]] = {}
    for pair in pairs:
        student = pair["student_id"]
        for label in (
            town.BUILDINGS[homes[pair["housing_id"]]],
            town.SCHOOLS[schools[student]],
            "All matched children",
        ):
            tally = counts.setdefault(label, Counter())
            tally["n"] += 1
            tally["present"] += town.N_DAYS - absent[student]
            tally["chronic"] += 10 * absent[student] >= town.N_DAYS
    return {label: dict(tally) for label, tally in counts.items()}


def rows_of_csv(name: str) -> Iterator[dict[str, str]]:
    files = {"tenants": town.tenants_csv(CHILDREN), "enrolment": FILES["enrolment.csv"]}
    return csv.DictReader(io.StringIO(files[name].decode()))


def printed(release: Release) -> dict[str, list[list[str]]]:
    """Return the rows that each page, chart and file prints, by where they stand."""
    client = signed_in(release.author)
    rows = {}
    for path in (f"/dashboards/{release.pk}/", release.get_absolute_url()):
        page = html.unescape(client.get(path).content.decode())
        rows[path] = [
            re.findall(r"<t[hd] [^>]*>([^<]*)</t[hd]>", row)
            for row in re.findall(r'<tr role="row">(.*?)</tr>', page, re.DOTALL)
        ]
        for number, chart in enumerate(re.findall(r"<svg.*?</svg>", page, re.DOTALL)):
            texts = re.findall(r'<text class="([^"]*)"[^>]*>([^<]*)<', chart)
            rows[f"{path} chart {number}"] = [
                [label, value]
                for (kind, label), (_, value) in pairwise(texts)
                if kind == "site-chart__label"
            ]
    for code in ("building", "school"):
        path = f"/dashboards/{release.pk}/{code}.csv"
        text = client.get(path).content.decode("utf-8-sig")
        rows[path] = list(csv.reader(io.StringIO(text)))
    return rows


def test_no_row_tells_what_is_hidden(published: Release) -> None:
    truth = truth_about(published.run)
    assert truth[SMALL] == {"n": 4, "present": 73, "chronic": 2}
    hidden = set()
    for where, rows in printed(published).items():
        labels = [row[0] for row in rows if row]
        assert len(set(labels) & set(truth)) >= 3, where
        for label, *cells in (row for row in rows if row and row[0] in truth):
            if "Suppressed" in cells:
                hidden.add(label)
                assert set(cells) == {"Suppressed"}, where
            numbers = set(re.findall(r"\d+", " ".join(cells).replace(",", "")))
            told = {str(truth[label][part]) for part in ("present", "chronic")}
            assert not numbers & told, (where, label)
    assert hidden == {SMALL, "Rainier Vista Phase I"}


def test_numbers_shown_are_true(published: Release) -> None:
    truth = truth_about(published.run)
    shown = {
        row[0]: row[1:]
        for row in printed(published)[f"/dashboards/{published.pk}/building.csv"]
        if row and row[0] in truth
    }
    assert shown["New Holly Phase I"] == ["26", "≥80", "≤20"]
    for label, (n, *_) in shown.items():
        assert n in ("Suppressed", str(truth[label]["n"]))


def test_every_place_says_suppressed_alike(published: Release) -> None:
    hidden = ["Suppressed"]
    for where, rows in printed(published).items():
        found = [row[1:] for row in rows if row and row[0] == SMALL]
        assert all(set(cells) == set(hidden) for cells in found), where
        assert found or "school" in where or "chart" in where


def test_words_about_a_chart_name_no_hidden_group(published: Release) -> None:
    page = signed_in(published.author).get(f"/dashboards/{published.pk}/")
    text = html.unescape(page.content.decode())
    words = re.findall(r"<(?:title|desc|h1|h2|h3|p)\b[^>]*>(.*?)</", text, re.DOTALL)
    assert len(words) > 10
    assert not [each for each in words if SMALL in each]


def test_chart_draws_nothing_for_a_hidden_group(published: Release) -> None:
    page = signed_in(published.author).get(f"/dashboards/{published.pk}/")
    charts = re.findall(r"<svg.*?</svg>", page.content.decode(), re.DOTALL)
    for chart in (chart for chart in charts if SMALL in chart):
        after = chart.partition(f">{SMALL}<")[2].partition("site-chart__label")[0]
        assert "<rect" not in after
        assert "Suppressed" in after


def test_what_is_stored_holds_no_hidden_number(published: Release) -> None:
    groups = {
        group["label"]: group
        for table in published.tables["tables"]
        for group in table["groups"]
    }
    assert groups[SMALL]["n"] == "Suppressed"
    assert set(groups[SMALL]["rates"].values()) == {"Suppressed"}


# Another release of the same school year


def test_second_release_of_the_same_linkage_shows_the_same(published: Release) -> None:
    again = make.released(published.run)
    assert again.tables == published.tables
    assert again.sha256 == published.sha256


def test_second_release_never_shows_who_left(published: Release) -> None:
    fewer = [child for child in CHILDREN if child.number not in (36, 37)]
    make.housing_list(published.agreement, town.tenants_csv(fewer))
    make.work_off()
    run = published.agreement.runs.first()
    release = make.released(run, until="computing")
    make.work_off()
    release.refresh_from_db()
    assert release.state == "refused"
    assert "already published for this school year stands" in release.message


def test_tables_made_before_another_release_came_out_are_discarded(
    published: Release,
) -> None:
    drafted = make.released(published.run, until="draft")
    proposed = make.released(published.run, until="proposed")
    newest = make.released(published.run, until="proposed")
    counting = make.released(published.run, until="computing")
    for release, kind in ((proposed, "pha"), (newest, "pha"), (newest, "district")):
        vote(release, kind)
    assert newest.state == "published"
    make.work_off()
    for overtaken, state in (
        (drafted, "discarded"),
        (proposed, "discarded"),
        (counting, "refused"),
    ):
        overtaken.refresh_from_db()
        assert overtaken.state == state
        assert "Make the tables again" in overtaken.message
    with pytest.raises(Refused, match="not open for decision"):
        vote(proposed, "district")


def test_withdrawn_release_says_so_everywhere(published: Release) -> None:
    steward = who(published.agreement, "district", Role.STEWARD)
    releases.withdraw(release=published, reason="A wrong calendar.", actor=steward)
    client = signed_in(published.author)
    for path in (
        f"/dashboards/{published.pk}/",
        f"/dashboards/{published.pk}/building.csv",
        published.get_absolute_url(),
    ):
        text = client.get(path).content.decode()
        assert "ithdrawn" in text
        assert "A wrong calendar." in text
