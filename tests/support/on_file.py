"""Puts on file what a case says was proved: findings, notices, states' law."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.models import User
from agreements.models import Agreement, ProofRecord
from agreements.rules import facts as f
from agreements.rules.vocabulary import DeterminationKind, NoticeKind
from agreements.services import drafting, records
from partnerships.models import Organisation
from partnerships.roles import Role
from tests import make

KINDS = {
    NoticeKind.ANNUAL: ProofRecord.Kind.ANNUAL_NOTICE,
    NoticeKind.DIRECTORY: ProofRecord.Kind.DIRECTORY_NOTICE,
    NoticeKind.REDISCLOSURE_LIMITS: ProofRecord.Kind.LIMITS_NOTICE,
    DeterminationKind.DEIDENTIFICATION: ProofRecord.Kind.DEIDENTIFICATION,
    DeterminationKind.IRB: ProofRecord.Kind.IRB,
}
ON_FORM = (
    *("records", "purpose", "recipients", "has_date"),
    *("is_tied_to_housing", "is_hud_9886"),
)


@dataclass
class File:
    """The file of one agreement; each party's counsel puts its records on it."""

    agreement: Agreement
    facts: f.AgreementFacts
    organisations: Mapping[str, Organisation]

    def __post_init__(self) -> None:
        self.counsel: dict[str, User] = {
            key: make.person("Cy Counsel", organisation, Role.COUNSEL)
            for key, organisation in self.organisations.items()
        }

    def fill(self) -> None:
        """Put everything that the facts say was proved on file."""
        self._reviews()
        for notice in self.facts.notices:
            self._keep(
                KINDS[notice.kind],
                notice.party,
                flow=notice.flow,
                covers=self._keys(notice.covers),
                recipients=self._keys(notice.recipients),
            )
        for decided in self.facts.determinations:
            self._keep(KINDS[decided.kind], decided.party, flow=decided.flow)
        for form in self.facts.consent_forms:
            flow = self.facts.flow(form.flow)
            assert flow is not None
            self._keep(
                ProofRecord.Kind.CONSENT_FORM,
                flow.sender,
                flow=form.flow,
                detail={name: getattr(form, name) for name in ON_FORM},
            )
        for law in self.facts.state_reviews:
            self._state(law)

    def _reviews(self) -> None:
        for review in self.facts.counsel_reviews:
            if not review.finding:
                self._keep(ProofRecord.Kind.COUNSEL_REVIEW, review.party)
                continue
            drafting.record_finding(
                agreement=self.agreement,
                party=self.organisations[review.party],
                ground=review.finding,
                reason="As counsel found.",
                actor=self.counsel[review.party],
            )

    def _state(self, law: f.StateReview) -> None:
        key, party = next(
            (key, party)
            for key, party in self.organisations.items()
            if party.state == law.state[:2].upper()
        )
        records.review_state(
            organisation=party,
            terms={"breach": "30 days"},
            keeps=law.keeps,
            keeps_days=None,
            next_review_on=law.next_review_on,
            actor=self.counsel[key],
        )

    def _keys(self, named: frozenset[str]) -> tuple[str, ...]:
        return tuple(
            str(self.organisations[key].pk) if key in self.organisations else key
            for key in named
        )

    def _keep(
        self, kind: ProofRecord.Kind, party: str, *, flow: str = "", **said: Any
    ) -> None:
        records.keep_record(
            agreement=self.agreement,
            party=self.organisations[party],
            kind=kind,
            dated_on=self.facts.today - timedelta(days=30),
            document="Counsel's office",
            flow=self.agreement.flows.get(key=flow) if flow else None,
            actor=self.counsel[party],
            **said,
        )
