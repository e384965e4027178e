"""Rules on written consent: 34 CFR 99.30, and what may not pass for it."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts, ConsentCounts, ConsentForm
from agreements.rules.rule import Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Basis, Stage


@rule(
    "R-031",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.30(a) and (b)",
)
def a_consent_form_says_what_it_allows(facts: AgreementFacts) -> Iterator[Breach]:
    """A form names records, purpose and recipients, and is dated."""
    for flow in facts.disclosures_on(Basis.CONSENT):
        forms = [each for each in facts.consent_forms if each.flow == flow.key]
        if not forms:
            yield Breach(
                message=f"“{flow.key}” rests on consent, but there is no form on which "
                "families give it. Write the form.",
                where="basis",
                subject=flow.key,
            )
        for form in forms:
            if missing := _missing_in(form):
                yield Breach(
                    message=f"The consent form for “{flow.key}” does not state "
                    f"{', nor '.join(missing)}, so signing it allows nothing. Complete "
                    "the form.",
                    where="basis",
                    subject=flow.key,
                )


def _missing_in(form: ConsentForm) -> list[str]:
    stated = {
        "which records may be disclosed": form.records,
        "for what purpose": form.purpose,
        "to whom": form.recipients,
        "the date of signing": form.has_date,
    }
    return [what for what, value in stated.items() if not value]


def _counts(facts: AgreementFacts) -> ConsentCounts:
    """How many arriving records fail their consent; none where none is needed."""
    delivery = facts.delivery
    flow = facts.flow(delivery.flow) if delivery else None
    if delivery and flow and flow.basis is Basis.CONSENT:
        return delivery.consents
    return ConsentCounts()


@rule(
    "R-032",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.30(a)",
)
def every_record_has_its_consent(facts: AgreementFacts) -> Iterator[Breach]:
    """Each arriving record has a consent that is current, and for this use."""
    n_without = _counts(facts).n_without
    if n_without:
        yield Breach(
            message="Records without a consent that is in force and covers this use: "
            f"{n_without}. They are withheld. Ask the families, or leave the records "
            "out.",
            where="delivery",
        )


@rule(
    "R-033",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="20 USC 1232g(d); 34 CFR 99.5(a)",
)
def adult_students_consent_for_themselves(facts: AgreementFacts) -> Iterator[Breach]:
    """From 18, or in a college, the student signs and not the parent."""
    n_by_parents = _counts(facts).n_signed_by_parent_of_adult
    if n_by_parents:
        yield Breach(
            message="Consents signed by a parent although the student is 18 or attends "
            f"a college: {n_by_parents}. The right is now the student's. Ask the "
            "student to sign.",
            where="delivery",
        )


@rule(
    "R-034",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.30(d)",
)
def electronic_consent_has_a_known_signer(facts: AgreementFacts) -> Iterator[Breach]:
    """An electronic consent shows who signed, and that the person approved."""
    n_unknown = _counts(facts).n_unauthenticated
    if n_unknown:
        yield Breach(
            message=f"Electronic consents that do not show who signed: {n_unknown}. "
            "Such a consent counts only if the signer is identified, confirmed, and "
            "seen to approve. Have them signed again after checking who signs.",
            where="delivery",
        )


@rule(
    "R-035",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="42 USC 3544(b) and (e)",
)
def consent_is_free(facts: AgreementFacts) -> Iterator[Breach]:
    """No family's housing depends on consent, and no income form stands in for it."""
    for form in facts.consent_forms:
        if form.is_tied_to_housing:
            yield Breach(
                message="The consent form ties housing or help with rent to signing. "
                "No family's housing may depend on it. Use a form that says so, and "
                "that a family may refuse.",
                where="basis",
                subject=form.flow,
            )
        if form.is_hud_9886:
            yield Breach(
                message="Form HUD-9886 is used as consent. It allows income checks for "
                "housing and nothing else. Use a form of its own for school records.",
                where="basis",
                subject=form.flow,
            )
