"""What was proved and what was sent: the records that rules look for beside a text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from agreements.rules.vocabulary import (
    Audience,
    CodeOrigin,
    Covers,
    DeterminationKind,
    HousingGround,
    Medium,
    NoticeKind,
    Sanitization,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Proof that a party may sign, or may send what it sends."""

    party: str
    covers: Covers
    source: str
    document: str
    limits: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardAct:
    """That a party's board acted on the agreement."""

    party: str
    acted_on: date
    item: str
    is_approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CounselReview:
    """That a party's counsel read the text, and what counsel found.

    digest: of the party's part of the text that counsel read; "" for a finding, which
    covers what the party sends alone. clauses_read: the digests of the altered and own
    wordings that counsel read.
    """

    party: str
    reviewed_on: date
    digest: str = ""
    finding: HousingGround | None = None
    clauses_read: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateReview:
    """A state's checklist as a party's counsel last went through it; both days count.

    terms: what counsel wrote, by topic. keeps_until: the day until which the state's
    schedule keeps `keeps`, if it does.
    """

    state: str
    reviewed_on: date
    next_review_on: date
    party: str = ""
    reviewed_by: str = ""
    terms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    keeps: str = ""
    keeps_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The paper that the parties signed before. digest: SHA-256 of its PDF."""

    signed_on: date
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """That counsel of an owner whose records flow lets a finding stand."""

    rule: str
    subject: str
    owner: str
    counsel: str
    reason: str
    decided_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice that was given. covers: keys of parties; codes for a directory.

    recipients: to whom a limited directory policy allows it; empty: to anybody.
    flow: of the notice on the limits of 34 CFR 99.33(a).
    """

    kind: NoticeKind
    party: str
    given_on: date
    covers: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    flow: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """That somebody decided and signed: de-identification of a flow, or an IRB's."""

    kind: DeterminationKind
    party: str
    signed_on: date
    flow: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentForm:
    """The form on which families consent to a flow: 34 CFR 99.30(b)."""

    flow: str
    records: str = ""
    purpose: str = ""
    recipients: str = ""
    has_date: bool = False
    is_tied_to_housing: bool = False
    is_hud_9886: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An owner's approval, of its own part of the text."""

    owner: str
    part_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A party's signature over a digest of the text."""

    party: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The frozen text's digests, and what was approved and signed against them."""

    text_digest: str
    part_digests: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )
    approvals: tuple[Approval, ...] = ()
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCounts:
    """How many arriving records fail which test of their consent."""

    n_without: int = 0
    n_signed_by_parent_of_adult: int = 0
    n_unauthenticated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFacts:
    """A file at the door: its columns are element codes, or headings as they came.

    n_out_of_scope: rows outside the agreed scope. n_not_in_care: students who are
    not on the child-welfare agency's list. opt_outs_on: the day of the directory
    opt-out list. smallest_group: of rows alike on `quasi_identifiers`, against what
    the recipient knows.
    """

    flow: str
    sender: str
    columns: tuple[str, ...]
    attests_exclusions: bool = False
    n_out_of_scope: int = 0
    n_not_in_care: int = 0
    consents: ConsentCounts = ConsentCounts()
    opt_outs_on: date | None = None
    smallest_group: int | None = None
    quasi_identifiers: tuple[str, ...] = ()
    code_origin: CodeOrigin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Records that somebody holds under the agreement, and how they are destroyed."""

    key: str
    holder: str
    has_identifiers: bool = True
    has_analysis: bool = False
    destroy_by: date | None = None
    method: Sanitization = Sanitization.PURGE
    medium: Medium = Medium.VAULT
    destroyed_on: date | None = None
    certified_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An owner's stop on destruction: an inspection request or a legal hold.

    records: the key of the dataset that may not be destroyed; empty: all of them.
    is_inspection: a parent's or student's request to inspect (34 CFR 99.10(e)).
    """

    owner: str
    records: str
    is_open: bool = True
    is_inspection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalDemand:
    """A subpoena or order for an owner's records."""

    key: str
    owner: str
    has_education_records: bool
    is_owner_told: bool = False
    are_parents_told: bool = False
    forbids_telling_parents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """Tables about to be published; `derivable` names cells an attack recovered.

    extremes: cells at or near 0 or 100 percent that are not top or bottom coded.
    shown: the (measure, breakdown) pairs that a reader can reach.
    """

    threshold: int
    approved_by: frozenset[str] = frozenset()
    derivable: tuple[str, ...] = ()
    extremes: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    audience: Audience = Audience.PUBLIC
    assumes: Audience = Audience.PUBLIC
