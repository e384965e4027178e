"""A study: an MOU under which a university also gets rows that name nobody."""

from typing import Any

from accounts.models import User
from agreements.models import Agreement, Purpose
from agreements.rules.vocabulary import (
    Basis,
    CodeOrigin,
    Frequency,
    Grain,
    Sight,
    Transfer,
    Use,
)
from agreements.services import sections
from indicators.models import LinkageRun, ResearchFile
from indicators.services import research
from indicators.services.research_making import make_research_file
from partnerships.models import Organisation, Partnership
from partnerships.roles import Role
from tests import make

FLOW = "Rows for research"
MEASURES = ["enrolled", "attendance_rate", "chronic_absence"]
ELEMENTS = (
    "record.code",
    "student.age_band",
    "enrolment.school",
    "attendance.days_absent",
    "attendance.chronic_absence",
)


def partners() -> Partnership:
    """Return an agency, a district and a university, with everybody they need."""
    pair = make.partners()
    university = make.organisation(kind="university")
    make.person("Uma Dean", university, Role.DIRECTOR, authority="Statute 4")
    make.person("Una Counsel", university, Role.COUNSEL)
    make.person("Ulf Researcher", university, Role.ANALYST)
    return make.partnership(*pair.organisations.order_by("pk"), university)


def university_of(made: Agreement) -> Organisation:
    return made.partnership.organisations.get(kind="university")


def researcher(made: Agreement) -> User:
    """Return the university's person whom the access list lets read rows."""
    return make.holder(university_of(made), Role.ANALYST)


def list_rows(
    draft: Agreement,
    *,
    grain: Grain = Grain.CODED,
    receiver: Organisation | None = None,
    elements: tuple[str, ...] = ELEMENTS,
) -> None:
    """Put the university, its person and the flow of rows into a draft."""
    actor = draft.drafted_by
    university = university_of(draft)
    party = sections.add_party(agreement=draft, organisation=university, actor=actor)
    sections.save_party(
        party=party, values={"capacities": ["recipient", "analyst"]}, actor=actor
    )
    dean = university.memberships.get(role=Role.DIRECTOR)
    sections.set_signatory(party=party, signatory=dean, actor=actor)
    flow = sections.add_flow(
        agreement=draft,
        key=FLOW,
        sender=draft.partnership.organisations.get(kind="district"),
        receiver=receiver or university,
        actor=actor,
    )
    is_coded = grain is Grain.CODED
    values = {
        "purpose": _research(draft),
        "grain": grain,
        "basis": Basis.CODED if is_coded else Basis.DEIDENTIFIED,
        "frequency": Frequency.YEARLY,
        "method": Transfer.UPLOAD,
        "code_origin": CodeOrigin.RANDOM if is_coded else "",
    }
    sections.save_flow(flow=flow, values=values, actor=actor)
    for code in elements:
        if code == "record.code" and not is_coded:
            continue
        element = sections.list_element(flow=flow, code=code, actor=actor)
        sections.save_element(
            element=element, values={"answers": MEASURES}, actor=actor
        )
    reader = (receiver or university).memberships.filter(
        role=Role.ANALYST if receiver is None else Role.STEWARD
    )
    sections.set_access(
        agreement=draft,
        membership=reader.earliest("pk"),
        sees=[Sight.LINKED_ROWS, Sight.TABLES],
        from_on=draft.starts_on,
        until_on=draft.ends_on,
        actor=actor,
    )


def _research(draft: Agreement) -> Purpose:
    actor = draft.drafted_by
    purpose = sections.add_purpose(agreement=draft, actor=actor)
    sections.save_purpose(
        purpose=purpose,
        values={
            "text": "study what keeps children from school",
            "scope": "children in the agency's family developments",
            "benefit": "the district learns what helps",
            "uses": [Use.EDUCATION_RESEARCH.value],
        },
        actor=actor,
    )
    return purpose


def agreement(**how: Any) -> Agreement:
    """Return an MOU in force whose schedule lists rows for research."""
    return make.agreement(partners(), drafted=lambda draft: list_rows(draft, **how))


ROUTES = {
    "put_forward": "/research/{}/put-forward/",
    "discard": "/research/{}/discard/",
    "determine": "/research/{}/determine/",
    "send_back": "/research/{}/send-back/",
    "withdraw": "/research/{}/withdraw/",
    "fetch": "/research/{}/fetch/",
}


def made_file(run: LinkageRun, *, k: int = 10, until: str = "draft") -> ResearchFile:
    """Return a research file of a linkage, made or refused by a worker."""
    made = run.agreement
    file = make_research_file(
        flow=made.flows.get(key=FLOW),
        run=run,
        title=f"Absence, {made.research_files.count() + 1}",
        k=k,
        actor=make.who(made, "district", Role.ANALYST),
    )
    if until == "computing":
        return file
    make.work_off()
    file.refresh_from_db()
    return file


def signed(file: ResearchFile) -> ResearchFile:
    """Return a file that the district's counsel determined to identify nobody."""
    assert file.state == "draft", file.message
    counsel = make.who(file.agreement, "district", Role.COUNSEL)
    research.put_forward(file=file, actor=file.author)
    research.determine(
        file=file,
        sha256=file.sha256,
        typed_name=counsel.name,
        password=make.PASSWORD,
        actor=counsel,
    )
    file.refresh_from_db()
    return file


def decided(file: ResearchFile) -> ResearchFile:
    """Return a signed file that every owner has approved."""
    for decision in file.decisions.all():
        research.decide_file(
            decision=decision,
            approve=True,
            reason="",
            actor=make.holder(decision.owner, Role.STEWARD),
        )
    file.refresh_from_db()
    return file
