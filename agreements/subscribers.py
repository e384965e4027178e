"""Starts this floor's work: what events and minutes ask for."""

from functools import partial

from accounts import hooks, jobs
from accounts.events import MinutePassed
from agreements.events import AgreementApproved, FullySigned
from agreements.models import Obligation
from agreements.policy import revoke_grants_of
from agreements.services import certificates, obligations, printing, signing, terms
from agreements.services.access_review import remind_access
from agreements.services.leaving import tell_of_leaver
from agreements.services.register import renew_search_texts
from agreements.services.routes import revoke_all_of
from partnerships.events import MembershipEnded

jobs.register(
    jobs.Kind(
        signing.RENDER, run=signing.render_for_signature, stop=signing.stop_signing
    )
)
jobs.register(
    jobs.Kind(signing.EXECUTE, run=signing.execute, stop=signing.stop_signing)
)
jobs.register(
    jobs.Kind(
        obligations.CERTIFICATE,
        run=certificates.issue_certificate,
        stop=certificates.stop_certificate,
    )
)
for paper in printing.PAPERS:
    jobs.register(
        jobs.Kind(
            f"{printing.PRINT}{paper}",
            run=partial(printing.print_paper, paper=paper),
            stop=printing.stop_printing,
        )
    )


@hooks.subscribe(AgreementApproved)
def on_approved(event: AgreementApproved) -> None:
    """Freeze the text for signature."""
    jobs.enqueue(signing.RENDER, event.agreement)


@hooks.subscribe(FullySigned)
def on_fully_signed(event: FullySigned) -> None:
    """Execute the agreement."""
    jobs.enqueue(signing.EXECUTE, event.agreement)


@hooks.subscribe(MembershipEnded)
def on_membership_ended(event: MembershipEnded) -> None:
    """Take back what the role gave; tell who can put right what it leaves undone."""
    revoke_grants_of(event.membership.user, event.membership.organisation)
    revoke_all_of(event.membership.user, event.membership.organisation)
    tell_of_leaver(event.membership)


@hooks.subscribe(MinutePassed)
def keep_dates(event: MinutePassed) -> None:
    """Expire what has ended, let duties fall due, remind, certify."""
    terms.expire_lapsed()
    obligations.fall_due()
    obligations.remind_due()
    terms.remind_expiry()
    remind_access()
    for obligation in Obligation.objects.filter(
        discharged_at__isnull=False, certificate=None
    ):
        jobs.enqueue(obligations.CERTIFICATE, obligation)


@hooks.subscribe(MinutePassed)
def keep_register(event: MinutePassed) -> None:
    """Search agreements by the clauses and labels of this release."""
    renew_search_texts()
