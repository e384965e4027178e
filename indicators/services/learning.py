"""A model learned from what people said: asked for, learned, decided, voided."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from math import log2
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from accounts import clock, jobs
from accounts.acting import Actor, System, act, first_of_two
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import Agreement
from indicators.lifecycle import LEARNED
from indicators.linkage import review
from indicators.linkage.curves import PRIOR
from indicators.linkage.review import Answer, Pair, Stratum
from indicators.models import LearnedModel, LinkageRun
from indicators.policy import can_decide_model, can_link, can_read_pairs
from indicators.queries import accepted_model
from indicators.services.linkage import CLAUSE
from indicators.services.linked import named, opened, readings_of
from indicators.services.persons import lists_as_linked
from indicators.services.reviewing import NO_PAIRS
from partnerships.services.notices import queue_notice

if TYPE_CHECKING:
    from indicators.linkage.learning import Learned, Read
    from indicators.linkage.model import Model

JOB = "indicators.learn"
FEWEST_READ, FEWEST_SAME = 50, 25
OPEN = ("learning", "proposed")
REPLACED = "A newer linkage was learned from."
UNDER_WAY = "A model is being learned, or waits for a decision. Decide that one first."


def what_is_missing(run: LinkageRun) -> str:
    """Return why nothing can be learned from a run yet; empty where it can.

    An answer that two readers gave differently counts as one of which nobody could
    tell. Pairs that another model weighed say nothing about the one in use.
    """
    queue = opened(run.review, otherwise=NO_PAIRS)["queue"]
    said = review.concluded_pairs(queue, readings_of(run))
    n_same = sum(answer is Answer.SAME for answer in said.values())
    if len(said) < FEWEST_READ or n_same < FEWEST_SAME:
        return (
            f"A model is learned from {FEWEST_READ} pairs read on, {FEWEST_SAME} of "
            f"them one person. So far {len(said)} are read, {n_same} of them one "
            "person. Read more pairs."
        )
    read = {
        stratum
        for pair, stratum in _strata(queue).items()
        if pair in said and said[pair] is not Answer.UNSURE
    }
    if set(_strata(queue).values()) - read:
        return (
            "In one band of pairs nobody has said yet who is who, so what they stand "
            "for is unknown. Read on: the pairs come in an order that mixes the bands."
        )
    return ""


def ask_model(*, run: LinkageRun, actor: User) -> LearnedModel:
    """Let a worker learn a model from what people said of a run's pairs."""
    can_read_pairs(actor, run).require()
    if missing := what_is_missing(run):
        raise RuleBroken(missing)
    with (
        first_of_two(UNDER_WAY),
        act("indicators.ask_model", actor=actor, chain=run.agreement.chain) as this,
    ):
        row = LinkageRun.objects.select_for_update().get(pk=run.pk)
        can_read_pairs(actor, row).require()
        opened_before = LearnedModel.objects.filter(
            agreement=row.agreement, state__in=OPEN
        )
        for old in opened_before:
            if old.run_id == row.pk:
                raise Conflict(UNDER_WAY)
            _void(old, REPLACED)
        learned = LearnedModel.objects.create(
            agreement=row.agreement, run=row, asked_by=actor, asked_at=clock.now()
        )
        this.subject = f"indicators.learnedmodel:{learned.pk}"
        this.detail |= {"run": row.pk}
        jobs.enqueue(JOB, learned)
    return learned


def learn(key: int, work: jobs.Work) -> None:
    """Learn one model, and link both lists by it to tell what would change."""
    from indicators.linkage import engine, learning, model  # only workers link

    row = LearnedModel.objects.select_related(
        "run__tenants__holding",
        "run__students__holding",
        "run__crosswalk",
        "run__review",
        "run__agreement",
    ).get(pk=key)
    run = row.run
    can_link(run.agreement).require()
    work.step("Open what was delivered and said")
    held = opened(run.review, otherwise=NO_PAIRS)
    kept = opened(run.crosswalk, otherwise=NO_PAIRS)
    pairs, lists = kept["pairs"], lists_as_linked(run, kept)
    housing = named(lists.housing["tenants"], "member_id")
    students = named(lists.school["student"], "id")
    before = accepted_model(run.agreement)
    known = model.from_json(before.parameters) if before else model.shipped()
    if known.digest != run.model_hash:
        raise RuleBroken(
            "This linkage was made by another model than the one in use, so its pairs "
            "cannot correct that one. Learn from the next linkage."
        )
    known = _as_used(known, held["levels"].to_pylist())
    said = review.concluded_pairs(held["queue"], readings_of(run))
    evidence, listed = held["evidence"].to_pylist(), pairs.to_pylist()
    read = _read(evidence, listed, said, odds=_prior(held["levels"].to_pylist()))
    sizes = {s: review.strata_of(pairs).count(s) for s in Stratum}
    work.step("Learn how fields agree by chance", len(housing) * len(students))
    others = engine.others(housing, students, known=known)
    n_before = LearnedModel.objects.filter(
        agreement=row.agreement, pk__lt=row.pk
    ).count()
    learned = learning.learn(
        read,
        sizes,
        known,
        others,
        version=f"{model.shipped().version}.{n_before + 1}",
        source=f"Learned from {len(read)} pairs under {run.agreement.number}.",
    )
    work.step("Learn from what people said", len(read))
    links = engine.link(housing, students, weights=learned.model)
    after = review.placed(
        links.pairs.rename_columns(pairs.column_names[: links.pairs.num_columns])
    )
    work.step("Link by the new model, to compare", after.num_rows)
    basis = _basis(learned, known) | {
        "pairs": _compared(pairs, after, said),
        "compared": list(others),
    }
    with work.finish():
        _propose(row, learned.model, basis)


def _strata(queue: pa.Table) -> dict[Pair, Stratum]:
    return dict(zip(review.pairs_of(queue), review.strata_of(queue), strict=True))


def _prior(levels: list[dict[str, Any]]) -> float:
    """Return the log2 odds that a run began with."""
    row = next(row for row in levels if row["comparison"] == PRIOR)
    return log2(row["m"] / row["u"])


def _as_used(known: "Model", levels: list[dict[str, Any]]) -> "Model":
    """Return the model with the chances that the run itself had."""
    comparisons = {name: dict(each) for name, each in known.comparisons.items()}
    for row in levels:
        if row["comparison"] != PRIOR:
            comparisons[row["comparison"]][row["level"]] = (row["m"], row["u"])
    return replace(known, comparisons=comparisons)


def _read(
    evidence: list[dict[str, Any]],
    pairs: list[dict[str, Any]],
    said: Mapping[Pair, Answer],
    *,
    odds: float,
) -> "list[Read]":
    """Return the pairs that people read, with the levels at which they stand.

    odds: the prior of the run, in bits.
    """
    from indicators.linkage.learning import Read

    levels: dict[Pair, list[int]] = {}
    plain: dict[Pair, float] = {}
    for row in evidence:
        pair = row["left_id"], row["right_id"]
        levels.setdefault(pair, []).append(row["number"])
        plain[pair] = plain.get(pair, odds) + row["bits"]
    placed_at = {(row["housing_id"], row["student_id"]): row for row in pairs}
    return [
        Read(
            stratum=Stratum(placed_at[pair]["stratum"]),
            answer=answer,
            levels=tuple(levels[pair]),
            plain=plain[pair],
            bits=placed_at[pair]["weight"],
        )
        for pair, answer in said.items()
        if pair in levels
    ]


def _basis(learned: "Learned", known: "Model") -> dict[str, Any]:
    """Return what stands beside a proposal: numbers of pairs, fits, changed chances."""
    after = learned.model.comparisons
    return {
        "n_read": learned.n_read,
        "n_same": learned.n_same,
        "n_effective": learned.n_effective,
        "before": asdict(learned.before),
        "after": asdict(learned.after),
        "levels": [
            [name, level, *before, *after[name][level]]
            for name, levels in known.comparisons.items()
            for level, before in levels.items()
        ],
    }


def _compared(
    before: pa.Table, after: pa.Table, said: Mapping[Pair, Answer]
) -> dict[str, Any]:
    """Return what each model links, leaves to people, and does with pairs they read."""
    told = {}
    for name, table in (("before", before), ("after", after)):
        strata = _strata(table)
        linked = {pair for pair, stratum in strata.items() if stratum in review.LINKED}
        told[name] = {
            "linked": len(linked),
            "waiting": sum(each in review.WAITING for each in strata.values()),
            "right": sum(said.get(pair) is Answer.SAME for pair in linked),
            "wrong": sum(said.get(pair) is Answer.DIFFERENT for pair in linked),
        }
    return told


def _propose(row: LearnedModel, learned: "Model", basis: dict[str, Any]) -> None:
    with act(
        "indicators.propose_model",
        actor=System(CLAUSE),
        chain=row.agreement.chain,
        subject=row,
    ) as this:
        can_link(row.agreement).require()
        row = LearnedModel.objects.select_for_update().get(pk=row.pk)
        row.state = LEARNED.move(row.state, "propose")
        row.version, row.sha256 = learned.version, learned.digest
        row.parameters, row.basis = learned.to_json(), basis
        row.save()
        this.detail |= {"model": row.sha256, "read": basis["n_read"]}
        queue_notice(
            key=f"model-learned:{row.pk}",
            recipient=row.asked_by,
            subject=f"{row.agreement.number}: a model is learned",
            body="Its page says what would change. It is used once it is accepted.",
            path=f"/data/runs/{row.run_id}/model/",
        )


def fail_learning(key: int, message: str) -> None:
    """Record why nothing was learned."""
    row = LearnedModel.objects.select_for_update().get(pk=key)
    with act(
        "indicators.learning_failed",
        actor=System(CLAUSE),
        chain=row.agreement.chain,
        subject=row,
    ):
        if LEARNED.allows(row.state, "fail"):
            row.state = LEARNED.move(row.state, "fail")
            row.message = message[:400]
            row.save()


def decide_model(
    *, learned: LearnedModel, is_accepted: bool, reason: str, actor: User
) -> None:
    """Accept a learned model for the next linkages, or decline it with a reason."""
    if not is_accepted and not reason:
        raise RuleBroken("Say why you decline: the record keeps the reason.")
    move = "accept" if is_accepted else "decline"
    with act(
        f"indicators.{move}_model",
        actor=actor,
        chain=learned.agreement.chain,
        subject=learned,
    ) as this:
        Agreement.objects.select_for_update().get(pk=learned.agreement_id)
        row = LearnedModel.objects.select_for_update().get(pk=learned.pk)
        can_decide_model(actor, row).require()
        before = accepted_model(row.agreement)
        if is_accepted and before is not None:
            before.state = LEARNED.move(before.state, "replace")
            before.save()
        row.state = LEARNED.move(row.state, move)
        row.decided_by, row.decided_at, row.reason = actor, clock.now(), reason
        row.save()
        this.detail |= {"model": row.sha256}


def void_model(*, learned: LearnedModel, reason: str, actor: User) -> None:
    """Take a model out of use: the next linkage goes by the shipped one."""
    if not reason:
        raise RuleBroken("Say why the model is no longer used: the record keeps it.")
    with act(
        "indicators.void_model",
        actor=actor,
        chain=learned.agreement.chain,
        subject=learned,
    ) as this:
        row = LearnedModel.objects.select_for_update().get(pk=learned.pk)
        can_decide_model(actor, row).require()
        _void(row, reason)
        this.detail |= {"model": row.sha256}


def void_models(
    *,
    agreement: Agreement,
    reason: str,
    actor: Actor,
    runs: Collection[LinkageRun] | None = None,
) -> None:
    """Take every model out of use that was learned from an agreement's records.

    For the end of the agreement, and for an owner who withdraws; with runs only those
    that were learned from their pairs.
    """
    rows = LearnedModel.objects.select_for_update().filter(
        agreement=agreement, state__in=(*OPEN, "accepted")
    )
    for row in rows if runs is None else rows.filter(run__in=runs):
        with act(
            "indicators.void_model", actor=actor, chain=agreement.chain, subject=row
        ) as this:
            _void(row, reason)
            this.detail |= {"model": row.sha256}


def _void(row: LearnedModel, reason: str) -> None:
    row.state = LEARNED.move(row.state, "void")
    row.voided_at, row.reason = clock.now(), reason
    row.save()
