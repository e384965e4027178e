"""One of everything that arrives, is linked and is let out: routes and posts."""

from datetime import date
from typing import Any

from accounts import demo as stage
from agreements.models import Agreement
from agreements.presets import HOUSING_LIST, STUDENT_RECORDS
from indicators.headcount_policy import counted_for
from indicators.models import Headcount, LinkageRun, Release, ResearchFile
from indicators.queries import document_of
from indicators.services import goals, linkage
from indicators.services.headcounts import keep_headcount
from indicators.services.learning import ask_model
from indicators.services.releases import author_of_counts
from tests import make
from tests.support import addresses, at_door, clerical, repeating, town

# Any number of arguments, or of bodies, by route.
Many = dict[str, list[dict[str, Any]]]


def research_pages(files: dict[str, ResearchFile]) -> Many:
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
            *("send_back_file", "withdraw_file", "fetch_file", "confirm_copies"),
        ),
        keys,
    )


def research_posts(files: dict[str, ResearchFile]) -> Many:
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
        "confirm_copies": [{"typed_name": "{name}", "password": stage.PASSWORD}],
    }


def data_pages(running: Agreement) -> Many:
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
        "dashboard_record": releases[-1:],
        "dashboard_paper": releases[-1:],
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


GOAL_POSTS: Many = {
    "new_target": [
        {
            "short_year": "2022–23",
            "short_percent": "15",
            "long_year": "2025–26",
            "long_percent": "10",
        }
    ],
    "decide_target": [{"agree": "1"}, {"decline": "1", "reason": "Too far."}],
    "withdraw_target": [{"reason": "No money."}],
    "new_intervention": [
        {"what": "Outreach", "provider": "Neighbours", "first_on": "2022-02-01"}
    ],
    "withdraw_intervention": [{}],
}


def aim_of(release: Release, dim: str = "", value: str = "") -> goals.Aim:
    """Return an aim for chronic absence, from the last year that a release shows."""
    document = document_of(release)
    return goals.Aim(
        measure=next(m.id for m in document.measures if m.code == "chronic_absence"),
        period=document.periods[-1],
        dim=dim,
        value=value,
        steps=(("2022–23", 15), ("2025–26", 10)),
    )


def goal_pages(running: Agreement) -> Many:
    """Agree one target, propose another, and state what was done."""
    release = running.releases.get(state="published")
    director, head, analyst = (
        make.cast(name) for name in ("director", "superintendent", "analyst")
    )
    first = goals.propose_target(
        release=release, aim=aim_of(release), reason="", actor=director
    )
    waiting = first.decisions.get(decided_at=None)
    goals.decide_target(decision=waiting, agree=True, reason="", actor=head)
    second = goals.propose_target(
        release=release, aim=aim_of(release), reason="", actor=analyst
    )
    done = goals.state_intervention(
        release=release,
        what="Outreach",
        provider="Neighbours",
        dim="",
        places=[],
        first_on=date(2022, 2, 1),
        last_on=None,
        actor=analyst,
    )
    targets = [{"key": first.pk}, {"key": second.pk}]
    return {
        "target": targets,
        "withdraw_target": targets,
        "decide_target": [{"key": each.pk} for each in second.decisions.all()],
        "new_target": [{"key": release.pk}],
        "new_intervention": [{"key": release.pk}],
        "withdraw_intervention": [{"key": done.pk}],
    }


def pages_without_rows(made: Agreement) -> Many:
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


def doubled_pages(made: Agreement) -> Many:
    """Link a list in which children stand twice, and decide on one of them."""
    run = repeating.linked(made)
    repeating.decided(run.tenants)
    keys = [{"key": each.pk} for each in (run.tenants, run.students)]
    return {"repeats": keys, "link_again": keys}


def pages_of_counting(made: Agreement) -> Many:
    """Leave a release of other counts with a worker; counts for the next came since."""
    counts = addresses.counts_of(made, addresses.counts_csv("2010-11"))
    counted = author_of_counts(
        delivery=counts, title="Counts", context="", actor=make.cast("analyst")
    )
    newest = addresses.counts_of(made, addresses.counts_csv("2011-12"))
    return {
        "release_of_counts": [{"key": newest.pk}],
        "stop_release": [{"key": counted.pk}],
    }


def headcount_pages(draft: Agreement, running: Agreement) -> Many:
    """Count an agency's children, before a worker finds out what would show."""
    director = make.cast("director")
    agency = counted_for(director).get()
    keep_headcount(
        organisation=agency, text="building,children\nElm,30", actor=director
    )
    numbers = [{"number": each.number} for each in (draft, running)]
    return {
        "headcount": [{"key": agency.pk}],
        "what_if": numbers,
        "try_counts": numbers,
    }


def headcount_posts() -> Many:
    return {
        "headcount": [{"text": "building,children\nOak,40"}, {"destroy": "1"}],
        "try_counts": [{"headcount": Headcount.objects.get().pk}],
    }


def door_pages(running: Agreement, other: Agreement) -> Many:
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
