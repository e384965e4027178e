"""Records on file: who may put them there, and what they cannot say."""

import datetime as dt
from typing import Any

import pytest

from accounts.acts import Conflict, Refused, RuleBroken
from agreements.models import ProofRecord
from agreements.services import records
from partnerships.roles import Role
from tests import make

pytestmark = pytest.mark.django_db

Kind = ProofRecord.Kind


@pytest.mark.parametrize("kind", [Kind.ANNUAL_NOTICE, Kind.COUNSEL_REVIEW])
def test_only_counsel_says_that_counsel_read_the_text(kind: Kind) -> None:
    draft = make.agreement(until="draft")
    agency = draft.partnership.organisations.get(kind="pha")
    said: dict[str, Any] = {
        "agreement": draft,
        "party": agency,
        "kind": kind,
        "dated_on": dt.date(2026, 1, 1),
        "document": "The office",
    }
    records.keep_record(**said, actor=make.holder(agency, Role.COUNSEL))
    if kind == Kind.COUNSEL_REVIEW:
        with pytest.raises(Refused, match="counsel may do this"):
            records.keep_record(**said, actor=draft.drafted_by)
    else:
        records.keep_record(**said, actor=draft.drafted_by)


def test_what_is_no_overridable_finding_is_not_let_stand() -> None:
    draft = make.agreement(until="draft")
    agency = draft.partnership.organisations.get(kind="pha")
    for rule, broken in (("R-071", Conflict), ("R-081", Conflict)):
        with pytest.raises(broken, match="do not find this"):
            records.override(
                agreement=draft,
                owner=agency,
                rule=rule,
                subject="min_cell",
                reason="Because.",
                actor=make.holder(agency, Role.COUNSEL),
            )
    with pytest.raises(RuleBroken, match="Say why"):
        records.override(
            agreement=draft,
            owner=agency,
            rule="R-081",
            subject="list_days",
            reason=" ",
            actor=make.holder(agency, Role.COUNSEL),
        )
