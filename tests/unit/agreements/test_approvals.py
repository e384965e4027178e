"""A round puts one text before every owner's counsel, and each decides its part."""

from pathlib import Path

import pytest

from accounts import jobs
from accounts.acts import RuleBroken
from accounts.models import LedgerEntry
from agreements.digests import digest_of
from agreements.models import Agreement, Approval
from agreements.services import approvals, signing
from agreements.terms_text import part_of
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="review").number


@pytest.fixture
def review(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def approve(approval: Approval) -> None:
    counsel = make.holder(approval.owner, Role.COUNSEL)
    approvals.approve(approval=approval, actor=counsel)


def test_round_freezes_the_text_and_each_owners_part(review: Agreement) -> None:
    round_ = review.rounds.get()
    assert round_.text_digest == digest_of(round_.text)
    assert round_.part_digests == {
        str(owner.pk): digest_of(part_of(round_.text, str(owner.pk)))
        for owner in review.partnership.organisations.all()
    }
    assert len(set(round_.part_digests.values())) == 2


def test_every_owners_counsel_is_asked(review: Agreement) -> None:
    asked = Notice.objects.filter(subject__contains="waits for your decision")
    assert {notice.recipient.name for notice in asked} == {"Cy Counsel", "Sol Icitor"}


def test_last_approval_closes_the_round_and_asks_for_the_file(
    review: Agreement,
) -> None:
    first, last = review.rounds.get().approvals.all()
    approve(first)
    review.refresh_from_db()
    assert review.state == "review"
    approve(last)
    review.refresh_from_db()
    assert review.state == "approved"
    assert not review.rounds.get().is_open
    assert jobs.latest(signing.RENDER, review).is_open


def test_approval_keeps_the_owners_part_on_row_and_ledger(review: Agreement) -> None:
    approval = review.rounds.get().approvals.first()
    approve(approval)
    approval.refresh_from_db()
    part = review.rounds.get().part_digests[str(approval.owner_id)]
    assert approval.part_digest == part
    entry = LedgerEntry.objects.get(act="agreements.approve")
    assert entry.detail == {"owner": approval.owner_id, "part": part}


def test_sending_back_says_what_should_change(review: Agreement) -> None:
    approval = review.rounds.get().approvals.first()
    counsel = make.holder(approval.owner, Role.COUNSEL)
    with pytest.raises(RuleBroken, match="Say what should change"):
        approvals.send_back(approval=approval, reason="  ", actor=counsel)
    approvals.send_back(approval=approval, reason="Shorter.", actor=counsel)
    told = Notice.objects.get(subject__contains="was sent back to you")
    assert told.recipient == review.drafted_by
    assert "Shorter." not in told.body
