"""Makes the agreements in force beside or above the one that a case is about."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from accounts import clock
from accounts.models import User
from agreements import presets
from agreements.models import Agreement
from agreements.queries import facts_of
from agreements.rules import facts as f
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    Covers,
    Frequency,
    Grain,
    PartyType,
    Sight,
    Transfer,
)
from agreements.services import (
    approvals,
    drafting,
    records,
    signing,
    standing,
    terms,
)
from partnerships.models import Organisation
from tests import make
from tests.support.on_file import File
from tests.support.realised import Partners, Realised, blank, started
from tests.support.stated import state

END = timedelta(days=presets.END_DAYS)


def stand(made: Realised) -> None:
    """Let a draft stand under its parents, beside what lets outsiders see rows."""
    partners, actor = made.partners, made.partners.director
    wanted = {put_in_force(made, each): each.is_active for each in made.facts.parents}
    for row in made.agreement.standings.select_related("parent"):
        if row.parent not in wanted:
            standing.stand_free(standing=row, actor=actor)
    stands = {row.parent_id for row in made.agreement.standings.all()}
    for parent, is_active in wanted.items():
        if parent.pk not in stands:
            standing.stand_under(agreement=made.agreement, parent=parent, actor=actor)
        if not is_active:
            terms.terminate(agreement=parent, reason="It is over.", actor=actor)
    facts = made.facts
    outsiders = facts.redisclosure if facts.system_leads else frozenset()
    for key in outsiders - partners.redisclosing.keys():
        partners.redisclosing[key] = _in_force(partners, _redisclosure(facts, key))
    for key in partners.redisclosing.keys() - outsiders:
        over = partners.redisclosing.pop(key)
        terms.terminate(agreement=over, reason="It is over.", actor=actor)


def put_in_force(made: Realised, parent: f.ParentTerms) -> Agreement:
    """Return the agreement in force that a case is under, made once among partners."""
    above, wanted = made.partners.above, replace(parent, is_active=True)
    if wanted not in above:
        above[wanted] = _in_force(made.partners, _above(made, parent))
    return above[wanted]


def _in_force(partners: Partners, facts: f.AgreementFacts) -> Agreement:
    """Return an agreement that every party signed."""
    made = Realised(partners, facts, started(partners, facts))
    state(made, blank(facts))
    agreement = made.agreement
    _read_the_law(partners, agreement)
    File(made).fill()  # now that the law is read: it is part of what counsel reads
    drafting.submit(agreement=agreement, actor=partners.director)
    keys = {row.pk: key for key, row in partners.organisations.items()}
    for approval in agreement.rounds.get().approvals.all():
        actor = partners.counsel_of(keys[approval.owner_id])
        approvals.approve(approval=approval, actor=actor)
    make.work_off()
    for party in agreement.parties.filter(signs=True).select_related("signatory__user"):
        _sign(agreement, party.signatory.user)
    make.work_off()
    agreement.refresh_from_db()
    assert agreement.state == "in_force", agreement.state
    return agreement


def _read_the_law(partners: Partners, agreement: Agreement) -> None:
    """Let counsel of one of the parties go through each state's law, unless one has.

    A review is the organisation's own: below, it may be another party that made it.
    """
    states = {row.state for row in facts_of(agreement).state_reviews}
    keys = {row.pk: key for key, row in partners.organisations.items()}
    for party in agreement.parties.filter(signs=True).select_related("organisation"):
        organisation = party.organisation
        if organisation.state and organisation.state not in states:
            states.add(organisation.state)
            records.review_state(
                organisation=organisation,
                terms={"breach": "30 days"},
                keeps="",
                keeps_days=None,
                next_review_on=clock.today() + END,
                actor=partners.counsel_of(keys[organisation.pk]),
            )


def _sign(agreement: Agreement, signatory: User) -> None:
    signing.sign(
        agreement=agreement,
        digest=signing.frozen_of(agreement).sha256,
        typed_name=signatory.name,
        password=make.PASSWORD,
        address=None,
        browser="",
        actor=signatory,
    )


def _above(made: Realised, parent: f.ParentTerms) -> f.AgreementFacts:
    """Return the facts of a parent: as the case tells, the rest as below it."""
    below = made.facts
    is_system = not below.system_leads.isdisjoint(parent.parties)
    brought = {"C46"} if is_system else {"C46", "C28"}  # by an offer, and by a lead
    parties = _parties(made, parent)
    purposes = tuple(_purpose(below, text) for text in parent.purposes)
    stated = {
        period: days
        for period in ("list_days", "release_days", "end_days")
        if (days := getattr(parent.destruction, period)) is not None
    }
    above = replace(
        below,
        kind=AgreementKind.PARTICIPATION if is_system else AgreementKind.MEMORANDUM,
        purposes=tuple(
            replace(each, uses=parent.uses) for each in purposes or below.purposes
        ),
        access=_access(below, parent, [each.key for each in parties]),
        term=replace(below.term, ends_on=parent.ends_on),
        destruction=replace(
            below.destruction, destroy_by=parent.ends_on + END, **stated
        ),
        min_cell=parent.min_cell,
        clauses=frozenset(parent.clauses) - brought,
        offer=parent.offer,
    )
    keys = [each.key for each in parties]
    return _signed_by(above, parties, tuple(_flows(above, parent, keys)))


def _access(
    below: f.AgreementFacts, parent: f.ParentTerms, keys: list[str]
) -> tuple[f.AccessEntry, ...]:
    """Return who may see records above: at least one of its own, for somebody must."""
    named = [e for e in below.access if e.party in keys and e.person in parent.people]
    steward = f.AccessEntry(
        person=f"steward of {keys[0]}",
        name="Stew Ard",
        party=keys[0],
        role="data steward",
        sees=(Sight.IDENTIFIERS,),
    )
    return tuple(named) or (steward,)


def _purpose(below: f.AgreementFacts, text: str) -> f.Purpose:
    same = (each for each in below.purposes if each.text == text)
    return next(same, replace(below.purposes[0], text=text))


def _parties(made: Realised, parent: f.ParentTerms) -> tuple[f.Party, ...]:
    """Return the parties above: at least two, for nobody agrees alone."""
    known = {each.key: each for each in made.facts.parties}
    organisations = made.partners.organisations
    keys = list(parent.parties)
    if len(keys) == 1:
        keys.append(next(key for key in organisations if key not in known))
    owning = dict.fromkeys(parent.owners, (Capacity.OWNER,))
    return tuple(
        known.get(key) or _outsider(key, organisations, owning.get(key, ()))
        for key in keys
    )


def _outsider(
    key: str,
    organisations: dict[str, Organisation],
    capacities: tuple[Capacity, ...] = (),
) -> f.Party:
    type_ = PartyType(organisations[key].kind)
    return f.Party(key=key, name=key, type=type_, capacities=capacities)


def _flows(
    above: f.AgreementFacts, parent: f.ParentTerms, keys: list[str]
) -> Iterator[f.Flow]:
    """Return the flows of a parent, each between two of its parties.

    Whoever offers its terms to others gets records, and somebody does in every text.
    """
    if not parent.fields:
        sent = [e for e in above.flows if e.is_disclosure]
        own = [e for e in sent if {e.sender, e.receiver} <= {*keys}]
        yield from own
        offering = {*parent.recipients} if parent.offer else set()
        lacking = offering & {*keys} - {each.receiver for each in own}
        for receiver in sorted(lacking) if own else keys[:1]:
            sender = next(key for key in keys if key != receiver)
            yield _sent(
                above, sender, receiver, Grain.RECORD, ("tenant.development",), None
            )
        return
    made_from = next((s, codes[:1]) for s, _, _, codes in parent.fields if codes)
    for sender, receiver, grain, codes in parent.fields:
        if receiver not in keys:
            receiver = next(key for key in keys if key != sender)
        if sender in keys:
            yield _sent(above, sender, receiver, grain, codes, made_from)


def _sent(
    above: f.AgreementFacts,
    sender: str,
    receiver: str,
    grain: Grain,
    codes: tuple[str, ...],
    made_from: tuple[str, tuple[str, ...]] | None,
) -> f.Flow:
    """Return a flow of these elements, on the ground that it has below."""
    is_table = grain is Grain.AGGREGATE
    ends = (sender, receiver)
    below = [e for e in above.flows if (e.sender, e.receiver) == ends]
    listed = {each.code: each for e in above.flows for each in e.fields}
    lineage = made_from and f.Lineage(inputs=made_from[1], owners=made_from[:1])
    return f.Flow(
        key=f"{sender} to {receiver}, {grain}",
        sender=sender,
        receiver=receiver,
        grain=grain,
        basis=below[0].basis if below and not is_table else Basis.NONE_NEEDED,
        purpose=above.purposes[0].key,
        frequency=Frequency.YEARLY,
        method=Transfer.TABLES if is_table else Transfer.UPLOAD,
        fields=tuple(
            replace(listed[code], lineage=lineage if is_table else None)
            for code in codes
        ),
    )


def _signed_by(
    facts: f.AgreementFacts, parties: tuple[f.Party, ...], flows: tuple[f.Flow, ...]
) -> f.AgreementFacts:
    """Return facts of other parties and flows, with all that signing them needs."""
    keys = [each.key for each in parties]
    sent = {"", *(each.key for each in flows)}
    found = {each.party: each for each in facts.counsel_reviews}
    able = (Capacity.LINKER, Capacity.ANALYST)  # somebody must be, in every text
    return replace(
        facts,
        parties=tuple(
            replace(each, capacities=tuple({*each.capacities, *able}))
            for each in parties
        ),
        flows=flows,
        parents=(),
        redisclosure=frozenset(),
        wordings=(),
        board_acts=(),
        signatories={key: f"Sig {key}" for key in keys},
        authorities=(
            *(each for each in facts.authorities if each.covers is Covers.SENDING),
            *(_authority(key) for key in keys),
        ),
        counsel_reviews=tuple(
            found.get(key) or f.CounselReview(party=key, reviewed_on=facts.today)
            for key in keys
        ),
        notices=tuple(each for each in facts.notices if each.party in keys),
        consent_forms=tuple(each for each in facts.consent_forms if each.flow in sent),
        determinations=tuple(
            each
            for each in facts.determinations
            if each.party in keys and each.flow in sent
        ),
    )


def _authority(key: str) -> f.Authority:
    return f.Authority(
        party=key, covers=Covers.SIGNING, source="policy", document="Policy 1"
    )


def _redisclosure(facts: f.AgreementFacts, key: str) -> f.AgreementFacts:
    """Return the facts by which an outsider gets rows for the case's project."""
    analyst = facts.party(key) or f.Party(key=key, name=key, type=PartyType.UNIVERSITY)
    leads = facts.system_leads
    rows = next(each for each in facts.flows if each.sender in leads)
    sent = (
        *(each for each in facts.flows if each.receiver in leads),
        replace(rows, receiver=key),
    )
    ends = {end for each in sent for end in (each.sender, each.receiver)}
    parties = tuple(each for each in facts.parties if each.key in ends - {key})
    onward = tuple(
        f.OnwardParty(
            owner=each.sender,
            name=analyst.name,
            interest="counts for the owners",
            basis=each.basis or Basis.NONE_NEEDED,
        )
        for each in sent[:-1]
    )
    agreed = replace(
        facts,
        kind=AgreementKind.REDISCLOSURE,
        clauses=frozenset({"C22"}),
        onward=onward,
        access=tuple(each for each in facts.access if each.party in ends),
    )
    return _signed_by(agreed, (*parties, analyst), sent)
