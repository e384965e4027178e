"""The cast of the demonstration: invented people, known password, loopback only."""

from dataclasses import dataclass

DOMAIN = "demo.example"
PASSWORD = "homeroom-demo"  # noqa: S105 - printed on the sign-in page of the demo


@dataclass(frozen=True, slots=True)
class Actor:
    """One invented person. authority: where the power to sign is written."""

    account: str
    name: str
    title: str
    organisation: str
    role: str
    does: str
    authority: str = ""

    @property
    def email(self) -> str:
        """The address with which the person signs in."""
        return f"{self.account}@{DOMAIN}"


AGENCY = "Riverbend Housing Authority"
DISTRICT = "Grand Bend ISD"
OTHER_AGENCY = "Lakeshore Housing Authority"
OTHER_DISTRICT = "Lakeshore Schools"

CAST: tuple[Actor, ...] = (
    Actor(
        "director",
        "Dana Ortiz",
        "Executive director",
        AGENCY,
        "director",
        "drafts and signs for the housing agency",
        "Board resolution 2021-14, Delegation to the executive director",
    ),
    Actor(
        "housing-counsel",
        "Harper Quinn",
        "General counsel",
        AGENCY,
        "counsel",
        "records counsel's finding and approves for the agency",
    ),
    Actor(
        "housing-steward",
        "Hollis Reed",
        "Data manager",
        AGENCY,
        "steward",
        "loads the agency's list and decides on releases",
    ),
    Actor(
        "solicitor",
        "Sasha Lindqvist",
        "School solicitor",
        DISTRICT,
        "counsel",
        "approves for the district",
    ),
    Actor(
        "steward",
        "Stevie Marsh",
        "Data and privacy officer",
        DISTRICT,
        "steward",
        "loads student records, watches the linking, decides on releases",
    ),
    Actor(
        "superintendent",
        "Sidney Park",
        "Superintendent",
        DISTRICT,
        "superintendent",
        "signs for the district",
        "District policy BBA (LEGAL), Authority of the superintendent",
    ),
    Actor(
        "analyst",
        "Avery Chen",
        "Research analyst",
        DISTRICT,
        "analyst",
        "makes releases and reads the dashboard",
    ),
    Actor(
        "stranger",
        "Toby Strange",
        "Executive director",
        OTHER_AGENCY,
        "director",
        "belongs to another partnership and sees nothing of this one",
        "Board resolution 2020-3",
    ),
    Actor(
        "admin",
        "Adrian Moss",
        "Administrator",
        AGENCY,
        "administrator",
        "gives and ends roles, and approves nothing",
    ),
)
