"""manage.py load_sites: an organisation's buildings or schools, from a CSV file."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.acting import System
from partnerships.models import Organisation, Site
from partnerships.services.directory import add_site

COLUMNS = ("code", "name", "address", "city", "postal_code")
UNITS = "n_units"


class Command(BaseCommand):
    help = (
        f"Add sites from a CSV file with the columns {', '.join(COLUMNS)}, and for "
        f"buildings {UNITS}, the dwellings in each."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", required=True)
        parser.add_argument("--kind", choices=Site.Kind.values, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(name=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']}.")
        known = set(
            organisation.sites.filter(kind=options["kind"]).values_list(
                "code", flat=True
            )
        )
        n_added = 0
        with options["file"].open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"code", "name"} <= set(rows.fieldnames or ()):
                raise CommandError(f"The file needs the columns {', '.join(COLUMNS)}.")
            for row in rows:
                if row["code"] in known:
                    continue
                texts: dict[str, Any] = {name: row.get(name) or "" for name in COLUMNS}
                n_units = row.get(UNITS) or ""
                add_site(
                    organisation=organisation,
                    kind=options["kind"],
                    n_units=int(n_units) if n_units.isdecimal() else None,
                    actor=System("load_sites"),
                    **texts,
                )
                n_added += 1
        self.stdout.write(f"Sites that were added: {n_added}.")
