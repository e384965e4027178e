"""manage.py seed_demo: the invented partnership, and the files to load into it."""

import csv
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError

from accounts import clock, demo
from accounts.acting import System, act
from accounts.models import User
from agreements.services.library import load_clauses
from agreements.services.records import review_state
from indicators.demo import people
from partnerships.models import Organisation, Partnership, Site
from partnerships.policy import people_with
from partnerships.roles import Capability, Role
from partnerships.services.directory import add_organisation, add_site
from partnerships.services.engagement import form_partnership
from partnerships.services.people import invite_to_role, pledge

ACTOR = System("demo")
A_DAY, A_YEAR = timedelta(days=1), timedelta(days=365)


class Command(BaseCommand):
    help = "Make the demonstration's people, partnerships and files, once."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO or settings.PRODUCTION:
            raise CommandError(
                "The demonstration needs HOMEROOM_DEMO=1, outside production."
            )
        write_files(Path(settings.HOME) / "demo-files")
        load_clauses()
        if Organisation.objects.filter(name=demo.AGENCY).exists():
            self.stdout.write("The demonstration is there already.")
            return
        organisations = make_organisations()
        make_sites(organisations)
        make_people(organisations)
        make_partnerships(organisations)
        review_states(organisations)
        self.stdout.write("The demonstration is ready.")


def write_files(folder: Path) -> None:
    """Write the files that the demonstration's stewards load."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / people.TENANTS_NAME).exists():
        return
    made = people.make()
    (folder / people.ENROLMENT_NAME).write_bytes(made.enrolment_csv)
    for name, content in made.records.items():
        (folder / name).write_bytes(content)
    for path in people.EDFI_FILES:
        shutil.copy(path, folder / path.name)
    (folder / people.TENANTS_NAME).write_bytes(made.tenants_csv)


def make_organisations() -> dict[str, Organisation]:
    """Return the invented agency, the sample district, and a second pair."""
    agencies = {
        demo.AGENCY: ("WA", "America/Los_Angeles", "WA001"),
        demo.OTHER_AGENCY: ("OH", "America/New_York", "OH900"),
    }
    districts = {
        demo.DISTRICT: ("TX", "America/Chicago", "255901"),
        demo.OTHER_DISTRICT: ("OH", "America/New_York", "390001"),
    }
    made = {}
    for kind, named in (("pha", agencies), ("district", districts)):
        for name, (state, zone, code) in named.items():
            made[name] = add_organisation(
                name=name,
                legal_name=(
                    "Grand Bend Independent School District"
                    if name == demo.DISTRICT
                    else name
                ),
                kind=kind,
                code=code,
                state=state,
                time_zone=zone,
                is_ed_funded=kind == "district",
                actor=ACTOR,
            )
    return made


def make_sites(organisations: dict[str, Organisation]) -> None:
    """Give the agency ten real developments, and the district its schools."""
    with (people.DATA / "developments.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            add_site(
                organisation=organisations[demo.AGENCY],
                kind=Site.Kind.BUILDING,
                code=row["DEVELOPMENT_ID"],
                name=row["DEVELOPMENT_NAME"].title().replace(" Ii", " II"),
                address=row["ADDRESS"],
                city=row["CITY"],
                postal_code=row["ZIPCODE"],
                actor=ACTOR,
            )
    with (people.DATA / "ed-fi" / "schools.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code, name = list(row.values())[:2]
            add_site(
                organisation=organisations[demo.DISTRICT],
                kind=Site.Kind.SCHOOL,
                code=code,
                name=name,
                actor=ACTOR,
            )


def make_people(organisations: dict[str, Organisation]) -> None:
    """Give every member of the cast an account, a password and a role.

    The password is the same for all and printed on the page, so it is hashed once.
    """
    encoded = make_password(demo.PASSWORD)
    for actor in demo.CAST:
        wanted = [organisations[actor.organisation]]
        if actor.role == Role.ADMINISTRATOR:
            wanted.append(organisations[demo.DISTRICT])
        for organisation in wanted:
            membership = invite_to_role(
                email=actor.email,
                name=actor.name,
                title=actor.title,
                organisation=organisation,
                role=Role(actor.role),
                authority_source="resolution" if actor.authority else "",
                authority_reference=actor.authority,
                actor=ACTOR,
            )
        _set_password(membership.user, encoded)
        pledge(trained_on=clock.today() - A_DAY, actor=membership.user)


def _set_password(user: User, encoded: str) -> None:
    with act("accounts.set_password", actor=ACTOR, chain="system", subject=user):
        user.password = encoded
        user.save(update_fields=["password"])


def make_partnerships(organisations: dict[str, Organisation]) -> None:
    """Join the agency with the district, and the second pair."""
    for name, members in (
        ("Riverbend and Grand Bend", (demo.AGENCY, demo.DISTRICT)),
        ("Lakeshore", (demo.OTHER_AGENCY, demo.OTHER_DISTRICT)),
    ):
        if not Partnership.objects.filter(name=name).exists():
            form_partnership(
                name=name,
                organisations=[organisations[member] for member in members],
                actor=ACTOR,
            )


def review_states(organisations: dict[str, Organisation]) -> None:
    """Let one counsel in each state have gone through its law, as an example."""
    for organisation in organisations.values():
        counsel = people_with(Capability.APPROVE, organisation).first()
        if counsel is not None:
            review_state(
                organisation=organisation,
                terms={"student_privacy": "Invented for the demonstration."},
                keeps="",
                keeps_days=None,
                next_review_on=clock.today() + A_YEAR,
                actor=counsel,
            )
