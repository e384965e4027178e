"""What the rules read: an agreement as plain facts.

Whoever asks gathers these facts; a rule reads nothing else. `None` and the empty text
mean "not yet stated", which is what most rules look for. Every key (of a party, flow,
purpose or analysis) is chosen by the caller and only has to be unique in its tuple.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from agreements.rules.elements import ELEMENTS, Category, category_of, element_of
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    Covers,
    Grain,
    HousingGround,
    PartyType,
    SharingModel,
    Sight,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An organisation bound by the agreement."""

    key: str
    name: str
    type: PartyType | None
    state: str
    capacities: tuple[Capacity, ...] = ()
    is_ed_funded: bool = False
    signs: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One thing that the parties want to learn, and why."""

    key: str
    text: str
    scope: str = ""
    benefit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A permitted measure and the breakdowns it may be shown by."""

    key: str
    label: str
    breakdowns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An element in the data schedule, with the analyses that it answers."""

    code: str
    answers: tuple[str, ...] = ()
    collected_under: str = ""

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
class Flow:
    """What one party sends another; sender and receiver are party keys."""

    key: str
    sender: str
    receiver: str
    grain: Grain
    fields: tuple[Field, ...]
    purpose: str
    basis: Basis | None = None
    frequency: str = ""
    method: str = ""

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
    """One line of the access list; `person` identifies, `name` is printed."""

    person: str
    name: str
    party: str
    role: str
    sees: tuple[Sight, ...]
    from_on: date | None = None
    until_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """When the agreement holds; the last day counts."""

    starts_on: date | None = None
    ends_on: date | None = None
    implementation_on: date | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """When and how records are destroyed; periods in calendar days."""

    list_days: int | None = None
    release_days: int | None = None
    end_days: int | None = None
    destroy_by: date | None = None
    method: str = ""
    certificate_days: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What the parties promise each other about notice and review."""

    contacts: str = ""
    breach_hours: int | None = 24
    audit_notice_days: int = 10
    release_review_days: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Proof that a party may sign, or may send what it sends."""

    party: str
    covers: Covers
    source: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CounselReview:
    """That a party's counsel read the text, and what counsel found."""

    party: str
    reviewed_on: date
    finding: HousingGround | None = None


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
class DeliveryFacts:
    """A file at the door: its columns are element codes, or headings as they came."""

    flow: str
    sender: str
    columns: tuple[str, ...]
    attests_exclusions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """Tables about to be published; `derivable` names cells an attack recovered."""

    threshold: int
    approved_by: frozenset[str] = frozenset()
    derivable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFacts:
    """Everything about one agreement that a rule or a clause may read."""

    kind: AgreementKind
    model: SharingModel
    today: date
    parties: tuple[Party, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    flows: tuple[Flow, ...] = ()
    access: tuple[AccessEntry, ...] = ()
    term: Term = Term()
    destruction: Destruction = Destruction()
    handling: Handling = Handling()
    min_cell: int | None = None
    clauses: frozenset[str] = frozenset()
    has_public_summary: bool = False
    signatories: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    authorities: tuple[Authority, ...] = ()
    counsel_reviews: tuple[CounselReview, ...] = ()
    proof: Proof | None = None
    is_in_force: bool = False
    delivery: DeliveryFacts | None = None
    release: ReleaseFacts | None = None

    def party(self, key: str) -> Party | None:
        """The party with this key, or None."""
        return next((each for each in self.parties if each.key == key), None)

    def flow(self, key: str) -> Flow | None:
        """The flow with this key, or None."""
        return next((each for each in self.flows if each.key == key), None)

    def name_of(self, key: str) -> str:
        """The party's legal name, or words that say why there is none."""
        party = self.party(key)
        if party is None:
            return "an organization that is no party"
        return party.name or "a party without a name"

    def acting_as(self, capacity: Capacity) -> tuple[Party, ...]:
        """The parties that act in this capacity."""
        return tuple(each for each in self.parties if capacity in each.capacities)

    def is_type(self, key: str, *types: PartyType) -> bool:
        """Whether the party with this key is of one of these types."""
        party = self.party(key)
        return party is not None and party.type in types

    @property
    def owners(self) -> tuple[str, ...]:
        """The keys of the owners: whoever sends something, and nobody else."""
        return tuple(sorted({each.sender for each in self.flows}))

    @property
    def identifiable_flows(self) -> tuple[Flow, ...]:
        """The flows about identifiable people, inside an owner or between parties."""
        return tuple(each for each in self.flows if each.grain.is_identifiable)

    @property
    def identifiable_disclosures(self) -> tuple[Flow, ...]:
        """The flows that carry identifiable people's records to another party."""
        return tuple(each for each in self.identifiable_flows if each.is_disclosure)

    @property
    def education_disclosures(self) -> tuple[Flow, ...]:
        """Identifiable disclosures of education records by an ED-funded party.

        A sender who is not (yet) a party is taken to be ED-funded.
        """
        return tuple(
            flow
            for flow in self.identifiable_disclosures
            if flow.has_education_fields
            and ((sender := self.party(flow.sender)) is None or sender.is_ed_funded)
        )

    @property
    def housing_disclosures(self) -> tuple[Flow, ...]:
        """Identifiable disclosures of housing records."""
        return tuple(
            each for each in self.identifiable_disclosures if each.has_housing_fields
        )

    def columns_in_play(self, flow: Flow, *categories: Category) -> tuple[str, ...]:
        """The flow's listed codes and arriving columns that are in these categories."""
        listed = [each.code for each in flow.fields]
        if self.delivery and self.delivery.flow == flow.key:
            listed += [each for each in self.delivery.columns if each not in listed]
        return tuple(
            each
            for each in listed
            if (element := element_of(each)) and element.category in categories
        )

    def listed_fields(self) -> Iterator[tuple[Flow, Field]]:
        """Every element of the data schedule, with its flow."""
        for flow in self.flows:
            for each in flow.fields:
                yield flow, each
