"""Research files after they are made: put forward, sign, decide, fetch, withdraw."""

import hashlib
from dataclasses import replace

from django.db.models import QuerySet

from accounts import clock, jobs
from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from accounts.services import confirm_identity
from agreements.models import ProofRecord
from agreements.queries import facts_of, proof_of, today_of
from agreements.rules.engine import evaluate
from agreements.rules.facts import DeliveryFacts
from agreements.rules.vocabulary import CodeOrigin, Stage
from agreements.services.records import keep_record
from indicators.deidentify.extract import (
    CODE_COLUMN,
    as_json,
    read_again,
    smallest_over_time,
)
from indicators.lifecycle import RESEARCH
from indicators.models import ResearchDecision, ResearchFetch, ResearchFile
from indicators.research_policy import (
    can_decide_file,
    can_determine,
    can_discard_file,
    can_fetch,
    can_put_forward,
    can_withdraw_file,
    may_still_go,
    owners_asked,
    permitted_flow,
)
from indicators.services import research_ending
from indicators.services.linked import content_of as sealed_content
from indicators.services.research_making import earlier_files
from partnerships.models import Partnership
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

DESTROYED = "The file is destroyed, so nothing can be done with it any more."
WHY = "Its page says why."
ALTERED = "The file's bytes are not those that were made. Tell an administrator."


def _locked(file: ResearchFile) -> ResearchFile:
    """Return the file as it is now, with its partnership's files locked."""
    Partnership.objects.select_for_update(no_key=True).get(
        pk=file.agreement.partnership_id
    )
    return (
        ResearchFile.objects.select_for_update(of=("self",))
        .select_related("agreement", "flow__sender", "run", "recipient", "author")
        .get(pk=file.pk)
    )


def content_of(file: ResearchFile) -> bytes:
    """Return a file's exact bytes; RuleBroken where they are destroyed or altered."""
    if file.file is None or not file.file.is_held:
        raise RuleBroken(DESTROYED)
    content = sealed_content(file.file, otherwise=DESTROYED)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise RuleBroken(ALTERED)
    return content


def put_forward(*, file: ResearchFile, actor: User) -> None:
    """Put a file before those who determine whether it identifies anybody."""
    with act(
        "indicators.put_forward", actor=actor, chain=file.agreement.chain, subject=file
    ) as this:
        row = _locked(file)
        can_put_forward(actor, row).require()
        may_still_go(row).require()
        row.state = RESEARCH.move(row.state, "put_forward")
        row.save()
        this.detail |= {"sha256": row.sha256}
        _tell(
            row,
            people_with(Capability.DETERMINE, row.flow.sender),
            "a research file waits for your determination",
            "You decide whether it identifies anybody. Its page says what was tried.",
        )


def discard_file(*, file: ResearchFile, actor: User) -> None:
    """Take back a file that is not signed yet: its author may."""
    with act(
        "indicators.discard_file", actor=actor, chain=file.agreement.chain, subject=file
    ):
        row = _locked(file)
        can_discard_file(actor, row).require()
        row.state = RESEARCH.move(row.state, "discard")
        row.save()
        jobs.enqueue(research_ending.JOB, row)


def determine(
    *, file: ResearchFile, sha256: str, typed_name: str, password: str, actor: User
) -> None:
    """Sign that a file's rows identify nobody, and put it before every owner.

    sha256: of the file whose report the person was shown. Source: 34 CFR 99.31(b)(1).
    """
    confirm_identity(user=actor, password=password)
    if typed_name.strip().casefold() != actor.name.casefold():
        raise RuleBroken(f"Type your name as it is on record: {actor.name}.")
    content = content_of(file)
    with act(
        "indicators.determine", actor=actor, chain=file.agreement.chain, subject=file
    ) as this:
        row = _locked(file)
        can_determine(actor, row).require()
        may_still_go(row).require()
        if row.sha256 != sha256:
            raise Conflict("The file is another one now. Read its page, then sign.")
        keep_record(
            agreement=row.agreement,
            party=row.flow.sender,
            kind=ProofRecord.Kind.DEIDENTIFICATION,
            dated_on=today_of(row.agreement),
            document=f"Determination on research file {row.pk}, SHA-256 {row.sha256}",
            flow=row.flow,
            actor=actor,
        )
        require_safe(row, content)
        row.state = RESEARCH.move(row.state, "determine")
        row.signed_by, row.signed_at = actor, clock.now()
        row.signed_name = typed_name.strip()
        row.save()
        this.detail |= {"sha256": row.sha256}
        for owner in owners_asked(row):
            ResearchDecision.objects.create(file=row, owner=owner)
            _tell(
                row,
                people_with(Capability.DECIDE_RELEASE, owner),
                "a research file waits for your decision",
                f"You decide for {owner.name}; nobody decides for you.",
            )


def require_safe(row: ResearchFile, content: bytes) -> None:
    """Ask every rule on arriving files of a file's exact bytes (R-065 to R-069).

    The bytes are read as anybody would read them, not as the file was made.
    """
    columns = {each["name"]: each["element"] for each in row.codebook["columns"]}
    quasi = _quasi(row)
    shown = read_again(content, quasi)
    if set(shown.headings) != columns.keys() or shown.has_date:
        raise RuleBroken(
            "The file holds a column or a date that its codebook does not list. Make "
            "it again."
        )
    smallest = min(shown.smallest, _smallest_over_time(row, content))
    elements = tuple(sorted(columns.values()))
    facts = replace(
        facts_of(row.agreement),
        proof=proof_of(row.agreement),
        delivery=DeliveryFacts(
            flow=row.flow.key,
            sender=str(row.flow.sender_id),
            columns=elements,
            attests_exclusions=row.run.tenants.has_exclusion_attested,
            smallest_group=smallest,
            quasi_identifiers=tuple(columns[name] for name in quasi),
            code_origin=CodeOrigin.RANDOM if shown.codes else None,
        ),
    )
    blocking = [each for each in evaluate(facts, Stage.INTAKE) if each.blocks]
    if blocking:
        raise RuleBroken(" ".join(finding.message for finding in blocking))
    if smallest < row.k:
        raise RuleBroken(f"A class of the file has fewer than {row.k} children.")
    permitted_flow(row.flow, elements).require()


def _quasi(row: ResearchFile) -> list[str]:
    """Return the headings of the columns that could identify together."""
    out = {each["column"] for each in row.report["columns"] if not each["is_out"]}
    return [each["name"] for each in row.codebook["columns"] if each["name"] in out]


def _smallest_over_time(row: ResearchFile, content: bytes) -> int:
    """Return the smallest trail of codes through all files of this study."""
    with_codes = [
        each
        for each in earlier_files(row).filter(flow=row.flow_id)
        if any(column["name"] == CODE_COLUMN for column in each.codebook["columns"])
    ]
    if not with_codes or CODE_COLUMN not in content.decode().split(",", 1)[0]:
        return row.k
    files = [*(content_of(each) for each in with_codes), content]
    return smallest_over_time(files, [*map(_quasi, with_codes), _quasi(row)])


def send_back(*, file: ResearchFile, reason: str, actor: User) -> None:
    """Send a file back instead of signing, with a reason; another one must be made."""
    if not reason.strip():
        raise RuleBroken("Say what must change, so that the author can mend it.")
    with act(
        "indicators.send_back", actor=actor, chain=file.agreement.chain, subject=file
    ):
        row = _locked(file)
        can_determine(actor, row).require()
        row.state = RESEARCH.move(row.state, "send_back")
        row.reason = reason.strip()
        row.save()
        jobs.enqueue(research_ending.JOB, row)
        _tell(row, [row.author], "your research file was sent back", WHY)


def decide_file(
    *, decision: ResearchDecision, approve: bool, reason: str, actor: User
) -> None:
    """Record one owner's decision; unanimity releases, one refusal ends it."""
    file = decision.file
    if not approve and not reason.strip():
        raise RuleBroken("Say why, so that the author can mend it.")
    content = content_of(file)
    with act(
        "indicators.decide_file",
        actor=actor,
        chain=file.agreement.chain,
        subject=decision,
    ) as this:
        row = _locked(file)
        own = ResearchDecision.objects.select_for_update().get(pk=decision.pk)
        own.file = row
        can_decide_file(actor, own).require()
        if approve:
            may_still_go(row).require()
        own.state = "approved" if approve else "declined"
        own.decided_by, own.decided_at = actor, clock.now()
        own.reason = reason
        own.save()
        this.detail |= {"owner": own.owner_id, "approved": approve}
        if not approve:
            row.state = RESEARCH.move(row.state, "decline")
            row.save()
            jobs.enqueue(research_ending.JOB, row)
            _tell(row, [row.author], "your research file was declined", WHY)
        elif not row.decisions.exclude(state="approved").exists():
            _release(row, content)


def _release(row: ResearchFile, content: bytes) -> None:
    require_safe(row, content)
    row.state = RESEARCH.move(row.state, "release")
    row.released_at = clock.now()
    row.save()
    _tell(row, [row.author], "your research file is released", "All owners approved.")
    listed = User.objects.filter(
        memberships__organisation=row.recipient, memberships__ended_on=None
    ).distinct()
    _tell(
        row,
        [each for each in listed if can_fetch(each, row)],
        "a research file is ready for you",
        "You are on the access list. Each download is recorded.",
    )


def withdraw_file(*, file: ResearchFile, reason: str, actor: User) -> None:
    """Stop downloads of a released file; what was fetched must be destroyed too."""
    if not reason.strip():
        raise RuleBroken("Say why: whoever fetched the file reads it.")
    with act(
        "indicators.withdraw_file",
        actor=actor,
        chain=file.agreement.chain,
        subject=file,
    ):
        row = _locked(file)
        can_withdraw_file(actor, row).require()
        row.state = RESEARCH.move(row.state, "withdraw")
        row.reason = reason.strip()
        row.save()
        fetched = User.objects.filter(pk__in=row.fetches.values("person"))
        _tell(
            row,
            fetched,
            "a research file is withdrawn",
            f"Destroy your copies, then confirm that on its page. {WHY}",
        )


def fetch(*, file: ResearchFile, actor: User) -> bytes:
    """Return a released file's bytes to its recipient; the ledger says who has it."""
    can_fetch(actor, file).require()  # before anything is opened
    content = content_of(file)
    with act(
        "indicators.fetch_file", actor=actor, chain=file.agreement.chain, subject=file
    ) as this:
        row = _locked(file)
        can_fetch(actor, row).require()
        ResearchFetch.objects.create(
            file=row, person=actor, fetched_at=clock.now(), sha256=row.sha256
        )
        this.detail |= {"sha256": row.sha256}
    return content


def codebook_of(file: ResearchFile) -> bytes:
    """Return a file's codebook as JSON, with the hash of the file that it explains."""
    return as_json(file.codebook | {"sha256": file.sha256})


def _tell(
    row: ResearchFile, people: "QuerySet[User] | list[User]", what: str, body: str
) -> None:
    for person in people:
        queue_notice(
            key=f"research:{row.pk}:{row.state}:{what}",
            recipient=person,
            subject=f"{row.agreement.number}: {what}",
            body=body,
            path=row.get_absolute_url(),
        )
