"""OneRoster sets of three students, and sets of changes to lay over them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from indicators.arrivals.contract import Arrival
from tests.support.arriving import ROSTER, arrive, said
from tests.support.rosters import ONEROSTER, packed

DAY, CHANGED = date(2022, 1, 3), "2022-01-03T09:00:00.000Z"
ACTIVE, DELETED = f"active,{CHANGED}", f"tobedeleted,{CHANGED}"
BEGAN, END = date(2021, 8, 23), date(2022, 6, 10)
ORGS = "o1,,,School,school,1,\no2,,,Other,school,2,\nd,,,All,district,,\n"
USER = "{id},{status},true,{orgs},student,{name},,{name},Lopez,,{number},,,,,09\n"
TEACHER = "t1,,,true,o1,teacher,bo,,Bo,Li,,,,,,,\n"
HEADINGS = {
    **{name: text.splitlines()[0] + "\n" for name, text in ONEROSTER.items()},
    "enrollments.csv": "sourcedId,status,dateLastModified,classSourcedId,"
    "schoolSourcedId,userSourcedId,role,beginDate,endDate\n",
    "academicSessions.csv": "sourcedId,status,dateLastModified,title,type,startDate,"
    "endDate,parentSourcedId,schoolYear\n",
}
CLASSES = (
    "sourcedId,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds\n"
    "c1,A,k,homeroom,o1,t1\nc2,B,k,homeroom,o2,t2\n"
)
Files = dict[str, str]


def user(n: int, orgs: str = "o1", *, status: str = ",", name: str = "Ana") -> str:
    return USER.format(id=f"u{n}", status=status, orgs=orgs, name=name, number=70 + n)


def in_class(
    n: int, at: int, days: str, *, of: str = "u1", status: str = ACTIVE
) -> str:
    return f"e{n},{status},c{at},o{at},{of},student,{days}\n"


def manifest(modes: Mapping[str, str], version: str = "1.1") -> str:
    stated = "".join(f"file.{name},{mode}\n" for name, mode in modes.items())
    head = "propertyName,value\nmanifest.version,1.0\n"
    return f"{head}oneroster.version,{version}\n{stated}"


def full(**more: str) -> Files:
    days = f"{BEGAN},{END}"
    told = {
        "orgs": HEADINGS["orgs.csv"] + ORGS,
        "users": HEADINGS["users.csv"]
        + user(1, '"o1,d"')
        + user(2)
        + user(3, "o2")
        + TEACHER,
        "demographics": HEADINGS["demographics.csv"]
        + "u1,,,2010-01-31,female\nu2,,,2011-02-28,male\nu3,,,,\n"
        + "t1,,,1980-01-01,male\n",
        "classes": CLASSES,
        "enrollments": HEADINGS["enrollments.csv"]
        + in_class(1, 1, days, status=",")
        + in_class(2, 1, days, of="u2", status=",")
        + in_class(3, 2, days, of="u3", status=","),
        **more,
    }
    files = {f"{name}.csv": text for name, text in told.items()}
    return {"manifest.csv": manifest(dict.fromkeys(told, "bulk")), **files}


def changes(**files: str) -> Files:
    """Return a set in which only these files have changes."""
    texts = {f"{n}.csv": HEADINGS[f"{n}.csv"] + text for n, text in files.items()}
    return {"manifest.csv": manifest(dict.fromkeys(files, "delta")), **texts}


def laid(
    *sets: Files,
    on: Files | None = None,
    listed: frozenset[str] = ROSTER,
    **options: Any,
) -> Arrival:
    """Return what sets of changes are, each delivered after the one before."""
    arrival = arrive({"full.zip": packed(on or full())}, listed, **options)
    for each in sets:
        assert arrival.can_be_kept, said(arrival)
        earlier = arrival.frames
        arrival = arrive(
            {"c.zip": packed(each)}, listed, **(options | {"earlier": earlier})
        )
    return arrival


def spells(arrival: Arrival) -> list[tuple[Any, ...]]:
    assert arrival.can_be_kept, said(arrival)
    names = ("id", "school", "entry_date", "exit_date")
    found = arrival.frames["enrolment"].to_pylist()
    return sorted((tuple(row[name] for name in names) for row in found), key=str)
