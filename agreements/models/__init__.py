"""Rows of the first floor."""

from agreements.models.agreements import (
    AccessEntry,
    Agreement,
    DataFlow,
    FlowElement,
    Mandate,
    NumberSeries,
    Party,
)
from agreements.models.approvals import (
    Approval,
    ApprovalRound,
    CounselFinding,
    Document,
    Signature,
)
from agreements.models.grants import ApprovalUserObjectPermission
from agreements.models.obligations import Hold, Obligation
from agreements.models.register import SearchText
from agreements.models.versions import Proposal, TextVersion
from agreements.models.wordings import ClauseWording

__all__ = [
    "AccessEntry",
    "Agreement",
    "Approval",
    "ApprovalRound",
    "ApprovalUserObjectPermission",
    "ClauseWording",
    "CounselFinding",
    "DataFlow",
    "Document",
    "FlowElement",
    "Hold",
    "Mandate",
    "NumberSeries",
    "Obligation",
    "Party",
    "Proposal",
    "SearchText",
    "Signature",
    "TextVersion",
]
