"""The real supervisor again, for what takes too long for run.py test."""

from tests.browser.conftest import begun, homeroom, site, stopping, temporary

__all__ = ["begun", "homeroom", "site", "stopping", "temporary"]
