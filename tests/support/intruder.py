"""What somebody can do to the record who owns the database."""

from django.db import connection

from accounts.triggers import evidence_models


def unguard() -> None:
    """Take every trigger away that refuses to change evidence."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        for table in (model._meta.db_table for model in evidence_models()):
            on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
            for verb in ("update", "delete", "truncate"):
                cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_no_{verb}"{on}')
