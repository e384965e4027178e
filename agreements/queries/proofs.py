"""Reads what was proved beside a text, from rows into facts."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from django.db.models import F

from agreements.digests import digest_of
from agreements.lifecycle import GIVEN
from agreements.models import (
    Agreement,
    ApprovalRound,
    ProofRecord,
    StateSupplement,
)
from agreements.queries.in_force import (
    amended_by,
    clauses_in,
    loaded_changes,
    terms_in,
)
from agreements.rules import facts as f
from agreements.rules.scope import Scope
from agreements.rules.vocabulary import (
    AgreementKind,
    Covers,
    DeterminationKind,
    Grain,
    HousingGround,
    NoticeKind,
    PartyType,
    Use,
)
from partnerships.models import Organisation

Kind = ProofRecord.Kind
_NOTICES = {
    Kind.ANNUAL_NOTICE: NoticeKind.ANNUAL,
    Kind.DIRECTORY_NOTICE: NoticeKind.DIRECTORY,
    Kind.LIMITS_NOTICE: NoticeKind.REDISCLOSURE_LIMITS,
}
_DETERMINATIONS = {
    Kind.DEIDENTIFICATION: DeterminationKind.DEIDENTIFICATION,
    Kind.IRB: DeterminationKind.IRB,
}


def family_of(row: Agreement) -> list[Agreement]:
    """Return an agreement, what has changed it, and what it changes.

    Their texts make up one agreement, so what counsel put on file for one counts.
    """
    changed = amended_by(row)
    return [row, *loaded_changes(row), *([changed] if changed else [])]


def files_of(row: Agreement) -> list[Agreement]:
    """Return the agreements whose records on file count for one.

    Those of the agreements above a project do while they fit what it lists.
    """
    is_project = row.kind == AgreementKind.DATA_USE.upper()
    above = [each.parent for each in row.standings.all()] if is_project else []
    return [*family_of(row), *above]


def proofs_of(row: Agreement) -> list[ProofRecord]:
    """Return the records on file that count for an agreement."""
    return [proof for one in files_of(row) for proof in one.proofs.all()]


def authorities_in(row: Agreement) -> tuple[f.Authority, ...]:
    """Return who may sign, and on what authority the housing side sends."""
    found = [
        f.Authority(
            party=str(party.organisation_id),
            covers=Covers.SIGNING,
            source=party.signatory.authority_source,
            document=party.signatory.authority_reference,
            limits=party.signatory.authority_limits,
            expires_on=party.signatory.authority_expires_on,
        )
        for party in row.parties.all()
        if party.signatory
    ]
    if row.sending_authority_source and row.sending_authority:
        found += [
            f.Authority(
                party=str(party.organisation_id),
                covers=Covers.SENDING,
                source=row.sending_authority_source,
                document=row.sending_authority,
            )
            for party in row.parties.all()
            if party.organisation.kind
            in (Organisation.Kind.PHA, Organisation.Kind.MULTIFAMILY_OWNER)
        ]
    return tuple(found)


def schedule_digest(agreement: Agreement, party: int) -> str:
    """Return the digest of what a party sends others: a finding holds only for that.

    agreement: as `with_all_facts` loaded it, or not; party: an organisation's key.
    """
    listed = [
        [flow.key, flow.receiver_id, sorted(e.code for e in flow.elements.all())]
        for flow in agreement.flows.all()
        if flow.sender_id == party and flow.receiver_id != party
    ]
    purposes = sorted(purpose.text for purpose in agreement.purposes.all())
    return digest_of({"flows": sorted(listed), "purposes": purposes})


def reviews_in(row: Agreement) -> tuple[f.CounselReview, ...]:
    """Return counsel's findings on what is listed now, and reviews on record.

    What counsel read of another text, above or beside this one, is no review of it.
    """
    current: dict[int, f.CounselReview] = {}
    findings = [each for one in files_of(row) for each in one.findings.all()]
    for finding in sorted(findings, key=lambda each: -each.pk):
        if finding.party_id in current:
            continue
        if finding.schedule_digest == schedule_digest(row, finding.party_id):
            current[finding.party_id] = f.CounselReview(
                party=str(finding.party_id),
                reviewed_on=finding.recorded_at.date(),
                finding=HousingGround(finding.ground),
            )
    recorded = (
        f.CounselReview(
            party=str(proof.party_id),
            reviewed_on=proof.dated_on,
            digest=proof.part_digest,
            clauses_read=frozenset(proof.covers),
        )
        for proof in row.proofs.all()
        if proof.kind == Kind.COUNSEL_REVIEW
    )
    return (*current.values(), *recorded)


def reviews_by_approval(
    newest: ApprovalRound | None, wordings: Iterable[str]
) -> tuple[f.CounselReview, ...]:
    """Return the reviews that counsel's approvals of the newest text amount to.

    newest: the round of that text, if it was put before anybody. wordings: digests of
    the altered and own clauses in it.
    """
    if newest is None:
        return ()
    return tuple(
        f.CounselReview(
            party=str(approval.owner_id),
            reviewed_on=approval.decided_at.date(),
            digest=approval.part_digest,
            clauses_read=frozenset(wordings),
        )
        for approval in newest.approvals.filter(state__in=GIVEN)
        if approval.decided_at
    )


def notices_in(row: Agreement) -> tuple[f.Notice, ...]:
    """Return the notices on record."""
    return tuple(
        f.Notice(
            kind=_NOTICES[Kind(proof.kind)],
            party=str(proof.party_id),
            given_on=proof.dated_on,
            covers=frozenset(str(each) for each in proof.covers),
            recipients=frozenset(str(each) for each in proof.recipients),
            flow=proof.flow.key if proof.flow else "",
        )
        for proof in proofs_of(row)
        if proof.kind in _NOTICES
    )


def determinations_in(row: Agreement) -> tuple[f.Determination, ...]:
    """Return the determinations on record."""
    return tuple(
        f.Determination(
            kind=_DETERMINATIONS[Kind(proof.kind)],
            party=str(proof.party_id),
            signed_on=proof.dated_on,
            flow=proof.flow.key if proof.flow else "",
        )
        for proof in proofs_of(row)
        if proof.kind in _DETERMINATIONS
    )


def consent_forms_in(row: Agreement) -> tuple[f.ConsentForm, ...]:
    """Return the consent forms on record, each for one flow."""
    return tuple(
        f.ConsentForm(flow=proof.flow.key, **proof.detail)
        for proof in proofs_of(row)
        if proof.kind == Kind.CONSENT_FORM and proof.flow
    )


def overrides_in(row: Agreement) -> tuple[f.Override, ...]:
    """Return what counsel let stand."""
    return tuple(
        f.Override(
            rule=each.rule,
            subject=each.subject,
            owner=str(each.owner_id),
            counsel=each.counsel.name,
            reason=each.reason,
            decided_on=each.decided_on,
        )
        for one in family_of(row)
        for each in one.overrides.all()
    )


def state_reviews_of(row: Agreement, ends_on: date | None) -> tuple[f.StateReview, ...]:
    """Return the parties' own supplements on their states, in one query."""
    parties = [party.organisation_id for party in row.parties.all()]
    found = StateSupplement.objects.filter(
        organisation__in=parties, state=F("organisation__state")
    )
    return tuple(
        f.StateReview(
            state=each.state,
            party=str(each.organisation_id),
            reviewed_on=each.reviewed_on,
            next_review_on=each.next_review_on,
            reviewed_by=each.reviewed_by.name,
            terms=MappingProxyType(dict(each.terms)),
            keeps=each.keeps,
            keeps_until=(
                ends_on + timedelta(days=each.keeps_days)
                if ends_on and each.keeps_days is not None
                else None
            ),
        )
        for each in found.order_by("organisation").select_related("reviewed_by")
    )


def original_in(row: Agreement) -> f.Original | None:
    """Return the paper that the parties signed before, if one is on record."""
    signed_on = row.signed_on_paper_on
    return next(
        (
            f.Original(signed_on=signed_on, digest=each.sha256)
            for each in row.originals.all()
            if signed_on
        ),
        None,
    )


def parents_in(row: Agreement) -> tuple[f.ParentTerms, ...]:
    """Return the terms, as signed, of each agreement that this one stands under."""
    return tuple(
        terms
        for standing in row.standings.all()
        if (terms := _parent(standing.parent)) is not None
    )


def _parent(parent: Agreement) -> f.ParentTerms | None:
    rows = [parent, *loaded_changes(parent)]
    texts = [rounds[0].text for row in rows if (rounds := list(row.rounds.all()))]
    if not texts or parent.ends_on is None or parent.min_cell is None:
        return None
    terms = terms_in(texts)
    clauses = clauses_in(texts)
    flows = terms["flows"]
    offer = None
    if parent.offered_to and parent.offered_until:
        offer = f.Offer(
            joiner_type=PartyType(parent.offered_to), until_on=parent.offered_until
        )
    return f.ParentTerms(
        number=parent.number,
        parties=tuple(party["key"] for party in terms["parties"]),
        owners=tuple(sorted({flow["sender"] for flow in flows})),
        recipients=tuple(sorted({flow["receiver"] for flow in flows})),
        fields=tuple(
            (
                flow["sender"],
                flow["receiver"],
                Grain(flow["grain"]),
                tuple(field["code"] for field in flow["fields"]),
            )
            for flow in flows
        ),
        scopes=tuple(
            (flow["sender"], flow["receiver"], _scope(flow.get("scope", {})))
            for flow in flows
        ),
        purposes=tuple(purpose["text"] for purpose in terms["purposes"]),
        uses=tuple(
            sorted({Use(use) for each in terms["purposes"] for use in each["uses"]})
        ),
        destruction=f.Destruction(
            list_days=terms["destruction"]["list_days"],
            release_days=terms["destruction"]["release_days"],
            end_days=terms["destruction"]["end_days"],
        ),
        people=tuple(entry["person"] for entry in terms["access"]),
        clauses=tuple(clause["key"] for clause in clauses),
        ends_on=parent.ends_on,
        min_cell=parent.min_cell,
        offer=offer,
        is_active=parent.state == "in_force",
        texts=tuple(
            (clause["key"], clause["title"], clause["text"]) for clause in clauses
        ),
        edition=len(texts),
    )


def _scope(said: Mapping[str, Any]) -> Scope:
    return Scope(**{name: tuple(value) for name, value in said.items()})
