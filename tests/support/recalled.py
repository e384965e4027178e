"""What was made once by walking the services, laid down again in an untouched site.

A walk to an agreement in force takes a second, and hundreds of tests begin with one.
The first that a process makes is kept: its rows, the files of its HOME, and its mail.
Where another begins from the same nothing, these are laid down instead.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import mail
from django.db import connection

from accounts import clock
from agreements.models import Agreement

Rows = list[tuple[Any, ...]]
# Settings that tests change, and that bear on what a walk leaves behind.
_BEARING = ("DEMO", "SECOND_FACTOR_REQUIRED", "PASSWORD_HASHERS", "PUBLIC_URL")
_ZONES = ("UTC", "America/Los_Angeles")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a walk added: rows by table, files by path in HOME, and messages."""

    key: int
    rows: dict[str, Rows]
    files: dict[Path, bytes]
    messages: list[Any]


_kept: dict[Hashable, _Kept] = {}


def once(kind: Hashable, walk: Callable[[], Agreement]) -> Agreement:
    """Return the agreement that this walk makes, walked or laid down again.

    kind: what tells this walk from others. It is walked where the site was touched, and
    where rows are committed: what another process reads was never laid down.
    """
    if not connection.in_atomic_block:
        return walk()
    key = (kind, _stand())
    if key in _kept:
        return _laid_down(_kept[key])
    before = _rows()
    had_files, n_messages = _files(), len(mail.outbox)
    made = walk()
    after, was = _rows(), {table: {*rows} for table, rows in before.items()}
    if all(rows <= {*after[table]} for table, rows in was.items()):
        _kept[key] = _Kept(
            made.pk,
            {
                table: added
                for table, rows in after.items()
                if (added := [row for row in rows if row not in was[table]])
            },
            {
                path: content
                for path, content in _files().items()
                if had_files.get(path) != content
            },
            mail.outbox[n_messages:],
        )
    return made


def _stand() -> Hashable:
    """Return what the walk starts from: how many rows there are, the day, settings."""
    with connection.cursor() as cursor:
        sizes = []
        for table in _tables():
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 - ours
            sizes.append(cursor.fetchone())
    said = tuple(repr(getattr(settings, name, None)) for name in _BEARING)
    days = tuple(clock.today((zone,)) for zone in _ZONES)
    return (*sizes, *said, *days, tuple(sorted(_files())))


def _laid_down(kept: _Kept) -> Agreement:
    """Return the agreement after its rows and files were written as they were.

    On PostgreSQL no later row can have one of their keys: no sequence turns back.
    """
    with connection.cursor() as cursor:
        for table, rows in kept.rows.items():
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)  # noqa: S608 - ours
    for path, content in kept.files.items():
        whole = settings.HOME / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(content)
    mail.outbox.extend(kept.messages)
    return Agreement.objects.get(pk=kept.key)


def _rows() -> dict[str, Rows]:
    """Return all rows by table, each value as it is stored."""
    # A plus keeps SQLite's values from being made into Python's.
    as_stored = "+" if connection.vendor == "sqlite" else ""
    found = {}
    with connection.cursor() as cursor:
        for table in _tables():
            described = connection.introspection.get_table_description(cursor, table)
            columns = ", ".join(f'{as_stored}"{each.name}"' for each in described)
            cursor.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608 - ours
            found[table] = [tuple(map(_plain, row)) for row in cursor.fetchall()]
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _tables() -> list[str]:
    return sorted(connection.introspection.table_names())


def _files() -> dict[Path, bytes]:
    return {
        path.relative_to(settings.HOME): path.read_bytes()
        for path in sorted(settings.HOME.rglob("*"))
        if path.is_file()
    }
