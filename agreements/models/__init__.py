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
from agreements.models.review import Comment
from agreements.models.routes import Delegation, RouteStep, Step
from agreements.models.signing import PaperSignature, Receipt, SignatureDecline

__all__ = [
    "AccessEntry",
    "Agreement",
    "Approval",
    "ApprovalRound",
    "ApprovalUserObjectPermission",
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
    "PaperSignature",
    "Party",
    "Receipt",
    "RouteStep",
    "SearchText",
    "Signature",
    "SignatureDecline",
    "Step",
]
