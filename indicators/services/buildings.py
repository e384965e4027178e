"""An agency's list of buildings: checked line by line, then delivered without the rest.

The list is public. It is kept like any delivery all the same, so that it has a receipt,
a digest and a day on which it goes.
"""

import hashlib
from dataclasses import dataclass

from accounts.acts import RuleBroken
from accounts.models import User
from agreements.models import DataFlow
from agreements.rules.facts import Address
from indicators.addressfiles.buildings import Building, Line, as_csv, read_list
from indicators.models import Delivery, Holding
from indicators.policy import can_deliver
from indicators.services.keeping import Coming, arrival_facts, blocking, keep
from partnerships.models import Organisation, Site

ELEMENTS = ("building.address",)
RULE = "R-060"


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """One line, and why it is refused; kept where no reason is given."""

    line: Line
    refusal: str

    @property
    def is_kept(self) -> bool:
        """Whether the line is part of what is sent."""
        return not self.refusal


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A list line by line, with headings that were not read."""

    lines: tuple[CheckedLine, ...]
    left: tuple[str, ...]

    @property
    def kept(self) -> tuple[Building, ...]:
        """The buildings that are sent."""
        return tuple(each.line.building for each in self.lines if each.is_kept)


def own_buildings(organisation: Organisation) -> tuple[Building, ...]:
    """Return the buildings that an agency has on its own list."""
    sites = organisation.sites.filter(kind=Site.Kind.BUILDING)
    return tuple(
        Building(
            code=site.code,
            name=site.name,
            address=site.address,
            city=site.city,
            postal_code=site.postal_code,
            n_units=site.n_units,
            is_voucher=site.is_voucher,
        )
        for site in sites
        if site.address
    )


def check_list(*, flow: DataFlow, text: str, actor: User) -> CheckedList:
    """Return what of a typed list would be sent, and what not, in words.

    Nothing is kept. Raises RuleBroken for what is no list of buildings.
    """
    can_deliver(actor, flow).require()
    listing = read_list(text, known=own_buildings(flow.sender))
    addresses = tuple(
        Address(
            row=line.number,
            n_units=line.building.n_units,
            is_voucher=line.building.is_voucher,
            has_unit_number=bool(line.place.unit),
            has_name=line.has_name,
        )
        for line in listing.lines
    )
    said = {
        finding.subject: finding.message
        for finding in blocking(arrival_facts(flow, ELEMENTS, addresses))
        if finding.rule == RULE
    }
    places = flow.scope.places
    first: dict[tuple[str, str], int] = {}
    lines = []
    for line in listing.lines:
        refusal = said.get(f"{flow.key} {line.number}", "")
        if not refusal and places and line.building.code not in places:
            refusal = "The agreement does not cover this building (rule R-057)."
        at = (line.building.address, line.building.postal_code)
        if not refusal and first.setdefault(at, line.number) != line.number:
            refusal = f"The same address is on line {first[at]} already."
        lines.append(CheckedLine(line, refusal))
    return CheckedList(tuple(lines), listing.left)


def send_list(*, flow: DataFlow, text: str, actor: User) -> Delivery:
    """Return the delivery of those lines of a list against which nothing speaks."""
    checked = check_list(flow=flow, text=text, actor=actor)
    if not checked.kept:
        raise RuleBroken(
            "No line can be sent, so nothing was kept. Each says below what speaks "
            "against it; correct the list and check it again."
        )
    addresses = tuple(
        Address(row=each.line.number, n_units=each.line.building.n_units)
        for each in checked.lines
        if each.is_kept
    )
    content = as_csv(checked.kept)
    n_changed = sum(bool(each.line.changes) for each in checked.lines if each.is_kept)
    return keep(
        flow=flow,
        coming=Coming(
            kind=Holding.Kind.BUILDINGS,
            content=content,
            elements=ELEMENTS,
            n_rows=len(checked.kept),
            n_set_aside=len(checked.lines) - len(checked.kept),
            files_sha256=hashlib.sha256(content).hexdigest(),
            receipt={
                "left": list(checked.left),
                "notices": [f"Lines changed to standard form: {n_changed}."]
                if n_changed
                else [],
            },
        ),
        facts=arrival_facts(flow, ELEMENTS, addresses),
        actor=actor,
    )
