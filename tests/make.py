"""Builds objects by walking the services, so that impossible ones cannot be made."""

import io
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from django.test import Client

from accounts import clock, hooks, jobs
from accounts import demo as stage
from accounts.acting import System, act
from accounts.events import MinutePassed
from accounts.models import User
from accounts.services import invite
from accounts.sign_in import Adapter
from agreements import presets
from agreements.models import Agreement, DataFlow, Hold
from agreements.services import approvals, drafting, obligations, sections, signing
from indicators.management.commands import seed_demo
from indicators.models import Delivery, LinkageRun, Release
from indicators.services import deliveries, releases
from partnerships.models import Membership, Organisation, Partnership, Site
from partnerships.roles import Role
from partnerships.services.directory import (
    add_organisation,
    add_site,
    end_membership,
    give_role,
)
from partnerships.services.engagement import form_partnership
from partnerships.services.people import pledge
from tests.support import reviewing, town

SET_UP = System("set-up")
PASSWORD = "a long enough password"
WORK_SECONDS = 60
A_DAY = timedelta(days=1)
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


def superuser(name: str = "Su Peruser") -> User:
    """Return a person whom Django lets through everywhere."""
    somebody = user(name)
    with act("tests.crown", actor=SET_UP, chain="system", subject=somebody):
        somebody.is_superuser = True
        somebody.save()
    return somebody


def membership(
    person: User, organisation: Organisation, role: Role, *, authority: str = ""
) -> Membership:
    """Return a person's role; `authority` is where their power to sign is written."""
    made = give_role(
        user=person,
        organisation=organisation,
        role=role,
        authority_source=Membership.Authority.RESOLUTION if authority else "",
        authority_reference=authority,
        actor=SET_UP,
    )
    pledge(trained_on=clock.today() - A_DAY, actor=person)
    made.refresh_from_db()
    return made


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


def partners(
    *,
    agency_zone: str = "America/Los_Angeles",
    district_zone: str = "America/Los_Angeles",
) -> Partnership:
    """Return the partnership of two organisations in which every role is filled."""
    agency = organisation(time_zone=agency_zone)
    district = organisation(kind="district", time_zone=district_zone)
    for name, role, authority in (
        ("Di Rector", Role.DIRECTOR, "Board resolution 1"),
        ("Cy Counsel", Role.COUNSEL, ""),
        ("Sam Steward", Role.STEWARD, ""),
    ):
        person(name, agency, role, authority=authority)
    for name, role, authority in (
        ("Sol Icitor", Role.COUNSEL, ""),
        ("Stevie Steward", Role.STEWARD, ""),
        ("Sue Perintendent", Role.SUPERINTENDENT, "Policy BBA"),
        ("Ana Lyst", Role.ANALYST, ""),
    ):
        person(name, district, role, authority=authority)
    return partnership(agency, district)


def demo() -> Partnership:
    """Return the demonstration's partnership, with its cast and its other pair."""
    organisations = seed_demo.make_organisations()
    seed_demo.make_sites(organisations)
    seed_demo.make_people(organisations)
    seed_demo.make_partnerships(organisations)
    seed_demo.review_states(organisations)
    return Partnership.objects.get(organisations__name=stage.AGENCY)


def cast(account: str) -> User:
    """Return one of the demonstration's people."""
    return User.objects.get(email=f"{account}@{stage.DOMAIN}")


def work_off() -> int:
    """Do every waiting job, and return how many there were."""
    n_done = 0
    while waiting := jobs.lapsed():
        for job_id in waiting:
            jobs.run(job_id)
        n_done += len(waiting)
    return n_done


def minute() -> None:
    """Let a minute pass, and do every job that comes of it."""
    for function in hooks.subscribers(MinutePassed):
        function(MinutePassed())
    work_off()


def holder(organisation: Organisation, role: Role) -> User:
    """Return the first person who holds `role` in `organisation`."""
    return organisation.memberships.filter(role=role).earliest("pk").user


def who(made: Agreement, side: str, role: Role) -> User:
    """Return who holds a role on one side of an agreement, "pha" or "district"."""
    return holder(made.partnership.organisations.get(kind=side), role)


def signed_in(person: User) -> Client:
    """Return the browser of a person who has signed in."""
    client = Client()
    client.force_login(person)
    return client


def leaves(person: User) -> None:
    """End every role that a person holds."""
    for membership in person.memberships.filter(ended_on=None):
        end_membership(membership=membership, today=clock.today(), actor=SET_UP)


def agreement(
    joined: Partnership | None = None,
    *,
    until: str = "in_force",
    password: str = PASSWORD,
) -> Agreement:
    """Return an MOU of an agency and a district that got as far as state `until`.

    until: draft, review, approved, signing or in_force. password: of those who sign.
    Jobs are done here, or waited for if a worker has them.
    """
    joined = joined or partners()
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
    made.refresh_from_db()
    if until == "draft":
        return made
    for owner in (agency, district):
        reviewing.read(made, party=owner, counsel=holder(owner, Role.COUNSEL))
    drafting.submit(agreement=made, actor=director)
    made.refresh_from_db()
    if until == "review":
        return made
    for owner in (agency, district):
        approval = made.rounds.get().approvals.get(owner=owner)
        approvals.approve(approval=approval, actor=holder(owner, Role.COUNSEL))
    if until == "approved":
        made.refresh_from_db()
        return made
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
    sections.save_purpose(
        purpose=draft.purposes.get(),
        values={
            "text": "learn in which buildings children miss much school",
            "scope": "children in the agency's family developments",
            "benefit": "both learn where help is needed",
        },
        actor=director,
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


def housing_list(made: Agreement, content: bytes = b"") -> Delivery:
    """Return the delivery of the agency's list; of the town's, unless told."""
    add_places(made)
    flow = made.flows.get(key=presets.HOUSING_LIST)
    return deliveries.receive(
        flow=flow,
        files=[io.BytesIO(content or town.tenants_csv(_in_turn(flow)))],
        attests_exclusions=True,
        actor=holder(flow.sender, Role.STEWARD),
    )


def student_records(made: Agreement, files: Sequence[bytes] = ()) -> Delivery:
    """Return the delivery of the district's records; of the town's, unless told."""
    add_places(made)
    flow = made.flows.get(key=presets.STUDENT_RECORDS)
    sent = files or town.student_files(_in_turn(flow)).values()
    return deliveries.receive(
        flow=flow,
        files=[io.BytesIO(content) for content in sent],
        attests_exclusions=False,
        actor=holder(flow.sender, Role.STEWARD),
    )


def _in_turn(flow: DataFlow) -> list[town.Child]:
    """Return the town's children, in another order than they came in before."""
    children = town.children()
    n_before = flow.agreement.deliveries.filter(flow=flow.key).count()
    return children[n_before:] + children[:n_before]


def add_places(made: Agreement) -> None:
    """Give both sides the town's buildings and schools, unless they have them."""
    for side, kind, names in (
        ("pha", Site.Kind.BUILDING, town.BUILDINGS),
        ("district", Site.Kind.SCHOOL, town.SCHOOLS),
    ):
        of = made.partnership.organisations.get(kind=side)
        for code, name in names.items():
            if not of.sites.filter(kind=kind, code=code).exists():
                add_site(organisation=of, kind=kind, code=code, name=name, actor=SET_UP)


def hold(made: Agreement, kind: str = "district") -> Hold:
    """Return a hold that one side's counsel has placed."""
    owner = made.partnership.organisations.get(kind=kind)
    return obligations.place_hold(
        agreement=made,
        owner=owner,
        reason="A request to inspect.",
        actor=holder(owner, Role.COUNSEL),
    )


def delivered(made: Agreement) -> LinkageRun:
    """Return the linkage that waits since both sides have delivered."""
    housing_list(made)
    student_records(made)
    return made.runs.get(state="waiting")


def linked(made: Agreement) -> LinkageRun:
    """Return the linkage of what both sides delivered, done."""
    run = delivered(made)
    work_off()
    run.refresh_from_db()
    assert run.state == "linked", run.message
    return run


def released(run: LinkageRun, *, until: str = "published") -> Release:
    """Return a release of a linkage that got as far as state `until`.

    until: computing, draft, proposed or published.
    """
    district = run.agreement.partnership.organisations.get(kind="district")
    made = releases.author_release(
        run=run,
        title="Absence by building",
        context="",
        actor=holder(district, Role.ANALYST),
    )
    if until == "computing":
        return made
    work_off()
    made.refresh_from_db()
    assert made.state == "draft", made.message
    return made if until == "draft" else decided(made, until=until)


def decided(made: Release, *, until: str = "published") -> Release:
    """Return a draft release as proposed, or as published by every owner."""
    releases.propose(release=made, actor=made.author)
    for decision in made.decisions.all() if until == "published" else ():
        releases.decide(
            decision=decision,
            approve=True,
            reason="",
            actor=holder(decision.owner, Role.STEWARD),
        )
    made.refresh_from_db()
    return made
