"""Puts on file what a case says was proved: findings, notices, boards' decisions."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from agreements.models import ProofRecord
from agreements.models.routes import What
from agreements.rules import facts as f
from agreements.rules.vocabulary import DeterminationKind, NoticeKind
from agreements.services import approvals, drafting, records, routes, sections
from partnerships.roles import Role
from tests import make
from tests.support.realised import Realised

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

    made: Realised

    def fill(self) -> None:
        """Put on file what was proved of the parties and flows that are there.

        A case that takes one out of a page takes its records out as well.
        """
        facts = self._of_those_in_it()
        for review in facts.counsel_reviews:
            self._review(review)
        for notice in facts.notices:
            self._keep(
                KINDS[notice.kind],
                notice.party,
                flow=notice.flow,
                covers=self._keys(notice.covers),
                recipients=self._keys(notice.recipients),
            )
        for decided in facts.determinations:
            self._keep(KINDS[decided.kind], decided.party, flow=decided.flow)
        senders = {each.key: each.sender for each in facts.flows}
        for form in facts.consent_forms:
            self._keep(
                ProofRecord.Kind.CONSENT_FORM,
                senders[form.flow],
                flow=form.flow,
                detail={name: getattr(form, name) for name in ON_FORM},
            )
        if facts.board_acts:
            self._vote(facts.board_acts)

    def _of_those_in_it(self) -> f.AgreementFacts:
        facts = self.made.facts
        parties = {each.key for each in facts.parties}
        flows = {"", *(each.key for each in facts.flows)}
        return replace(
            facts,
            counsel_reviews=tuple(
                each for each in facts.counsel_reviews if each.party in parties
            ),
            notices=tuple(
                each
                for each in facts.notices
                if each.party in parties and each.flow in flows
            ),
            determinations=tuple(
                each
                for each in facts.determinations
                if each.party in parties and each.flow in flows
            ),
            consent_forms=tuple(
                each for each in facts.consent_forms if each.flow in flows
            ),
        )

    def _review(self, review: f.CounselReview) -> None:
        if review.finding:
            drafting.record_finding(
                agreement=self.made.agreement,
                party=self.made.partners.organisations[review.party],
                ground=review.finding,
                reason="As counsel found.",
                actor=self.made.partners.counsel_of(review.party),
            )
        if self.made.facts.is_of_this_text(review):
            self._read(review)
            return
        hours = self.made.facts.handling.breach_hours or 0
        self._change(breach_hours=hours + 1)
        self._read(review)
        self._change(breach_hours=hours or None)

    def _read(self, review: f.CounselReview) -> None:
        self._keep(
            ProofRecord.Kind.COUNSEL_REVIEW,
            review.party,
            covers=tuple(review.clauses_read),
        )

    def _change(self, **values: Any) -> None:
        """Change a term that every party's part holds."""
        sections.save_section(
            agreement=self.made.agreement,
            section="protection",
            values=values,
            actor=self.made.partners.director,
        )

    def _vote(self, acts: tuple[f.BoardAct, ...]) -> None:
        """Send the text out to boards, each on its party's own route."""
        agreement, partners = self.made.agreement, self.made.partners
        for board in acts:
            organisation = partners.organisations[board.party]
            admin = make.person("Ad Min", organisation, Role.ADMINISTRATOR)
            for what, role in (
                (What.APPROVES, Role.COUNSEL),
                (What.BOARD, Role.ANALYST),
            ):
                routes.add_step(
                    organisation=organisation,
                    what=what,
                    role=role,
                    title=role.label,
                    actor=admin,
                )
            clerk = make.person("Bo Ard", organisation, Role.ANALYST)
            counsel = partners.counsel_of(board.party)
            drafting.submit(agreement=agreement, actor=partners.director)
            approval = agreement.rounds.latest("pk").approvals.get(owner=organisation)
            approvals.approve(approval=approval, actor=counsel)
            approvals.record_board_item(
                approval=approval,
                acted_on=board.acted_on,
                item=board.item,
                is_approval=board.is_approval,
                actor=clerk,
            )

    def _keys(self, named: frozenset[str]) -> tuple[str, ...]:
        known = self.made.partners.organisations
        return tuple(str(known[key].pk) if key in known else key for key in named)

    def _keep(
        self, kind: ProofRecord.Kind, party: str, *, flow: str = "", **said: Any
    ) -> None:
        agreement = self.made.agreement
        records.keep_record(
            agreement=agreement,
            party=self.made.partners.organisations[party],
            kind=kind,
            dated_on=self.made.facts.today - timedelta(days=30),
            document="Counsel's office",
            flow=agreement.flows.get(key=flow) if flow else None,
            actor=self.made.partners.counsel_of(party),
            **said,
        )
