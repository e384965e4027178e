"""Releases: make the tables, propose, decide, publish, withdraw."""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from accounts import clock, jobs
from accounts.acting import Act, System, act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.deadlines import linked_rows_due
from agreements.models import Agreement, Obligation
from agreements.permission import Publish
from agreements.queries import facts_of, mandate_of, owners_of, permitted, today_of
from agreements.rules.engine import evaluate
from agreements.rules.facts import ReleaseFacts
from agreements.rules.vocabulary import Audience, Stage
from agreements.services.obligations import open_obligation
from indicators.disclosure.table import canonical, from_record, to_record
from indicators.lifecycle import RELEASE
from indicators.models import Delivery, LinkageRun, Release, ReleaseDecision
from indicators.policy import (
    can_analyse,
    can_author,
    can_decide,
    can_discard,
    can_propose,
    can_withdraw,
)
from indicators.services.counted import (
    DESTROYED,
    basis_of,
    counted_tables,
    linkage_of,
    protected_counts,
)
from indicators.services.research_known import told_by_files
from partnerships.models import Partnership
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

if TYPE_CHECKING:
    from indicators.disclosure.protect import Protected

JOB = "indicators.protect"
CLAUSE = "C16"


def threshold_of(agreement: Agreement) -> int:
    """Return the smallest group that may be shown: the strictest owner's."""
    mandate = mandate_of(agreement)
    owners = owners_of(agreement).values_list("min_cell", flat=True)
    return max(mandate.min_cell if mandate else 0, *owners)


def author_release(
    *, run: LinkageRun, title: str, context: str, actor: User
) -> Release:
    """Return a new release whose tables a worker now counts and protects."""
    with act(
        "indicators.author_release", actor=actor, chain=run.agreement.chain
    ) as this:
        _require_free(run.agreement, actor)
        run.refresh_from_db(fields=["state"])
        if run.state != "linked":
            raise RuleBroken("Only the newest finished linkage can be released.")
        release = _authored(run.agreement, run.school_year, title, context, actor)
        release.run = run
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
    from indicators.disclosure.protect import protect  # only workers; slow to load

    release = Release.objects.select_related(
        "agreement", "run__linked", "counts__holding"
    ).get(pk=key)
    if release.state != RELEASE.initial:
        with work.finish():
            return
    can_analyse(release.agreement).require()
    earlier = [
        from_record(old.tables)
        for old in Release.objects.filter(
            agreement__partnership=release.agreement.partnership_id,
            proposed_at__isnull=False,
        )
    ]
    earlier += told_by_files(release.agreement, release.period)
    if release.counts is not None:
        work.step("Open the counts")
        protected = protected_counts(release, earlier=earlier)
    else:
        work.step("Open the linked rows")
        counted = counted_tables(release)
        work.step("Count the tables", sum(len(table.groups) for table in counted))
        protected = protect(counted, threshold=release.threshold, earlier=earlier)
    work.step("Protect small groups and attack the result")
    with work.finish():
        _record(release, protected)


def _record(release: Release, protected: "Protected") -> None:
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
        row.tables = to_record(protected.tables)
        row.sha256 = hashlib.sha256(canonical(row.tables)).hexdigest()
        row.linkage = linkage_of(release)
        row.audit = {
            "clean": protected.audit.is_clean,
            "narrowest": protected.audit.narrowest,
            "hidden": protected.n_primary + protected.n_secondary,
        }
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
        _tell_author(row, "could not be made")


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
    """Record one owner's decision; unanimity publishes, one refusal ends it."""
    release = decision.release
    if not approve and not reason.strip():
        raise RuleBroken("Say why, so that the author can mend it.")
    with act(
        "indicators.decide",
        actor=actor,
        chain=release.agreement.chain,
        subject=decision,
    ) as this:
        _lock(release.agreement)
        row = (
            Release.objects.select_for_update(of=("self",))
            .select_related("agreement", "author")
            .get(pk=release.pk)
        )
        own = ReleaseDecision.objects.select_for_update().get(pk=decision.pk)
        own.release = row
        can_decide(actor, own).require()
        own.state = "approved" if approve else "declined"
        own.decided_by, own.decided_at = actor, clock.now()
        own.reason = reason
        own.save()
        this.detail |= {"owner": own.owner_id, "approved": approve}
        if not approve:
            row.state = RELEASE.move(row.state, "decline")
            row.save()
            _tell_author(row, "was declined")
        elif not row.decisions.exclude(state="approved").exists():
            _publish(row)


def _publish(row: Release) -> None:
    agreement = row.agreement
    approved_by = frozenset(
        str(owner) for owner in row.decisions.values_list("owner_id", flat=True)
    )
    facts = replace(facts_of(agreement), release=facts_about(row, approved_by))
    blocking = [each for each in evaluate(facts, Stage.PUBLICATION) if each.blocks]
    if blocking:
        raise RuleBroken(" ".join(finding.message for finding in blocking))
    permitted(
        agreement, Publish(threshold=row.threshold, approved_by=approved_by)
    ).require()
    row.state = RELEASE.move(row.state, "publish")
    row.published_at = clock.now()
    row.save()
    assert agreement.destroy_by is not None
    assert agreement.ends_on is not None
    open_obligation(
        agreement=agreement,
        kind=Obligation.Kind.LINKED_ROWS,
        due_on=linked_rows_due(
            last_release_on=today_of(agreement),
            purpose_ends_on=agreement.ends_on,
            release_days=agreement.release_days or 0,
            end_days=agreement.end_days or 0,
            destroy_by=agreement.destroy_by,
        ),
    )
    _tell_author(row, "is published")


def facts_about(row: Release, approved_by: frozenset[str]) -> ReleaseFacts:
    """Return what rules read of a release: its tables as they are, and who reads them.

    Only people of the partnership open a dashboard. What its tables show can still be
    worked out, unless the attack on them failed.
    """
    return ReleaseFacts(
        threshold=row.threshold,
        approved_by=approved_by,
        derivable=() if row.audit.get("clean") else ("A hidden cell",),
        shown=tuple(
            (rate.code, table.dimension)
            for table in from_record(row.tables)
            for rate in table.rates
        ),
        audience=Audience.PARTIES,
    )


def _tell_author(row: Release, what: str) -> None:
    queue_notice(
        key=f"release:{row.pk}:{row.state}",
        recipient=row.author,
        subject=f"Your release under {row.agreement.number} {what}",
        body=f"The release that you proposed {what}.",
        path=row.get_absolute_url(),
    )


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
