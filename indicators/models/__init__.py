"""Rows of the top floor."""

from indicators.models.deliveries import Delivery, Holding, LinkageRun
from indicators.models.releases import Release, ReleaseDecision

__all__ = ["Delivery", "Holding", "LinkageRun", "Release", "ReleaseDecision"]
