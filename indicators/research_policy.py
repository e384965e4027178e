"""Who makes, signs, decides and fetches research files, beside what terms permit."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.acts import Decision, allow, deny, too_late
from accounts.models import User
from agreements.models import Agreement, DataFlow
from agreements.permission import Deliver, See
from agreements.policy import visible_agreements
from agreements.queries import IN_FORCE, permitted
from agreements.rules.vocabulary import Grain, Sight
from indicators.lifecycle import RESEARCH
from indicators.models import (
    LinkageRun,
    ResearchDecision,
    ResearchFetch,
    ResearchFile,
)
from indicators.policy import can_author, linker_of
from partnerships.models import Membership, Organisation
from partnerships.policy import acts_for, may_for
from partnerships.roles import Capability

ROWS = (Grain.DEIDENTIFIED, Grain.CODED)
SENT = ("released", "withdrawn")
BEFORE_OTHERS = (
    *("before_district", "sent_back", "before_owners", "declined", "stopped"),
    *SENT,
)


def research_flows(user: User) -> QuerySet[DataFlow]:
    """Return the flows of rows of which a person may make a file for its sender."""
    return DataFlow.objects.filter(
        agreement__in=visible_agreements(user).filter(state__in=IN_FORCE),
        agreement__executed_at__isnull=False,
        grain__in=ROWS,
        sender__in=acts_for(user, Capability.AUTHOR_RELEASE),
    ).select_related("agreement", "sender", "receiver")


def source_runs(flow: DataFlow) -> QuerySet[LinkageRun]:
    """Return the linkages of which a flow's rows can be made, the newest first.

    They stand under the same agreement or under one above it, and its sender links.
    """
    above = Agreement.objects.filter(
        Q(pk=flow.agreement_id) | Q(dependants__agreement=flow.agreement_id)
    )
    linking = [
        agreement.pk for agreement in above if linker_of(agreement) == flow.sender
    ]
    return LinkageRun.objects.filter(
        agreement__in=linking, state="linked"
    ).select_related("agreement")


def visible_research(user: User) -> QuerySet[ResearchFile]:
    """Return the research files that a person makes, signs, decides or may fetch.

    The recipient's people see one when it is released, and nothing of how it was made.
    """
    own = acts_for(user, Capability.AUTHOR_RELEASE)
    signing = acts_for(user, Capability.DETERMINE)
    deciding = acts_for(user, Capability.DECIDE_RELEASE)
    return (
        ResearchFile.objects.filter(agreement__in=visible_agreements(user))
        .filter(
            Q(flow__sender__in=own)
            | Q(state__in=BEFORE_OTHERS, flow__sender__in=signing)
            | Q(signed_at__isnull=False, decisions__owner__in=deciding)
            | Q(pk__in=_fetchable(user).values("pk"))
            | Q(pk__in=_with_copies(user).values("file"))
        )
        .distinct()
    )


def _fetchable(user: User) -> QuerySet[ResearchFile]:
    """Return the files sent to a person's organisation, if lists let them see rows."""
    files = ResearchFile.objects.filter(
        state__in=SENT,
        agreement__in=visible_agreements(user),
        recipient__memberships__user=user,
        recipient__memberships__ended_on=None,
    )
    agreements = Agreement.objects.filter(pk__in=files.values("agreement"))
    allowed = [each.pk for each in agreements if _may_see_rows(user, each)]
    return files.filter(agreement__in=allowed)


def _with_copies(user: User) -> QuerySet[ResearchFetch]:
    """Return the downloads of withdrawn files that a person answers for.

    Who fetched a file does, and signers of its recipient for those who left it.
    """
    there = Membership.objects.filter(
        organisation=OuterRef("file__recipient"), user=OuterRef("person"), ended_on=None
    )
    withdrawn = ResearchFetch.objects.filter(file__state="withdrawn")
    return withdrawn.annotate(is_there=Exists(there)).filter(
        Q(person=user, is_there=True)
        | Q(is_there=False, file__recipient__in=acts_for(user, Capability.SIGN))
    )


def copies_to_confirm(user: User, file: ResearchFile) -> QuerySet[ResearchFetch]:
    """Return the downloads whose copies a person confirms to be destroyed."""
    return _with_copies(user).filter(file=file, confirmed_at=None)


def can_confirm_copies(user: User, file: ResearchFile) -> Decision:
    """Return whether a person may sign that copies of a file are destroyed."""
    if file.state != "withdrawn":
        return too_late("Only copies of a withdrawn file are confirmed as destroyed.")
    if copies_to_confirm(user, file).exists():
        return allow()
    if not file.fetches.filter(confirmed_at=None).exists():
        return too_late("It is confirmed already that every copy is destroyed.")
    return deny(
        "Whoever fetched the file confirms it, or a signer of the recipient for "
        "somebody who left."
    )


def _may_see_rows(user: User, agreement: Agreement) -> Decision:
    return permitted(agreement, See(person=str(user.pk), what=Sight.LINKED_ROWS))


def reads_how_it_was_made(user: User, file: ResearchFile) -> bool:
    """Return whether a person may read the report: an owner's people, no recipient."""
    owners = {file.flow.sender_id, *file.decisions.values_list("owner", flat=True)}
    return _works_for(user, owners)


def reads_counts(user: User, file: ResearchFile) -> bool:
    """Return whether a person may read exact numbers: the sender's people alone."""
    return _works_for(user, {file.flow.sender_id})


def _works_for(user: User, organisations: set[int]) -> bool:
    asked = (
        Capability.AUTHOR_RELEASE,
        Capability.DETERMINE,
        Capability.DECIDE_RELEASE,
    )
    return any(
        acts_for(user, each).filter(pk__in=organisations).exists() for each in asked
    )


def owners_asked(file: ResearchFile) -> QuerySet[Organisation]:
    """Return whose records the rows are made of: each decides for itself."""
    agreements = {file.agreement_id, file.run.agreement_id}
    senders = DataFlow.objects.filter(agreement__in=agreements).values("sender")
    return Organisation.objects.filter(pk__in=senders).order_by("pk")


def can_make(user: User, flow: DataFlow) -> Decision:
    """Return whether a person may make a research file of a flow now."""
    if flow.grain not in ROWS:
        return deny("The agreement does not list these as rows that name nobody.")
    role = may_for(user, Capability.AUTHOR_RELEASE, flow.sender)
    if not role:
        return role
    if not _is_covered(flow):
        return deny(
            "The agreement limits whose rows these are more narrowly than whose "
            "records the district sends (rule R-057), and a research file holds all of "
            "them. Narrow the records that are sent, or amend the agreement."
        )
    reads = can_author(user, flow.agreement)
    return permitted_flow(flow) if reads else reads


def _is_covered(flow: DataFlow) -> bool:
    """Return whether no row of what its sender sends is outside a flow's own scope."""
    if not flow.scope.is_limited:
        return True
    records = DataFlow.objects.filter(
        agreement=flow.agreement, sender=flow.sender, grain=Grain.RECORD
    )
    return any(flow.scope.covers(each.scope) for each in records)


def permitted_flow(flow: DataFlow, columns: tuple[str, ...] = ()) -> Decision:
    """Return whether the signed terms let this flow's rows go today."""
    request = Deliver(flow=flow.key, sender=str(flow.sender_id), columns=columns)
    return permitted(flow.agreement, request)


def may_still_go(file: ResearchFile) -> Decision:
    """Return whether nothing that a file was made of turned out to be wrong."""
    if file.run.state == "withdrawn":
        return too_late(
            "A delivery that this file was made of was withdrawn, since it was wrong. "
            "Nobody signs, approves or fetches it any more."
        )
    return allow()


def can_put_forward(user: User, file: ResearchFile) -> Decision:
    """Return whether a person may put a file before the district: its author."""
    if not RESEARCH.allows(file.state, "put_forward"):
        return too_late("Only a file that is ready can be put before the district.")
    if file.author_id != user.pk:
        return deny("Only its author puts a research file forward.")
    return can_make(user, file.flow)


def can_discard_file(user: User, file: ResearchFile) -> Decision:
    """Return whether a person may take a file back: its author, before it is signed."""
    if not RESEARCH.allows(file.state, "discard"):
        return too_late("Only a file that is not signed yet can be discarded.")
    if file.author_id != user.pk:
        return deny("Only its author discards a research file.")
    return allow()


def can_determine(user: User, file: ResearchFile) -> Decision:
    """Return whether a person may sign that rows identify nobody, or send them back."""
    if file.state != "before_district":
        return too_late("This file does not wait for a determination.")
    if file.author_id == user.pk:
        return deny("You made this file. Somebody else must determine what it is.")
    return may_for(user, Capability.DETERMINE, file.flow.sender)


def can_decide_file(user: User, decision: ResearchDecision) -> Decision:
    """Return whether a person may decide a research file for one owner."""
    file = decision.file
    if file.state != "before_owners":
        return too_late("This file is not open for decision.")
    if decision.decided_at is not None:
        return too_late(f"{decision.owner.name} has decided already.")
    if user.pk in (file.author_id, file.signed_by_id):
        return deny("You made or signed this file. Somebody else must decide.")
    others = file.decisions.exclude(pk=decision.pk)
    if others.filter(decided_by=user).exists():
        return deny("You decided for another owner. Each owner decides for itself.")
    return may_for(user, Capability.DECIDE_RELEASE, decision.owner)


def can_withdraw_file(user: User, file: ResearchFile) -> Decision:
    """Return whether a person may stop downloads: any owner's steward alone."""
    if file.state != "released":
        return too_late("Only a released file can be withdrawn.")
    owners = file.decisions.values("owner")
    if acts_for(user, Capability.DECIDE_RELEASE).filter(pk__in=owners).exists():
        return allow()
    return deny("Only the data steward of an owner may withdraw a research file.")


def can_fetch(user: User, file: ResearchFile) -> Decision:
    """Return whether a person may fetch a file: the recipient's, on the access list."""
    if file.state != "released":
        return too_late("This file cannot be fetched: it is not released, or no more.")
    theirs = user.memberships.filter(organisation=file.recipient_id, ended_on=None)
    if not theirs.exists():
        return deny(f"Only people of {file.recipient.name} fetch this file.")
    decision = _may_see_rows(user, file.agreement)
    if not decision:
        return decision
    if file.file is None or not file.file.is_held:
        return too_late("The file is destroyed, so nobody can fetch it any more.")
    return may_still_go(file) and permitted_flow(file.flow)
