"""One of everything that arrives, is linked and is let out: routes and posts."""

from typing import Any

from accounts import demo as stage
from agreements.models import Agreement
from agreements.presets import HOUSING_LIST, STUDENT_RECORDS
from indicators.models import LinkageRun, ResearchFile
from indicators.services import linkage
from indicators.services.learning import ask_model
from tests import make
from tests.support import addresses, at_door, clerical, town

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
            *("send_back_file", "withdraw_file", "fetch_file"),
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
