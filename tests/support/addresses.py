"""A town of buildings and students' addresses, spelt as people spell them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from agreements.models import Agreement
from indicators.addressfiles.buildings import Building, as_csv
from indicators.aggregates.longform import Zero
from indicators.models import Delivery
from indicators.services.aggregates import BY_PERSON, receive_counts
from indicators.services.buildings import send_list
from partnerships.roles import Role
from tests.support import town
from tests.support.directory import holder

BUILDINGS = [
    Building(code, name, address, "Seattle", "98118", 40)
    for (code, name), address in zip(
        town.BUILDINGS.items(),
        ("7050 32ND AVE S", "6558-6566 35TH AVE SW", "4410 S ALASKA ST", "120 MAIN ST"),
        strict=True,
    )
]
# Of each building: as listed, in other words, with a unit, within a range.
SPELLINGS = (
    ("7050 32ND AVE S", "7050 32nd Avenue South", "7050 32nd Ave. S. Apt 4B", "#9"),
    ("6558-6566 35TH AVE SW", "6560 35th Ave Southwest", "6566 35th Av SW #2", "#9"),
    (
        "4410 S ALASKA ST",
        "4410 South Alaska Street",
        "4410 S. Alaska St, Unit 12",
        "#9",
    ),
    ("120 MAIN ST", "120 Main Street", "120 Main St 4B", "#9"),
)
HEADINGS = (
    "student_id",
    "address",
    "city",
    "zip",
    "school",
    "days_enrolled",
    "absences",
)
N_DAYS = 100


def list_csv(buildings: Sequence[Building] = BUILDINGS) -> bytes:
    """Return the list as a district downloads it."""
    return as_csv(buildings)


def rows(children: Iterable[town.Child] | None = None) -> list[list[object]]:
    """Return the district's export: the town's students, and where they live."""
    codes = list(town.BUILDINGS)
    found: list[list[object]] = []
    for child in children if children is not None else town.children():
        if not child.school:
            continue
        if child.building:
            spelt = SPELLINGS[codes.index(child.building)]
            address = spelt[child.number % 3]
        else:
            address = f"{9000 + child.number} Far Away Rd"
        n_absent = 15 if child.n_absent == 3 else child.n_absent
        found.append(
            [
                child.number,
                address,
                "Seattle",
                "98118-1234",
                child.school,
                N_DAYS,
                n_absent,
            ]
        )
    return found


def export_csv(
    lines: Sequence[Sequence[object]], headings: Sequence[str] = HEADINGS
) -> bytes:
    """Return rows as a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headings, *lines])
    return text.getvalue().encode()


COUNT_HEADINGS = (
    "School year",
    "Breakdown",
    "Group",
    "Measure",
    "Count",
    "Children",
    "Percent",
)
# Of each building of the town and of all: children, and how many are often absent.
COUNTED = {
    "": (66, 14),
    **{
        code: (n, late)
        for code, (n, late, _) in zip(town.BUILDINGS, town.SIZES, strict=True)
    },
}


def counts_csv(
    year: str = "2025-26", *, instead: Mapping[str, Sequence[str]] | None = None
) -> bytes:
    """Return the town's counts in a layout of the district's own.

    instead: for a building, other texts of count, children and percent.
    """
    lines: list[list[object]] = []
    for code, (n, late) in COUNTED.items():
        said = (instead or {}).get(code, (str(late), str(n), ""))
        by, name = ("Building", town.BUILDINGS[code]) if code else ("All", "All")
        lines.append([year, by, name, "Chronic absence", *said])
    return export_csv(lines, COUNT_HEADINGS)


def listed(made: Agreement) -> Delivery:
    """Return the building list that the agency sent under an agreement."""
    flow = made.flows.get(key="Addresses")
    return send_list(
        flow=flow,
        text=list_csv().decode("utf-8-sig"),
        actor=holder(flow.sender, Role.STEWARD),
    )


def counts_of(made: Agreement, content: bytes | None = None) -> Delivery:
    """Return counts that the district sent under an agreement."""
    flow = made.flows.get(key="Tables")
    return receive_counts(
        flow=flow,
        file=io.BytesIO(content or counts_csv()),
        zero=Zero.NOBODY,
        how=BY_PERSON,
        link_percent=93,
        actor=holder(flow.sender, Role.STEWARD),
    )
