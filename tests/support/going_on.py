"""Walks what follows from an agreement in force: changes, projects, joining it.

What a person does on the way is a table that a lawyer can read: tests/cases/following.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from agreements.models import Agreement, ProofRecord
from agreements.paths import route
from agreements.queries.facts import today_of
from agreements.queries.in_force import offering_in
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import AgreementKind, SharingModel
from agreements.services import changing, drafting, following, records, sections
from agreements.views.paths import start_of
from partnerships.roles import Role
from partnerships.services.engagement import form_partnership
from tests import make
from tests.support.walking import FOLDER, Toml, Walk, organisation, read

FOLLOWING = FOLDER.with_name("following")


def signed(
    model: str,
    *,
    outside: Mapping[str, Toml] = MappingProxyType({}),
    offered_to: str = "",
) -> Walk:
    """Return the walk of a model's clean agreement that every party signed.

    outside: organisations of the partnership that are no party, by the key of a side.
    offered_to: the kind of organisation that may join it.
    """
    walk = Walk(read(FOLDER / f"{model}.toml"))
    also = {key: organisation(key, of) for key, of in outside.items()}
    asked = start_of(route(walk.table["answers"]))
    walk.begin(kind=asked.kind, model=asked.model, part=asked.part, also=also.values())
    walk.sides |= also
    walk.prepare()
    if offered_to:
        sections.save_section(
            agreement=walk.agreement,
            section="protection",
            values={"offered_to": offered_to, "offered_until": walk.agreement.ends_on},
            actor=walk.director,
        )
        walk.take({"reviewed_by": [*walk.table["sides"]]})  # what was read has changed
    walk.send()
    assert [*walk.approve(), *walk.sign()][-1] == "in_force"
    return walk


@dataclass
class Following(Walk):
    """A draft that follows from an agreement in force: who is new, and what it gets."""

    before: Walk = field(kw_only=True)

    def found(self) -> tuple[Finding, ...]:
        """Return what the rules find, once counsel of who signed before has read it."""
        parties = {each.organisation_id for each in self.agreement.parties.all()}
        for side in self.before.table["sides"]:
            if self.sides[side].pk in parties:
                records.keep_record(
                    agreement=self.agreement,
                    party=self.sides[side],
                    kind=ProofRecord.Kind.COUNSEL_REVIEW,
                    dated_on=today_of(self.agreement),
                    document="Counsel's office",
                    actor=self.counsel(side),
                )
        return super().found()

    def _party(self, said: Toml) -> None:
        """Let organisations be parties, for whom their directors sign."""
        for side, values in said.items():
            organisation = self.sides[side]
            party = sections.add_party(
                agreement=self.agreement,
                organisation=organisation,
                actor=self.director,
            )
            sections.save_party(party=party, values=values, actor=self.director)
            sections.set_signatory(
                party=party,
                signatory=organisation.memberships.get(role=Role.DIRECTOR),
                actor=self.director,
            )

    def _new_flow(self, said: Toml) -> None:
        """List flows with the elements that a table names, and what is said of each."""
        for key, of in said.items():
            flow = sections.add_flow(
                agreement=self.agreement,
                key=key,
                sender=self.sides[of["sender"]],
                receiver=self.sides[of["receiver"]],
                actor=self.director,
            )
            sections.save_flow(flow=flow, values=of["terms"], actor=self.director)
            for code, values in of["elements"].items():
                element = sections.list_element(
                    flow=flow, code=code, actor=self.director
                )
                sections.save_element(
                    element=element, values=values, actor=self.director
                )

    def _beside(self, name: str) -> None:
        """Let what another table says follow first, and be signed."""
        other = follow(self.before, read(FOLLOWING / f"{name}.toml"))
        other.prepare()
        other.send()
        assert [*other.approve(), *other.sign()][-1] == "in_force"


def follow(before: Walk, table: Toml) -> Walk:
    """Return the walk of a draft that follows from an agreement in force."""
    kind = AgreementKind(table["kind"])
    parent = Agreement.objects.get(pk=before.agreement.pk)
    if kind is AgreementKind.JOINDER:
        return _joined(before, parent, table)
    walk = Following(table, sides={**before.sides}, before=before)
    if kind is AgreementKind.DATA_USE:
        walk.agreement = following.start_project(parents=[parent], actor=walk.director)
    elif kind is AgreementKind.REDISCLOSURE:
        walk.agreement = drafting.start_draft(
            partnership=parent.partnership,
            kind=kind,
            model=SharingModel(parent.model),
            actor=walk.director,
        )
    else:
        walk.agreement = changing.start_change(
            agreement=parent, kind=kind, actor=walk.director
        )
    return walk


def _joined(before: Walk, offer: Agreement, table: Toml) -> Walk:
    """Return the walk of a joinder, in a partnership with whoever offers the terms."""
    own = {key: organisation(key, of) for key, of in table["sides"].items()}
    walk = Walk(table, sides=own | before.sides)
    walk.agreement = following.start_joinder(
        offer=offer,
        partnership=form_partnership(
            name=table["name"],
            organisations=[
                *own.values(),
                *(party.organisation for party in offering_in(offer)),
            ],
            actor=make.SET_UP,
        ),
        actor=walk.director,
    )
    return walk
