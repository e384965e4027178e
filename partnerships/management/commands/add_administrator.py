"""manage.py add_administrator: the first person of an organisation."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.acting import System
from accounts.acts import RuleBroken
from accounts.services import invitation_path
from partnerships.models import Organisation
from partnerships.roles import Role
from partnerships.services.directory import add_organisation
from partnerships.services.people import invite_to_role

ACTOR = System("bootstrap")


class Command(BaseCommand):
    help = "Add an organisation's administrator, and the organisation if it is new."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--organisation", required=True)
        parser.add_argument("--kind", choices=Organisation.Kind.values)
        parser.add_argument("--state", default="")
        parser.add_argument("--time-zone", default="America/New_York")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["organisation"]
        organisation = Organisation.objects.filter(name=name).first()
        try:
            if organisation is None:
                if not options["kind"]:
                    raise CommandError(f"{name} is new: say what it is with --kind.")
                organisation = add_organisation(
                    name=name,
                    legal_name=name,
                    kind=options["kind"],
                    state=options["state"],
                    time_zone=options["time_zone"],
                    is_ed_funded=options["kind"] == Organisation.Kind.DISTRICT,
                    actor=ACTOR,
                )
            membership = invite_to_role(
                email=options["email"],
                name=options["name"],
                title="Administrator",
                organisation=organisation,
                role=Role.ADMINISTRATOR,
                actor=ACTOR,
            )
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        user = membership.user
        if not user.has_usable_password():
            self.stdout.write(
                f"Invitation: {settings.PUBLIC_URL}{invitation_path(user)}"
            )
