"""Proposals: what a partner's Word file would change. None applies itself."""

from collections.abc import Sequence

from accounts import clock
from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.compare import Edit, carried, edited, plain
from agreements.digests import sha256_of
from agreements.lifecycle import PROPOSAL
from agreements.models import Agreement, Proposal, TextVersion
from agreements.policy import can_edit
from agreements.proposing import Found, proposals_in
from agreements.queries import facts_of, outline_of, text_of, wording_of
from agreements.services.library import load_clauses
from agreements.services.sections import locked_draft
from agreements.services.versions import keep_version
from agreements.services.wordings import set_wording
from agreements.word_file import PROPERTIES, WordFile, open_word


def import_word(*, agreement: Agreement, content: bytes, actor: User) -> list[Proposal]:
    """Return what a partner's edited Word file proposes; nothing of it is applied.

    content: bounded by the caller, and not kept. A version of the text as it is now is
    kept, if it differs from the last.
    """
    can_edit(actor, agreement).require()
    file = open_word(content)
    version = _version_of(agreement, file)
    found = proposals_in(file, outline_of(version))
    if not found:
        raise RuleBroken(
            f"This file says what version {version.number} says, and holds no comment. "
            "There is nothing to decide, and nothing was stored."
        )
    digest = sha256_of(content)
    load_clauses()
    with act(
        "agreements.import_word",
        actor=actor,
        chain=agreement.chain,
        subject=agreement,
        detail={"file": digest, "version": version.number, "proposals": len(found)},
    ):
        row = locked_draft(agreement, actor)
        if row.proposals.filter(file_digest=digest).exists():
            raise Conflict(
                "This very file was read in before. What it proposes stands on the "
                "page of proposals."
            )
        keep_version(row, facts_of(row), TextVersion.Made.IMPORTED, actor)
        return _proposals(version, found, digest, actor)


def _proposals(
    version: TextVersion, found: Sequence[Found], digest: str, actor: User
) -> list[Proposal]:
    now = clock.now()
    return [
        Proposal.objects.create(
            agreement_id=version.agreement_id,
            version=version,
            clause=each.clause,
            place=each.place[:200],
            kind=each.kind.value,
            starts_at=each.starts_at,
            before=each.before,
            after=each.after,
            author=each.author,
            stated_at=each.stated_at,
            file_digest=digest,
            imported_by=actor,
            imported_at=now,
        )
        for each in found
    ]


def _version_of(agreement: Agreement, file: WordFile) -> TextVersion:
    """Return the version that a file was made from, as the file says it."""
    number, position, digest = (file.properties.get(name, "") for name in PROPERTIES)
    if not number:
        raise RuleBroken(
            "This file does not say from which version it was made: it did not come "
            "from here, or the program that edited it dropped that. Download the Word "
            "file here, copy the changes into it, and send that. Nothing was stored."
        )
    if number != agreement.number:
        raise RuleBroken(
            "This file belongs to another agreement. Choose the file of "
            f"{agreement.number}. Nothing was stored."
        )
    is_number = position.isascii() and position.isdecimal() and len(position) < 6
    version = agreement.versions.filter(
        digest=digest, number=int(position) if is_number else 0
    ).first()
    if version is None:
        raise RuleBroken(
            f"This file was made from a text of {agreement.number} that was never "
            "saved as a version, so what was changed in it cannot be told. Save a "
            "version, send its Word file, and have the changes made there. Nothing was "
            "stored."
        )
    return version


def accept_proposal(*, proposal: Proposal, actor: User) -> None:
    """Accept a proposal: a change is written into its clause, a comment is answered."""
    with act(
        "agreements.accept_proposal",
        actor=actor,
        chain=proposal.agreement.chain,
        subject=proposal,
    ):
        row = _decided(proposal, "accept", actor)
        if row.kind != Proposal.Kind.COMMENT:
            _apply(row, actor)
        row.save()


def set_aside_proposal(*, proposal: Proposal, actor: User) -> None:
    """Set a proposal aside: the text stays as it is, and the proposal on record."""
    with act(
        "agreements.set_aside_proposal",
        actor=actor,
        chain=proposal.agreement.chain,
        subject=proposal,
    ):
        _decided(proposal, "set_aside", actor).save()


def _decided(proposal: Proposal, move: str, actor: User) -> Proposal:
    locked_draft(proposal.agreement, actor)
    row = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("agreement", "version")
        .get(pk=proposal.pk)
    )
    row.state = PROPOSAL.move(row.state, move)
    row.decided_by, row.decided_at = actor, clock.now()
    return row


def _apply(row: Proposal, actor: User) -> None:
    """Write a proposed change into its clause, where the clause still allows it.

    What a section of the draft says is never written into the wording, where it would
    no longer follow the section.
    """
    if not row.is_appliable:
        raise RuleBroken(
            f"This change stands in {row.place}, and not in the wording of a clause, "
            "or where in the wording cannot be told. Change the draft yourself, then "
            "set the proposal aside."
        )
    assert row.starts_at is not None
    sent = _clause_in(row.version.text["clauses"], row.clause)
    facts = facts_of(row.agreement)
    now = _clause_in(text_of(facts), row.clause)
    edit = carried(Edit(row.starts_at, row.before, row.after), base=sent, current=now)
    if edit is None:
        raise Conflict(
            f"Clause {row.clause} was changed in the same place since this was "
            "proposed. Word it yourself, then set the proposal aside."
        )
    wording = wording_of(facts, row.clause)
    place = carried(edit, base=now, current=plain(wording))
    if place is not None:
        set_wording(
            agreement=row.agreement,
            clause=row.clause,
            text=edited(plain(wording), [place]),
            is_indemnity=any(
                each.is_indemnity
                for each in facts.wordings
                if each.clause == row.clause
            ),
            actor=actor,
        )
        after = text_of(facts_of(row.agreement))
        if _clause_in(after, row.clause) == edited(now, [edit]):
            return
    raise RuleBroken(
        "This changes what a section of the draft says, such as a name, a number or a "
        f"date, and clause {row.clause} only repeats it. Change it in its section, "
        "then set the proposal aside."
    )


def _clause_in(clauses: Sequence[dict[str, str]], key: str) -> str:
    return next((plain(each["text"]) for each in clauses if each["key"] == key), "")
