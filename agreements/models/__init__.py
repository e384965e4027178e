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
from agreements.models.clauses import ClauseVersion, ClauseWording
from agreements.models.grants import ApprovalUserObjectPermission
from agreements.models.obligations import Hold, Obligation
from agreements.models.proofs import Override, ProofRecord, StateSupplement
from agreements.models.register import SearchText
from agreements.models.review import Comment
from agreements.models.routes import Delegation, RouteStep, Step
from agreements.models.schedule import AccessEntry, DataFlow, FlowElement, Purpose
from agreements.models.signing import (
    PaperOriginal,
    PaperSignature,
    Receipt,
    SignatureDecline,
)
from agreements.models.versions import Proposal, TextVersion

__all__ = [
    "AccessEntry",
    "Agreement",
    "Approval",
    "ApprovalRound",
    "ApprovalUserObjectPermission",
    "ClauseVersion",
    "ClauseWording",
    "Comment",
    "CounselFinding",
    "DataFlow",
    "Delegation",
    "Document",
    "FlowElement",
    "Hold",
    "Mandate",
    "NumberSeries",
    "Obligation",
    "Override",
    "PaperOriginal",
    "PaperSignature",
    "Party",
    "ProofRecord",
    "Proposal",
    "Purpose",
    "Receipt",
    "RouteStep",
    "SearchText",
    "Signature",
    "SignatureDecline",
    "Standing",
    "StateSupplement",
    "Step",
    "TextVersion",
]
