"""What the rules read: an agreement as plain facts.

Whoever asks gathers these facts; a rule reads nothing else. Who is bound and what is
shared stands in `objects`, what was proved and sent in `evidence`; both are read from
here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from agreements.rules.elements import Category, element_of
from agreements.rules.evidence import (
    Approval,
    Authority,
    BoardAct,
    ConsentCounts,
    ConsentForm,
    CounselReview,
    Dataset,
    DeliveryFacts,
    Determination,
    Hold,
    LegalDemand,
    Notice,
    Original,
    Override,
    Proof,
    ReleaseFacts,
    Signature,
    StateReview,
)
from agreements.rules.objects import (
    AccessEntry,
    Address,
    Analysis,
    Destruction,
    Field,
    Flow,
    Handling,
    Lineage,
    Offer,
    OnwardParty,
    ParentTerms,
    Party,
    Program,
    Purpose,
    ReviewHeld,
    Subcontractor,
    Term,
    Wording,
)
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    NoticeKind,
    PartyType,
    SharingModel,
)

__all__ = [
    "AccessEntry",
    "Address",
    "AgreementFacts",
    "Analysis",
    "Approval",
    "Authority",
    "BoardAct",
    "ConsentCounts",
    "ConsentForm",
    "CounselReview",
    "Dataset",
    "DeliveryFacts",
    "Destruction",
    "Determination",
    "Field",
    "Flow",
    "Handling",
    "Hold",
    "LegalDemand",
    "Lineage",
    "Notice",
    "Offer",
    "OnwardParty",
    "Original",
    "Override",
    "ParentTerms",
    "Party",
    "Program",
    "Proof",
    "Purpose",
    "ReleaseFacts",
    "ReviewHeld",
    "Signature",
    "StateReview",
    "Subcontractor",
    "Term",
    "Wording",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFacts:
    """Everything about one agreement that a rule or a clause may read.

    redisclosure: keys of outside analysts with a redisclosure agreement in force.
    amended: what is in force of the agreement that this text changes, if it does.
    parts: the digest of each signing party's part of the text as it stands.
    """

    kind: AgreementKind
    model: SharingModel
    today: date
    parties: tuple[Party, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    flows: tuple[Flow, ...] = ()
    access: tuple[AccessEntry, ...] = ()
    term: Term = field(default_factory=Term)
    destruction: Destruction = field(default_factory=Destruction)
    handling: Handling = field(default_factory=Handling)
    min_cell: int | None = None
    clauses: frozenset[str] = frozenset()
    wordings: tuple[Wording, ...] = ()
    onward: tuple[OnwardParty, ...] = ()
    subcontractors: tuple[Subcontractor, ...] = ()
    offer: Offer | None = None
    original: Original | None = None
    parents: tuple[ParentTerms, ...] = ()
    redisclosure: frozenset[str] = frozenset()
    amended: "AgreementFacts | None" = None
    review_held: ReviewHeld = field(default_factory=ReviewHeld)
    has_public_summary: bool = False
    signatories: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    authorities: tuple[Authority, ...] = ()
    board_acts: tuple[BoardAct, ...] = ()
    counsel_reviews: tuple[CounselReview, ...] = ()
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    state_reviews: tuple[StateReview, ...] = ()
    notices: tuple[Notice, ...] = ()
    determinations: tuple[Determination, ...] = ()
    consent_forms: tuple[ConsentForm, ...] = ()
    overrides: tuple[Override, ...] = ()
    proof: Proof | None = None
    is_in_force: bool = False
    paused_by: frozenset[str] = frozenset()
    datasets: tuple[Dataset, ...] = ()
    holds: tuple[Hold, ...] = ()
    legal_demands: tuple[LegalDemand, ...] = ()
    delivery: DeliveryFacts | None = None
    release: ReleaseFacts | None = None

    def is_stated(self, clause: str) -> bool:
        """Whether a clause is in force here: in this text, or in a parent's."""
        return clause in self.clauses or any(
            clause in each.clauses for each in self.parents
        )

    def is_of_this_text(self, review: CounselReview) -> bool:
        """Whether counsel read the party's part of the text as it stands."""
        return review.digest == self.parts.get(review.party, "")

    def notices_of(self, kind: NoticeKind, party: str) -> tuple[Notice, ...]:
        """The notices of this kind that a party gave."""
        return tuple(
            each for each in self.notices if (each.kind, each.party) == (kind, party)
        )

    def purpose_of(self, flow: Flow) -> Purpose | None:
        """The purpose that a flow serves, or None if it is not listed."""
        return next((each for each in self.purposes if each.key == flow.purpose), None)

    def purposes_on(self, *grounds: Basis) -> tuple[Purpose, ...]:
        """The purposes of flows on these grounds; one that is not listed is blank."""
        found: dict[str, Purpose] = {}
        for flow in self.disclosures_on(*grounds):
            blank = Purpose(key=flow.purpose, text="")
            found[flow.purpose] = self.purpose_of(flow) or blank
        return tuple(found.values())

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
    def system_leads(self) -> frozenset[str]:
        """The keys of the parties that run an integrated data system or warehouse."""
        types = {PartyType.IDS_LEAD}
        if self.model is SharingModel.COUNTY_FEED:
            types.add(PartyType.COUNTY)
        return frozenset(each.key for each in self.parties if each.type in types)

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

    def disclosures_on(self, *grounds: Basis) -> tuple[Flow, ...]:
        """The identifiable disclosures on one of these grounds."""
        return tuple(
            each for each in self.identifiable_disclosures if each.basis in grounds
        )

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
