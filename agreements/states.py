"""The checklist of a state's law: what counsel goes through, topic by topic (pure)."""

from collections.abc import Mapping
from types import MappingProxyType

TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "student_privacy": "Student-privacy statute",
        "housing_privacy": "Privacy statute for housing agencies or municipalities",
        "breach": "Deadline for telling of a breach",
        "public_records": "Public records: what is exempt",
        "retention": "Retention schedule",
        "e_signature": "Electronic signatures",
        "board": "When a board must approve",
        "address_confidentiality": "Address-confidentiality program",
        "clauses": "Clauses that contracts must hold, and penalties",
        "indemnity": "Limits on promising indemnity",
    }
)
