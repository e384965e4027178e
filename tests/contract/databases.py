"""Databases of the server that the tests run, and threads that each enter them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar

import environ
from django.db import connection, connections

Answer = TypeVar("Answer")
_clones = count(1)


def clone_of(url: str) -> str:
    """Return the address of a new clone of a database that nobody uses."""
    name = f"clone_{next(_clones)}"
    _beside(url, f"CREATE DATABASE {name} TEMPLATE {_name_of(url)}")
    return url.replace(f"/{_name_of(url)}?", f"/{name}?")


def drop(url: str) -> None:
    """Remove a database that nobody uses any more."""
    _beside(url, f"DROP DATABASE {_name_of(url)}")


@contextmanager
def as_database(url: str) -> Iterator[None]:
    """Make a database Django's own meanwhile."""
    own = connections.settings["default"]
    _become(dict(environ.Env.db_url_config(url)))
    try:
        yield
    finally:
        _become(own)


def _name_of(url: str) -> str:
    return str(environ.Env.db_url_config(url)["NAME"])


def _beside(url: str, order: str) -> None:
    """Give the server an order that nobody may be inside the database for."""
    beside = url.replace(f"/{_name_of(url)}?", "/postgres?")
    with as_database(beside), connection.cursor() as cursor:
        cursor.execute(order)


def _become(database: dict[str, Any]) -> None:
    """Close Django's database and open another in its place."""
    connection.close()
    del connections["default"]
    connections.settings.update(connections.configure_settings({"default": database}))


def at_once(function: Callable[[int], Answer], n: int) -> list[Answer]:
    """Return what `function(i)` gave in each of n threads that began together."""
    together = threading.Barrier(n)

    def one(i: int) -> Answer:
        try:
            together.wait()
            return function(i)
        finally:
            connection.close()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(one, range(n)))
