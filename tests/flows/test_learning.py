"""What people said of pairs teaches a model, which somebody accepts or declines."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from agreements.services import terms
from indicators.linkage import model
from indicators.models import LearnedModel, LinkageRun, Reading
from indicators.services import learning, reviewing
from partnerships.roles import Role
from tests import make
from tests.support import clerical, town
from tests.support.clerical import page_of
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


def says(reading: Reading) -> str:
    """Say who is who: all are one person, but the renamed ones."""
    renamed = clerical.number_of(reading) % 10 == clerical.RENAMED
    return "different" if renamed else "same"


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    joined = make.partners()
    district = joined.organisations.get(kind="district")
    make.person("Seco Nd", district, Role.STEWARD)
    made = make.agreement(joined)
    clerical.deliver(made, town.children())
    run: LinkageRun = made.runs.get()
    first, _ = clerical.readers(run)
    clerical.read_all(run, first, says)
    learning.ask_model(run=run, actor=first)
    make.work_off()
    return run.pk


@pytest.fixture
def run(key: int) -> LinkageRun:
    return LinkageRun.objects.get(pk=key)


@pytest.fixture
def first(run: LinkageRun) -> User:
    return clerical.readers(run)[0]


@pytest.fixture
def second(run: LinkageRun) -> User:
    return clerical.readers(run)[1]


@pytest.fixture
def proposed(run: LinkageRun) -> LearnedModel:
    row = LearnedModel.objects.get(run=run)
    assert row.state == "proposed", row.message
    return row


def model_page(run: LinkageRun) -> str:
    return f"/data/runs/{run.pk}/model/"


def post(client: Client, row: LearnedModel, **body: str) -> int:
    return client.post(model_page(row.run), {"model": str(row.pk), **body}).status_code


# Learning


def test_a_proposal_tells_what_would_change(
    run: LinkageRun, first: User, proposed: LearnedModel
) -> None:
    page = page_of(make.signed_in(first), model_page(run))
    for shown in ("What would change, on these lists", "Waiting for a person"):
        assert shown in page
    assert f"learned from {proposed.basis['n_read']} pairs read" in page
    assert proposed.basis["after"]["loss"] < proposed.basis["before"]["loss"]
    assert proposed.version == f"{model.shipped().version}.1"
    assert f"from {proposed.basis['n_read']} pairs" in proposed.parameters


def test_a_model_holds_no_value_of_a_record(proposed: LearnedModel) -> None:
    kept = (proposed.parameters + json.dumps(proposed.basis)).lower()
    words = set(re.findall(r"[a-z]+", kept))
    for child in town.children():
        assert child.last.lower() not in words
        assert child.first.lower() not in words


def test_nothing_is_learned_from_few_answers(
    run: LinkageRun, first: User, proposed: LearnedModel
) -> None:
    learning.void_models(agreement=run.agreement, reason="Again.", actor=first)
    for _ in range(30):
        reviewing.undo_reading(run=run, actor=first)
    client = make.signed_in(first)
    n_left = run.n_to_read - 30
    assert f"So far {n_left} are read" in page_of(client, model_page(run))
    answer = client.post(model_page(run), {"learn": "1"})
    assert answer.status_code == 422
    assert "Read more pairs" in answer.content.decode()


def test_the_same_answers_teach_the_same(
    run: LinkageRun, first: User, proposed: LearnedModel
) -> None:
    learning.void_models(agreement=run.agreement, reason="Again.", actor=first)
    again = learning.ask_model(run=run, actor=first)
    make.work_off()
    again.refresh_from_db()
    assert (
        json.loads(again.parameters)["comparisons"]
        == (json.loads(proposed.parameters)["comparisons"])
    )
    assert again.basis == proposed.basis


def test_one_model_at_a_time(
    run: LinkageRun, second: User, proposed: LearnedModel
) -> None:
    with pytest.raises(Conflict, match="Decide that one first"):
        learning.ask_model(run=run, actor=second)


# Deciding


def test_the_next_linkage_goes_by_the_accepted_model(
    run: LinkageRun, second: User, proposed: LearnedModel
) -> None:
    assert post(make.signed_in(second), proposed, accept="1") == 302
    clerical.deliver(run.agreement, town.children()[1:])
    newest = run.agreement.runs.first()
    assert newest.state == "linked", newest.message
    assert newest != run
    assert (newest.model_version, newest.model_hash) == (
        proposed.version,
        proposed.sha256,
    )
    assert run.model_hash != proposed.sha256
    entry = LedgerEntry.objects.get(act="indicators.accept_model")
    assert entry.detail["model"] == proposed.sha256
    page = page_of(make.signed_in(second), model_page(newest))
    assert f"accepted by {second.name}" in page


def test_declining_needs_a_reason_and_changes_nothing(
    run: LinkageRun, second: User, proposed: LearnedModel
) -> None:
    client = make.signed_in(second)
    assert post(client, proposed, decline="1") == 422
    assert post(client, proposed, decline="1", reason="Too few were read.") == 302
    proposed.refresh_from_db()
    assert (proposed.state, proposed.reason) == ("declined", "Too few were read.")
    assert post(client, proposed, accept="1") == 409
    clerical.deliver(run.agreement, town.children()[1:])
    assert run.agreement.runs.first().model_hash == run.model_hash


def test_an_accepted_model_can_be_taken_out_of_use(
    run: LinkageRun, first: User, proposed: LearnedModel
) -> None:
    client = make.signed_in(first)
    post(client, proposed, accept="1")
    assert post(client, proposed, void="1") == 422
    assert post(client, proposed, void="1", reason="An audit found errors.") == 302
    assert "The shipped model." in page_of(client, model_page(run))


def test_nobody_but_the_linking_stewards_sees_or_decides(
    run: LinkageRun, proposed: LearnedModel
) -> None:
    agency = make.who(run.agreement, "pha", Role.STEWARD)
    for page in ("model", "diagnostics"):
        path = f"/data/runs/{run.pk}/{page}/"
        assert make.signed_in(agency).get(path).status_code == 404
    with pytest.raises(Refused):
        learning.decide_model(
            learned=proposed, is_accepted=True, reason="", actor=agency
        )


def test_the_end_of_the_agreement_takes_its_models_out_of_use(
    run: LinkageRun, first: User, proposed: LearnedModel
) -> None:
    learning.decide_model(learned=proposed, is_accepted=True, reason="", actor=first)
    director = make.who(run.agreement, "pha", Role.DIRECTOR)
    terms.terminate(agreement=run.agreement, reason="Moved on.", actor=director)
    proposed.refresh_from_db()
    assert (proposed.state, proposed.reason) == ("voided", "The agreement has ended.")


# How pairs were weighed


def test_charts_have_their_figures_as_tables(run: LinkageRun, first: User) -> None:
    page = page_of(make.signed_in(first), f"/data/runs/{run.pk}/diagnostics/")
    assert page.count('role="img"') == 7
    assert page.count("<table") == 7
    for caption in (
        "Links that are right, by threshold",
        "Pairs compared, by weight in bits and by band",
        "Records that cannot reach a weight: housing list",
        "Weights of the model, by level",
    ):
        assert caption in page
    for child in town.children():
        assert child.last not in page


def test_thresholds_are_judged_once_nothing_is_left_to_read(
    run: LinkageRun, first: User, second: User
) -> None:
    path = f"/data/runs/{run.pk}/diagnostics/"
    assert "by threshold" not in page_of(make.signed_in(second), path)
    assert "nobody is led" in page_of(make.signed_in(second), path)
    clerical.read_all(run, second, says)
    assert "by threshold" in page_of(make.signed_in(second), path)


def test_a_score_is_shown_to_its_reader_after_the_answer_which_then_stands(
    run: LinkageRun, first: User, second: User, caplog: pytest.LogCaptureFixture
) -> None:
    last = Reading.objects.filter(reader=first).order_by("-answered_at", "-pk")[0]
    path = f"/data/pairs/{last.pk}/score/"
    client = make.signed_in(first)
    before = page_of(client, path)
    assert "waterfall" not in before
    assert make.signed_in(second).get(path).status_code == 404
    assert client.post(path).status_code == 302
    with caplog.at_level("INFO", "indicators.sight"):
        page = page_of(client, path)
    assert f"score of pair {last.code}" in caplog.text
    assert "How the weight of this pair came about, in bits" in page
    assert LedgerEntry.objects.filter(act="indicators.see_score").exists()
    with pytest.raises(RuleBroken, match="your answer stands"):
        reviewing.undo_reading(run=run, actor=first)


def test_no_score_before_the_answer(run: LinkageRun, second: User) -> None:
    taken = reviewing.take_pair(run=run, actor=second)
    assert taken is not None
    client = make.signed_in(second)
    path = f"/data/pairs/{taken.pk}/score/"
    assert client.post(path).status_code == 422
    assert "waterfall" not in page_of(client, path)


def test_the_weights_of_a_pair_add_up_to_its_own(run: LinkageRun) -> None:
    pairs = {
        (row["housing_id"], row["student_id"]): row["weight"]
        for row in clerical.held(run.crosswalk)["pairs"].to_pylist()
    }
    held = clerical.held(run.review)
    prior = held["levels"].to_pylist()[0]
    odds = prior["m"] / prior["u"]
    sums: dict[tuple[str, str], float] = {}
    for row in held["evidence"].to_pylist():
        pair = row["left_id"], row["right_id"]
        sums[pair] = sums.get(pair, 0.0) + row["bits"]
    assert sums
    for pair, bits in sums.items():
        # Twins and others of one home can only take off.
        assert odds * 2**bits >= 2 ** pairs[pair] * (1 - 1e-5)


def test_pages_ask_no_more_of_the_database_for_more_pairs(
    run: LinkageRun, first: User
) -> None:
    client = make.signed_in(first)
    path = f"/data/runs/{run.pk}/diagnostics/"
    client.get(path)
    many = n_queries(lambda: client.get(path))
    for _ in range(30):
        reviewing.undo_reading(run=run, actor=first)
    assert n_queries(lambda: client.get(path)) == many
