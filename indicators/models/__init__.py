"""Rows of the top floor."""

from indicators.models.arrivals import Arrival, Layout
from indicators.models.deliveries import Delivery, Holding, LinkageRun
from indicators.models.dropbox import DropBoxKey
from indicators.models.feeds import FeedDate
from indicators.models.goals import Intervention, Target, TargetDecision
from indicators.models.headcounts import Headcount, Trial
from indicators.models.keys import KeyRotation
from indicators.models.learned import LearnedModel
from indicators.models.releases import Release, ReleaseDecision
from indicators.models.repeats import Repeat
from indicators.models.research import ResearchDecision, ResearchFetch, ResearchFile
from indicators.models.review import Reading

__all__ = [
    "Arrival",
    "Delivery",
    "DropBoxKey",
    "FeedDate",
    "Headcount",
    "Holding",
    "Intervention",
    "KeyRotation",
    "Layout",
    "LearnedModel",
    "LinkageRun",
    "Reading",
    "Release",
    "ReleaseDecision",
    "Repeat",
    "ResearchDecision",
    "ResearchFetch",
    "ResearchFile",
    "Target",
    "TargetDecision",
    "Trial",
]
