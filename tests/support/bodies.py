"""What people post to every route that takes something."""

from typing import Any

from accounts import clock
from accounts import demo as stage
from agreements.models import Agreement
from agreements.queries import code_of
from agreements.services import signing
from indicators.models import LearnedModel, LinkageRun
from partnerships.models import Organisation
from partnerships.roles import Role
from tests.support import addresses, hostile, town
from tests.support.asking import asked_fields
from tests.support.directory import PUBLIC_KEYS, holder

# Any number of bodies, by route.
Many = dict[str, list[dict[str, Any]]]


def bodies(
    made: dict[str, Agreement], parties: list[Organisation], partnership: int
) -> Many:
    """Return what people post, by route."""
    fewer = town.children()[1:]  # what arrived already is not loaded again
    review = made["review"].rounds.get()
    learned = LearnedModel.objects.get(state="proposed")
    of_releases = LinkageRun.objects.filter(agreement__releases__run__isnull=False)
    newest = of_releases.filter(state="linked").latest("pk")
    return {
        "agreement_follow": [{}],
        "partnerships": [{"name": "Another", "partner": parties[1].pk}],
        "people": [
            {
                "name": "Grace Hopper",
                "email": "grace@example.org",
                "role": "counsel",
                "organisation": party.pk,
            }
            for party in parties
        ],
        "send_buildings": [
            {"text": "120 Main St, 98118\n9 Elm St, 98118"},
            {"text": "address,zip,homes\n9 Elm St,98118,30", "send": "1"},
        ],
        "send_counts": [
            {"content": addresses.counts_csv("2012-13"), "how": "people"},
        ],
        "release_of_counts": [{"title": "Counts"}],
        "drop_box": [
            {
                "organisation": party.pk,
                "holder": holder(party, Role.STEWARD).pk,
                "label": "Export",
                "public_key": PUBLIC_KEYS[1],
            }
            for party in parties
        ],
        "new_organisation": [
            {
                "name": "Lakeside",
                "kind": "district",
                "time_zone": "America/Chicago",
                "min_cell": 10,
            }
        ],
        "authority": [
            {"authority_source": "statute", "authority_reference": "Chapter 28A"}
        ],
        "draft_start": [{"partnership": partnership}],
        "draft_section": [{"title": "Another title"}],
        "draft_schedule": [
            {"remove": made["draft"].flows.first().elements.first().pk},
            {"add": made["draft"].flows.first().pk, "code": "tenant.unit_number"},
        ],
        "draft_clauses": [{"title": "Lunch", "text": "We eat together."}],
        "draft_clause": [{"text": "From {start} to {end}."}],
        "draft_element": [{"answers": ["enrolled"], "collected_under": "Form 1"}],
        "draft_flow": [{"grain": "aggregate", "selection": "all", "remove": "1"}],
        "draft_new_flow": [
            {"key": "New", "sender": party.pk, "receiver": party.pk}
            for party in parties
        ],
        "draft_parties": [
            {"remove": party.pk}
            for party in Agreement.objects.filter(flows=None).get().parties.all()
        ],
        "pledge": [{"trained_on": "2026-01-01", "promises": "on"}],
        "draft_purpose": [{"text": "learn something else"}],
        "draft_outside": [
            {"add": "subcontractors", "party": party.pk, "name": "Cloud"}
            for party in parties
        ],
        "draft_original": [
            {"file": hostile.plain_page(), "signed_on": "2026-01-01"},
            {"remove": "1"},
        ],
        "draft_records": [{"strike": made["draft"].proofs.get().pk}],
        "new_record": [
            {
                "party": party.pk,
                "dated_on": "2026-01-01",
                "document": "Board office",
                "flow": made["draft"].flows.first().pk,
            }
            for party in parties
        ],
        "override": [{"subject": "end_days", "reason": "A year must be over."}],
        "state_law": [{"topic_breach": "30 days", "next_review_on": "2099-01-01"}],
        "draft_access": [
            {"remove": made["draft"].access.first().pk},
            {
                "add": "1",
                "membership": parties[0].memberships.first().pk,
                "sees": ["tables"],
                "from_on": "2027-01-01",
                "until_on": "2027-02-01",
            },
        ],
        "comments": [
            {
                "item": "clause:C02",
                "body": "Which years?",
                "audience": "own",
                "organisation": party.pk,
            }
            for party in parties
        ],
        "finding": [{"ground": "program_purpose", "reason": "It plans services."}],
        "review": [
            {"approval": approval.pk, **decision}
            for approval in review.approvals.all()
            for decision in (
                {"approve": "1"},
                {"send_back": "1", "item": "whole", "reason": "No."},
            )
        ],
        "sign": [
            {
                "digest": signing.frozen_of(made["signing"]).sha256,
                "typed_name": "{name}",
                "intends": "on",
                "consents": "on",
                "password": stage.PASSWORD,
            }
        ],
        "check_paper": [
            {"code": code_of(made["paper"]), "is_unaltered": "on"},
            {"refuse": "1", "reason": "A clause was changed by hand."},
        ],
        "decline": [{"reason": "Not now."}],
        "delegations": [
            {
                "organisation": party.pk,
                "taker": person,
                "from_on": "2026-01-01",
                "until_on": "2027-12-31",
            }
            for party in parties
            for person in party.memberships.values_list("user", flat=True)[:2]
        ],
        "route": [{"adopt": "1"}],
        "sign_on_paper": [
            {
                "scan": b"%PDF-1.7 a scan",
                "signer_name": party.signatory.user.name,
                "signer_title": "Head",
                "signed_on": clock.today([party.organisation.time_zone]),
            }
            for party in made["signing"].parties.select_related(
                "organisation", "signatory__user"
            )
        ],
        "proposals": [
            {decision: made["draft"].proposals.first().pk}
            for decision in ("accept", "set_aside")
        ],
        "review_access": [{"organisation": party.pk} for party in parties],
        "place_hold": [
            {"owner": party.pk, "reason": "A request."} for party in parties
        ],
        "change_course": [{"reason": "It is over."}],
        "answer_arrival": [{}],
        "forget_layout": [{}],
        "load_arrival": [{}],
        "cancel_arrival": [{}],
        "upload": [
            {"content": [town.tenants_csv(fewer)]},
            {"content": list(town.student_files(fewer).values())},
        ],
        "steer": [{"cancel": "1"}, {"retry": "1"}],
        "wrong": [{"wrong": "values"}],
        "repeats": [{}, {"undo": ""}],
        "next_pair": [{}, {"undo": "1"}],
        "pair": [{"answer": "same"}],
        "learned": [{"learn": "1"}, {"accept": "1", "model": learned.pk}],
        "new_release": [asked_fields(newest, title="Another")],
        "stop_release": [{}],
        "decide_release": [
            {"approve": "1"},
            {"decline": "1", "reason": "No."},
            {"stop": "1", "reason": "One child is told."},
        ],
        "withdraw_release": [{"reason": "A wrong calendar."}],
    }
