"""Triggers that refuse to change or replace evidence, on both databases."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models

from accounts.history import history_of, tracked_models

_SQLITE = """
CREATE TRIGGER "{table}_no_{verb}" BEFORE {verb} ON "{table}"
BEGIN SELECT RAISE(ABORT, 'evidence cannot be changed'); END
"""
# INSERT OR REPLACE removes the row that is in its way, and no trigger hears of it.
_SQLITE_REPLACE = """
CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}"
WHEN EXISTS (SELECT 1 FROM "{table}" AS old WHERE {is_in_its_way})
BEGIN SELECT RAISE(ABORT, 'evidence cannot be changed'); END
"""
_SQLITE_NOW = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_REFUSE = "BEGIN RAISE EXCEPTION 'evidence cannot be changed'; END"
_POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION homeroom_refuse() RETURNS trigger LANGUAGE plpgsql AS
$${_REFUSE}$$
"""
_POSTGRES = """
CREATE OR REPLACE TRIGGER "{table}_no_{verb}" BEFORE {verb} ON "{table}"
FOR EACH STATEMENT EXECUTE FUNCTION homeroom_refuse()
"""
# A trigger that is disabled, or calls another function, counts as missing.
_POSTGRES_NOW = """
SELECT tgname, tgrelid::regclass::text
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgenabled IN ('O', 'A') AND proname = 'homeroom_refuse' AND prosrc = %s
"""
_VERBS = ("update", "delete", "truncate")


def evidence_models() -> list[type[models.Model]]:
    """Return the models whose rows may never change: ledger, history, documents."""
    marked = [m for m in apps.get_models() if getattr(m, "is_evidence", False)]
    return marked + [history_of(model) for model in tracked_models()]


def ensure(using: str, **_: Any) -> None:
    """Set every trigger anew after a migration, for SQLite remakes tables."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for model in evidence_models():
            if model._meta.db_table not in existing:
                continue
            for name, order in _orders(model, connection.vendor).items():
                if connection.vendor == "sqlite":
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
                cursor.execute(order)


def faults(using: str) -> Iterator[str]:
    """Yield one sentence for each trigger that is missing, disabled or another one."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_NOW, [_REFUSE])
        else:
            cursor.execute(_SQLITE_NOW)
        now = dict(cursor.fetchall())
    for model in evidence_models():
        table = model._meta.db_table
        for name, order in _orders(model, connection.vendor).items():
            stands = now.get(name)
            if stands != (table if connection.vendor == "postgresql" else order):
                yield f"{table}: the trigger {name} is missing or not ours."


def _orders(model: type[models.Model], vendor: str) -> dict[str, str]:
    """Return the SQL that makes each trigger of a table, by the trigger's name."""
    table = model._meta.db_table
    if vendor == "postgresql":
        orders = {verb: _POSTGRES.format(table=table, verb=verb) for verb in _VERBS}
    else:
        orders = {
            verb: _SQLITE.format(table=table, verb=verb) for verb in _VERBS[:2]
        } | {
            "replace": _SQLITE_REPLACE.format(
                table=table, is_in_its_way=_is_in_its_way(model)
            )
        }
    return {f"{table}_no_{verb}": order.strip() for verb, order in orders.items()}


def _is_in_its_way(model: type[models.Model]) -> str:
    """Return the condition by which a row keeps a new one out."""
    fields = {field.name: field.column for field in model._meta.concrete_fields}
    keys = [[f.column] for f in model._meta.concrete_fields if f.unique]
    keys += [
        [fields[name] for name in constraint.fields]
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields
    ]
    same = (
        " AND ".join(f'old."{column}" = NEW."{column}"' for column in key)
        for key in keys
    )
    return " OR ".join(f"({condition})" for condition in same)
