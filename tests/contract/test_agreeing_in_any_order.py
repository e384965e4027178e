"""No order of edits, approvals, delegations and withdrawals executes the unapproved.

On PostgreSQL, two people act at once at every step. What is executed then is what each
owner approved of its part, and what every signature covers.
"""

import random
from contextlib import ExitStack
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from agreements.digests import digest_of
from agreements.lifecycle import GIVEN
from agreements.models import Agreement, Approval
from agreements.queries import facts_of, owners_of, text_of
from agreements.terms_text import part_of, terms_of
from tests.contract.deeds import DEEDS, IN_A_ROW, before, doing
from tests.contract.racing import Begin, Race, together

MANY, N_STEPS, N_ONWARD = 30, 10, 14


# What must hold


def assert_sound(made: Agreement) -> None:
    """Demand that nothing goes on without what each owner gave of its own part."""
    if made.state == "draft":
        return
    facts, round_ = facts_of(made), made.rounds.first()
    assert round_ is not None
    text = round_.text
    assert digest_of(text) == round_.text_digest
    if not made.access.exclude(membership__ended_on=None).exists():
        now = {"terms": terms_of(facts), "clauses": text_of(facts)}
        assert digest_of(now) == round_.text_digest
    given = {row.owner_id: row for row in round_.approvals.filter(state__in=GIVEN)}
    everybody = {owner.pk for owner in owners_of(made)}
    assert (
        given.keys() < everybody if made.state == "review" else everybody == set(given)
    )
    assert len({row.decided_by_id for row in given.values()}) == len(given)
    for owner, row in given.items():
        part = digest_of(part_of(text, str(owner)))
        assert row.part_digest == round_.part_digests[str(owner)] == part
        assert row.decided_by_id not in made.drafters
        assert _was_given(made, row)
    if made.state == "in_force":
        frozen = made.documents.filter(kind="frozen").first()
        assert frozen is not None
        assert frozen.content_digest() == frozen.sha256
        signatures = made.signatures.filter(document=frozen)
        assert {each.digest for each in signatures} == {frozen.sha256}
        signed = {each.signatory_id for each in signatures}
        assert signed == {party.signatory_id for party in made.parties.all()}
        assert made.mandate.record["text_digest"] == frozen.sha256
        assert made.documents.filter(kind="executed").count() == 1


def _was_given(made: Agreement, row: Approval) -> bool:
    """Whether the owner's own person once approved this very part."""
    history = Approval.history.filter(
        owner=row.owner_id, state="approved", part_digest=row.part_digest
    )
    return history.filter(decided_by=row.decided_by_id).exists()


class Agreeing(RuleBasedStateMachine):
    """Two people at once, again and again; at the end all of them agree."""

    race: Race
    numbers = count()

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        """Enter a fresh copy of the past."""
        self.stack, self.chance = ExitStack(), random.Random(seed)
        self.stack.enter_context(self.race.again(next(self.numbers)))

    @rule(
        one=st.sampled_from(["onward", *IN_A_ROW]),
        other=st.sampled_from(["onward", "onward", *IN_A_ROW, *DEEDS]),
    )
    def act_at_once(self, one: str, other: str) -> None:
        """Let two people act at the same time."""
        together(self.chance, doing(one), doing(other))

    @invariant()
    def nothing_is_executed_unapproved(self) -> None:
        """Hold after every step."""
        if hasattr(self, "stack"):
            assert_sound(Agreement.objects.get())

    def teardown(self) -> None:
        """Go on alone, to the end: whatever happened, it can still be agreed."""
        with self.stack:
            for _ in range(N_ONWARD):
                doing("onward")()
            made = Agreement.objects.get()
            assert made.state == "in_force"
            assert_sound(made)


def agree(begin: Begin, *, n_examples: int) -> None:
    Agreeing.race = begin(before)
    run_state_machine_as_test(
        Agreeing,
        settings=settings(
            max_examples=n_examples,
            stateful_step_count=N_STEPS,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.prove
def test_nothing_is_executed_unapproved_in_many_orders(begin: Begin) -> None:
    agree(begin, n_examples=MANY)
