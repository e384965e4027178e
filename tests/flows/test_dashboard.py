"""From a linkage to a dashboard, and every number that must not come with it."""

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path
from xml.etree import ElementTree

import pytest

from accounts.acting import System, act
from accounts.acts import Conflict, Refused
from accounts.models import User
from agreements import presets
from agreements.queries import facts_of
from agreements.rules.engine import evaluate
from agreements.rules.vocabulary import Stage
from indicators import frames
from indicators.custody import vault
from indicators.models import LinkageRun, Release, ReleaseDecision
from indicators.policy import can_author, can_deliver
from indicators.services import publishing, releases
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
FILES = town.student_files(CHILDREN)
SMALL = "Cedarvale Village"


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    return make.released().pk


@pytest.fixture
def published(key: int) -> Release:
    """Return a published release."""
    return Release.objects.get(pk=key)


def test_who_leaves_loses_what_the_role_gave(published: Release) -> None:
    made = published.agreement
    analyst = make.who(made, "district", Role.ANALYST)
    client = make.signed_in(analyst)
    page = f"/dashboards/{published.pk}/"
    assert client.get(page).status_code == 200
    make.leaves(analyst)
    assert not can_author(analyst, made)
    for path in (page, f"/releases/{published.pk}/", f"/data/runs/{published.run_id}/"):
        assert client.get(path).status_code == 404
    steward = make.who(made, "pha", Role.STEWARD)
    flow = made.flows.get(key=presets.HOUSING_LIST)
    assert can_deliver(steward, flow)
    make.leaves(steward)
    assert not can_deliver(steward, flow)
    assert (
        make.signed_in(steward).get(f"/data/flows/{flow.pk}/load/").status_code == 404
    )


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
    client = make.signed_in(proposed.author)
    assert client.get(f"/dashboards/{proposed.pk}/").status_code == 404
    vote(proposed, "pha")
    assert proposed.state == "published"
    assert client.get(f"/dashboards/{proposed.pk}/").status_code == 200


def test_rules_read_what_a_release_shows_and_what_its_attack_found(
    published: Release,
) -> None:
    agreed = facts_of(published.agreement)
    owners = frozenset(agreed.owners)
    about = publishing.facts_about(published, owners)
    assert evaluate(replace(agreed, release=about), Stage.PUBLICATION) == ()
    fewer = replace(agreed, analyses=agreed.analyses[:-1], release=about)
    published.audit |= {"clean": False}
    open_to_attack = replace(agreed, release=publishing.facts_about(published, owners))
    for facts, rule in ((fewer, "R-076"), (open_to_attack, "R-072")):
        found = evaluate(facts, Stage.PUBLICATION)
        assert {each.rule for each in found} == {rule}


def test_changes_asked_for_come_back_with_all_comments(proposed: Release) -> None:
    decision, steward = decision_of(proposed, "pha")
    client = make.signed_in(steward)
    path = f"/decisions/{decision.pk}/"
    for said in ("decline", "stop"):
        response = client.post(path, {said: "1"})
        assert response.status_code == 422
        assert b"so that the author can mend it" in response.content
    asking = {"decline": "1", "reason": "Wait for spring."}
    assert client.post(path, asking).status_code == 302
    proposed.refresh_from_db()
    assert proposed.state == "proposed"
    vote(proposed, "district", reason="Fine by us.")
    assert (proposed.state, proposed.published_at) == ("declined", None)
    page = make.signed_in(proposed.author).get(proposed.get_absolute_url())
    assert "changes asked for" in (text := page.content.decode())
    assert "Wait for spring." in text
    assert "Fine by us." in text


def test_a_stop_is_seen_at_once_and_ends_the_round(proposed: Release) -> None:
    vote(proposed, "district", reason="Fine by us.")
    decision, steward = decision_of(proposed, "pha")
    stop = {"stop": "1", "reason": "One child is told."}
    answer = make.signed_in(steward).post(f"/decisions/{decision.pk}/", stop)
    assert answer.status_code == 302
    proposed.refresh_from_db()
    assert (proposed.state, proposed.published_at) == ("stopped", None)
    page = make.signed_in(proposed.author).get(proposed.get_absolute_url())
    assert "One child is told." in page.content.decode()
    with pytest.raises(Conflict, match="not open for decision"):
        vote(proposed, "district")
    told = Notice.objects.filter(subject__endswith="an owner sees a disclosure problem")
    other = decision_of(proposed, "district")[1]
    assert {each.recipient for each in told} == {proposed.author, other}


@pytest.mark.parametrize("approve", [True, False])
def test_votes_are_blind_until_all_are_cast(proposed: Release, approve: bool) -> None:
    decision, steward = decision_of(proposed, "pha")
    other = decision_of(proposed, "district")[1]
    path = proposed.get_absolute_url()
    ledger = f"/partnerships/{proposed.agreement.partnership_id}/ledger/"
    clients = [make.signed_in(each) for each in (other, proposed.author)]

    def seen() -> list[str]:
        pages = [c.get(each) for c in clients for each in (path, ledger)]
        return [re.sub(r'name="csrf.*?>', "", p.content.decode()) for p in pages]

    before = seen()
    vote(proposed, "pha", approve=approve, reason="What I think.")
    assert seen() == before
    own = make.signed_in(steward).get(path).content.decode()
    assert f"{'approved' if approve else 'changes asked for'} by {steward.name}" in own
    # Not by trying the other owner's vote either.
    assert clients[0].post(f"/decisions/{decision.pk}/").status_code == 403
    # Nor by ending the round. What was cast is shown when the days are over.
    releases.discard(release=proposed, actor=proposed.author)
    assert "What I think." not in seen()[2]
    assert proposed.proposed_at is not None
    proposed.refresh_from_db()
    proposed.proposed_at -= timedelta(days=20)
    with act("tests.wait", actor=System("C16"), chain="tests"):
        proposed.save()
    assert "What I think." in seen()[2]


def test_owner_decides_once_and_for_itself(proposed: Release) -> None:
    decision, steward = decision_of(proposed, "pha")
    _, other = decision_of(proposed, "district")
    with pytest.raises(Refused, match="data steward may do this"):
        releases.decide(decision=decision, approve=True, reason="", actor=other)
    vote(proposed, "pha")
    with pytest.raises(Conflict, match="has decided already"):
        releases.decide(decision=decision, approve=False, reason="No.", actor=steward)


def test_author_administrator_and_superuser_decide_for_nobody(
    proposed: Release,
) -> None:
    for somebody in (make.user(), make.superuser()):
        for decision in proposed.decisions.all():
            make.membership(somebody, decision.owner, Role.ADMINISTRATOR)
            with pytest.raises(Refused):
                releases.decide(
                    decision=decision, approve=True, reason="", actor=somebody
                )
    decision, _ = decision_of(proposed, "district")
    make.membership(proposed.author, decision.owner, Role.STEWARD)
    client = make.signed_in(proposed.author)
    response = client.post(f"/decisions/{decision.pk}/", {"approve": "1"})
    assert response.status_code == 403
    assert b"You authored this release" in response.content


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
            "All children together",
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
    client = make.signed_in(release.author)
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
    measures = [f"?measure={each['id']}" for each in release.document["measures"]]
    for code, query in product(("building", "school"), ("", *measures)):
        path = f"/dashboards/{release.pk}/{code}.csv{query}"
        text = client.get(path).content.decode("utf-8-sig")
        rows[path] = list(csv.reader(io.StringIO(text)))
    return rows


def test_no_row_tells_what_is_hidden(published: Release) -> None:
    truth = truth_about(published.run)
    assert truth[SMALL] == {"n": 4, "present": 73, "chronic": 2}
    hidden = set()
    for where, rows in printed(published).items():
        labels = [row[0] for row in rows if row]
        assert len(set(labels) & set(truth)) >= 3 or not labels, where
        for label, *cells in (row for row in rows if row and row[0] in truth):
            if "Suppressed" in cells:
                hidden.add(label)
                assert set(cells) <= {"Suppressed", "Cannot be told"}, where
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
    assert shown["New Holly Phase I"][:2] == ["26", "≤20%"]
    for label, (n, *_) in shown.items():
        assert n in ("Suppressed", str(truth[label]["n"]))


def test_every_place_says_suppressed_alike(published: Release) -> None:
    for where, rows in printed(published).items():
        found = [row[1:] for row in rows if row and row[0] == SMALL]
        for cells in found:
            assert "Suppressed" in cells, where
            assert set(cells) <= {"Suppressed", "Cannot be told"}, where
        assert found or "school" in where or "chart" in where


def test_words_about_a_chart_name_no_hidden_group(published: Release) -> None:
    page = make.signed_in(published.author).get(f"/dashboards/{published.pk}/")
    text = html.unescape(page.content.decode())
    words = re.findall(r"<(?:title|desc|h1|h2|h3|p)\b[^>]*>(.*?)</", text, re.DOTALL)
    assert len(words) > 10
    assert not [each for each in words if SMALL in each]


def test_chart_draws_nothing_for_a_hidden_group(published: Release) -> None:
    page = make.signed_in(published.author).get(f"/dashboards/{published.pk}/")
    charts = re.findall(r"<svg.*?</svg>", page.content.decode(), re.DOTALL)
    for chart in (chart for chart in charts if SMALL in chart):
        after = chart.partition(f">{SMALL}<")[2].partition("site-chart__label")[0]
        assert "<rect" not in after
        assert "Suppressed" in after


def test_what_is_stored_holds_no_hidden_number(published: Release) -> None:
    codes = {code for code, name in town.BUILDINGS.items() if name == SMALL}
    stored = [c for c in published.document["cells"] if codes & {*c["at"].values()}]
    assert len(stored) > 2
    for cell in stored:
        assert cell["n"] == "Suppressed"
        assert {*cell["rates"].values()} <= {"Suppressed"}


# Another release of the same school year


def test_second_release_of_the_same_linkage_shows_the_same(published: Release) -> None:
    again = make.released(published.run)
    assert again.document == published.document
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


def test_one_release_of_a_year_at_a_time(published: Release) -> None:
    drafted = make.released(published.run, until="draft")
    with pytest.raises(Conflict, match="two side by side"):
        make.released(published.run, until="draft")
    releases.discard(release=drafted, actor=drafted.author)
    assert make.released(published.run, until="draft").state == "draft"


def test_withdrawn_release_says_so_everywhere(published: Release) -> None:
    steward = make.who(published.agreement, "district", Role.STEWARD)
    releases.withdraw(release=published, reason="A wrong calendar.", actor=steward)
    client = make.signed_in(published.author)
    for path in (
        f"/dashboards/{published.pk}/",
        f"/dashboards/{published.pk}/building.csv",
        published.get_absolute_url(),
    ):
        text = client.get(path).content.decode()
        assert "ithdrawn" in text
        assert "A wrong calendar." in text


def test_no_cell_of_a_file_is_taken_for_a_formula(published: Release) -> None:
    steward = make.who(published.agreement, "district", Role.STEWARD)
    formula = '=HYPERLINK("//elsewhere.example";"Open")'
    releases.withdraw(release=published, reason=formula, actor=steward)
    path = f"/dashboards/{published.pk}/building.csv"
    text = make.signed_in(published.author).get(path).content.decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert f"'{formula}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
