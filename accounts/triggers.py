"""Triggers that refuse update and delete of evidence, on both databases."""

from typing import Any

from django.apps import apps
from django.db import connections, models

from accounts.history import tracked_models

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS "{table}_no_{verb}" BEFORE {verb} ON "{table}"
BEGIN SELECT RAISE(ABORT, 'evidence cannot be changed'); END
"""
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION homeroom_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'evidence cannot be changed'; END $$
"""
_POSTGRES = """
CREATE OR REPLACE TRIGGER "{table}_no_{verb}" BEFORE {verb} ON "{table}"
FOR EACH STATEMENT EXECUTE FUNCTION homeroom_refuse()
"""
_VERBS = {
    "sqlite": ("update", "delete"),
    "postgresql": ("update", "delete", "truncate"),
}


def evidence_models() -> list[type[models.Model]]:
    """Return the models whose rows may never change: ledger, history, documents."""
    marked = [m for m in apps.get_models() if getattr(m, "is_evidence", False)]
    return marked + [m.history.model for m in tracked_models()]  # type: ignore[attr-defined]


def ensure(using: str, **_: Any) -> None:
    """Set the triggers after every migration, for SQLite remakes tables."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    template = _SQLITE if connection.vendor == "sqlite" else _POSTGRES
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for model in evidence_models():
            if (table := model._meta.db_table) in existing:
                for verb in _VERBS[connection.vendor]:
                    cursor.execute(template.format(table=table, verb=verb))
