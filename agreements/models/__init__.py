"""Rows of the first floor."""

from agreements.models.agreements import (
    Agreement,
    Mandate,
    NumberSeries,
    Party,
    Standing,
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
from agreements.models.proofs import Override, ProofRecord, StateSupplement
from agreements.models.register import SearchText
from agreements.models.schedule import AccessEntry, DataFlow, FlowElement, Purpose
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
    "Override",
    "Party",
    "ProofRecord",
    "Proposal",
    "Purpose",
    "SearchText",
    "Signature",
    "Standing",
    "StateSupplement",
    "TextVersion",
]
