"""Releases: make the tables, propose, decide, publish, withdraw."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from accounts import clock, jobs
from accounts.acting import System, act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.deadlines import linked_rows_due
from agreements.mandate import Mandate
from agreements.models import Agreement, Obligation
from agreements.permission import Publish
from agreements.queries import facts_of, mandate_of, owners_of, permitted, today_of
from agreements.rules.engine import evaluate
from agreements.rules.facts import ReleaseFacts
from agreements.rules.vocabulary import Audience, Stage
from agreements.services.obligations import open_obligation
from indicators import frames
from indicators.custody import vault
from indicators.disclosure.table import Count, Table, canonical, from_record, to_record
from indicators.lifecycle import RELEASE
from indicators.measures.compute import tables
from indicators.models import LinkageRun, Release, ReleaseDecision
from indicators.policy import (
    can_analyse,
    can_author,
    can_decide,
    can_discard,
    can_propose,
    can_withdraw,
)
from indicators.services.research_known import told_by_files
from indicators.vault.keystore import KeyMissing
from partnerships.models import Partnership, Site
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

if TYPE_CHECKING:
    from indicators.disclosure.protect import Protected

JOB = "indicators.protect"
CLAUSE = "C16"
DESTROYED = "The linked rows have been destroyed, so no new tables can be made."


def threshold_of(agreement: Agreement) -> int:
    """Return the smallest group that may be shown: the strictest owner's."""
    mandate = mandate_of(agreement)
    owners = owners_of(agreement).values_list("min_cell", flat=True)
    return max(mandate.min_cell if mandate else 0, *owners)


def author_release(
    *, run: LinkageRun, title: str, context: str, actor: User
) -> Release:
    """Return a new release whose tables a worker now counts and protects."""
    chain = run.agreement.chain
    with act("indicators.author_release", actor=actor, chain=chain) as this:
        agreement = _lock(run.agreement)
        can_author(actor, agreement).require()
        can_analyse(agreement).require()
        run.refresh_from_db(fields=["state"])
        if run.state != "linked":
            raise RuleBroken("Only the newest finished linkage can be released.")
        if _open_releases(agreement, run.school_year).exists():
            raise Conflict(
                "A release for this school year is being made or decided already. "
                "Finish or discard it first: two side by side could tell of one child."
            )
        release = Release.objects.create(
            agreement=agreement,
            run=run,
            author=actor,
            title=title,
            context=context,
            period=run.school_year,
            threshold=threshold_of(agreement),
            created_at=clock.now(),
        )
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

    release = Release.objects.select_related("agreement", "run__linked").get(pk=key)
    can_analyse(release.agreement).require()
    work.step("Open the linked rows")
    counted = _counted(release)
    work.step("Count the tables", sum(len(table.groups) for table in counted))
    earlier = [
        from_record(old.tables)
        for old in Release.objects.filter(
            agreement__partnership=release.agreement.partnership_id,
            proposed_at__isnull=False,
        )
    ]
    earlier += told_by_files(release.agreement, release.period)
    protected = protect(counted, threshold=release.threshold, earlier=earlier)
    work.step("Protect small groups and attack the result")
    with work.finish():
        _record(release, protected)


def _counted(release: Release) -> tuple[Table, ...]:
    holding = release.run.linked
    assert holding is not None
    try:
        content = vault().read(
            str(holding.owner_id), key_id=holding.key, blob=holding.blob
        )
    except KeyMissing:
        raise RuleBroken(DESTROYED) from None
    mandate = mandate_of(release.agreement)
    assert mandate is not None
    held = frames.unpack(content)
    places, sent = (held["roster"].column(i).to_pylist() for i in (0, 1))
    counted = tables(
        held["linked"],
        roster=dict(zip(places, sent, strict=True)),
        buildings=_labels(release.agreement, Site.Kind.BUILDING),
        schools=_labels(release.agreement, Site.Kind.SCHOOL),
        school_year=release.period,
    )
    return tuple(
        _narrowed(table, mandate)
        for table in counted
        if any(table.dimension in a.breakdowns for a in mandate.analyses)
    )


def _narrowed(table: Table, mandate: Mandate) -> Table:
    """Return the table with the rates that the mandate lists for its dimension."""
    listed = {
        analysis.measure
        for analysis in mandate.analyses
        if table.dimension in analysis.breakdowns
    }

    def kept(counts: tuple[Count, ...]) -> tuple[Count, ...]:
        return tuple(count for count in counts if count.rate in listed)

    return replace(
        table,
        rates=tuple(rate for rate in table.rates if rate.code in listed),
        groups=tuple(replace(g, counts=kept(g.counts)) for g in table.groups),
        total=replace(table.total, counts=kept(table.total.counts)),
    )


def _labels(agreement: Agreement, kind: str) -> Mapping[str, str]:
    return dict(
        Site.objects.filter(
            organisation__in=agreement.parties.values("organisation"), kind=kind
        ).values_list("code", "name")
    )


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
        row.linkage = release.run.quality
        row.audit = {
            "clean": protected.audit.is_clean,
            "narrowest": protected.audit.narrowest,
            "hidden": protected.n_primary + protected.n_secondary,
        }
        row.save()
        this.detail |= {"sha256": row.sha256}


def _is_destroyed(row: Release) -> bool:
    """Return whether the rows behind a release are destroyed, or are about to be."""
    assert row.run.linked is not None
    duties = row.agreement.obligations.filter(kind=Obligation.Kind.LINKED_ROWS)
    return not row.run.linked.is_held or duties.filter(state="destroying").exists()


def fail_release(key: int, message: str) -> None:
    """Record why no tables came out; called inside the job's last transaction."""
    release = Release.objects.select_related("agreement").get(pk=key)
    with act(
        "indicators.release_refused",
        actor=System(CLAUSE),
        chain=release.agreement.chain,
        subject=release,
    ):
        _lock(release.agreement)
        row = Release.objects.select_for_update().get(pk=key)
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
