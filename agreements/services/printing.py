"""Printing the papers beside an agreement: asked for by a person, done by a worker."""

from accounts import clock, jobs
from accounts.acting import System, act
from accounts.acts import RuleBroken
from accounts.history import note_evidence
from accounts.models import Job, User
from agreements.clause_library import DOCUMENTS, papers_of
from agreements.digests import sha256_of
from agreements.models import Agreement, Document
from agreements.paper_pages import paper_pages
from agreements.policy import can_print, is_system
from agreements.queries import facts_of
from agreements.rules.engine import evaluate
from agreements.rules.vocabulary import Stage

PRINT = "agreements.print."
PAPERS = tuple(
    key for key, each in DOCUMENTS.items() if not each.is_agreement and key != "cert"
)


def request_paper(*, agreement: Agreement, paper: str, actor: User) -> Job:
    """Return the job that prints a paper, as the agreement stands then.

    Raises RuleBroken for a paper that the agreement does not have.
    """
    with act(
        "agreements.request_paper",
        actor=actor,
        chain=agreement.chain,
        subject=agreement,
        detail={"paper": paper},
    ):
        can_print(actor, agreement).require()
        _require(agreement, paper)
        return jobs.enqueue(f"{PRINT}{paper}", agreement)


def _require(agreement: Agreement, paper: str) -> None:
    if paper not in {each.key for each in papers_of(facts_of(agreement))}:
        raise RuleBroken("This agreement has no such paper: no record calls for it.")


def print_paper(key: int, work: jobs.Work, *, paper: str) -> None:
    """Print one paper and keep the file with the agreement's documents."""
    from agreements import documents  # only workers print; slow to load

    agreement = Agreement.objects.get(pk=key)
    _require(agreement, paper)
    facts = facts_of(agreement)
    work.step("Set the text")
    content = documents.render_paper(
        paper_pages(
            agreement,
            facts,
            evaluate(facts, Stage.DRAFT),
            paper=paper,
            made_on=facts.today,
        )
    )
    with (
        work.finish(),
        act(
            "agreements.print_paper",
            actor=System("papers"),
            chain=agreement.chain,
            subject=agreement,
        ) as this,
    ):
        is_system(this.actor).require()
        Agreement.objects.select_for_update().get(pk=key)
        digest = sha256_of(content)
        if not agreement.documents.filter(kind=paper, sha256=digest).exists():
            document = Document.objects.create(
                agreement=agreement,
                kind=paper,
                content=content,
                sha256=digest,
                created_at=clock.now(),
            )
            note_evidence(this, document)


def stop_printing(key: int, message: str) -> None:
    """Leave the paper unprinted: whoever asked for it asks again."""
