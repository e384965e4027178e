"""The real supervisor again, for what takes too long for run.py test."""

from pathlib import Path

import pytest

from tests.browser.conftest import Running, homeroom
from tests.browser.site import Site

__all__ = ["homeroom"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, homeroom: Running) -> Site:
    """Return a running Homeroom with an agreement in force."""
    temporary: Path = tmp_path_factory.mktemp("temporary")
    return Site(homeroom, temporary)
