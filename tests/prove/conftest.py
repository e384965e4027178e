"""The real supervisor again, for what takes too long for run.py test."""

from tests.browser.conftest import homeroom, site, temporary

__all__ = ["homeroom", "site", "temporary"]
