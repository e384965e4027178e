"""Rules on parties: who they are, who is bound, and on whose authority."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Basis, Covers, PartyType, Stage

_AGREEMENT_REQUIRED = (Basis.STUDIES, Basis.AUDIT_EVALUATION)
_EDUCATION_SENDERS = (PartyType.DISTRICT, PartyType.SCHOOL, PartyType.STATE_AGENCY)
_HOUSING_SENDERS = (PartyType.PHA, PartyType.MULTIFAMILY_OWNER)
_UNDER_HOUSING_CONFIDENTIALITY = ("H.ID", "H.PROG", "H.INCT")


@rule("R-001", Stage.DRAFT, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def parties_are_complete(facts: AgreementFacts) -> Iterator[Breach]:
    """At least two parties, each with a legal name, a type and a state."""
    if len(facts.parties) < 2:
        yield Breach(
            message="An agreement needs at least two parties, or nobody is bound to "
            "anybody. Add the other party.",
            where="parties",
        )
    for party in facts.parties:
        stated = {
            "legal name": party.name,
            "type": party.type,
            "state": party.state,
        }
        missing = [what for what, value in stated.items() if not value]
        if missing:
            yield Breach(
                message=f"{party.name or 'A party'} has no {' and no '.join(missing)}, "
                "so nobody can be bound. Complete the party.",
                where="parties",
                subject=party.key,
            )


def _unsigned_ends(
    facts: AgreementFacts, *, agreement_required: bool
) -> Iterator[tuple[str, str]]:
    """Each (flow, party) where an end of an identifiable disclosure does not sign."""
    signing = {each.key for each in facts.parties if each.signs}
    for flow in facts.identifiable_disclosures:
        if (flow.basis in _AGREEMENT_REQUIRED) == agreement_required:
            for end in (flow.sender, flow.receiver):
                if end not in signing:
                    yield flow.key, end


@rule(
    "R-002",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(a)(6)(iii)(C) and 99.35(a)(3)",
)
def required_agreement_binds_both_ends(facts: AgreementFacts) -> Iterator[Breach]:
    """For studies and audit or evaluation, both ends of a flow sign."""
    for flow, end in _unsigned_ends(facts, agreement_required=True):
        yield Breach(
            message=f"In “{flow}”, {facts.name_of(end)} is an end that does not sign. "
            "Student records may move on this basis only under a written agreement "
            "between both ends. Add it as a signing party, or remove the flow.",
            where="parties",
            subject=end,
        )


@rule(
    "R-002P",
    Stage.DRAFT,
    severity=Severity.OVERRIDABLE,
    kind=Kind.POLICY,
    citation=POLICY,
)
def both_ends_sign(facts: AgreementFacts) -> Iterator[Breach]:
    """On every other ground, both ends of an identifiable flow sign too."""
    for flow, end in _unsigned_ends(facts, agreement_required=False):
        yield Breach(
            message=f"In “{flow}”, {facts.name_of(end)} handles identifiable records "
            "but does not sign, so it promises nothing. Add it as a signing party, or "
            "remove the flow.",
            where="parties",
            subject=end,
        )


@rule(
    "R-003",
    Stage.SIGNATURE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def signatories_have_authority(facts: AgreementFacts) -> Iterator[Breach]:
    """Each signing party names a signatory whose authority is on record."""
    authorised = {
        each.party
        for each in facts.authorities
        if each.covers is Covers.SIGNING
        and each.source
        and each.document
        and (each.expires_on is None or each.expires_on >= facts.today)
    }
    for party in facts.parties:
        if party.signs and not facts.signatories.get(party.key):
            yield Breach(
                message=f"{party.name} has named nobody to sign, so it cannot be "
                "bound. Name its signatory.",
                where="parties",
                subject=party.key,
            )
        elif party.signs and party.key not in authorised:
            yield Breach(
                message=f"There is no proof that the signatory of {party.name} can "
                "sign for it today, so the signature might not bind it. Record the "
                "statute, policy, resolution or delegation letter that holds now.",
                where="parties",
                subject=party.key,
            )


@rule(
    "R-007",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.LAW,
    citation="34 CFR 99.1",
)
def schools_outside_ferpa_are_noticed(facts: AgreementFacts) -> Iterator[Breach]:
    """A school that sends records without Federal education funds is pointed out."""
    flows = (each for each in facts.flows if each.is_disclosure)
    for sender in dict.fromkeys(f.sender for f in flows if f.has_education_fields):
        party = facts.party(sender)
        if party and party.type in _EDUCATION_SENDERS and not party.is_ed_funded:
            yield Breach(
                message=f"{party.name} receives no funds from the US Department of "
                "Education, so FERPA may not apply to its records. This agreement and "
                "state law still do. Ask counsel which rules hold.",
                where="parties",
                subject=sender,
            )


@rule(
    "R-009",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.GUIDANCE,
    citation="Limits on indemnity that many states set for public bodies",
)
def public_bodies_promise_no_indemnity(facts: AgreementFacts) -> Iterator[Breach]:
    """A promise of indemnity is pointed out where a public body would give it."""
    public = [each.name for each in facts.parties if each.signs and each.is_public]
    for wording in facts.wordings if public else ():
        if wording.is_indemnity:
            yield Breach(
                message=f"“{wording.title}” promises to make good what somebody else "
                f"loses. Many public bodies cannot promise that, and "
                f"{' and '.join(public)} would sign it. Ask their counsel, or remove "
                "the clause.",
                where="protection",
                subject=wording.clause,
            )


@rule(
    "R-061",
    Stage.DRAFT,
    Stage.SIGNATURE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="24 CFR 960.259(b)(2); 24 CFR 5.659",
)
def agency_may_send_what_it_sends(facts: AgreementFacts) -> Iterator[Breach]:
    """A housing sender records source, authority and its counsel's finding."""
    reason = (
        "FERPA does not cover the housing side: what a family gave the agency may be "
        "used only for purposes directly connected with running the program, or with "
        "the residents' consent."
    )
    senders: dict[str, None] = {}
    for flow in facts.flows:
        if not flow.is_disclosure or flow.grain == "aggregate":
            continue
        for listed in flow.fields:
            if (
                not facts.is_type(flow.sender, *_HOUSING_SENDERS)
                or listed.category not in _UNDER_HOUSING_CONFIDENTIALITY
            ):
                continue
            senders[flow.sender] = None
            if not listed.collected_under:
                yield Breach(
                    message=f"It is not stated how {facts.name_of(flow.sender)} came "
                    f"to have “{listed.label}”. {reason} Record the form or rule under "
                    "which it was collected.",
                    where="schedule",
                    subject=listed.code,
                )
    allowed = {
        each.party for each in facts.authorities if each.covers is Covers.SENDING
    }
    found = {each.party for each in facts.counsel_reviews if each.finding}
    for sender in senders:
        if sender not in allowed:
            yield Breach(
                message=f"No authority of {facts.name_of(sender)} to send these "
                f"records is on file. {reason} Record the authority and its document.",
                where="parties",
                subject=sender,
            )
        if sender not in found:
            yield Breach(
                message=f"Counsel for {facts.name_of(sender)} has not recorded a "
                f"finding. {reason} Ask counsel to record which of the two holds.",
                where="parties",
                subject=sender,
            )
