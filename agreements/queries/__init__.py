"""What this floor reads: facts of agreements, and where they stand."""

from agreements.queries.facts import (
    facts_of,
    read_facts,
    text_of,
    today_of,
    with_all_facts,
)
from agreements.queries.proofs import schedule_digest
from agreements.queries.record import kinds_on_record
from agreements.queries.register import searched_texts
from agreements.queries.standing import (
    IN_FORCE,
    code_of,
    given_before,
    has_signed,
    is_signed,
    latest_round,
    live_state,
    mandate_of,
    open_round,
    original_of,
    outstanding_owners,
    owners_of,
    permitted,
    proof_of,
    standing_text,
)
from agreements.queries.versions import (
    latest_version,
    outline_of,
    source_of,
    template_now,
    template_of,
    text_now,
    text_standing,
    wording_of,
)

__all__ = [
    "IN_FORCE",
    "code_of",
    "facts_of",
    "given_before",
    "has_signed",
    "is_signed",
    "kinds_on_record",
    "latest_round",
    "latest_version",
    "live_state",
    "mandate_of",
    "open_round",
    "original_of",
    "outline_of",
    "outstanding_owners",
    "owners_of",
    "permitted",
    "proof_of",
    "read_facts",
    "schedule_digest",
    "searched_texts",
    "source_of",
    "standing_text",
    "template_now",
    "template_of",
    "text_now",
    "text_of",
    "text_standing",
    "today_of",
    "with_all_facts",
    "wording_of",
]
