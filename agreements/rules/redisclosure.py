"""Rules on redisclosure: to whom received records may go, and what is owed for it."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts, Flow
from agreements.rules.rule import POLICY, ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Basis, NoticeKind, Stage

_LOGGED = (
    Basis.STUDIES,
    Basis.AUDIT_EVALUATION,
    Basis.CHILD_WELFARE,
    Basis.HEALTH_SAFETY,
)


def _arriving(facts: AgreementFacts) -> Flow | None:
    """The flow of the file at the door, if it discloses education records."""
    return next(
        (
            each
            for each in facts.education_disclosures
            if facts.delivery and each.key == facts.delivery.flow
        ),
        None,
    )


@rule(
    "R-096",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.33(a)(2)",
)
def subcontractors_are_named_and_bound(facts: AgreementFacts) -> Iterator[Breach]:
    """Whoever handles records for a recipient is named and under the same terms."""
    by_law = {each.receiver for each in facts.education_disclosures}
    handling = {
        end for each in facts.identifiable_flows for end in (each.sender, each.receiver)
    }
    for each in facts.subcontractors:
        if each.party not in handling or (each.name.strip() and each.has_flow_down):
            continue
        lack = "without the same terms" if each.name.strip() else "without a name"
        is_law = each.party in by_law
        yield Breach(
            message=f"A subcontractor of {facts.name_of(each.party)} handles people's "
            f"records {lack}, so the limits end where its work begins. Name it, and "
            "bind it to the terms of this agreement.",
            where="parties",
            subject=each.name or each.party,
            kind=None if is_law else Kind.POLICY,
            citation="" if is_law else POLICY,
        )


@rule(
    "R-100",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.33(a) and (c)",
)
def education_records_go_no_further(facts: AgreementFacts) -> Iterator[Breach]:
    """Who receives education records promises not to pass them on."""
    sent = [
        each for each in facts.education_disclosures if each.basis != Basis.DIRECTORY
    ]
    if sent and not facts.is_stated("C12-E"):
        yield Breach(
            message="Nothing forbids the receiver to pass student records on, and they "
            "may be sent only under that condition. Add clause C12-E.",
            where="protection",
            subject="C12-E",
        )


@rule(
    "R-100H",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def housing_records_go_no_further(facts: AgreementFacts) -> Iterator[Breach]:
    """Who receives housing records promises limited use and no passing on."""
    if facts.housing_disclosures and not facts.is_stated("C12-H"):
        yield Breach(
            message="Nothing limits what the receiver does with the housing records or "
            "to whom it passes them. Add clause C12-H.",
            where="protection",
            subject="C12-H",
        )


@rule(
    "R-101",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.32(b)",
)
def onward_parties_are_on_record(facts: AgreementFacts) -> Iterator[Breach]:
    """Whoever receives records onward is named, with its interest and its basis."""
    for each in facts.onward:
        owner = facts.party(each.owner)
        is_law = owner is None or owner.is_ed_funded
        stated = {"name": each.name.strip(), "interest": each.interest.strip()}
        if is_law:
            stated["legal basis"] = each.basis or ""
        missing = [what for what, value in stated.items() if not value]
        if missing:
            yield Breach(
                message=f"{each.name or 'Somebody'} may receive records of "
                f"{facts.name_of(each.owner)} onward, with no "
                f"{' and no '.join(missing)} on record. Complete clause C13, or remove "
                "the line.",
                where="protection",
                subject=each.name or each.owner,
                kind=None if is_law else Kind.POLICY,
                citation="" if is_law else POLICY,
            )


@rule(
    "R-102",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.33(d)",
)
def the_recipient_was_told_the_limits(facts: AgreementFacts) -> Iterator[Breach]:
    """The text or a notice tells the recipient that it may not redisclose."""
    flow = _arriving(facts)
    if flow is None or flow.basis is Basis.DIRECTORY or facts.is_stated("C12-E"):
        return
    notices = facts.notices_of(NoticeKind.REDISCLOSURE_LIMITS, flow.sender)
    if not any(flow.key == each.flow for each in notices):
        yield Breach(
            message=f"{facts.name_of(flow.sender)} has not told "
            f"{facts.name_of(flow.receiver)} that student records may not be passed "
            "on, and must before it sends any. Send the notice.",
            where="protection",
            subject=flow.key,
        )


@rule(
    "R-103",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.32(a)",
)
def disclosures_are_logged(facts: AgreementFacts) -> Iterator[Breach]:
    """Each student's disclosure is recorded, where the basis is not exempt."""
    flow = _arriving(facts)
    sender = facts.party(flow.sender) if flow else None
    if flow and sender and flow.basis in _LOGGED and not sender.logs_disclosures:
        yield Breach(
            message=f"{sender.name} keeps no record of whose student records it "
            "disclosed to whom, and parents may ask for it. Turn the disclosure "
            "record on before sending.",
            where="parties",
            subject=sender.key,
        )


@rule("R-127", Stage.INTAKE, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def legal_demands_are_told_of(facts: AgreementFacts) -> Iterator[Breach]:
    """Nobody answers a subpoena before the owner and the parents know of it."""
    for each in facts.legal_demands:
        if not each.is_owner_told:
            yield Breach(
                message=f"{facts.name_of(each.owner)} has not been told of the legal "
                f"demand “{each.key}” for its records, and only an owner that knows "
                "can object. Tell it; nothing leaves before that.",
                where="protection",
                subject=each.key,
            )
        if (
            each.has_education_records
            and not each.are_parents_told
            and not each.forbids_telling_parents
        ):
            yield Breach(
                message=f"Parents have not been notified of the legal demand "
                f"“{each.key}”, which asks for student records and does not forbid "
                "it. Notify them; nothing leaves before that.",
                where="protection",
                subject=each.key,
                kind=Kind.LAW,
                citation="34 CFR 99.31(a)(9)(ii) and 99.33(b)(2)",
            )
