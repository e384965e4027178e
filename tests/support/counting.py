"""How often the database is asked."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


def n_queries(of: Callable[[], Any]) -> int:
    """Return how many queries a call makes."""
    with CaptureQueriesContext(connection) as captured:
        of()
    return len(captured)
