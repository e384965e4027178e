"""One of everything: each route with its arguments, and what people post there."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from accounts import clock
from accounts import demo as stage
from agreements import word
from agreements.forms.sections import SECTION_FORMS
from agreements.models import Agreement, ProofRecord
from agreements.queries import source_of
from agreements.services import records, routes, sections
from agreements.services.copying import copy_as_new
from agreements.services.proposals import import_word
from agreements.services.versions import save_version
from agreements.views.following import WAYS
from indicators.models import DropBoxKey
from partnerships.models import Organisation, Partnership
from partnerships.policy import administered
from partnerships.roles import Role
from partnerships.services.engagement import form_partnership
from tests import make
from tests.support import research, words
from tests.support.bodies import bodies
from tests.support.directory import drop_box_key
from tests.support.world_of_data import (
    GOAL_POSTS,
    Many,
    data_pages,
    door_pages,
    doubled_pages,
    each_with,
    goal_pages,
    headcount_pages,
    headcount_posts,
    pages_of_counting,
    pages_without_rows,
    research_pages,
    research_posts,
)

# Routes without arguments.
ALONE = (
    "agreements",
    "agreements_csv",
    "agreements_json",
    "dashboards",
    "data",
    "dates",
    "delegations",
    "draft_start",
    "goals",
    "drop_box",
    "home",
    "new_organisation",
    "offers",
    "outbox",
    "partnerships",
    "path",
    "people",
    "pledge",
    "releases",
    "research_files",
)


@dataclass
class World:
    """What every account is shown: each route with its arguments, each with bodies.

    A text in a body that is `{name}` stands for the name of whoever posts it, bytes
    stand for a file.
    """

    arguments: Many
    bodies: Many
    secrets: list[str] = field(default_factory=list)


def made() -> World:
    """Return the demonstration with one of everything in its partnership."""
    joined = make.demo()
    agreements = {
        state: make.agreement(joined, until=state, password=stage.PASSWORD)
        for state in ("in_force", "signing", "review", "draft")
    }
    agreements["paper"] = make.agreement(
        joined, until="signing", password=stage.PASSWORD
    )
    by_address = make.address_only(joined, password=stage.PASSWORD)
    offer = make.agreement(joined, password=stage.PASSWORD, offered_to="pha")
    parties = [joined.organisations.get(kind=kind) for kind in ("pha", "district")]
    files = research.every_stage(joined, password=stage.PASSWORD)
    pages = data_pages(agreements["in_force"])
    aims = goal_pages(agreements["in_force"])
    edited = _edited(agreements["draft"])
    lax = _lax(agreements["draft"], parties[0])
    return World(
        arguments=_pages(agreements)
        | {"agreement_join": [{"number": offer.number}]}
        | _beside(agreements["draft"], lax, parties)
        | _people(agreements["draft"], parties)
        | {"withdraw_key": [{"key": _key().pk}]}
        | pages
        | aims
        | headcount_pages(agreements["draft"], agreements["in_force"])
        | pages_without_rows(by_address)
        | doubled_pages(offer)
        | door_pages(agreements["in_force"], offer)
        | pages_of_counting(by_address)
        | research_pages(files)
        | {name: [{}] for name in ALONE},
        bodies=bodies(agreements, parties, joined.pk)
        | {"proposals_new": [{"file": edited}]}
        | {"agreement_join": [{"partnership": _joining(parties[1]).pk}]}
        | research_posts(files)
        | headcount_posts()
        | GOAL_POSTS,
        secrets=[each.number for each in agreements.values()],
    )


def _key() -> DropBoxKey:
    """Return a key of the drop box that the administrator looks after."""
    admin = make.cast("admin")
    return drop_box_key(administered(admin).filter(kind="pha").get(), admin)


def _joining(district: Organisation) -> Partnership:
    """Return the partnership in which the other agency joins what is offered."""
    other = Organisation.objects.get(name=stage.OTHER_AGENCY)
    return make.partnership(other, district)


def _pages(agreements: dict[str, Agreement]) -> Many:
    numbers = {state: {"number": each.number} for state, each in agreements.items()}
    draft, running = numbers["draft"], numbers["in_force"]
    hold = make.hold(agreements["in_force"])
    comment = make.comment(agreements["review"])
    paper = make.paper(agreements["paper"])
    executed = agreements["in_force"].documents.get(kind="executed")
    listed = agreements["draft"].flows.first().elements.first()
    parties = [{"party": p.organisation_id} for p in agreements["draft"].parties.all()]
    return {
        "agreement": list(numbers.values()),
        "comparison_pdf": [draft],
        "comparison_word": [draft, running],
        "agreement_copy": [running, draft],
        "agreement_follow": [
            *each_with([running], "way", list(WAYS)),
            draft | {"way": "amend"},
        ],
        "change_course": each_with(
            [running, draft], "move", ["pause", "resume", "end"]
        ),
        "close_hold": [{"key": hold.pk}],
        "check_paper": [{"number": paper.agreement.number, "key": paper.pk}],
        "comments": [numbers["review"], running],
        "decline": [numbers["signing"], draft],
        "sign_on_paper": [numbers["signing"], draft],
        "route": [{"key": party["party"]} for party in parties],
        "take_copy": [{"key": executed.pk}],
        "resolve_comment": [{"key": comment.pk}],
        "document": [
            {"key": document.pk}
            for each in agreements.values()
            for document in each.documents.all()
        ],
        "draft": [draft, running],
        "draft_access": [draft, running],
        "draft_check": [draft, running],
        "draft_clause": [draft | {"key": "C31"}, running | {"key": "C31"}],
        "draft_clauses": [draft, running],
        "draft_element": [draft | {"key": listed.pk}],
        "draft_schedule": [draft, running],
        "draft_section": each_with([draft], "section", list(SECTION_FORMS)),
        "draft_submit": [draft, running],
        "finding": [draft | party for party in parties],
        "mandate": [running, draft],
        "papers": [running, draft],
        "paper": each_with([running, draft], "key", ["pub", "brd", "nda"]),
        "place_hold": [running],
        "review_access": [running],
        "proposals": [draft, running],
        "proposals_new": [draft, running],
        "reopen": [numbers["signing"], draft],
        "review": [numbers["review"], draft],
        "sign": [numbers["signing"], draft],
        "version_save": [draft, running],
        "version_word": [draft | {"position": 1}, draft | {"position": 9}],
        "versions": [draft, running],
    }


def _edited(draft: Agreement) -> bytes:
    """Return an edited Word file of a draft; another one was read in before."""
    actor = draft.drafted_by
    version = save_version(agreement=draft, actor=actor)
    file = word.write_text(source_of(version), version.text)
    import_word(
        agreement=draft,
        content=words.commented(file, "It calls each", "Really?"),
        actor=actor,
    )
    sections.save_section(
        agreement=draft, section="protection", values={"min_cell": 17}, actor=actor
    )
    return words.untracked(file, "It calls each", "It names each")


def _lax(draft: Agreement, agency: Organisation) -> Agreement:
    """Return a draft with two periods that are too long; counsel let one stand."""
    director = draft.drafted_by
    lax = copy_as_new(agreement=draft, actor=director)
    sections.save_section(
        agreement=lax,
        section="dates",
        values={"list_days": 99, "end_days": 99},
        actor=director,
    )
    records.override(
        agreement=lax,
        owner=agency,
        rule="R-081",
        subject="list_days",
        reason="The school year must be over first.",
        actor=make.holder(agency, Role.COUNSEL),
    )
    make.original(lax)
    return lax


def _beside(draft: Agreement, lax: Agreement, parties: list[Organisation]) -> Many:
    """Return the pages beside a draft: its flows, purposes and records."""
    number = {"number": draft.number}
    agency = parties[0]
    bare = copy_as_new(agreement=draft, actor=draft.drafted_by)
    for flow in bare.flows.all():
        sections.remove_flow(flow=flow, actor=draft.drafted_by)
    records.keep_record(
        agreement=draft,
        party=agency,
        kind=ProofRecord.Kind.COUNSEL_REVIEW,
        dated_on=date(2026, 1, 1),
        document="Counsel's office",
        actor=make.holder(agency, Role.COUNSEL),
    )
    kinds = [kind.value for kind in ProofRecord.Kind]
    return {
        "draft_flow": [number | {"key": draft.flows.first().pk}],
        "draft_new_flow": [number],
        "draft_new_purpose": [number],
        "draft_outside": [number],
        "draft_original": [{"number": lax.number}],
        "draft_original_file": [{"number": lax.number}, number],
        "draft_parties": [{"number": bare.number}],
        "draft_purpose": [number | {"key": draft.purposes.get().pk}],
        "draft_records": [number],
        "new_record": each_with([number], "kind", kinds),
        "override": [{"number": lax.number, "rule": "R-081"}],
        "state_law": [{"key": party.pk} for party in parties],
        "withdraw_override": [{"number": lax.number, "key": lax.overrides.get().pk}],
    }


def _people(draft: Agreement, parties: list[Organisation]) -> Many:
    agency, district = parties
    strange = make.cast("stranger")
    invitation = form_partnership(
        name="Invited",
        organisations=[strange.memberships.get().organisation, district],
        actor=strange,
    ).participations.get(organisation=district)
    given = routes.delegate(
        organisation=agency,
        taker=make.cast("housing-steward"),
        from_on=clock.today() - timedelta(days=2),
        until_on=clock.today() + timedelta(days=2),
        actor=make.cast("housing-counsel"),
    )
    roles = [
        {"key": district.memberships.get(role=Role.ANALYST).pk},
        {"key": agency.memberships.get(role=Role.DIRECTOR).pk},
    ]
    return {
        "accept": [{"key": invitation.pk}],
        "revoke_delegation": [{"key": given.pk}],
        "ledger": [{"key": draft.partnership_id}],
        "authority": roles,
        "leave": roles,
        "partnership": [{"key": draft.partnership_id}],
    }
