"""One of everything: each route with its arguments, and what people post there."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts import clock
from accounts import demo as stage
from agreements import word
from agreements.forms.sections import SECTION_FORMS
from agreements.models import Agreement, ProofRecord
from agreements.presets import HOUSING_LIST, STUDENT_RECORDS
from agreements.queries import source_of
from agreements.services import records, routes, sections
from agreements.services.copying import copy_as_new
from agreements.services.proposals import import_word
from agreements.services.versions import save_version
from agreements.views.following import WAYS
from indicators.models import DropBoxKey, LinkageRun, ResearchFile
from indicators.services import linkage
from indicators.services.learning import ask_model
from partnerships.models import Organisation, Partnership
from partnerships.policy import administered
from partnerships.roles import Role
from partnerships.services.engagement import form_partnership
from tests import make
from tests.support import addresses, at_door, clerical, research, town, words
from tests.support.bodies import bodies
from tests.support.directory import drop_box_key

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
# Any number of arguments, or of bodies, by route.
Many = dict[str, list[dict[str, Any]]]


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
    edited = _edited(agreements["draft"])
    lax = _lax(agreements["draft"], parties[0])
    return World(
        arguments=_pages(agreements)
        | {"agreement_join": [{"number": offer.number}]}
        | _beside(agreements["draft"], lax, parties)
        | _people(agreements["draft"], parties)
        | {"withdraw_key": [{"key": _key().pk}]}
        | _data(agreements["in_force"])
        | _without_rows(by_address)
        | _door(agreements["in_force"], offer)
        | _research(files)
        | {name: [{}] for name in ALONE},
        bodies=bodies(agreements, parties, joined.pk)
        | {"proposals_new": [{"file": edited}]}
        | {"agreement_join": [{"partnership": _joining(parties[1]).pk}]}
        | _posted(files),
        secrets=[each.number for each in agreements.values()],
    )


def _research(files: dict[str, ResearchFile]) -> Many:
    keys = [{"key": each.pk} for each in files.values()]
    decisions = files["before_owners"].decisions.all()
    return {
        "new_research_file": [{"key": files["released"].flow_id}],
        "decide_file": [{"key": each.pk} for each in decisions],
        "codebook": keys[:1],
        "research_file": keys,
    } | dict.fromkeys(
        (
            *("put_forward", "discard_file", "determine"),
            *("send_back_file", "withdraw_file", "fetch_file"),
        ),
        keys,
    )


def _posted(files: dict[str, ResearchFile]) -> Many:
    run = files["released"].run
    return {
        "new_research_file": [{"title": "Another", "run": run.pk, "k": 10}],
        "determine": [
            {
                "sha256": files["before_district"].sha256,
                "typed_name": "{name}",
                "password": stage.PASSWORD,
            }
        ],
        "send_back_file": [{"reason": "Leave the school out."}],
        "decide_file": [{"approve": "1"}, {"decline": "1", "reason": "No."}],
        "withdraw_file": [{"reason": "A wrong calendar."}],
    }


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


def _data(running: Agreement) -> Many:
    """Link three school years: one is published, one drafted, one not released."""
    first = make.linked(running)
    published = make.released(first)
    proposed = make.released(first, until="proposed")
    drafted = make.released(_linked_of(running, year=2022)[-1], until="draft")
    stopped, newest = _linked_of(running, year=2023, is_sent_twice=True)
    releases = [{"key": each.pk} for each in (drafted, proposed, published)]
    runs = [{"key": newest.pk}, {"key": stopped.pk}]
    steward = make.cast("steward")
    clerical.read_all(newest, steward, leaving=2)
    reading = clerical.one_read(newest, steward)
    ask_model(run=newest, actor=steward)
    make.work_off()
    return {
        "dashboard": releases,
        "dashboard_file": each_with(releases[-1:], "code", ["building", "none"]),
        "decide_release": [{"key": each.pk} for each in proposed.decisions.all()],
        "delivery": [{"key": each.pk} for each in running.deliveries.all()[:2]],
        "discard_release": releases,
        "new_release": runs,
        "diagnostics": runs,
        "learned": runs,
        "score": [{"key": each.pk} for each in newest.readings.all()[:2]],
        "next_pair": runs,
        "pair": [{"key": reading.pk}],
        "pairs": runs,
        "propose_release": releases,
        "release": releases,
        "run": runs,
        "steer": runs,
        "use_pairs": runs,
        "wrong": [
            {"key": each.pk}
            for each in (running.deliveries.first(), running.deliveries.last())
        ],
        "upload": [{"key": flow.pk} for flow in running.flows.all()],
        "withdraw_release": releases,
    }


def _without_rows(made: Agreement) -> Many:
    """Send addresses out and counts back, of a year that nobody released."""
    sent = addresses.listed(made)
    counts = addresses.counts_of(made, addresses.counts_csv("2011-12"))
    flows = made.flows
    return {
        "building_file": [{"key": sent.pk}, {"key": counts.pk}],
        "release_of_counts": [{"key": counts.pk}],
        "send_buildings": [{"key": flow.pk} for flow in flows.exclude(key="Tables")],
        "send_counts": [{"key": flow.pk} for flow in flows.exclude(key="Addresses")],
    }


def _door(running: Agreement, other: Agreement) -> Many:
    """Return what waits at the door, an arrival for each thing to do with it."""
    for each in (running, other):
        make.add_places(each)
    children = town.children()[5:]
    wide = town.tenants_csv(children, extra="Nook")
    files = list(town.student_files(children).values())
    sent = {
        "answer_arrival": at_door.waiting(running, HOUSING_LIST, wide),
        "load_arrival": at_door.waiting(running, STUDENT_RECORDS, *files),
        "forget_layout": at_door.waiting(other, HOUSING_LIST, wide),
        "cancel_arrival": at_door.waiting(other, STUDENT_RECORDS, *files),
    }
    keys = {name: [{"key": row.pk}] for name, row in sent.items()}
    every = [key for one in keys.values() for key in one]
    return keys | {"arrival": every, "rejected_rows": every}


def _linked_of(
    running: Agreement, *, year: int, is_sent_twice: bool = False
) -> list[LinkageRun]:
    """Return the linkages of a year's records; the first of two is cancelled."""
    children = town.children()
    for n in range(1 + is_sent_twice):
        files = town.student_files(children[n:], year=year)
        make.student_records(running, list(files.values()))
    runs = list(running.runs.filter(state="waiting").order_by("pk"))
    for overtaken in runs[:-1]:
        linkage.cancel_run(run=overtaken, actor=make.cast("steward"))
    make.work_off()
    return list(running.runs.filter(pk__in=[run.pk for run in runs]).order_by("pk"))


def each_with(
    given: list[dict[str, Any]], name: str, values: list[Any]
) -> list[dict[str, Any]]:
    return [one | {name: value} for one in given for value in values]
