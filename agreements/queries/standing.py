"""Where an agreement stands: its owners, rounds, proof, mandate and live state."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from django.db.models import F, QuerySet

from accounts.acts import Decision
from agreements.codes import code_from
from agreements.digests import digest_of
from agreements.lifecycle import AGREEMENT, GIVEN
from agreements.mandate import Mandate, from_record
from agreements.models import Agreement, Approval, ApprovalRound, Document, Party
from agreements.models import Mandate as MandateRow
from agreements.permission import Above, LiveState, Request, permits
from agreements.queries.facts import facts_of, text_of, today_of
from agreements.queries.in_force import clauses_in, mandate_row, texts_of
from agreements.rules import facts as f
from agreements.rules.vocabulary import AgreementKind
from partnerships.models import Membership, Organisation

IN_FORCE = ("in_force", "paused")


def owners_of(agreement: Agreement) -> QuerySet[Organisation]:
    """Return the owners: whoever sends something, no more and no fewer."""
    return Organisation.objects.filter(
        pk__in=agreement.flows.values("sender")
    ).order_by("pk")


def open_round(agreement: Agreement) -> ApprovalRound | None:
    """Return the round that waits for decisions, if any."""
    return agreement.rounds.filter(is_open=True).first()


def latest_round(agreement: Agreement) -> ApprovalRound | None:
    """Return the newest round, open or not."""
    return agreement.rounds.first()


def standing_text(agreement: Agreement) -> list[dict[str, Any]]:
    """Return the clauses as they stand: in force, frozen in the round, or drafted."""
    round_ = latest_round(agreement)
    if round_ is None or agreement.state == AGREEMENT.initial:
        return text_of(facts_of(agreement))
    if agreement.executed_at:
        return clauses_in(texts_of(agreement))
    return list(round_.text["clauses"])


def outstanding_owners(round_: ApprovalRound) -> QuerySet[Approval]:
    """Return the approvals that a round still waits for."""
    return round_.approvals.filter(decided_at=None).select_related("owner")


def given_before(approval: Approval) -> Approval | None:
    """Return the owner's last approval of an earlier text, with that text, if any.

    What was only carried over to a text was not given on it.
    """
    return _decided_before(approval).exclude(part_digest="").first()


def read_before(approval: Approval) -> Approval | None:
    """Return the owner's last decision on an earlier text, with that text, if any.

    Whoever asked for changes, or declined, has read what it was about.
    """
    return _decided_before(approval).first()


def _decided_before(approval: Approval) -> QuerySet[Approval]:
    earlier = Approval.objects.filter(
        round__agreement=approval.round.agreement_id,
        round__number__lt=approval.round.number,
        owner=approval.owner_id,
        decided_at__gte=F("round__opened_at"),
    )
    return earlier.select_related("round", "owner").order_by("-round__number")


def is_signed(agreement: Agreement) -> bool:
    """Return whether somebody has signed the text that is frozen now."""
    frozen = agreement.documents.filter(kind="frozen").values("pk")[:1]
    return agreement.signatures.filter(document__in=frozen).exists()


def original_of(agreement: Agreement) -> Document | None:
    """Return the original on paper with which the newest text is compared, if any."""
    round_ = latest_round(agreement)
    said = round_.text["terms"]["original"] if round_ else None
    kept = agreement.documents.filter(kind="original").defer("content")
    return kept.filter(sha256=said["digest"]).first() if said else None


def code_of(agreement: Agreement) -> str:
    """Return the code that the newest text carries in print; "" before there is one."""
    round_ = latest_round(agreement)
    return code_from(round_.text_digest) if round_ else ""


def has_signed(agreement: Agreement, party: Party) -> bool:
    """Return whether a party has signed the text that is frozen now."""
    frozen = agreement.documents.filter(kind="frozen").values("pk")[:1]
    signed = agreement.signatures.filter(document__in=frozen)
    return signed.filter(signatory=party.signatory_id).exists()


def proof_of(agreement: Agreement) -> f.Proof | None:
    """Return what was approved and signed: None before the text was frozen."""
    round_ = latest_round(agreement)
    frozen = agreement.documents.filter(kind="frozen").defer("content").first()
    if round_ is None or frozen is None:
        return None
    return f.Proof(
        text_digest=frozen.sha256,
        part_digests=MappingProxyType(dict(round_.part_digests)),
        approvals=tuple(
            f.Approval(owner=str(approval.owner_id), part_digest=approval.part_digest)
            for approval in round_.approvals.filter(state__in=GIVEN)
        ),
        signatures=tuple(
            f.Signature(
                party=str(signature.signatory.organisation_id), digest=signature.digest
            )
            for signature in agreement.signatures.filter(
                document=frozen
            ).select_related("signatory")
        ),
    )


def mandate_of(agreement: Agreement) -> Mandate | None:
    """Return the terms that run; None if there are none, or none that can be read."""
    return _terms_in(mandate_row(agreement))


def _terms_in(row: MandateRow | None) -> Mandate | None:
    try:
        return from_record(row.record) if row else None
    except (KeyError, TypeError, ValueError):
        return None


def live_state(agreement: Agreement) -> LiveState:
    """Return what holds today, whatever was signed."""
    _, live = terms_today(agreement)
    return live


def terms_today(
    agreement: Agreement, *, holdings: Iterable[str] = ()
) -> tuple[Mandate | None, LiveState]:
    """Return the terms that run, and what holds today, whatever was signed.

    holdings: references of what is held under the agreement; an open hold covers
    them all.
    """
    row = mandate_row(agreement)
    mandate = _terms_in(row)
    present = {
        str(person)
        for person in Membership.objects.filter(
            user__is_active=True,
            ended_on=None,
            organisation__in=agreement.parties.values("organisation"),
        ).values_list("user_id", flat=True)
    }
    today = today_of(agreement)
    is_held = agreement.holds.filter(closed_at=None).exists()
    live = LiveState(
        today=today,
        record_is_intact=_is_intact(row, mandate),
        paused_by=tuple(str(party) for party in agreement.paused_by),
        ended_on=today if agreement.state == "ended" else None,
        departed=frozenset(
            entry.person
            for entry in (mandate.access if mandate else ())
            if entry.person not in present
        ),
        holds=frozenset(holdings) if is_held else frozenset(),
        above=_above(agreement),
    )
    return mandate, live


def _above(agreement: Agreement) -> tuple[Above, ...]:
    """Return what the agreements say today under which a project stands."""
    if agreement.kind != AgreementKind.DATA_USE.upper():
        return ()
    parents = Agreement.objects.filter(dependants__agreement=agreement)
    return tuple(_binding(each) for each in parents.order_by("pk"))


def _binding(parent: Agreement) -> Above:
    mandate, live = terms_today(parent)
    return Above(number=parent.number, mandate=mandate, live=live)


def _is_intact(row: MandateRow | None, mandate: Mandate | None) -> bool:
    """Return whether the record matches its digest and names the signed text."""
    if row is None or mandate is None or digest_of(row.record) != row.record_digest:
        return False
    return Document.objects.filter(
        agreement=row.agreement_id, kind="frozen", sha256=mandate.text_digest
    ).exists()


def permitted(
    agreement: Agreement, request: Request, *, holdings: Iterable[str] = ()
) -> Decision:
    """Return whether the executed terms and the live state allow a request."""
    return permits(*terms_today(agreement, holdings=holdings), request)
