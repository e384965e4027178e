"""No order of edits, approvals, delegations and withdrawals executes the unapproved.

On PostgreSQL, two people act at once at every step. What is executed then is what each
owner approved of its part, and what every signature covers.
"""

import random
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
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

from accounts import clock
from accounts.acts import RuleBroken
from accounts.models import User
from agreements import presets
from agreements.digests import digest_of
from agreements.lifecycle import GIVEN
from agreements.models import Agreement, Approval
from agreements.queries import code_of, facts_of, owners_of, text_of
from agreements.services import (
    approvals,
    drafting,
    paper,
    routes,
    sections,
    signing,
)
from agreements.terms_text import part_of, terms_of
from partnerships.roles import Role
from tests import make
from tests.contract.racing import Begin, Race, together

MANY, N_STEPS, N_ONWARD = 30, 10, 8
INNER = "student.preferred_first_name"
SIGNERS = {"pha": Role.DIRECTOR, "district": Role.SUPERINTENDENT}


def before() -> None:
    """Make a draft, a second counsel for the agency, and a delegate at the district."""
    joined = make.partners()
    agency = joined.organisations.get(kind="pha")
    make.person("Cora Counsel", agency, Role.COUNSEL)
    district = joined.organisations.get(kind="district")
    make.agreement(joined, until="draft")
    today = clock.today([district.time_zone])
    routes.delegate(
        organisation=district,
        taker=make.holder(district, Role.STEWARD),
        from_on=today,
        until_on=today + timedelta(days=2),
        actor=make.holder(district, Role.COUNSEL),
    )


# What people do. Whoever comes too late, or may not, is told so and nothing happens.


def approval_of(made: Agreement, kind: str) -> Approval:
    """Return the newest approval of a side."""
    round_ = made.rounds.first()
    if round_ is None:
        raise RuleBroken("No text has been sent yet.")
    return round_.approvals.get(owner__kind=kind)


def edit_inside(made: Agreement) -> None:
    """List or unlist a field that stays inside the district."""
    flow = made.flows.get(key=presets.STUDENT_RECORDS)
    listed = flow.elements.filter(code=INNER).first()
    if listed is not None:
        sections.unlist_elements(
            agreement=made, elements=[listed], actor=made.drafted_by
        )
        return
    element = sections.list_element(flow=flow, code=INNER, actor=made.drafted_by)
    sections.save_element(
        element=element, values={"answers": [presets.LINKING]}, actor=made.drafted_by
    )


def edit_common(made: Agreement) -> None:
    """Add or drop a clause that binds both."""
    sections.save_section(
        agreement=made,
        section="protection",
        values={"optional_clauses": [] if made.optional_clauses else ["C22"]},
        actor=made.drafted_by,
    )


def submit(made: Agreement) -> None:
    drafting.submit(agreement=made, actor=made.drafted_by)


def approve(kind: str, role: Role = Role.COUNSEL) -> "Deed":
    def deed(made: Agreement) -> None:
        approval = approval_of(made, kind)
        actor = make.holder(approval.owner, role)
        approvals.approve(approval=approval, actor=actor)

    return deed


def approve_as_second(made: Agreement) -> None:
    approval = approval_of(made, "pha")
    approvals.approve(approval=approval, actor=User.objects.get(name="Cora Counsel"))


def hand_over(made: Agreement) -> None:
    approval = approval_of(made, "pha")
    actor = make.holder(approval.owner, Role.COUNSEL)
    other = User.objects.get(name="Cora Counsel")
    approvals.hand_over(approval=approval, to=other, actor=actor)


def send_back(made: Agreement) -> None:
    approval = approval_of(made, "district")
    actor = make.holder(approval.owner, Role.COUNSEL)
    approvals.send_back(approval=approval, reason="Fewer.", actor=actor)


def withdraw(kind: str) -> "Deed":
    def deed(made: Agreement) -> None:
        approval = approval_of(made, kind)
        actor = make.holder(approval.owner, Role.COUNSEL)
        approvals.withdraw(approval=approval, actor=actor)

    return deed


def reopen(made: Agreement) -> None:
    signing.reopen(agreement=made, actor=made.drafted_by)


def decline(made: Agreement) -> None:
    actor = make.who(made, "district", Role.SUPERINTENDENT)
    signing.decline_to_sign(agreement=made, reason="Wait.", actor=actor)


def sign(kind: str) -> "Deed":
    def deed(made: Agreement) -> None:
        actor = make.who(made, kind, SIGNERS[kind])
        signing.sign(
            agreement=made,
            digest=signing.frozen_of(made).sha256,
            typed_name=actor.name,
            password=make.PASSWORD,
            address=None,
            browser="",
            actor=actor,
        )

    return deed


def sign_on_paper(made: Agreement) -> None:
    make.paper(made)


def check_paper(made: Agreement) -> None:
    for waiting in made.papers.filter(state="waiting"):
        actor = make.who(made, "district", Role.COUNSEL)
        paper.confirm_paper(
            paper=waiting, code=code_of(made), is_unaltered=True, actor=actor
        )


def work(made: Agreement) -> None:
    make.work_off()


Deed = Callable[[Agreement], None]
DEEDS: dict[str, Deed] = {
    "edit inside": edit_inside,
    "edit common": edit_common,
    "submit": submit,
    "approve pha": approve("pha"),
    "approve pha as second": approve_as_second,
    "approve district": approve("district"),
    "approve district by delegation": approve("district", Role.STEWARD),
    "hand over": hand_over,
    "send back": send_back,
    "withdraw pha": withdraw("pha"),
    "withdraw district": withdraw("district"),
    "reopen": reopen,
    "decline": decline,
    "sign pha": sign("pha"),
    "sign district": sign("district"),
    "sign on paper": sign_on_paper,
    "check paper": check_paper,
    "work": work,
}
ONWARD = {
    "draft": ["submit"],
    "review": ["approve pha", "approve pha as second", "approve district"],
    "approved": ["work"],
    "signing": ["check paper", "sign pha", "sign district", "work"],
}
IN_A_ROW = {
    "rewrite common": ["send back", "reopen", "edit common", "submit"],
    "rewrite inside": ["send back", "reopen", "edit inside", "submit"],
    "think again": ["withdraw pha", "withdraw district", "approve district"],
}


def doing(name: str) -> Callable[[], str]:
    """Return a deed to be done in a thread; what may not be, is not."""

    def do() -> str:
        made = Agreement.objects.get()
        if name == "onward":
            names = ONWARD.get(made.state, [])
        else:
            names = IN_A_ROW.get(name, [name])
        for each in names:
            try:
                DEEDS[each](Agreement.objects.get())
            except RuleBroken:
                continue
        return made.state

    return do


# What must hold


def assert_sound(made: Agreement) -> None:
    """Demand that nothing goes on without what each owner gave of its own part."""
    if made.state == "draft":
        return
    facts, round_ = facts_of(made), made.rounds.first()
    text = {"terms": terms_of(facts), "clauses": text_of(facts)}
    assert round_ is not None
    assert digest_of(text) == round_.text_digest
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
