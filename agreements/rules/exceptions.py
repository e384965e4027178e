"""Rules on the other exceptions: school officials, child welfare, directories."""

from collections.abc import Iterator
from datetime import timedelta

from agreements.rules.facts import AgreementFacts, Flow
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import (
    Basis,
    NoticeKind,
    PartyType,
    SchoolOfficialTest,
    Selection,
    Stage,
)

OPT_OUT_DAYS = 30


@rule(
    "R-026",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(a)(1)(i)(B)",
)
def a_school_official_passes_three_tests(facts: AgreementFacts) -> Iterator[Breach]:
    """Somebody attested each of the three tests for an outside school official."""
    for flow in facts.disclosures_on(Basis.SCHOOL_OFFICIAL):
        missing = [
            test.in_words for test in SchoolOfficialTest if test not in flow.attested
        ]
        if missing:
            yield Breach(
                message=f"For “{flow.key}”, nobody confirmed that "
                f"{facts.name_of(flow.receiver)} meets this test of a school official: "
                f"{'; and '.join(missing)}. All three tests must be met. Explain how "
                "they are, or choose another basis.",
                where="basis",
                subject=flow.key,
            )


@rule(
    "R-027",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.7(a)(3)(iii)",
)
def families_were_told_of_school_officials(facts: AgreementFacts) -> Iterator[Breach]:
    """The district's annual notice covers whoever acts as its school official."""
    for flow in facts.disclosures_on(Basis.SCHOOL_OFFICIAL):
        notices = facts.notices_of(NoticeKind.ANNUAL, flow.sender)
        if not any(flow.receiver in each.covers for each in notices):
            yield Breach(
                message=f"The annual notice of {facts.name_of(flow.sender)} to parents "
                f"does not cover {facts.name_of(flow.receiver)}, and only those whom "
                "its words cover count as school officials. Upload the notice that "
                "does, or widen the next one.",
                where="basis",
                subject=flow.receiver,
            )


@rule(
    "R-028",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.GUIDANCE,
    citation="US Department of Education, questions on community-based organizations; "
    "34 CFR 99.31(a)(1)(i)(B)(2)",
)
def a_school_official_has_terms(facts: AgreementFacts) -> Iterator[Breach]:
    """A written agreement shows that the district controls its school official."""
    signing = {each.key for each in facts.parties if each.signs}
    for flow in facts.disclosures_on(Basis.SCHOOL_OFFICIAL):
        if flow.receiver not in signing or not facts.is_stated("C27"):
            yield Breach(
                message=f"Nothing that {facts.name_of(flow.receiver)} signs says how "
                "the district controls its use of the records. Writing is not "
                "required, but is how direct control is shown. Have it sign an "
                "agreement with clause C27.",
                where="protection",
                subject=flow.receiver,
            )


@rule(
    "R-029",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="20 USC 1232g(b)(1)(L)",
)
def only_the_childs_own_agency_qualifies(facts: AgreementFacts) -> Iterator[Breach]:
    """The child-welfare exception reaches child-welfare and tribal agencies alone."""
    for flow in facts.disclosures_on(Basis.CHILD_WELFARE):
        if not facts.is_type(flow.receiver, PartyType.CHILD_WELFARE):
            yield Breach(
                message=f"{facts.name_of(flow.receiver)} is no State, local or tribal "
                "child-welfare agency, and only such an agency, legally responsible "
                "for the child, may receive records on this basis. Send them to that "
                "agency, or choose another basis.",
                where="schedule",
                subject=flow.key,
            )


@rule(
    "R-030",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="20 USC 1232g(b)(1)(L)",
)
def every_child_is_in_the_agencys_care(facts: AgreementFacts) -> Iterator[Breach]:
    """A delivery holds only children who are on the agency's present list."""
    delivery = facts.delivery
    flow = facts.flow(delivery.flow) if delivery else None
    if (
        delivery
        and flow
        and flow.basis is Basis.CHILD_WELFARE
        and delivery.n_not_in_care > 0
    ):
        yield Breach(
            message="Students in this file who are not on the list of children for "
            f"whom {facts.name_of(flow.receiver)} is legally responsible: "
            f"{delivery.n_not_in_care}. Their records may not go there. Remove them, "
            "or load the agency's present list.",
            where="delivery",
            subject=flow.key,
        )


def _is_in_directory(facts: AgreementFacts, flow: Flow, code: str) -> bool:
    """Whether a notice of the sender makes this element public to the receiver."""
    return any(
        code in notice.covers
        and (not notice.recipients or flow.receiver in notice.recipients)
        for notice in facts.notices_of(NoticeKind.DIRECTORY, flow.sender)
    )


@rule(
    "R-036",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.37(a) and (d)",
)
def directory_records_were_announced(facts: AgreementFacts) -> Iterator[Breach]:
    """Each directory element stands in the public notice, and for this receiver."""
    for flow in facts.disclosures_on(Basis.DIRECTORY):
        for listed in flow.fields:
            if not _is_in_directory(facts, flow, listed.code):
                yield Breach(
                    message=f"“{listed.label}” in “{flow.key}” is not directory "
                    f"information for {facts.name_of(flow.receiver)}: the public "
                    f"notice of {facts.name_of(flow.sender)} does not designate it, or "
                    "limits to whom it may go. Remove it, or choose another basis.",
                    where="schedule",
                    subject=listed.code,
                )


@rule(
    "R-037",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.37(a)(2) and (b)",
)
def opt_outs_are_honored(facts: AgreementFacts) -> Iterator[Breach]:
    """A directory delivery comes with a list of opt-outs that is not old.

    That it may be thirty days old is policy of this product.
    """
    delivery = facts.delivery
    flow = facts.flow(delivery.flow) if delivery else None
    if delivery is None or flow is None or flow.basis is not Basis.DIRECTORY:
        return
    oldest = facts.today - timedelta(days=OPT_OUT_DAYS)
    if delivery.opt_outs_on is None or delivery.opt_outs_on < oldest:
        yield Breach(
            message="The list of families who opted out of directory information is "
            f"missing, or is older than {OPT_OUT_DAYS} days. What a family opted out "
            "of may not be sent. Load the present list.",
            where="delivery",
            subject=flow.key,
        )


@rule(
    "R-038",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.37(e)",
)
def nothing_private_picks_out_students(facts: AgreementFacts) -> Iterator[Breach]:
    """A directory flow is not selected by an SSN or by what is no directory record."""
    for flow in facts.disclosures_on(Basis.DIRECTORY):
        if flow.selection in (Selection.SOCIAL_SECURITY, Selection.NOT_DIRECTORY):
            yield Breach(
                message=f"The students in “{flow.key}” are picked out by something "
                "that is not directory information. The list would tell that about "
                "each of them, which the law bars. Choose another basis.",
                where="schedule",
                subject=flow.key,
            )


@rule(
    "R-038P",
    Stage.DRAFT,
    severity=Severity.OVERRIDABLE,
    kind=Kind.POLICY,
    citation=POLICY,
)
def a_resident_list_picks_out_nobody(facts: AgreementFacts) -> Iterator[Breach]:
    """A directory flow is not selected by a list of residents."""
    for flow in facts.disclosures_on(Basis.DIRECTORY):
        if flow.selection is Selection.RESIDENT_LIST:
            yield Breach(
                message=f"The students in “{flow.key}” are picked out by a list of "
                "residents, so being in it shows that a child lives in assisted "
                "housing. Choose another basis.",
                where="schedule",
                subject=flow.key,
            )
