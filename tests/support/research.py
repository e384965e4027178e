"""A study: an MOU under which a university also gets rows that name nobody."""

from typing import Any

from django.db.models import QuerySet
from django.test import Client

from accounts.models import User
from accounts.sign_in import Adapter
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
from agreements.services import records, sections
from indicators import frames
from indicators.custody import vault
from indicators.models import LinkageRun, ResearchFile
from indicators.services import research
from indicators.services.research_making import make_research_file
from partnerships.models import Membership, Organisation, Partnership
from partnerships.roles import Role
from tests import make

FLOW = "Rows for research"
OF_AGENCY = "Rows for the agency"
MEASURES = ["enrolled", "attendance_rate", "chronic_absence"]
ELEMENTS = (
    "record.code",
    "student.age_band",
    "enrolment.school",
    "attendance.days_absent",
    "attendance.chronic_absence",
)


def partners(
    pair: Partnership | None = None, *, n: int = 1, password: str = make.PASSWORD
) -> Partnership:
    """Return an agency, a district and universities, with everybody they need.

    pair: the partnership of the first two. password: of who signs for universities.
    """
    pair = pair or make.partners()
    more = [_university(password) for _ in range(n)]
    return make.partnership(*pair.organisations.order_by("pk"), *more)


def _university(password: str) -> Organisation:
    university = make.organisation(kind="university")
    dean = make.person("Uma Dean", university, Role.DIRECTOR, authority="Statute 4")
    Adapter().set_password(dean, password)
    make.person("Una Counsel", university, Role.COUNSEL)
    make.person("Ulf Researcher", university, Role.ANALYST)
    return university


def universities_of(made: Agreement) -> QuerySet[Organisation]:
    return made.partnership.organisations.filter(kind="university").order_by("pk")


def researcher(made: Agreement) -> User:
    """Return the university's person whom the access list lets read rows."""
    return make.holder(universities_of(made)[0], Role.ANALYST)


def list_rows(
    draft: Agreement,
    *,
    grain: Grain = Grain.CODED,
    elements: tuple[str, ...] = ELEMENTS,
) -> None:
    """Put the universities, a person of each, and their flows of rows into a draft."""
    actor = draft.drafted_by
    purpose = _research(draft)
    for number, university in enumerate(universities_of(draft), start=1):
        party = sections.add_party(
            agreement=draft, organisation=university, actor=actor
        )
        said = {"capacities": ["recipient", "analyst"]}
        sections.save_party(party=party, values=said, actor=actor)
        dean = university.memberships.get(role=Role.DIRECTOR)
        sections.set_signatory(party=party, signatory=dean, actor=actor)
        key = FLOW if number == 1 else f"{FLOW} {number}"
        reader = university.memberships.get(role=Role.ANALYST)
        _list(draft, key, university, reader, purpose, grain, elements)


def list_rows_of_agency(draft: Agreement, elements: tuple[str, ...] = ELEMENTS) -> None:
    """Let the agency itself get rows; the district's counsel lets the finding stand."""
    agency, district = (
        draft.partnership.organisations.get(kind=kind) for kind in ("pha", "district")
    )
    purpose = draft.purposes.latest("pk")
    steward = agency.memberships.get(role=Role.STEWARD)
    _list(draft, OF_AGENCY, agency, steward, purpose, Grain.CODED, elements)
    records.override(
        agreement=draft,
        owner=district,
        rule="R-070",
        subject=OF_AGENCY,
        reason="Each file is tested against the agency's list.",
        actor=make.holder(district, Role.COUNSEL),
    )


def _list(
    draft: Agreement,
    key: str,
    receiver: Organisation,
    reader: Membership,
    purpose: Purpose,
    grain: Grain,
    elements: tuple[str, ...],
) -> None:
    actor = draft.drafted_by
    flow = sections.add_flow(
        agreement=draft,
        key=key,
        sender=draft.partnership.organisations.get(kind="district"),
        receiver=receiver,
        actor=actor,
    )
    is_coded = grain is Grain.CODED
    values = {
        "purpose": purpose,
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
    sections.set_access(
        agreement=draft,
        membership=reader,
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


def agreement(
    joined: Partnership | None = None, *, password: str = make.PASSWORD, **how: Any
) -> Agreement:
    """Return an MOU in force whose schedule lists rows for research."""
    return make.agreement(
        joined or partners(),
        password=password,
        drafted=lambda draft: list_rows(draft, **how),
    )


def every_stage(pair: Partnership, *, password: str) -> dict[str, ResearchFile]:
    """Return a file at each stage, by its state.

    The released one is the agency's, and so is the one that it fetched before and that
    was withdrawn.
    """

    def draft(row: Agreement) -> None:
        list_rows(row)
        list_rows_of_agency(row)

    made = make.agreement(
        partners(pair, n=3, password=password), password=password, drafted=draft
    )
    run = make.linked(made)
    gone = decided(signed(made_file(run, flow=OF_AGENCY), password))
    research.fetch(file=gone, actor=make.who(made, "pha", Role.STEWARD))
    steward = make.who(made, "district", Role.STEWARD)
    research.withdraw_file(file=gone, reason="A wrong calendar.", actor=steward)
    gone.refresh_from_db()
    released = decided(signed(made_file(run, flow=OF_AGENCY), password))
    one, two, three = (made_file(run, flow=f"{FLOW}{n}") for n in ("", " 2", " 3"))
    research.put_forward(file=two, actor=two.author)
    two.refresh_from_db()
    files = (gone, released, one, two, signed(three, password))
    return {file.state: file for file in files}


ROUTES = {
    "put_forward": "/research/{}/put-forward/",
    "discard": "/research/{}/discard/",
    "determine": "/research/{}/determine/",
    "send_back": "/research/{}/send-back/",
    "withdraw": "/research/{}/withdraw/",
    "fetch": "/research/{}/fetch/",
    "confirm": "/research/{}/copies-destroyed/",
}


def made_file(
    run: LinkageRun, *, k: int = 10, flow: str = FLOW, is_worked: bool = True
) -> ResearchFile:
    """Return a research file of a linkage, made or refused by a worker."""
    made = run.agreement
    file = make_research_file(
        flow=made.flows.get(key=flow),
        run=run,
        title=f"Absence, {made.research_files.count() + 1}",
        k=k,
        actor=make.who(made, "district", Role.ANALYST),
    )
    if is_worked:
        make.work_off()
    file.refresh_from_db()
    return file


def signed(file: ResearchFile, password: str = make.PASSWORD) -> ResearchFile:
    """Return a file that the district's counsel determined to identify nobody."""
    assert file.state == "draft", file.message
    counsel = make.who(file.agreement, "district", Role.COUNSEL)
    research.put_forward(file=file, actor=file.author)
    research.determine(
        file=file,
        sha256=file.sha256,
        typed_name=counsel.name,
        password=password,
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


def rows_kept(file: ResearchFile) -> list[dict[str, str]]:
    """Return what the district keeps of each child in a file."""
    kept = file.codes
    held = vault().read(str(kept.owner_id), key_id=kept.key, blob=kept.blob)
    rows: list[dict[str, str]] = frames.unpack(held)["rows"].to_pylist()
    return rows


def who(made: Agreement, side: str, role: Role) -> Client:
    """Return the browser of who holds a role on one side."""
    return make.signed_in(make.who(made, side, role))


def reader(made: Agreement) -> Client:
    """Return the browser of the university's listed person."""
    return make.signed_in(researcher(made))


def page(client: Client, file: ResearchFile) -> Any:
    """Return a file's page as somebody sees it."""
    return client.get(file.get_absolute_url())


def act(client: Client, name: str, file: ResearchFile, **body: str) -> Any:
    """Return the answer to a button on a file's page."""
    return client.post(ROUTES[name].format(file.pk), body)


def content(file: ResearchFile) -> bytes:
    """Return a file's exact bytes."""
    return research.content_of(file)
