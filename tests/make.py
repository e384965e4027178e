"""Builds objects by walking the services, so that impossible ones cannot be made."""

import time
from itertools import count

from accounts import jobs
from accounts.acting import System
from accounts.models import User
from accounts.services import invite
from accounts.sign_in import Adapter
from agreements.models import Agreement
from agreements.services import approvals, drafting, sections, signing
from partnerships.models import Membership, Organisation, Partnership
from partnerships.roles import Role
from partnerships.services.directory import add_organisation, give_role
from partnerships.services.engagement import form_partnership

SET_UP = System("set-up")
PASSWORD = "a long enough password"
WORK_SECONDS = 60
_numbers = count(1)


def organisation(
    *, kind: str = "pha", name: str = "", time_zone: str = "America/Los_Angeles"
) -> Organisation:
    """Return an organisation; `kind` is one of Organisation.Kind."""
    return add_organisation(
        name=name or f"Organisation {next(_numbers)}",
        legal_name="Its legal name",
        kind=kind,
        state="WA",
        time_zone=time_zone,
        is_ed_funded=kind == "district",
        actor=SET_UP,
    )


def user(name: str = "Ada Example") -> User:
    """Return a person who has chosen PASSWORD and holds no role."""
    address = f"{name.split()[0].lower()}-{next(_numbers)}@example.org"
    person = invite(email=address, name=name, title="", actor=SET_UP)
    Adapter().set_password(person, PASSWORD)
    return person


def membership(
    person: User, organisation: Organisation, role: Role, *, authority: str = ""
) -> Membership:
    """Return a person's role; `authority` is where their power to sign is written."""
    return give_role(
        user=person,
        organisation=organisation,
        role=role,
        authority_source=Membership.Authority.RESOLUTION if authority else "",
        authority_reference=authority,
        actor=SET_UP,
    )


def person(
    name: str, organisation: Organisation, role: Role, *, authority: str = ""
) -> User:
    """Return a person with PASSWORD who holds `role` in `organisation`."""
    somebody = user(name)
    membership(somebody, organisation, role, authority=authority)
    return somebody


def partnership(agency: Organisation, district: Organisation) -> Partnership:
    """Return the partnership of two organisations."""
    return form_partnership(
        name=f"{agency.name} and {district.name}",
        organisations=[agency, district],
        actor=SET_UP,
    )


def holder(organisation: Organisation, role: Role) -> User:
    """Return the first person who holds `role` in `organisation`."""
    return organisation.memberships.filter(role=role).earliest("pk").user


def agreement(
    joined: Partnership, *, until: str = "in_force", password: str = PASSWORD
) -> Agreement:
    """Return an MOU of an agency and a district that got as far as state `until`.

    password: of those who sign. Jobs are done here, or waited for if a worker has them.
    """
    agency = joined.organisations.get(kind="pha")
    district = joined.organisations.get(kind="district")
    director = holder(agency, Role.DIRECTOR)
    made = drafting.start_draft(partnership=joined, actor=director)
    _fill(made, director)
    drafting.record_finding(
        agreement=made,
        party=agency,
        ground="program_purpose",
        reason="It plans services for residents.",
        actor=holder(agency, Role.COUNSEL),
    )
    if until == "draft":
        return made
    drafting.submit(agreement=made, actor=director)
    if until == "review":
        return made
    for owner in (agency, district):
        approval = made.rounds.get().approvals.get(owner=owner)
        approvals.approve(approval=approval, actor=holder(owner, Role.COUNSEL))
    _work_until(made, "signing")
    if until == "signing":
        return made
    for signatory in (director, holder(district, Role.SUPERINTENDENT)):
        signing.sign(
            agreement=made,
            digest=signing.frozen_of(made).sha256,
            typed_name=signatory.name,
            password=password,
            address="127.0.0.1",
            browser="",
            actor=signatory,
        )
    _work_until(made, "in_force")
    return made


def _fill(draft: Agreement, director: User) -> None:
    sections_of = {
        "purpose": {
            "purpose": "learn in which buildings children miss much school",
            "scope": "children in the agency's family developments",
            "benefit": "both learn where help is needed",
            "public_summary": "We learn which buildings need help.",
        },
        "parties": {
            "sending_authority_source": "policy",
            "sending_authority": "Board policy 7.3",
        },
        "protection": {"contacts": "the offices of both signatories"},
    }
    for section, values in sections_of.items():
        sections.save_section(
            agreement=draft, section=section, values=values, actor=director
        )


def _work_until(made: Agreement, state: str) -> None:
    """Do every waiting job until the agreement is in `state`."""
    deadline = time.monotonic() + WORK_SECONDS
    while made.state != state:
        assert time.monotonic() < deadline, f"{made} stays in {made.state}"
        for job_id in jobs.lapsed():
            jobs.run(job_id)
        time.sleep(0.05)
        made.refresh_from_db()
