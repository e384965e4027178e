"""Who is bound and what is shared: the objects an agreement's text is made of.

`None` and the empty text mean "not yet stated", which is what most rules look for.
Every key (of a party, flow, purpose or analysis) is chosen by the caller and only has
to be unique in its tuple. Objects refer to each other by key.
"""

from dataclasses import dataclass, field
from datetime import date

from agreements.digests import digest_of
from agreements.rules.elements import ELEMENTS, Category, category_of
from agreements.rules.scope import ALL, Scope
from agreements.rules.vocabulary import (
    Basis,
    Capacity,
    CodeOrigin,
    Frequency,
    Grain,
    PartyType,
    Renewal,
    SchoolOfficialTest,
    Selection,
    Sight,
    StudyKind,
    Support,
    Transfer,
    Use,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An organisation in the agreement; `signs` is whether the text binds it.

    is_edu_authority: a State or local educational authority (34 CFR 99.35(a)(1)).
    needs_board_act: whether its policy asks for its board's action.
    logs_disclosures: whether it keeps the record of 34 CFR 99.32.
    """

    key: str
    name: str = ""
    type: PartyType | None = None
    state: str = ""
    capacities: tuple[Capacity, ...] = ()
    is_public: bool = True
    is_ed_funded: bool = False
    is_edu_authority: bool = False
    needs_board_act: bool = False
    logs_disclosures: bool = True
    signs: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that is evaluated; `runs_by` are keys of parties that run it."""

    name: str
    is_education: bool
    supported_by: tuple[Support, ...] = ()
    runs_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One thing that the parties want to learn or do, and why.

    benefit: what the district will learn. method and pii_use: how an evaluation
    proceeds, and what it needs identifiable records for.
    """

    key: str
    text: str
    scope: str = ""
    benefit: str = ""
    study_title: str = ""
    study_kind: StudyKind | None = None
    uses: tuple[Use, ...] = (Use.ANALYSIS,)
    program: Program | None = None
    method: str = ""
    necessity: str = ""
    pii_use: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A permitted measure, the breakdowns it may be shown by, how often it is made."""

    key: str
    label: str
    breakdowns: tuple[str, ...]
    refresh: Frequency = Frequency.YEARLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a derived element is made from; `owners` are keys of parties."""

    inputs: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An element in the data schedule, with the analyses that it answers.

    collected_under: the form or rule under which a housing sender has it.
    reason: why a sensitive element is needed. authority: what its owner's own law
    says. lineage: of a derived element.
    """

    code: str
    answers: tuple[str, ...] = ()
    collected_under: str = ""
    reason: str = ""
    authority: str = ""
    lineage: Lineage | None = None

    @property
    def category(self) -> Category | None:
        """The element's category; None while it is unclassified."""
        return category_of(self.code)

    @property
    def label(self) -> str:
        """The element's plain name, or its code while it is unclassified."""
        element = ELEMENTS.get(self.code)
        return element.label if element else self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One line of an address-only list. n_units: dwellings at the address."""

    row: int
    n_units: int | None = None
    is_voucher: bool = False
    has_unit_number: bool = False
    has_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What one party sends another; sender and receiver are party keys.

    attested: the tests of the school-official exception that somebody attested.
    scope: whose rows are sent; place_names: what its places are called.
    """

    key: str
    sender: str
    receiver: str
    grain: Grain
    fields: tuple[Field, ...]
    purpose: str
    basis: Basis | None = None
    frequency: Frequency | None = None
    method: Transfer | None = None
    selection: Selection = Selection.NOBODY_LEFT_OUT
    addresses: tuple[Address, ...] = ()
    code_origin: CodeOrigin | None = None
    service: str = ""
    attested: tuple[SchoolOfficialTest, ...] = ()
    scope: Scope = ALL
    place_names: tuple[str, ...] = ()

    @property
    def is_disclosure(self) -> bool:
        """Whether records leave their owner; used inside, they are not disclosed."""
        return self.sender != self.receiver

    @property
    def has_education_fields(self) -> bool:
        """Whether any element comes from education records."""
        return any(each.category and each.category.is_education for each in self.fields)

    @property
    def has_housing_fields(self) -> bool:
        """Whether any element comes from the housing agency's records."""
        return any(each.category and each.category.is_housing for each in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEntry:
    """One line of the access list; `person` identifies, `name` is printed.

    trained_on, pledged_on, reviewed_on: the last time; left_on: of its party.
    """

    person: str
    name: str
    party: str
    role: str
    sees: tuple[Sight, ...]
    from_on: date | None = None
    until_on: date | None = None
    trained_on: date | None = None
    pledged_on: date | None = None
    reviewed_on: date | None = None
    is_identity_checked: bool = False
    left_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardParty:
    """Somebody to whom a recipient may pass records on an owner's behalf."""

    owner: str
    name: str
    interest: str = ""
    basis: Basis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcontractor:
    """Somebody who handles a party's identifiable records for it."""

    party: str
    name: str = ""
    has_flow_down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A clause in words that are not the library's: altered, or of the parties' own.

    clause: a key of the library, or of the agreement's own (`OWN-1`).
    """

    clause: str
    title: str
    text: str
    is_own: bool = False
    is_indemnity: bool = False

    @property
    def digest(self) -> str:
        """The digest of these very words, which a reading by counsel names."""
        return digest_of([self.clause, self.title, self.text])


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A joinder that is offered to others (clause C46)."""

    joiner_type: PartyType
    until_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """When the agreement holds; the last day counts."""

    starts_on: date | None = None
    ends_on: date | None = None
    implementation_on: date | None = None
    review_on: date | None = None
    renewal: Renewal | None = Renewal.WRITTEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """When and how records are destroyed; periods in calendar days."""

    list_days: int | None = None
    release_days: int | None = None
    end_days: int | None = None
    destroy_by: date | None = None
    method: str = ""
    certificate_days: int = 10
    covers_copies: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What the parties promise each other about notice and review."""

    contacts: str = ""
    breach_hours: int | None = 24
    audit_notice_days: int = 10
    release_review_days: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentTerms:
    """The terms of an agreement in force under which another one stands.

    parties: their keys. fields: codes by flow as (sender, receiver, grain, codes).
    scopes: whose rows each flow carries, as (sender, receiver, scope).
    purposes: their texts. uses: what records may be used for under any of them. people:
    those whom its access list names. texts: its clauses in force, as (key, title,
    text). edition: 1, and one more for each executed change.
    """

    number: str
    parties: tuple[str, ...]
    owners: tuple[str, ...]
    recipients: tuple[str, ...]
    fields: tuple[tuple[str, str, Grain, tuple[str, ...]], ...]
    purposes: tuple[str, ...]
    people: tuple[str, ...]
    clauses: tuple[str, ...]
    ends_on: date
    min_cell: int
    uses: tuple[Use, ...] = (Use.ANALYSIS,)
    destruction: Destruction = field(default_factory=Destruction)
    offer: Offer | None = None
    is_active: bool = True
    texts: tuple[tuple[str, str, str], ...] = ()
    edition: int = 1
    scopes: tuple[tuple[str, str, Scope], ...] = ()

    def lets_send(self, flow: Flow, code: str, *receivers: str) -> bool:
        """Whether the flow's sender may send these receivers the element so finely."""
        return any(
            code in codes and not flow.grain.is_finer_than(grain)
            for sender, receiver, grain, codes in self.fields
            if sender == flow.sender and receiver in receivers
        )

    def lets_send_rows(self, flow: Flow) -> bool:
        """Whether nobody's rows are in a flow that its sender may not send here."""
        agreed = [
            scope
            for sender, receiver, scope in self.scopes
            if sender == flow.sender and receiver in self.receivers_of(flow)
        ]
        return not agreed or any(each.covers(flow.scope) for each in agreed)

    def receivers_of(self, flow: Flow) -> tuple[str, ...]:
        """To whom the sender's elements may go: a newcomer gets what anybody gets."""
        is_newcomer = flow.receiver not in self.parties
        return self.recipients if is_newcomer else (flow.receiver,)

    def periods_exceeded(self, by: Destruction) -> tuple[str, ...]:
        """The periods of destruction, by name, that are longer than the agreed ones."""
        return tuple(
            name
            for name in ("list_days", "release_days", "end_days")
            if (agreed := getattr(self.destruction, name)) is not None
            and (days := getattr(by, name)) is not None
            and days > agreed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHeld:
    """What the review before a renewal found."""

    held_on: date | None = None
    findings: str = ""
    new_targets: str = ""
