"""Walks an agreement of any model from the path finder's answers to its mandate.

What a person does on the way is a table that a lawyer can read: tests/cases/models.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from accounts.models import User
from agreements.models import Agreement, ProofRecord
from agreements.queries.facts import today_of
from agreements.rules.rule import Finding
from agreements.services import approvals, drafting, records, sections, signing
from partnerships.models import Organisation
from partnerships.roles import Role
from partnerships.services.directory import add_organisation, add_site
from partnerships.services.engagement import form_partnership
from tests import make
from tests.support import reviewing

FOLDER = Path(__file__).parents[1] / "cases" / "models"
ROLES = (Role.DIRECTOR, Role.COUNSEL, Role.STEWARD)
Toml = Mapping[str, Any]


def read(path: Path) -> dict[str, Any]:
    """Return one model's table."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass
class Walk:
    """One agreement on its way, and the organisations that are its sides."""

    table: Toml
    sides: dict[str, Organisation] = field(default_factory=dict)
    agreement: Agreement = field(init=False)

    def begin(self, *, also: Iterable[Organisation] = (), **asked: Any) -> None:
        """Form the partnership, and start the draft that was asked for.

        also: organisations of the partnership that are no sides of it yet.
        """
        for key, of in self.table["sides"].items():
            self.sides[key] = organisation(key, of)
        partnership = form_partnership(
            name=self.table["name"],
            organisations=[*self.sides.values(), *also],
            actor=make.SET_UP,
        )
        self.agreement = drafting.start_draft(
            partnership=partnership, actor=self.director, **asked
        )

    @property
    def director(self) -> User:
        """The director who drafts."""
        return make.holder(next(iter(self.sides.values())), Role.DIRECTOR)

    def counsel(self, side: str) -> User:
        """Return a side's counsel."""
        return make.holder(self.sides[side], Role.COUNSEL)

    def found(self) -> tuple[Finding, ...]:
        """Return what the rules have against the draft, or will before signature."""
        return records.findings_before_signature(self.agreement)

    def prepare(self) -> None:
        """Take every step of the table, until nothing is found.

        Raises AssertionError where a step has another finding than its table says.
        """
        left = self.found()
        for step in self.table["step"]:
            self.take(step)
            left = self.found()
            found = [f"{each.rule} {each.where}: {each.message}" for each in left]
            assert sorted({each.rule for each in left}) == step["finds"], found
        assert left == ()

    def take(self, step: Toml) -> None:
        """Do what one step of the table says."""
        for name, does in step.items():
            if name not in ("what", "finds"):
                getattr(self, f"_{name}")(does)

    def _section(self, said: Toml) -> None:
        for name, values in said.items():
            sections.save_section(
                agreement=self.agreement,
                section=name,
                values={key: self.value(value) for key, value in values.items()},
                actor=self.director,
            )

    def value(self, value: Any) -> Any:
        """Return what is said: a side is named by its key, a day by its distance."""
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            if "in_days" in value:
                return today_of(self.agreement) + timedelta(days=value["in_days"])
            ends = {e: str(self.sides[value[e]].pk) for e in ("owner",) if e in value}
            return value | ends
        return value

    def _purpose(self, said: Toml) -> None:
        rows = list(self.agreement.purposes.all())
        for number, values in said.items():
            runs = [self.sides[key].pk for key in values.get("program_run_by", ())]
            sections.save_purpose(
                purpose=rows[int(number) - 1],
                values={**values, **({"program_run_by": runs} if runs else {})},
                actor=self.director,
            )

    def _flow(self, said: Toml) -> None:
        for key, values in said.items():
            row = self.agreement.flows.get(key=key)
            sections.save_flow(flow=row, values=values, actor=self.director)

    def _left_out(self, said: Toml) -> None:
        """Take elements out of the flows that list them."""
        for key, codes in said.items():
            flow = self.agreement.flows.get(key=key)
            sections.unlist_elements(
                agreement=self.agreement,
                elements=flow.elements.filter(code__in=codes),
                actor=self.director,
            )

    def _made_from(self, said: Toml) -> None:
        """Say from which elements of which sides the tables of a flow are made."""
        for key, origin in said.items():
            for element in self.agreement.flows.get(key=key).elements.all():
                owners = [self.sides[side].pk for side in origin["owners"]]
                sections.save_element(
                    element=element,
                    values={"lineage": {"inputs": origin["inputs"], "owners": owners}},
                    actor=self.director,
                )

    def _buildings(self, said: Toml) -> None:
        for side, n_units in said.items():
            add_site(
                organisation=self.sides[side],
                kind="building",
                code="1",
                name="High Point",
                address="1 Main Street",
                n_units=n_units,
                actor=make.SET_UP,
            )

    def _finding(self, said: Toml) -> None:
        for side, ground in said.items():
            drafting.record_finding(
                agreement=self.agreement,
                party=self.sides[side],
                ground=ground,
                reason="As counsel found.",
                actor=self.counsel(side),
            )

    def _record(self, said: Toml) -> None:
        for kind, of in said.items():
            flow = self.agreement.flows.get(key=of["flow"]) if "flow" in of else None
            covers = tuple(str(self.sides[side].pk) for side in of.get("covers", ()))
            records.keep_record(
                agreement=self.agreement,
                party=self.sides[of["of"]],
                kind=ProofRecord.Kind[kind.upper()],
                dated_on=today_of(self.agreement) - timedelta(days=1),
                document="The district's records office",
                flow=flow,
                covers=covers,
                detail=of.get("detail"),
                actor=self.counsel(of["of"]),
            )

    def _reviewed_by(self, sides: list[str]) -> None:
        counsel = {self.sides[side]: self.counsel(side) for side in sides}
        reviewing.read(self.agreement, counsel)

    def send(self) -> None:
        """Send the text to its owners."""
        drafting.submit(agreement=self.agreement, actor=self.director)
        self.agreement.refresh_from_db()

    def approve(self) -> Iterator[str]:
        """Let each owner approve, and yield the agreement's state after it."""
        for approval in self.agreement.rounds.get().approvals.order_by("pk"):
            actor = make.holder(approval.owner, Role.COUNSEL)
            approvals.approve(approval=approval, actor=actor)
            self.agreement.refresh_from_db()
            yield self.agreement.state

    def sign(self) -> Iterator[str]:
        """Let each party sign, and yield the agreement's state once work is done."""
        make.work_off()
        for party in self.agreement.parties.select_related("signatory__user"):
            signatory = party.signatory.user
            signing.sign(
                agreement=self.agreement,
                digest=signing.frozen_of(self.agreement).sha256,
                typed_name=signatory.name,
                password=make.PASSWORD,
                address=None,
                browser="",
                actor=signatory,
            )
            make.work_off()
            self.agreement.refresh_from_db()
            yield self.agreement.state


def organisation(key: str, of: Toml) -> Organisation:
    """Return a side with a director who may sign, counsel and a data steward."""
    made = add_organisation(
        name=of["name"],
        legal_name=of["name"],
        kind=of["type"],
        state="WA",
        time_zone="America/Los_Angeles",
        is_public=of.get("is_public", True),
        is_ed_funded=of.get("is_ed_funded", False),
        is_edu_authority=of.get("is_edu_authority", False),
        logs_disclosures=True,
        actor=make.SET_UP,
    )
    for role in ROLES:
        authority = "Board policy 1" if role is Role.DIRECTOR else ""
        make.person(f"{role.label} of {key}", made, role, authority=authority)
    return made
