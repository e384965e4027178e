"""Rows of the top floor."""

from indicators.models.deliveries import Delivery, Holding, LinkageRun
from indicators.models.releases import Release, ReleaseDecision
from indicators.models.review import Reading

__all__ = [
    "Delivery",
    "Holding",
    "LinkageRun",
    "Reading",
    "Release",
    "ReleaseDecision",
]
