"""Rows of the ground floor."""

from partnerships.models.directory import Membership, Organisation, Site
from partnerships.models.engagement import Participation, Partnership
from partnerships.models.notices import Notice

__all__ = [
    "Membership",
    "Notice",
    "Organisation",
    "Participation",
    "Partnership",
    "Site",
]
