"""Builds objects by walking the services, so that impossible ones cannot be made."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.test import Client

from accounts import clock, hooks, jobs
from accounts.events import MinutePassed
from accounts.models import User
from agreements import presets
from agreements.models import Agreement, DataFlow
from agreements.queries import facts_of
from agreements.rules.engine import evaluate
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import SharingModel, Stage
from agreements.services import approvals, drafting, following, sections, signing
from indicators.measures.asked import Asked, usual
from indicators.models import Delivery, LinkageRun, Release
from indicators.queries import permitted_under
from indicators.services import deliveries, releases
from partnerships.models import Partnership, Site
from partnerships.roles import Role
from partnerships.services.directory import add_site, end_membership
from tests.support import recalled, reviewing, town
from tests.support.beside import comment as comment
from tests.support.beside import hold as hold
from tests.support.beside import original as original
from tests.support.beside import paper as paper
from tests.support.directory import PASSWORD as PASSWORD
from tests.support.directory import SET_UP as SET_UP
from tests.support.directory import holder as holder
from tests.support.directory import membership as membership
from tests.support.directory import organisation as organisation
from tests.support.directory import partnership as partnership
from tests.support.directory import person as person
from tests.support.directory import superuser as superuser
from tests.support.directory import user as user
from tests.support.staged import cast as cast
from tests.support.staged import demo as demo

WORK_SECONDS = 60


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


def check_draft(draft: Agreement) -> tuple[Finding, ...]:
    """Return what the rules find in a draft now."""
    return evaluate(facts_of(draft), Stage.DRAFT)


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
    for role in person.memberships.filter(ended_on=None):
        end_membership(membership=role, today=clock.today(), actor=SET_UP)


def agreement(
    joined: Partnership | None = None,
    *,
    until: str = "in_force",
    password: str = PASSWORD,
    offered_to: str = "",
    drafted: Callable[[Agreement], None] | None = None,
) -> Agreement:
    """Return an MOU of an agency and a district that got as far as state `until`.

    until: draft, review, approved, signing or in_force. password: of those who sign.
    offered_to: the kind of organisation that may join it. drafted: what else is done
    to the draft. Jobs are done here, or waited for if a worker has them.
    """
    if joined is None and drafted is None:
        return recalled.once(
            ("agreement", until, password, offered_to),
            lambda: agreement(
                partners(), until=until, password=password, offered_to=offered_to
            ),
        )
    joined = joined or partners()
    director = holder(joined.organisations.get(kind="pha"), Role.DIRECTOR)
    made = drafting.start_draft(partnership=joined, actor=director)
    if offered_to:
        sections.save_section(
            agreement=made,
            section="protection",
            values={"offered_to": offered_to, "offered_until": made.ends_on},
            actor=director,
        )
    if drafted:
        drafted(made)
    return _walked(made, until=until, password=password)


def address_only(
    joined: Partnership | None = None,
    *,
    password: str = PASSWORD,
    drafted: Callable[[Agreement], None] | None = None,
) -> Agreement:
    """Return an MOU in force under which addresses alone leave the agency.

    drafted: what else is done to the draft.
    """
    if joined is None and drafted is None:
        return recalled.once(
            ("address only", password),
            lambda: address_only(partners(), password=password),
        )
    joined = joined or partners()
    made = drafting.start_draft(
        partnership=joined,
        actor=holder(joined.organisations.get(kind="pha"), Role.DIRECTOR),
        model=SharingModel.ADDRESS_ONLY,
    )
    if drafted:
        drafted(made)
    return _walked(made, until="in_force", password=password)


def data_use(
    parent: Agreement, *, until: str = "in_force", password: str = PASSWORD
) -> Agreement:
    """Return a data use agreement of the same parties under an MOU in force.

    until, password: as of `agreement`.
    """
    made = following.start_project(parents=[parent], actor=parent.drafted_by)
    return _walked(made, until=until, password=password)


def _walked(made: Agreement, *, until: str, password: str) -> Agreement:
    """Return a fresh draft of an agency and a district, as far as state `until`."""
    agency = made.partnership.organisations.get(kind="pha")
    district = made.partnership.organisations.get(kind="district")
    director = made.drafted_by
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
    counsel_read(made)
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
    return _signed(made, password)


def sent_and_signed(draft: Agreement, *, password: str = PASSWORD) -> Agreement:
    """Return a draft that was sent, approved by every owner and signed by all."""
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    round_ = draft.rounds.latest("number")
    for approval in round_.approvals.filter(decided_at=None):
        approvals.approve(approval=approval, actor=holder(approval.owner, Role.COUNSEL))
    _work_until(draft, "signing")
    return _signed(draft, password)


def _signed(made: Agreement, password: str) -> Agreement:
    for party in made.parties.filter(signs=True).select_related("signatory__user"):
        assert party.signatory
        signing.sign(
            agreement=made,
            digest=signing.frozen_of(made).sha256,
            typed_name=party.signatory.user.name,
            password=password,
            address="127.0.0.1",
            browser="",
            actor=party.signatory.user,
        )
    _work_until(made, "in_force")
    return made


def counsel_read(draft: Agreement) -> None:
    """Let counsel of each party read a draft, and go through its state's law."""
    parties = [e.organisation for e in draft.parties.select_related("organisation")]
    reviewing.read(draft, {each: holder(each, Role.COUNSEL) for each in parties})


def _fill(draft: Agreement, director: User) -> None:
    sections_of = {
        "purpose": {"public_summary": "We learn which buildings need help."},
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
        purpose=draft.purposes.earliest("pk"),
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
        waiting = jobs.lapsed()
        for job_id in waiting:
            jobs.run(job_id)
        if not waiting:  # a worker has them
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


def delivered(made: Agreement) -> LinkageRun:
    """Return the linkage that waits since both sides have delivered."""
    housing_list(made)
    student_records(made)
    return made.runs.get(state="waiting")


def linked(made: Agreement | None = None) -> LinkageRun:
    """Return the linkage of what both sides delivered, done; all new unless told."""
    if made is None:
        return recalled.once("linked", lambda: linked(agreement()))
    run = delivered(made)
    work_off()
    run.refresh_from_db()
    assert run.state == "linked", run.message
    return run


def asked(run: LinkageRun, **changes: Any) -> Asked:
    """Return what the page of a new release asks for unless somebody chooses."""
    assert run.last_on is not None
    return replace(
        usual(permitted_under(run.agreement), census_on=run.last_on), **changes
    )


def released(
    run: LinkageRun | None = None,
    *,
    until: str = "published",
    wanted: Asked | None = None,
) -> Release:
    """Return a release of a linkage, new unless told, that got as far as state `until`.

    until: computing, draft, proposed or published. wanted: other than is usual.
    """
    if run is None:
        kind = ("released", until, wanted)
        return recalled.once(
            kind, lambda: released(linked(), until=until, wanted=wanted)
        )
    district = run.agreement.partnership.organisations.get(kind="district")
    made = releases.author_release(
        run=run,
        title="Absence by building",
        context="",
        asked=wanted or asked(run),
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
