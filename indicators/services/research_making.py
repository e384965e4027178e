"""Research files: ask for one, make it from what was delivered, seal what is kept."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.db.models import Q, QuerySet

from accounts import clock, jobs
from accounts.acting import System, act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import Agreement, DataFlow, Obligation
from agreements.rules.deidentification import MIN_K
from agreements.rules.vocabulary import Grain, PartyType
from agreements.services.obligations import lock_for_keeping, open_at_end
from indicators import frames
from indicators.custody import kept_if_recorded, vault
from indicators.deidentify.children import linked_children
from indicators.deidentify.known import as_rows
from indicators.deidentify.making import RECORD, Study
from indicators.deidentify.plan import Asked, tested
from indicators.deidentify.population import Demands
from indicators.deidentify.trails import Before
from indicators.lifecycle import RESEARCH
from indicators.measures.cells import COUNTED
from indicators.measures.definitions import Base, choose
from indicators.measures.dimensions import ASSISTED, POPULATION
from indicators.models import (
    Holding,
    LinkageRun,
    Release,
    ResearchFetch,
    ResearchFile,
)
from indicators.published.document import Document
from indicators.queries import document_of
from indicators.research_policy import (
    SENT,
    can_make,
    permitted_flow,
    source_runs,
)
from indicators.services.linked import opened, year_linked
from indicators.services.persons import lists_as_linked
from indicators.services.releases import threshold_of
from indicators.vault.vault import Sealed
from partnerships.models import Organisation, Partnership, Site
from partnerships.services.notices import queue_notice

if TYPE_CHECKING:
    from indicators.deidentify.making import Made

JOB = "indicators.deidentify"
CLAUSE = "C15"
OPEN = ("computing", "draft", "before_district", "before_owners")
CODE_BYTES = 8
GONE = (
    "The lists behind this linkage are destroyed, so no rows can be made of them any "
    "more. Load both files again if the agreement still allows it."
)
FORGOTTEN = (
    "The record of a file that this recipient got before is destroyed, so a new file "
    "cannot be tested against it, and none can be made."
)
_OWNERS_OF_HOMES = (PartyType.PHA, PartyType.MULTIFAMILY_OWNER)


def least_k(flow: DataFlow) -> int:
    """Return the smallest class that the strictest owner and policy let go."""
    return max(MIN_K, threshold_of(flow.agreement))


def make_research_file(
    *,
    flow: DataFlow,
    run: LinkageRun,
    title: str,
    k: int,
    known_outcomes: tuple[str, ...] = (),
    actor: User,
) -> ResearchFile:
    """Return a new research file, which a worker now makes and attacks."""
    agreement = flow.agreement
    with act("indicators.make_file", actor=actor, chain=agreement.chain) as this:
        _lock(agreement)
        can_make(actor, flow).require()
        if not source_runs(flow).filter(pk=run.pk).exists():
            raise RuleBroken("Choose the newest finished linkage of this agreement.")
        least = max(least_k(flow), threshold_of(run.agreement))
        if k < least:
            raise RuleBroken(
                f"The owners agreed on classes of {least} children or more. Ask for "
                f"{least}, or for more if further files are to follow."
            )
        if _of_recipient(flow.receiver, agreement).filter(state__in=OPEN).exists():
            raise Conflict(
                "Another file for this recipient is being made or decided. Finish or "
                "discard it first: each file is tested against those before it."
            )
        _require_no_copies(flow)
        file = ResearchFile.objects.create(
            agreement=agreement,
            flow=flow,
            run=run,
            recipient=flow.receiver,
            author=actor,
            title=title,
            period=run.school_year,
            k=k,
            known_outcomes=sorted(known_outcomes),
            created_at=clock.now(),
        )
        this.subject = f"indicators.researchfile:{file.pk}"
        jobs.enqueue(JOB, file)
    return file


def _require_no_copies(flow: DataFlow) -> None:
    """Refuse a file while its recipient has copies of one that is destroyed here."""
    gone = _of_recipient(flow.receiver, flow.agreement).exclude(
        source_withdrawn_at=None
    )
    if ResearchFetch.objects.filter(file__in=gone, confirmed_at=None).exists():
        raise Conflict(
            "This recipient has not confirmed yet that its copies of a withdrawn file "
            "are destroyed. No new file can be tested against them, so none is made "
            "before."
        )


def _lock(agreement: Agreement) -> Agreement:
    """Return the agreement as it is now; lock it and its partnership's files."""
    Partnership.objects.select_for_update(no_key=True).get(pk=agreement.partnership_id)
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def _of_recipient(
    recipient: Organisation, agreement: Agreement
) -> QuerySet[ResearchFile]:
    return ResearchFile.objects.filter(
        recipient=recipient, agreement__partnership=agreement.partnership_id
    )


def earlier_files(file: ResearchFile) -> QuerySet[ResearchFile]:
    """Return what its recipient was sent before, the first first.

    A file whose source was wrong is of no account once no copy of it is left.
    """
    sent = _of_recipient(file.recipient, file.agreement).filter(state__in=SENT)
    unconfirmed = ResearchFetch.objects.filter(confirmed_at=None).values("file")
    return (
        sent.exclude(pk=file.pk)
        .filter(Q(source_withdrawn_at=None) | Q(pk__in=unconfirmed))
        .select_related("codes", "file")
        .order_by("pk")
    )


def deidentify_file(key: int, work: jobs.Work) -> None:
    """Make one research file: compute outside any transaction, write under the fence.

    What is opened lives in this worker's memory alone.
    """
    from indicators.deidentify.making import make_file  # only workers make files

    file = ResearchFile.objects.select_related(
        "agreement", "recipient", "flow__sender", "run__agreement"
    ).get(pk=key)
    permitted_flow(file.flow).require()
    run = LinkageRun.objects.select_related(
        "tenants__holding", "students__holding", "crosswalk"
    ).get(pk=file.run_id)
    work.step("Open what was delivered")
    crosswalk = opened(run.crosswalk, otherwise=GONE)
    lists = lists_as_linked(run, crosswalk, otherwise=GONE)
    linked = linked_children(
        crosswalk["pairs"],
        lists.housing,
        lists.school,
        year=year_linked(run, lists.school),
    )
    secret = secrets.token_bytes(32)
    made = make_file(
        linked,
        _asked(file),
        _study(file),
        secret=secret,
        draw=lambda: secrets.token_hex(CODE_BYTES),
        name=str(file.pk),
        about=_about(file),
        on_step=lambda step, count: work.step(step, count),
    )
    owner = str(file.flow.sender_id)
    sealed = vault().put(owner, made.file.content)
    kept = vault().put(owner, frames.pack(_kept(made, secret)))
    with kept_if_recorded(owner, sealed, kept), work.finish():
        _record(file, made, sealed, kept)


def _asked(file: ResearchFile) -> Asked:
    elements = file.flow.elements.values_list("code", flat=True)
    parties = file.run.agreement.parties.values("organisation")
    sites = Site.objects.filter(organisation__in=parties)
    names = {
        kind: dict(sites.filter(kind=kind).values_list("code", "name"))
        for kind in (Site.Kind.BUILDING, Site.Kind.SCHOOL)
    }
    return Asked(
        elements=frozenset(elements),
        known=frozenset(file.known_outcomes),
        buildings=names[Site.Kind.BUILDING],
        schools=names[Site.Kind.SCHOOL],
        published=_published(file),
        holds_list=holds_list(file.recipient, file.run.agreement),
        demands=Demands(k=file.k),
    )


def holds_list(recipient: Organisation, agreement: Agreement) -> bool:
    """Return whether a recipient has the names behind the rows (R-070)."""
    ends = agreement.flows.filter(grain=Grain.RECORD).values_list("sender", "receiver")
    return recipient.kind in _OWNERS_OF_HOMES or any(
        recipient.pk in each for each in ends
    )


def published_beside(file: ResearchFile) -> QuerySet[Release]:
    """Return the releases of the same children and school year, withdrawn or not."""
    return Release.objects.filter(
        agreement__partnership=file.agreement.partnership_id,
        period=file.period,
        published_at__isnull=False,
    )


def _published(file: ResearchFile) -> Mapping[str, Mapping[str, int]]:
    """Return the numbers of children that published tables of the same year tell.

    Of the children whose days are counted, whom a file holds; else of all enrolled.
    """
    found: dict[str, dict[str, int]] = {"building": {}, "school": {}}
    for release in published_beside(file):
        for counted_alone in (False, True):
            for (dimension, code), n in _shown(document_of(release), counted_alone):
                if dimension in found:
                    found[dimension][code] = n
    return found


def _shown(
    document: Document, counted_alone: bool
) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield a dimension and value, and the residents that a document shows there."""
    apart = {POPULATION: ASSISTED} if POPULATION in document.dims else {}
    if counted_alone:
        apart |= {choose("chronic_absence").population: COUNTED}
    for cell in document.cells:
        at = dict(cell.vector)
        is_whose = all(at.pop(name, None) == value for name, value in apart.items())
        is_plain = cell.base == Base.ENROLLED and is_whose and len(at) == 1
        if is_plain and isinstance(cell.n, int):
            yield next(iter(at.items())), cell.n


def _study(file: ResearchFile) -> Study:
    """Return what earlier files left: all the recipient's to be tested against, codes
    of this study alone."""
    earlier: list[Before] = []
    codes: dict[str, str] = {}
    for each in earlier_files(file):
        rows = opened(each.codes, otherwise=FORGOTTEN)["rows"].to_pylist()
        earlier.append(_before(rows))
        if each.flow_id == file.flow_id:
            codes |= {row["child"]: row["code"] for row in rows if row["code"]}
    return Study(codes=codes, earlier=earlier)


def _before(rows: list[dict[str, str]]) -> Before:
    children = [row["child"] for row in rows]
    return Before(
        cells={row["child"]: int(row["cell"]) for row in rows},
        homes={row["child"]: row["home"] for row in rows},
        outcomes={
            name: dict(
                zip(children, tested(name, [row[name] for row in rows]), strict=True)
            )
            for name in rows[0]
            if name not in RECORD
        },
    )


def _about(file: ResearchFile) -> dict[str, Any]:
    return {
        "title": file.title,
        "agreement": file.agreement.number,
        "school_year": file.period,
        "smallest_class": file.k,
        "who": "Children found on both lists and enrolled for ten school days or more.",
        "terms": "No one may try to identify, match or contact a person in these rows "
        "(clause C14). The file expires with the agreement.",
    }


def _kept(made: "Made", secret: bytes) -> dict[str, pa.Table]:
    """Return what the district keeps of a file, in the vault alone."""
    return {
        "rows": pa.Table.from_pylist([*made.record]),
        "known": pa.Table.from_pylist(as_rows(made.known)),
        "columns": pa.table({"column": pa.array(made.known.columns, pa.string())}),
        "secret": pa.table({"secret": [secret.hex()]}),
    }


def _record(file: ResearchFile, made: "Made", sealed: Sealed, kept: Sealed) -> None:
    with act(
        "indicators.deidentify",
        actor=System(CLAUSE),
        chain=file.agreement.chain,
        subject=file,
    ) as this:
        agreement = lock_for_keeping(file.agreement)
        row = ResearchFile.objects.select_for_update().get(pk=file.pk)
        permitted_flow(file.flow).require()
        row.state = RESEARCH.move(row.state, "make")  # none if its source is wrong
        row.report, row.codebook = dict(made.report), made.file.codebook
        row.sha256 = hashlib.sha256(made.file.content).hexdigest()
        n_rows = len(made.record)
        row.file = _holding(row, Holding.Kind.RESEARCH, sealed, n_rows)
        row.codes = _holding(row, Holding.Kind.CODES, kept, n_rows)
        row.save()
        for kind in (Obligation.Kind.RESEARCH_FILES, Obligation.Kind.RECORD_CODES):
            open_at_end(agreement=agreement, kind=kind)
        this.detail |= {"sha256": row.sha256}
        _tell_author(row, "is ready")


def _holding(row: ResearchFile, kind: str, sealed: Sealed, n_rows: int) -> Holding:
    return Holding.objects.create(
        agreement=row.agreement,
        owner_id=row.flow.sender_id,
        kind=kind,
        blob=sealed.blob,
        key=sealed.key_id,
        n_rows=n_rows,
        n_bytes=sealed.n_bytes,
        created_at=clock.now(),
    )


def fail_file(key: int, message: str) -> None:
    """Record why no file came out; called inside the job's last transaction."""
    file = ResearchFile.objects.select_related("agreement").get(pk=key)
    with act(
        "indicators.file_refused",
        actor=System(CLAUSE),
        chain=file.agreement.chain,
        subject=file,
    ):
        row = ResearchFile.objects.select_for_update().get(pk=key)
        if not RESEARCH.allows(row.state, "fail"):
            return  # its source was withdrawn, which its page says
        row.state = RESEARCH.move(row.state, "fail")
        row.message = message[:400]
        row.save()
        _tell_author(row, "could not be made")


def _tell_author(row: ResearchFile, what: str) -> None:
    queue_notice(
        key=f"research:{row.pk}:{row.state}",
        recipient=row.author,
        subject=f"A research file under {row.agreement.number} {what}",
        body=f"The research file that you asked for {what}. Its page says more.",
        path=row.get_absolute_url(),
    )
