"""What counsel puts on file before an agreement can be signed."""

from collections.abc import Mapping
from datetime import timedelta

from accounts import clock
from accounts.models import User
from agreements.models import Agreement, ProofRecord
from agreements.queries.facts import today_of
from agreements.services import records
from partnerships.models import Organisation


def read(draft: Agreement, counsel: Mapping[Organisation, User]) -> None:
    """Let counsel of parties go through their states' law, and then read a draft.

    The law comes first: it is part of what everybody reads.
    """
    for party, person in counsel.items():
        records.review_state(
            organisation=party,
            terms={"student_privacy": "Nothing stricter than this agreement."},
            keeps="",
            keeps_days=None,
            next_review_on=clock.today([party.time_zone]) + timedelta(days=365),
            actor=person,
        )
    for party, person in counsel.items():
        records.keep_record(
            agreement=draft,
            party=party,
            kind=ProofRecord.Kind.COUNSEL_REVIEW,
            dated_on=today_of(draft),
            document="Counsel's office",
            actor=person,
        )
