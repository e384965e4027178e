"""What stands beside an agreement: comments, holds, signatures and files on paper."""

from datetime import timedelta
from typing import Any

from accounts import clock
from agreements.models import (
    Agreement,
    Comment,
    Hold,
    PaperOriginal,
    PaperSignature,
)
from agreements.services import comments, obligations, originals
from agreements.services import paper as papers
from partnerships.roles import Role
from tests.support import hostile
from tests.support.directory import holder


def hold(made: Agreement, kind: str = "district") -> Hold:
    """Return a hold that one side's counsel has placed."""
    owner = made.partnership.organisations.get(kind=kind)
    return obligations.place_hold(
        agreement=made,
        owner=owner,
        reason="A request to inspect.",
        actor=holder(owner, Role.COUNSEL),
    )


def comment(made: Agreement, kind: str = "pha", **said: Any) -> Comment:
    """Return a comment of one side's counsel, which that side alone reads."""
    owner = made.partnership.organisations.get(kind=kind)
    given = {"item": "clause:C02", "body": "Which school years?"}
    return comments.comment(
        agreement=made,
        organisation=owner,
        actor=holder(owner, Role.COUNSEL),
        **given | said,
    )


def paper(made: Agreement, kind: str = "pha", **said: Any) -> PaperSignature:
    """Return a signature in ink of one side, which waits for the other's check."""
    party = made.parties.get(organisation__kind=kind)
    given: dict[str, Any] = {"scan": b"%PDF-1.7 pages", "signer_title": "Head"}
    given["signer_name"] = party.signatory.user.name
    given["signed_on"] = clock.today([party.organisation.time_zone])
    counsel = holder(party.organisation, Role.COUNSEL)
    return papers.record_paper(party=party, actor=counsel, **given | said)


def original(made: Agreement, **said: Any) -> PaperOriginal:
    """Return the original of a draft that was signed on paper a year ago."""
    given: dict[str, Any] = {
        "signed_on": clock.today() - timedelta(days=365),
        "content": hostile.plain_page(),
        "actor": made.drafted_by,
    }
    return originals.save_original(agreement=made, **given | said)
