"""Rules on retention: how long records are kept, and that they are destroyed."""

from collections.abc import Iterator
from datetime import date, timedelta

from agreements.rules.facts import AgreementFacts, Dataset, Hold
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Basis, Medium, Sanitization, Stage

LIST_DAYS = 30
RELEASE_DAYS = 90
END_DAYS = 60
_OVERDUE_BY_LAW = {
    Basis.STUDIES: "34 CFR 99.31(a)(6)(iii)(C)(4); 34 CFR 99.67",
    Basis.AUDIT_EVALUATION: "34 CFR 99.35(a)(2) and (a)(3)(iii)–(iv)",
}
_SUITED = {
    Medium.VAULT: (Sanitization.PURGE, Sanitization.DESTROY),
    Medium.MAGNETIC: (Sanitization.CLEAR, Sanitization.PURGE, Sanitization.DESTROY),
    Medium.FLASH: (Sanitization.PURGE, Sanitization.DESTROY),
    Medium.CLOUD: (Sanitization.PURGE,),
    Medium.PAPER: (Sanitization.DESTROY,),
}


@rule(
    "R-081",
    Stage.DRAFT,
    severity=Severity.OVERRIDABLE,
    kind=Kind.POLICY,
    citation=POLICY,
)
def destruction_is_not_put_off(facts: AgreementFacts) -> Iterator[Breach]:
    """Periods and the last date stay within the product's defaults."""
    terms = facts.destruction
    periods = (
        ("list_days", terms.list_days, LIST_DAYS, "the link is accepted"),
        ("release_days", terms.release_days, RELEASE_DAYS, "the last release"),
        ("end_days", terms.end_days, END_DAYS, "the purpose ends"),
    )
    for subject, days, limit, event in periods:
        if days is not None and days > limit:
            yield Breach(
                message=f"{days} days after {event} is too long to keep identifiable "
                f"records; the limit is {limit}. Shorten it.",
                where="dates",
                subject=subject,
            )
    ends_on = facts.term.ends_on
    last_days = [("destroy_by", terms.destroy_by)]
    last_days += [(each.key, each.destroy_by) for each in facts.datasets]
    for subject, destroy_by in last_days:
        if ends_on and destroy_by and destroy_by > ends_on + timedelta(days=END_DAYS):
            yield Breach(
                message=f"{_day(destroy_by)} is more than {END_DAYS} days after the "
                "term ends. Records kept longer than needed are a risk without a use. "
                "Choose an earlier date.",
                where="dates",
                subject=subject,
            )


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _due(facts: AgreementFacts, dataset: Dataset) -> date | None:
    """The last day for destroying these records."""
    return dataset.destroy_by or facts.destruction.destroy_by


def _holds_on(facts: AgreementFacts, dataset: Dataset) -> list[Hold]:
    """The open holds under which these records fall."""
    return [
        each
        for each in facts.holds
        if each.is_open and each.records in ("", dataset.key)
    ]


def _basis_of(facts: AgreementFacts, dataset: Dataset) -> Basis | None:
    """The basis of the holder's records that makes destruction a duty by law."""
    bases = {
        each.basis
        for each in facts.education_disclosures
        if each.receiver == dataset.holder
    }
    return next((each for each in _OVERDUE_BY_LAW if each in bases), None)


@rule("R-082", Stage.TIMER, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def records_are_destroyed_in_time(facts: AgreementFacts) -> Iterator[Breach]:
    """What is due is destroyed, and what is destroyed is certified."""
    certificate_days = timedelta(days=facts.destruction.certificate_days)
    for dataset in facts.datasets:
        due, done = _due(facts, dataset), dataset.destroyed_on
        if done is None:
            if due and facts.today > due and not _holds_on(facts, dataset):
                yield _overdue(facts, dataset, due)
        elif dataset.certified_on is None and facts.today > done + certificate_days:
            yield Breach(
                message=f"“{dataset.key}” was destroyed on {_day(done)}, but "
                f"{facts.name_of(dataset.holder)} has not certified it in "
                f"{certificate_days.days} days. Without a certificate no owner can "
                "prove it. Certify it now.",
                where="dates",
                subject=dataset.key,
            )


def _overdue(facts: AgreementFacts, dataset: Dataset, due: date) -> Breach:
    basis = _basis_of(facts, dataset)
    ban = (
        " For study records kept too long, the Department of Education may bar the "
        "holder from the district's records for five years or more."
    )
    return Breach(
        message=f"“{dataset.key}” should have been destroyed by {_day(due)}, so access "
        f"is suspended. {facts.name_of(dataset.holder)} must destroy and certify it "
        f"now.{ban if basis is Basis.STUDIES else ''}",
        where="dates",
        subject=dataset.key,
        kind=Kind.LAW if basis else None,
        citation=_OVERDUE_BY_LAW[basis] if basis else "",
    )


@rule(
    "R-083",
    Stage.INTAKE,
    Stage.TIMER,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def held_records_are_not_destroyed(facts: AgreementFacts) -> Iterator[Breach]:
    """Nothing is destroyed while a request to inspect or a legal hold is open."""
    for dataset in facts.datasets:
        due = _due(facts, dataset)
        if dataset.destroyed_on is None and (due is None or facts.today < due):
            continue
        for hold in _holds_on(facts, dataset):
            asked = "a parent's request to inspect it"
            if not hold.is_inspection:
                asked = "a legal hold"
            yield Breach(
                message=f"“{dataset.key}” may not be destroyed: {asked} is open at "
                f"{facts.name_of(hold.owner)}. Destroy the rest, and this when the "
                "hold is closed.",
                where="dates",
                subject=dataset.key,
                kind=Kind.LAW if hold.is_inspection else None,
                citation="34 CFR 99.10(e)" if hold.is_inspection else "",
            )


@rule(
    "R-084",
    Stage.INTAKE,
    severity=Severity.WARNING,
    kind=Kind.GUIDANCE,
    citation="NIST SP 800-88 Rev. 2",
)
def the_method_suits_the_medium(facts: AgreementFacts) -> Iterator[Breach]:
    """Records are destroyed by a method of today's standard that fits the medium."""
    for dataset in facts.datasets:
        suited = _SUITED[dataset.medium]
        if dataset.method not in suited:
            names = " or ".join(each.name.capitalize() for each in suited)
            yield Breach(
                message=f"“{dataset.key}” is on {dataset.medium}, and "
                f"{dataset.method.split(' (')[0]} does not surely remove it from "
                f"there. Choose a method of NIST SP 800-88 Rev. 2 that does: {names}.",
                where="dates",
                subject=dataset.key,
            )


@rule(
    "R-085",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.GUIDANCE,
    citation="PTAC, Best Practices for Data Destruction (2014)",
)
def copies_are_destroyed_too(facts: AgreementFacts) -> Iterator[Breach]:
    """Destruction reaches backups and whatever was made from the records."""
    if facts.identifiable_flows and not facts.destruction.covers_copies:
        yield Breach(
            message="Destruction does not reach backups and files made from the "
            "records, so copies would survive it. Extend clause C17 to them.",
            where="protection",
            subject="C17",
        )


@rule(
    "R-128",
    Stage.SIGNATURE,
    Stage.TIMER,
    severity=Severity.WARNING,
    kind=Kind.LAW,
    citation="State law on the retention of records",
)
def state_law_lets_records_go(facts: AgreementFacts) -> Iterator[Breach]:
    """No state's schedule keeps records longer than the agreement does."""
    destroy_by = facts.destruction.destroy_by
    for review in facts.state_reviews:
        keeps_until = review.keeps_until
        if destroy_by and review.keeps and keeps_until and keeps_until > destroy_by:
            yield Breach(
                message=f"{review.state} keeps {review.keeps} until "
                f"{_day(keeps_until)}, but the agreement destroys records by "
                f"{_day(destroy_by)}. Ask counsel which copy is the record that the "
                "state wants kept.",
                where="dates",
                subject=review.state,
            )
