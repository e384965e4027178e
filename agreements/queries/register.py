"""The register: what of an agreement is searched, which ones a search finds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower

from agreements.models import (
    Agreement,
    Approval,
    ApprovalRound,
    Document,
    Obligation,
    Party,
    Signature,
)
from agreements.queries.facts import read_facts, text_of
from agreements.rules.elements import ELEMENTS
from agreements.searching import words_of
from partnerships.models import Organisation

OVER = ("ended",)
COLUMNS: dict[str, tuple[F | Lower, ...]] = {
    "number": (F("kind"), F("pk")),
    "partners": (Lower("partnership__name"),),
    "kind": (F("kind"),),
    "purpose": (Lower("title"),),
    "status": (F("state"),),
    "ends": (F("ends_on"),),
    "destruction": (F("destruction_on"),),
}
"""The columns by which the register is sorted, and what each is sorted by."""


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for; whatever is empty asks for nothing.

    within: days until the last day of the term. sort: a column, after "-" downward.
    """

    words: str = ""
    state: str = ""
    partner: int | None = None
    within: int | None = None
    sort: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether anything narrows the register."""
        return bool(words_of(self.words) or self.state or self.partner or self.within)


def searched_texts(row: Agreement) -> list[str]:
    """Return all of an agreement that a search looks in.

    row: as `with_all_facts` loaded it.
    """
    texts = [row.number, row.title, row.partnership.name]
    for purpose in row.purposes.all():
        texts += [purpose.text, purpose.scope]
    for party in row.parties.all():
        texts += [party.organisation.name, party.organisation.legal_name]
        if party.signatory:
            texts.append(party.signatory.user.name)
    texts += [entry.membership.user.name for entry in row.access.all()]
    for flow in row.flows.all():
        for element in flow.elements.all():
            about = ELEMENTS.get(element.code)
            texts += [element.code, about.label if about else ""]
    for clause in text_of(read_facts(row)):
        texts += [clause["key"], clause["title"], clause["text"]]
    return texts


def parties_of(agreements: QuerySet[Agreement]) -> QuerySet[Organisation]:
    """Return the organisations that are parties of these agreements, by name."""
    parties = Party.objects.filter(agreement__in=agreements)
    return Organisation.objects.filter(pk__in=parties.values("organisation"))


def found(
    agreements: QuerySet[Agreement], search: Search, *, today: date
) -> QuerySet[Agreement]:
    """Return those of `agreements` that a search finds, in its order.

    All words must stand somewhere in what is searched; the newest comes first unless
    a column is named.
    """
    for word in words_of(search.words):
        agreements = agreements.filter(search_text__words__contains=word)
    if search.state:
        agreements = agreements.filter(state=search.state)
    if search.partner:
        agreements = agreements.filter(parties__organisation=search.partner)
    if search.within:
        last = today + timedelta(days=search.within)
        agreements = agreements.filter(ends_on__range=(today, last)).exclude(
            state__in=OVER
        )
    return _sorted(agreements, search.sort)


def _sorted(agreements: QuerySet[Agreement], sort: str) -> QuerySet[Agreement]:
    column = sort.removeprefix("-")
    if column not in COLUMNS:
        return agreements.order_by("-pk")
    duties = Obligation.objects.filter(agreement=OuterRef("pk"), discharged_at=None)
    next_due = duties.order_by("due_on").values("due_on")[:1]
    agreements = agreements.alias(
        destruction_on=Coalesce(Subquery(next_due), F("destroy_by"))
    )
    order = [
        key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_last=True)
        for key in COLUMNS[column]
    ]
    return agreements.order_by(*order, "-pk")


def with_standing(keys: Sequence[int]) -> Iterable[Agreement]:
    """Return agreements with all that a line of the register says, in their order.

    The number of queries is the same for any number of them.
    """
    waiting = Approval.objects.filter(decided_at=None).select_related("owner")
    rounds = ApprovalRound.objects.filter(is_open=True).only("agreement", "is_open")
    frozen = Document.objects.filter(kind=Document.Kind.FROZEN).only("agreement")
    rows = (
        Agreement.objects.filter(pk__in=keys)
        .select_related("partnership")
        .prefetch_related(
            Prefetch("parties", Party.objects.select_related("organisation")),
            Prefetch("rounds", rounds.prefetch_related(Prefetch("approvals", waiting))),
            Prefetch("documents", frozen),
            Prefetch(
                "signatures",
                Signature.objects.only("agreement", "document", "signatory"),
            ),
            "obligations",
            "purposes",
        )
        .in_bulk()
    )
    return [rows[key] for key in keys if key in rows]
