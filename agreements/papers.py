"""What each printed document says: all that its template knows (pure).

The same pages always give the same bytes.
"""

from dataclasses import dataclass
from datetime import date, datetime

from agreements.compare import ClauseChange


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the key terms: "Threshold", "Counts under 10 are suppressed"."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A party with its legal name and what it does here, in words."""

    name: str
    kind: str
    state: str
    capacity: str


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause as signed; blank lines in `text` part its paragraphs.

    mark: "Altered" or "Own clause" where the words are the parties' own.
    version: of the library's clause; 0 for an own clause.
    """

    key: str
    title: str
    text: str
    mark: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A data element that a flow carries, and the question it answers."""

    label: str
    element: str
    category: str
    question: str


@dataclass(frozen=True, slots=True)
class FlowTable:
    """What one party sends another, of whom; destroyed: when the receiver does so."""

    sender: str
    receiver: str
    grain: str
    basis: str
    frequency: str
    method: str
    destroyed: str
    fields: tuple[FieldLine, ...]
    whose: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person who may see identifiable data."""

    name: str
    title: str
    party: str
    sees: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class RoleLine:
    """What one role of a party sees of a case, in words."""

    role: str
    party: str
    fields: str


@dataclass(frozen=True, slots=True)
class StateLine:
    """A term of a state's law, as a party's counsel recorded it."""

    state: str
    topic: str
    term: str


@dataclass(frozen=True, slots=True)
class DateLine:
    """A date that the agreement sets."""

    label: str
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """What a rule found, and how counsel answered."""

    rule: str
    severity: str
    message: str
    answer: str


@dataclass(frozen=True, slots=True)
class SignatoryLine:
    """Who signs for a party, and by what authority."""

    name: str
    title: str
    party: str
    authority: str


@dataclass(frozen=True, slots=True)
class AgreementPages:
    """An agreement as it is frozen for signature.

    frozen_on: the day the text was fixed; it dates the file. code: by which a printed
    copy of this text is told from every other. on_paper_on: when the parties signed the
    same on paper before, if they did.
    """

    number: str
    title: str
    kind: str
    version: int
    frozen_on: date
    purpose: str
    key_terms: tuple[Term, ...]
    parties: tuple[PartyLine, ...]
    clauses: tuple[ClauseText, ...]
    flows: tuple[FlowTable, ...]
    people: tuple[PersonLine, ...]
    dates: tuple[DateLine, ...]
    findings: tuple[FindingLine, ...]
    signatories: tuple[SignatoryLine, ...]
    states: tuple[StateLine, ...] = ()
    fields_by_role: tuple[RoleLine, ...] = ()
    checklist: tuple[Term, ...] = ()
    demo: bool = False
    code: str = ""
    on_paper_on: date | None = None

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.frozen_on.isoformat()


@dataclass(frozen=True, slots=True)
class PaperPages:
    """A paper beside an agreement: a form, a notice, a summary, a board's packet.

    statements: what it says. terms, flows, findings, text and resolutions: only where
    the paper shows them. lines: what is filled in by hand.
    """

    number: str
    agreement_title: str
    kind: str
    made_on: date
    parties: tuple[PartyLine, ...]
    statements: tuple[ClauseText, ...]
    terms: tuple[Term, ...] = ()
    flows: tuple[FlowTable, ...] = ()
    resolutions: tuple[str, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    text: tuple[ClauseText, ...] = ()
    lines: tuple[str, ...] = ()
    is_draft: bool = False
    demo: bool = False

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.made_on.isoformat()


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """The head of a chain: every entry before it is fixed by its digest."""

    chain: str
    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """An owner's approval with the digests of the whole text and of its own part.

    steps: of its own route, each in words.
    """

    party: str
    name: str
    title: str
    approved_at: datetime
    whole_digest: str
    part_digest: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """The evidence of one signature. digest: SHA-256 of the file that was signed.

    note: of one in ink: the day, who checked the scan, and the scan's digest. opened:
    how many sections of the text the signer opened, in words; "" of one in ink.
    """

    name: str
    title: str
    party: str
    authority: str
    method: str
    signed_at: datetime
    digest: str
    intent: str
    note: str = ""
    opened: str = ""


@dataclass(frozen=True, slots=True)
class OriginalLine:
    """The paper that the parties signed before. digest: SHA-256 of its PDF."""

    signed_on: date
    digest: str


@dataclass(frozen=True, slots=True)
class EvidencePages:
    """How an agreement was approved, signed and executed.

    mandate_digest: SHA-256 of the executed terms in their canonical form. events: what
    came before the last signature, such as a signatory who declined, each in words.
    original: of an agreement that was signed on paper before.
    """

    number: str
    title: str
    kind: str
    version: int
    executed_at: datetime
    effective_on: date
    ends_on: date
    frozen_name: str
    frozen_digest: str
    parties: tuple[PartyLine, ...]
    approvals: tuple[ApprovalLine, ...]
    signatures: tuple[SignatureLine, ...]
    mandate_digest: str
    sealed_by: str
    seal_authority: str
    ledger: LedgerHead
    demo: bool = False
    events: tuple[str, ...] = ()
    original: OriginalLine | None = None

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.executed_at.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class DestroyedLine:
    """A holding that was destroyed here, its key first."""

    kind: str
    owner: str
    n_rows: int
    media: str
    destroyed_at: datetime
    unrecoverable_at: datetime


@dataclass(frozen=True, slots=True)
class AttestedLine:
    """A copy that a partner's custodian attests to have destroyed."""

    party: str
    custodian: str
    media: str
    method: str
    destroyed_on: date


@dataclass(frozen=True, slots=True)
class CertificatePages:
    """A certificate of destruction. exceptions: what was kept and why, or ""."""

    number: str
    agreement_number: str
    agreement_title: str
    agreement_digest: str
    clause: str
    issued_at: datetime
    owners: tuple[PartyLine, ...]
    destroyed: tuple[DestroyedLine, ...]
    attested: tuple[AttestedLine, ...]
    performer: str
    sealed_by: str
    seal_authority: str
    ledger: LedgerHead
    exceptions: str = ""
    demo: bool = False

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.issued_at.isoformat(timespec="seconds")

    @property
    def n_rows(self) -> int:
        """How many rows were destroyed in all."""
        return sum(line.n_rows for line in self.destroyed)

    @property
    def unrecoverable_at(self) -> datetime | None:
        """When the last copy of the last key is gone; None if none was held here."""
        return max((line.unrecoverable_at for line in self.destroyed), default=None)


@dataclass(frozen=True, slots=True)
class ComparisonPages:
    """What differs between two texts of an agreement, the earlier and the later one."""

    number: str
    title: str
    earlier: str
    later: str
    made_on: date
    clauses: tuple[ClauseChange, ...]
    terms: tuple[str, ...]
    demo: bool = False

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.made_on.isoformat()


@dataclass(frozen=True, slots=True)
class ReportPages:
    """What a release says of one question: tables of text, and what to know of them.

    sheets: caption, columns and rows of each. terms: what is said beside each term.
    """

    number: str
    title: str
    finding: str
    release: str
    published_on: date
    warnings: tuple[tuple[str, str], ...]
    sheets: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...]
    terms: tuple[tuple[str, str], ...]
    demo: bool = False

    @property
    def dated(self) -> str:
        """The date that the file carries."""
        return self.published_on.isoformat()


Pages = (
    AgreementPages
    | EvidencePages
    | CertificatePages
    | PaperPages
    | ComparisonPages
    | ReportPages
)
