"""The whole line, by keyboard, on PostgreSQL and Redis."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import on_servers
from tests.browser.driving import Person
from tests.browser.running import Running
from tests.browser.test_line import walk

pytestmark = pytest.mark.prove  # the same walk a second time


@on_servers
def test_line_on_postgresql_and_redis(
    homeroom: Running, person: Callable[[str], Person], tmp_path: Path
) -> None:
    assert not homeroom.is_on_sqlite
    walk(homeroom, person, tmp_path, has_targets=True)
