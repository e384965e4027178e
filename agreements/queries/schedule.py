"""Reads what is shared, why and with whom, from rows into facts."""

from agreements import presets
from agreements.models import AccessEntry, Agreement, DataFlow, FlowElement, Purpose
from agreements.rules import facts as f
from agreements.rules.elements import Category, category_of
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    CodeOrigin,
    Frequency,
    Grain,
    SchoolOfficialTest,
    Selection,
    SharingModel,
    Sight,
    StudyKind,
    Support,
    Transfer,
    Use,
)
from partnerships.models import Site

_UNIT_WORDS = ("apt", "apartment", "unit", "#")


def purposes_in(row: Agreement) -> tuple[f.Purpose, ...]:
    """Return the purposes that say what they are for."""
    return tuple(
        _purpose(purpose) for purpose in row.purposes.all() if purpose.text.strip()
    )


def _purpose(row: Purpose) -> f.Purpose:
    program = None
    if row.program_name:
        program = f.Program(
            name=row.program_name,
            is_education=row.program_is_education,
            supported_by=tuple(Support(each) for each in row.program_supported_by),
            runs_by=tuple(str(each) for each in row.program_run_by),
        )
    return f.Purpose(
        key=row.key,
        text=row.text,
        scope=row.scope,
        benefit=row.benefit,
        study_title=row.study_title,
        study_kind=StudyKind(row.study_kind) if row.study_kind else None,
        uses=tuple(Use(each) for each in row.uses),
        program=program,
        method=row.method,
        necessity=row.necessity,
        pii_use=row.pii_use,
    )


def analyses_in(row: Agreement) -> tuple[f.Analysis, ...]:
    """Return what is done with records, then each measure that a table carries."""
    work = _work_of(row)
    return tuple(
        f.Analysis(
            key=key,
            label=presets.ANALYSES[key],
            breakdowns=() if key in work else tuple(row.breakdowns),
            refresh=Frequency(row.refresh.get(key, Frequency.YEARLY)),
        )
        for key in (*work, *row.measures)
    )


def questions_of(row: Agreement) -> frozenset[str]:
    """Return the keys of what a listed element may answer: what the draft asks."""
    return frozenset((*_work_of(row), *row.measures))


def _work_of(row: Agreement) -> tuple[str, ...]:
    """Return what is done beside measuring; a change does what it changes.

    A change and a joinder stand under one agreement: as many queries, whichever.
    """
    kind = AgreementKind(row.kind.lower())
    if kind.changes_another or kind is AgreementKind.JOINDER:
        for standing in row.standings.all():
            kind = AgreementKind(standing.parent.kind.lower())
    return presets.work_of(kind, SharingModel(row.model))


def flow_in(row: DataFlow) -> f.Flow:
    """Return one flow, with the addresses that an address-only list would hold."""
    elements = list(row.elements.all())
    is_address_list = any(
        category_of(each.code) is Category.PUBLIC_ADDRESS for each in elements
    )
    return f.Flow(
        key=row.key,
        sender=str(row.sender_id),
        receiver=str(row.receiver_id),
        grain=Grain(row.grain),
        fields=tuple(_field(each) for each in elements),
        purpose=row.purpose.key,
        basis=Basis(row.basis) if row.basis else None,
        frequency=Frequency(row.frequency) if row.frequency else None,
        method=Transfer(row.method) if row.method else None,
        selection=Selection(row.selection),
        addresses=_addresses(row) if is_address_list else (),
        code_origin=CodeOrigin(row.code_origin) if row.code_origin else None,
        service=row.service,
        attested=tuple(SchoolOfficialTest(each) for each in row.attested),
        scope=row.scope,
        place_names=row.place_names,
    )


def _field(row: FlowElement) -> f.Field:
    lineage = None
    if row.lineage:
        lineage = f.Lineage(
            inputs=tuple(row.lineage["inputs"]),
            owners=tuple(str(each) for each in row.lineage["owners"]),
        )
    return f.Field(
        code=row.code,
        answers=tuple(row.answers),
        collected_under=row.collected_under,
        reason=row.reason,
        authority=row.authority,
        lineage=lineage,
    )


def _addresses(row: DataFlow) -> tuple[f.Address, ...]:
    buildings = [
        site for site in row.sender.sites.all() if site.kind == Site.Kind.BUILDING
    ]
    return tuple(
        f.Address(
            row=number,
            n_units=site.n_units,
            is_voucher=site.is_voucher,
            has_unit_number=any(
                word in site.address.casefold().split()
                or (word == "#" and word in site.address)
                for word in _UNIT_WORDS
            ),
        )
        for number, site in enumerate(buildings, start=1)
    )


def access_in(row: AccessEntry) -> f.AccessEntry:
    """Return one line of the access list; nobody's name once they have left."""
    membership = row.membership
    is_present = membership.ended_on is None and membership.user.is_active
    return f.AccessEntry(
        person=str(membership.user_id),
        name=membership.user.name if is_present else "",
        party=str(membership.organisation_id),
        role=membership.role_label,
        sees=tuple(Sight(word) for word in row.sees),
        from_on=row.from_on,
        until_on=row.until_on,
        trained_on=membership.trained_on,
        pledged_on=membership.pledged_on,
        reviewed_on=row.reviewed_on,
        left_on=membership.ended_on,
    )
