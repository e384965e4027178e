"""The whole line over plain HTTP, in steps that a person could repeat at any time.

A step is what one person sends once, and how that person sees that all that follows
from it has come. Sent twice, it must lead to a plain page both times.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.forms import Fields, fields_of
from tests.support.http import PASSWORD, File, Page, Visitor, words

TITLE = "School attendance of children in ten developments"
SCHOOL_FILES = (
    "Student.xml",
    "StudentSchoolAttendance.xml",
    "EducationOrgCalendar.xml",
    "made-enrolment.csv",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person sends with one press of a button."""

    account: str
    path: str
    fields: Fields
    files: Sequence[Path] = ()


class Line:
    """The cast of one running Homeroom, each signed in once, and its one agreement."""

    def __init__(self, address: str, files: Path) -> None:
        self._address = address
        self.files = files
        self._people: dict[str, Visitor] = {}

    def person(self, account: str) -> Visitor:
        """Return a person of the cast, signed in."""
        if account not in self._people:
            self._people[account] = Visitor(self._address, account=account)
        return self._people[account]

    def page(self, account: str, path: str) -> Page:
        """Return a page as a person sees it; it must be there."""
        page = self.person(account).get(path)
        assert page.status == 200, f"{account} gets {page.status} from {path}"
        return page

    def sees(self, account: str, path: str, text: str) -> bool:
        """Return whether a person reads some words on a page, once it is there."""
        page = self.person(account).get(path)
        assert page.status < 500, f"{account} gets {page.status} from {path}"
        return page.status == 200 and text in words(page)

    def send(self, asked: Asked) -> Page:
        """Return what pressing the button leads to."""
        person = self.person(asked.account)
        if asked.files:
            files = [File.at(path) for path in asked.files]
            fields = {name: str(value) for name, value in asked.fields.items()}
            return person.upload(asked.path, files, **fields)
        return person.post(asked.path, **asked.fields)

    def form(self, account: str, path: str, *, holding: str, **changes: str) -> Asked:
        """Return a page's form with some fields changed."""
        fields = fields_of(self.page(account, path).text, holding=holding)
        return Asked(account, path, fields | {k: [v] for k, v in changes.items()})

    def found(self, account: str, path: str, pattern: str) -> str:
        """Return the first thing on a page that matches."""
        match = re.search(pattern, self.page(account, path).text)
        assert match is not None, f"{account} finds no {pattern} on {path}"
        return match[0]

    @property
    def agreement(self) -> str:
        """The address of the one agreement."""
        return self.found("director", "/agreements/", r"/agreements/MOU-\d+-\d+/")


@dataclass(frozen=True, slots=True)
class Step:
    """One press of a button, and whether all that follows from it has come."""

    name: str
    ask: Callable[[Line], Asked]
    has_come: Callable[[Line], bool]


def _section(name: str, **answers: str) -> Step:
    """Return the step that fills some fields of one section of the draft."""
    known = next(iter(answers))

    def path(line: Line) -> str:
        return f"{line.agreement}draft/{name}/"

    def has_come(line: Line) -> bool:
        page = line.page("director", path(line))
        return fields_of(page.text, holding=known)[known] == [answers[known]]

    return Step(
        f"fill {name}",
        lambda line: line.form("director", path(line), holding=known, **answers),
        has_come,
    )


def _has_left_home(account: str, need: str) -> Callable[[Line], bool]:
    """Return whether a person's home page asks for something no more."""
    return lambda line: need not in words(line.page(account, "/"))


def _asks_at_home(account: str, need: str) -> Callable[[Line], bool]:
    return lambda line: line.sees(account, "/", need)


def _approves(account: str, has_come: Callable[[Line], bool]) -> Step:
    def ask(line: Line) -> Asked:
        path = f"{line.agreement}review/"
        return line.form(account, path, holding="approve", approve="1")

    return Step(f"approve as {account}", ask, has_come)


def _signs(account: str, name: str, has_come: Callable[[Line], bool]) -> Step:
    answers = {
        "typed_name": name,
        "intends": "on",
        "consents": "on",
        "password": PASSWORD,
    }
    return Step(
        f"sign as {account}",
        lambda line: line.form(
            account, f"{line.agreement}sign/", holding="digest", **answers
        ),
        has_come,
    )


def _brings(account: str, names: Sequence[str]) -> Step:
    def ask(line: Line) -> Asked:
        path = line.found(account, "/data/", r"/data/flows/\d+/load/")
        return Asked(account, path, {}, [line.files / name for name in names])

    def has_come(line: Line) -> bool:
        return line.sees(account, "/data/", "Waiting for you")

    return Step(f"send as {account}", ask, has_come)


def _loads(account: str, has_come: Callable[[Line], bool]) -> Step:
    def ask(line: Line) -> Asked:
        path = line.found(account, "/data/", r"/data/arrivals/\d+/")
        return Asked(account, f"{path}load/", {"attests_exclusions": "on"})

    return Step(f"load as {account}", ask, has_come)


def _decides(account: str, has_come: Callable[[Line], bool]) -> Step:
    def ask(line: Line) -> Asked:
        page = line.found(account, "/", r"/releases/\d+/")
        path = line.found(account, page, r"/decisions/\d+/")
        return Asked(account, path, {"approve": "1"})

    return Step(f"decide as {account}", ask, has_come)


def _starts(line: Line) -> Asked:
    path = "/agreements/new/"
    page = line.page("director", path).text
    choice = re.search(r'<input[^>]*name="partnership"[^>]*value="(\d+)"', page)
    assert choice is not None
    return line.form("director", path, holding="partnership", partnership=choice[1])


def _finds(line: Line) -> Asked:
    path = line.found("housing-counsel", "/", r"/agreements/[^/]+/finding/\d+/")
    fields = {"ground": "program_purpose", "reason": "It plans services for residents."}
    return Asked("housing-counsel", path, fields)


def _submits(line: Line) -> Asked:
    return Asked("director", f"{line.agreement}draft/submit/", {})


def _authors(line: Line) -> Asked:
    path = line.found("analyst", "/", r"/data/runs/\d+/release/")
    fields = fields_of(line.page("analyst", path).text, holding="measures")
    said = {"title": [TITLE], "context": ["Found on both lists."]}
    return Asked("analyst", path, fields | said)


def _proposes(line: Line) -> Asked:
    release = line.found("analyst", "/", r"/releases/\d+/")
    return Asked("analyst", f"{release}propose/", {})


def _is_linked(line: Line) -> bool:
    newest = re.search(
        r"Linkage \d+ under \S+ (\w+)", words(line.page("steward", "/data/"))
    )
    return newest is not None and newest[1] == "Linked"


STEPS = {
    step.name: step
    for step in (
        Step(
            "start", _starts, lambda line: line.sees("director", "/agreements/", "MOU-")
        ),
        _section(
            "purpose",
            text="learn in which buildings children miss much school",
            scope="school-age children in ten developments",
            benefit="both learn where help is needed",
            public_summary="We learn which buildings need help.",
        ),
        _section(
            "parties",
            sending_authority_source="policy",
            sending_authority="Board policy 7.3",
        ),
        _section("protection", contacts="the offices of both signatories"),
        Step(
            "record finding",
            _finds,
            lambda line: (
                not line.sees(
                    "director",
                    f"{line.agreement}draft/check/",
                    "has not recorded a finding",
                )
            ),
        ),
        Step("submit", _submits, _asks_at_home("housing-counsel", "Decide on MOU")),
        _approves(
            "housing-counsel", _has_left_home("housing-counsel", "Decide on MOU")
        ),
        _approves("solicitor", _asks_at_home("director", "Sign MOU")),
        _signs("director", "Dana Ortiz", _has_left_home("director", "Sign MOU")),
        _signs(
            "superintendent",
            "Sidney Park",
            lambda line: line.sees("director", line.agreement, "What now runs"),
        ),
        _brings("housing-steward", ["tenants.csv"]),
        _loads(
            "housing-steward",
            lambda line: line.sees("housing-steward", "/data/", "What arrived"),
        ),
        _brings("steward", SCHOOL_FILES),
        _loads("steward", _is_linked),
        Step("author", _authors, _asks_at_home("analyst", "Propose “")),
        Step("propose", _proposes, _asks_at_home("housing-steward", "Decide on “")),
        _decides("housing-steward", _has_left_home("housing-steward", "Decide on “")),
        _decides("steward", lambda line: line.sees("analyst", "/dashboards/", TITLE)),
    )
}
