"""Releases: make the tables, propose, decide, stop, withdraw."""

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from accounts import clock, jobs
from accounts.acting import Act, System, act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import Agreement, Obligation
from agreements.queries import mandate_of, owners_of
from indicators.lifecycle import RELEASE
from indicators.measures import asked as asking
from indicators.measures.asked import Asked
from indicators.models import Delivery, LinkageRun, Release, ReleaseDecision
from indicators.policy import (
    can_analyse,
    can_author,
    can_decide,
    can_discard,
    can_propose,
    can_stop_making,
    can_withdraw,
)
from indicators.published.document import canonical, to_record
from indicators.queries import blind_until, permitted_under
from indicators.services.counted import DESTROYED, basis_of, linkage_of, report_of
from indicators.services.protecting import made_of
from indicators.services.publishing import (
    publish,
    require_publishable,
    tell_author,
    tell_owners,
)
from partnerships.models import Partnership
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

if TYPE_CHECKING:
    from indicators.published.releasing import Made

JOB = "indicators.protect"
CLAUSE = "C16"


def threshold_of(agreement: Agreement) -> int:
    """Return the smallest group that may be shown: the strictest owner's."""
    mandate = mandate_of(agreement)
    owners = owners_of(agreement).values_list("min_cell", flat=True)
    return max(mandate.min_cell if mandate else 0, *owners)


def author_release(
    *, run: LinkageRun, title: str, context: str, asked: Asked, actor: User
) -> Release:
    """Return a new release whose tables a worker now counts and protects.

    asked: measures, tables and declarations; nothing but what the agreement lists.
    """
    with act(
        "indicators.author_release", actor=actor, chain=run.agreement.chain
    ) as this:
        _require_free(run.agreement, actor)
        run.refresh_from_db(fields=["state"])
        if run.state != "linked":
            raise RuleBroken("Only the newest finished linkage can be released.")
        asking.require_permitted(asked, permitted_under(run.agreement))
        report_of(run, asked)
        release = _authored(run.agreement, run.school_year, title, context, actor)
        release.run, release.choices = run, asking.to_record(asked)
        return _begun(this, release)


def author_of_counts(
    *, delivery: Delivery, title: str, context: str, actor: User
) -> Release:
    """Return a new release of counts that a district made in its own house."""
    agreement = delivery.agreement
    with act("indicators.author_release", actor=actor, chain=agreement.chain) as this:
        _require_free(agreement, actor)
        delivery.refresh_from_db(fields=["state"])
        if delivery.state != "accepted":
            raise RuleBroken("Only the counts that arrived last can be released.")
        year = delivery.receipt["year"]
        release = _authored(agreement, year, title, context, actor)
        release.counts = delivery
        return _begun(this, release)


def _require_free(agreement: Agreement, actor: User) -> None:
    """Lock the agreement, and refuse whoever may not author under it."""
    locked = _lock(agreement)
    can_author(actor, locked).require()
    can_analyse(locked).require()


def _authored(
    agreement: Agreement, year: str, title: str, context: str, actor: User
) -> Release:
    if _open_releases(agreement, year).exists():
        raise Conflict(
            "A release for this school year is being made or decided already. "
            "Finish or discard it first: two side by side could tell of one child."
        )
    return Release(
        agreement=agreement,
        author=actor,
        title=title,
        context=context,
        period=year,
        threshold=threshold_of(agreement),
        created_at=clock.now(),
    )


def _begun(this: Act, release: Release) -> Release:
    release.save()
    this.subject = f"indicators.release:{release.pk}"
    jobs.enqueue(JOB, release)
    return release


def _lock(agreement: Agreement) -> Agreement:
    """Return the agreement as it is now; lock it and its partnership's releases."""
    Partnership.objects.select_for_update(no_key=True).get(pk=agreement.partnership_id)
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def _open_releases(agreement: Agreement, period: str) -> QuerySet[Release]:
    return Release.objects.filter(
        agreement__partnership=agreement.partnership_id,
        period=period,
        state__in=("computing", "draft", "proposed"),
    )


def protect_release(key: int, work: jobs.Work) -> None:
    """Count, protect and attack a release's tables; keep only what is safe."""
    release = Release.objects.select_related(
        "agreement", "run__linked", "run__students", "counts__holding", "counts__sender"
    ).get(pk=key)
    if release.state != RELEASE.initial:
        with work.finish():
            return
    can_analyse(release.agreement).require()
    made = made_of(release, work)
    with work.finish():
        _record(release, made)


def _record(release: Release, made: "Made") -> None:
    with act(
        "indicators.protect",
        actor=System(CLAUSE),
        chain=release.agreement.chain,
        subject=release,
    ) as this:
        agreement = _lock(release.agreement)
        can_analyse(agreement).require()
        row = Release.objects.select_for_update().get(pk=release.pk)
        if _is_destroyed(row):
            raise RuleBroken(DESTROYED)
        row.state = RELEASE.move(row.state, "protect")
        row.document = to_record(made.document)
        row.sha256 = hashlib.sha256(canonical(row.document)).hexdigest()
        row.linkage = linkage_of(release)
        row.audit = made.audit
        row.save()
        this.detail |= {"sha256": row.sha256}


def _is_destroyed(row: Release) -> bool:
    """Return whether what a release rests on is destroyed, or is about to be."""
    duties = row.agreement.obligations.filter(kind=Obligation.Kind.LINKED_ROWS)
    return not basis_of(row).is_held or duties.filter(state="destroying").exists()


def fail_release(key: int, message: str) -> None:
    """Record why no tables came out; called inside the job's last transaction."""
    release = Release.objects.select_related("agreement").get(pk=key)
    _lock(release.agreement)
    row = Release.objects.select_for_update().get(pk=key)
    if row.state != RELEASE.initial:
        return  # what it was made from is withdrawn or superseded
    with act(
        "indicators.release_refused",
        actor=System(CLAUSE),
        chain=release.agreement.chain,
        subject=release,
    ):
        row.state = RELEASE.move(row.state, "fail")
        row.message = message[:400]
        row.save()
        tell_author(row, "could not be made")


def cancel_release(*, release: Release, actor: User) -> None:
    """Ask the worker that makes a release's tables to stop."""
    can_stop_making(actor, release).require()
    job = jobs.latest(JOB, release)
    if job is not None and job.is_open:
        with act(
            "indicators.cancel_release",
            actor=actor,
            chain=release.agreement.chain,
            subject=release,
        ):
            jobs.request_cancel(job)


def discard(*, release: Release, actor: User) -> None:
    """Take back a release that is not published yet: its author may."""
    with act(
        "indicators.discard",
        actor=actor,
        chain=release.agreement.chain,
        subject=release,
    ):
        _lock(release.agreement)
        row = Release.objects.select_for_update().get(pk=release.pk)
        can_discard(actor, row).require()
        row.state = RELEASE.move(row.state, "discard")
        row.save()


def propose(*, release: Release, actor: User) -> None:
    """Put a release before every owner's steward."""
    agreement = release.agreement
    with act(
        "indicators.propose", actor=actor, chain=agreement.chain, subject=release
    ) as this:
        _lock(agreement)
        row = Release.objects.select_for_update().get(pk=release.pk)
        can_propose(actor, row).require()
        row.state = RELEASE.move(row.state, "propose")
        row.proposed_at = clock.now()
        row.save()
        this.detail |= {"sha256": row.sha256}
        for owner in owners_of(agreement):
            decision = ReleaseDecision.objects.create(release=row, owner=owner)
            for steward in people_with(Capability.DECIDE_RELEASE, owner):
                queue_notice(
                    key=f"decide:{decision.pk}",
                    recipient=steward,
                    subject=f"{agreement.number}: a release waits for your decision",
                    body=(
                        f"{actor.name} proposes a release under {agreement.number}. "
                        f"You decide for {owner.name}; nobody decides for you."
                    ),
                    path=row.get_absolute_url(),
                )


def decide(
    *, decision: ReleaseDecision, approve: bool, reason: str, actor: User
) -> None:
    """Record one owner's blind vote; when all have voted, the round is settled.

    Until then the ledger has no line of its own for a vote: who reads it would know
    who voted. Its digest goes into the chain's next entry, as an autosave's does.
    """
    chain = decision.release.agreement.chain
    if not approve and not reason.strip():
        raise RuleBroken("Say what to change, so that the author can mend it.")
    with transaction.atomic():
        with act("indicators.vote", actor=actor, chain=chain, is_save_point=False):
            own = _locked_vote(decision, actor)
            if approve:
                require_publishable(own.release)
            _cast(own, "approved" if approve else "declined", reason, actor)
        row = own.release
        votes = dict(row.decisions.values_list("owner", "state"))
        if "open" in votes.values():
            return
        with act("indicators.decide", actor=actor, chain=chain, subject=row) as this:
            this.detail |= {"votes": {str(key): said for key, said in votes.items()}}
            if "declined" in votes.values():
                _give_back(row)
            else:
                publish(row)


def _give_back(row: Release) -> None:
    """Return a release to its author, inside an act: an owner asks for changes."""
    row.state = RELEASE.move(row.state, "decline")
    row.save()
    tell_author(row, "comes back: an owner asks for changes")


def settle_rounds() -> None:
    """End the rounds in which an owner asks for changes and another stays silent.

    Called every minute: once votes are no longer hidden, nothing more is waited for.
    """
    waiting = Release.objects.filter(state="proposed", decisions__state="declined")
    jobs.for_each(waiting.select_related("agreement"), _settle)


def _settle(release: Release) -> None:
    if blind_until(release) is not None:
        return
    with act(
        "indicators.settle_round",
        actor=System(CLAUSE),
        chain=release.agreement.chain,
        subject=release,
    ):
        _lock(release.agreement)
        row = Release.objects.select_for_update().get(pk=release.pk)
        if row.state == "proposed":
            _give_back(row)


def stop_round(*, decision: ReleaseDecision, reason: str, actor: User) -> None:
    """End the round at once, in sight of all: an owner sees a disclosure problem."""
    if not reason.strip():
        raise RuleBroken("Say what the problem is, so that the author can mend it.")
    with act(
        "indicators.stop_round",
        actor=actor,
        chain=decision.release.agreement.chain,
        subject=decision,
    ) as this:
        own = _locked_vote(decision, actor)
        _cast(own, "stopped", reason, actor)
        row = own.release
        row.state = RELEASE.move(row.state, "stop")
        row.save()
        this.detail |= {"owner": own.owner_id}
        tell_author(row, "was stopped: an owner sees a disclosure problem")
        tell_owners(row, "was stopped: an owner sees a disclosure problem", but=actor)


def _locked_vote(decision: ReleaseDecision, actor: User) -> ReleaseDecision:
    """Return an owner's vote with its release, both locked, for whoever may cast it."""
    _lock(decision.release.agreement)
    row = (
        Release.objects.select_for_update(of=("self",))
        .select_related("agreement", "author")
        .get(pk=decision.release_id)
    )
    own = ReleaseDecision.objects.select_for_update().get(pk=decision.pk)
    own.release = row
    can_decide(actor, own).require()
    return own


def _cast(own: ReleaseDecision, state: str, reason: str, actor: User) -> None:
    own.state, own.reason = state, reason
    own.decided_by, own.decided_at = actor, clock.now()
    own.save()


def withdraw(*, release: Release, reason: str, actor: User) -> None:
    """Withdraw a published release: the page says so, the hash is kept."""
    if not reason.strip():
        raise RuleBroken("Say why: the reason is shown to every reader.")
    with act(
        "indicators.withdraw",
        actor=actor,
        chain=release.agreement.chain,
        subject=release,
    ):
        _lock(release.agreement)
        row = Release.objects.select_for_update().get(pk=release.pk)
        can_withdraw(actor, row).require()
        row.state = RELEASE.move(row.state, "withdraw")
        row.withdrawal_reason = reason
        row.save()
