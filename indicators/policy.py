"""Who sees and does what on this floor, beside what the mandate permits."""

from django.db.models import Q, QuerySet

from accounts.acting import Actor
from accounts.acts import Decision, allow, deny, too_late
from accounts.models import User
from agreements.models import Agreement, DataFlow, Party
from agreements.permission import Analyse, Deliver, Link, See, permits
from agreements.policy import is_system, visible_agreements
from agreements.queries import IN_FORCE, permitted, terms_today
from agreements.rules.vocabulary import Capacity, Grain, SharingModel, Sight
from indicators.lifecycle import DELIVERY, DROP_BOX_KEY, LEARNED, RELEASE
from indicators.models import (
    Arrival,
    Delivery,
    DropBoxKey,
    Holding,
    LearnedModel,
    LinkageRun,
    Reading,
    Release,
    ReleaseDecision,
)
from indicators.queries import recurring
from partnerships.models import Membership, Organisation
from partnerships.policy import acts_for, may_for
from partnerships.roles import Capability, roles_with

OPEN_STATES = ("published", "withdrawn")


def deliverable_flows(user: User) -> QuerySet[DataFlow]:
    """Return the record flows that a person may send for its sender.

    Where addresses alone are shared, records stay where they are.
    """
    flows = DataFlow.objects.filter(
        agreement__in=visible_agreements(user).filter(state__in=IN_FORCE),
        grain=Grain.RECORD,
        sender__in=acts_for(user, Capability.DELIVER),
    ).exclude(agreement__model=SharingModel.ADDRESS_ONLY)
    return flows.select_related("agreement", "sender", "receiver")


def address_flows(user: User) -> QuerySet[DataFlow]:
    """Return the lists of buildings that a person may send for its sender."""
    return _aggregate_flows(user, Q(elements__code="building.address"))


def count_flows(user: User) -> QuerySet[DataFlow]:
    """Return the tables that a person may send, as counts, for its sender."""
    return _aggregate_flows(user, Q(elements__code__startswith="table."))


def _aggregate_flows(user: User, holds: Q) -> QuerySet[DataFlow]:
    return (
        DataFlow.objects.filter(
            holds,
            agreement__in=visible_agreements(user).filter(state__in=IN_FORCE),
            grain=Grain.AGGREGATE,
            sender__in=acts_for(user, Capability.DELIVER),
        )
        .select_related("agreement", "sender", "receiver")
        .distinct()
    )


def visible_counts(user: User) -> QuerySet[Delivery]:
    """Return the counts that stand and of which a person may make a release."""
    return Delivery.objects.filter(
        agreement__in=visible_agreements(user),
        state="accepted",
        holding__kind=Holding.Kind.COUNTS,
        sender__in=acts_for(user, Capability.AUTHOR_RELEASE),
    )


def visible_feeds(user: User) -> QuerySet[DataFlow]:
    """Return the feeds whose dates a person may read: the sender's and receiver's."""
    own = acts_for(user, Capability.DELIVER)
    flows = DataFlow.objects.filter(
        Q(sender__in=own) | Q(receiver__in=own),
        agreement__in=visible_agreements(user).filter(state__in=IN_FORCE),
    )
    return recurring(flows).select_related("agreement", "sender", "receiver")


def visible_deliveries(user: User) -> QuerySet[Delivery]:
    """Return the receipts that a person may read: those of its own organisation.

    The linking party's stewards see the receipts of what was sent to them.
    """
    own = acts_for(user, Capability.DELIVER)
    received = Q(
        agreement__parties__organisation__in=own,
        agreement__parties__capacities__icontains=Capacity.LINKER.value,
    )
    return (
        Delivery.objects.filter(agreement__in=visible_agreements(user))
        .filter(Q(sender__in=own) | received)
        .distinct()
    )


def visible_arrivals(user: User) -> QuerySet[Arrival]:
    """Return what waits or waited at the door: a steward's own organisation's."""
    return Arrival.objects.filter(
        agreement__in=visible_agreements(user),
        sender__in=acts_for(user, Capability.DELIVER),
    )


def visible_holdings(user: User) -> QuerySet[Holding]:
    """Return the data sets of which everybody in the partnership may know."""
    return Holding.objects.filter(agreement__in=visible_agreements(user))


def visible_runs(user: User) -> QuerySet[LinkageRun]:
    """Return the linkage runs whose totals a person may read.

    Only the linking party's stewards and analysts: to a party that knows its own list,
    a total that moves by one says whether a named child is a student.
    """
    return LinkageRun.objects.filter(agreement__in=_linked_for(user))


def _linked_for(user: User) -> QuerySet[Agreement]:
    """Return the agreements under which a person's organisation links."""
    working = acts_for(user, Capability.LINK) | acts_for(
        user, Capability.AUTHOR_RELEASE
    )
    linking = Party.objects.filter(
        organisation__in=working, capacities__icontains=Capacity.LINKER.value
    )
    return visible_agreements(user).filter(pk__in=linking.values("agreement"))


def visible_releases(user: User) -> QuerySet[Release]:
    """Return published releases, and those that a person makes or decides.

    Before it is proposed, a release is seen by the people only of the party that
    links, or that made the counts.
    """
    deciding = acts_for(user, Capability.DECIDE_RELEASE)
    counting = acts_for(user, Capability.AUTHOR_RELEASE) | acts_for(
        user, Capability.LINK
    )
    return (
        Release.objects.filter(agreement__in=visible_agreements(user))
        .filter(
            Q(state__in=OPEN_STATES)
            | Q(agreement__in=_linked_for(user))
            | Q(counts__sender__in=counting)
            | Q(proposed_at__isnull=False, decisions__owner__in=deciding)
        )
        .distinct()
    )


def published_releases(user: User) -> QuerySet[Release]:
    """Return what everybody in the partnership may read."""
    return Release.objects.filter(
        agreement__in=visible_agreements(user), state__in=OPEN_STATES
    )


def can_read(user: User, agreement: Agreement) -> Decision:
    """Return whether the access list lets a person read tables under an agreement."""
    return permitted(agreement, See(person=str(user.pk), what=Sight.TABLES))


def readable(user: User, releases: QuerySet[Release]) -> QuerySet[Release]:
    """Return those releases whose tables the access lists let a person read."""
    agreements = Agreement.objects.filter(pk__in=releases.values("agreement"))
    allowed = [each.pk for each in agreements if can_read(user, each)]
    return releases.filter(agreement__in=allowed)


def can_deliver(user: User, flow: DataFlow) -> Decision:
    """Return whether a person may send a flow's file now."""
    role = may_for(user, Capability.DELIVER, flow.sender)
    if not role:
        return role
    return permitted(
        flow.agreement,
        Deliver(flow=flow.key, sender=str(flow.sender_id), columns=()),
    )


def can_withdraw_delivery(user: User, delivery: Delivery) -> Decision:
    """Return whether a person may say that a delivery was wrong: its sender's steward.

    A pause or an end of the agreement does not keep anybody from it.
    """
    if not DELIVERY.allows(delivery.state, "withdraw"):
        return too_late("This delivery is withdrawn already.")
    return may_for(user, Capability.DELIVER, delivery.sender)


def can_cancel(user: User, arrival: Arrival) -> Decision:
    """Return whether a person may let go of files at the door, whatever is paused."""
    return may_for(user, Capability.DELIVER, arrival.sender)


def linker_of(agreement: Agreement) -> Organisation | None:
    """Return the organisation that links under an agreement."""
    for party in agreement.parties.select_related("organisation"):
        if Capacity.LINKER.value in party.capacities:
            return party.organisation
    return None


def can_link(agreement: Agreement) -> Decision:
    """Return whether the agreement's linker may link now."""
    linker = linker_of(agreement)
    if linker is None:
        return deny("The agreement names nobody to link.")
    return permitted(agreement, Link(linker=str(linker.pk)))


def can_steer_run(user: User, run: LinkageRun) -> Decision:
    """Return whether a person may cancel a run or start it again."""
    linker = linker_of(run.agreement)
    if linker is None:
        return deny("The agreement names nobody to link.")
    role = may_for(user, Capability.LINK, linker)
    if not role:
        return role
    return permitted(run.agreement, See(person=str(user.pk), what=Sight.IDENTIFIERS))


def can_read_pairs(user: User, run: LinkageRun) -> Decision:
    """Return whether a person may see the pairs of a run, and say who is who."""
    may = can_steer_run(user, run)
    if not may:
        return may
    if run.state != "linked" or run.review is None:
        return too_late(
            "There is nothing to read here: the run has not linked, a newer one "
            "replaced it, or what it was made from was withdrawn. The list of runs "
            "names the one that counts."
        )
    if not run.review.is_held:
        return too_late("The pairs are destroyed, so nobody can read them any more.")
    return allow(may.clause)


def can_decide_model(user: User, learned: LearnedModel) -> Decision:
    """Return whether a person may accept, decline or void a learned model."""
    may = can_steer_run(user, learned.run)
    if not may:
        return may
    if not LEARNED.allows(learned.state, "void"):
        return too_late("This model is decided, and no longer in use.")
    return allow(may.clause)


def visible_models(user: User) -> QuerySet[LearnedModel]:
    """Return the learned models that a person may read: those of the runs they see."""
    return LearnedModel.objects.filter(run__in=visible_runs(user))


def visible_readings(user: User) -> QuerySet[Reading]:
    """Return a person's own readings; nobody sees what somebody else said of a pair."""
    return Reading.objects.filter(reader=user, run__in=visible_runs(user))


def can_author(user: User, agreement: Agreement) -> Decision:
    """Return whether a person may author a release under an agreement."""
    own = acts_for(user, Capability.AUTHOR_RELEASE)
    if not own.filter(pk__in=agreement.parties.values("organisation")).exists():
        return deny("Only an analyst of one of the parties authors a release.")
    return can_read(user, agreement)


def can_analyse(agreement: Agreement) -> Decision:
    """Return whether the agreement permits each measure that it lists."""
    mandate, live = terms_today(agreement)
    if mandate is None:
        return deny(f"{agreement.number} is not in force.")
    decision = deny("The agreement lists no measure.")
    for analysis in mandate.analyses:
        for breakdown in analysis.breakdowns:
            request = Analyse(measure=analysis.measure, breakdown=breakdown)
            decision = permits(mandate, live, request)
            if not decision:
                return decision
    return decision


def can_propose(user: User, release: Release) -> Decision:
    """Return whether a person may put a release before the owners: its author."""
    if not RELEASE.allows(release.state, "propose"):
        return too_late("Only a release whose tables are ready can be proposed.")
    if release.author_id != user.pk:
        return deny("Only its author proposes a release.")
    return can_author(user, release.agreement)


def can_stop_making(user: User, release: Release) -> Decision:
    """Return whether a person may stop the worker: the author, while it counts."""
    if release.state != RELEASE.initial:
        return too_late("The tables are made already.")
    if release.author_id != user.pk:
        return deny("Only its author stops a release.")
    return allow()


def can_discard(user: User, release: Release) -> Decision:
    """Return whether a person may take back a release: its author, before it is out."""
    if not RELEASE.allows(release.state, "discard"):
        return too_late("Only a release that is not published can be discarded.")
    if release.author_id != user.pk:
        return deny("Only its author discards a release.")
    return allow()


def can_decide(user: User, decision: ReleaseDecision) -> Decision:
    """Return whether a person may decide a release for one owner."""
    if decision.release.state != "proposed":
        return too_late("This release is not open for decision.")
    if decision.release.author_id == user.pk:
        return deny("You authored this release. Somebody else must decide.")
    role = may_for(user, Capability.DECIDE_RELEASE, decision.owner)
    if not role:
        return role
    if decision.decided_by_id == user.pk:
        return too_late(f"{decision.owner.name} has decided already.")
    # Before what would tell of another owner's vote, which is blind.
    others = decision.release.decisions.exclude(pk=decision.pk)
    if others.filter(decided_by=user).exists():
        return deny("You decided for another owner. Each owner decides for itself.")
    if decision.decided_at is not None:
        return too_late(f"{decision.owner.name} has decided already.")
    return can_read(user, decision.release.agreement)


def can_withdraw(user: User, release: Release) -> Decision:
    """Return whether a person may withdraw a release: any owner's steward alone."""
    if release.state != "published":
        return too_late("Only a published release can be withdrawn.")
    owners = release.decisions.values("owner")
    if acts_for(user, Capability.DECIDE_RELEASE).filter(pk__in=owners).exists():
        return allow("C16")
    return deny("Only the data steward of an owner may withdraw a release.")


def can_destroy(actor: Actor) -> Decision:
    """Return whether an actor may destroy: the system, on the agreement's clause."""
    return is_system(actor)


def can_rotate(actor: Actor) -> Decision:
    """Return whether an actor may replace wrapping keys: the operator, at the server.

    Nobody does so over the web: it goes with a new master key in the environment.
    """
    return is_system(actor)


def drop_boxes(user: User) -> QuerySet[Organisation]:
    """Return the organisations whose drop box a person looks after or delivers to."""
    return Organisation.objects.filter(
        Q(pk__in=acts_for(user, Capability.OPERATE))
        | Q(pk__in=acts_for(user, Capability.DELIVER))
    )


def visible_keys(user: User) -> QuerySet[DropBoxKey]:
    """Return the keys of the drop boxes that a person may see."""
    return DropBoxKey.objects.filter(organisation__in=drop_boxes(user))


def stewards_of(organisations: QuerySet[Organisation]) -> QuerySet[User]:
    """Return the people who deliver for any of these organisations."""
    stewards = Membership.objects.filter(
        organisation__in=organisations,
        role__in=roles_with(Capability.DELIVER),
        ended_on=None,
    )
    return User.objects.filter(is_active=True, memberships__in=stewards).distinct()


def can_keep_keys(user: User, organisation: Organisation) -> Decision:
    """Return whether a person puts drop-box keys on record: its administrator alone."""
    return may_for(user, Capability.OPERATE, organisation)


def open_key(account: str, fingerprint: str) -> DropBoxKey | None:
    """Return the key that opens an account now: on record, its holder a steward."""
    row = (
        DropBoxKey.objects.filter(fingerprint=fingerprint, state=DROP_BOX_KEY.initial)
        .select_related("organisation", "holder")
        .first()
    )
    if row is None or row.account != account:
        return None
    return row if may_for(row.holder, Capability.DELIVER, row.organisation) else None
