"""What the variables of the clause library stand for: facts as they are printed."""

from collections.abc import Iterable, Mapping
from datetime import date

from agreements.rules.facts import AgreementFacts, Flow, Purpose
from agreements.rules.scope import in_words
from agreements.rules.vocabulary import (
    LINKING,
    Basis,
    Capacity,
    Grain,
    PartyType,
    SharingModel,
    Sight,
    StudyKind,
)

SURVIVING = ("C12-E", "C12-H", "C14", "C17", "C44", "C45")
NOBODY = "nobody, for this agreement needs none"
WITHOUT_LINKING = (
    SharingModel.CONSENTED_CASES,
    SharingModel.SCHOOL_OFFICIAL,
    SharingModel.CONSENTED_RECORDS,
    SharingModel.DEIDENTIFIED_ROWS,
)
WITHOUT_ANALYSIS = (SharingModel.CONSENTED_CASES, SharingModel.SCHOOL_OFFICIAL)

MEANING: Mapping[str, str] = {
    "party_list": "the parties",
    "role_by_party": "what each party does",
    "purpose": "the purpose",
    "scope": "the scope of the work",
    "benefit": "what the parties gain",
    "study_title": "the title of the study",
    "study_aim": "what the study is for",
    "program": "the education program",
    "program_support": "who supports the program",
    "evaluation_method": "the steps of the evaluation",
    "necessity": "why records about students are needed",
    "pii_use": "how records about students are used",
    "basis_by_flow": "the ground of each flow",
    "fields_by_flow": "the elements that each party sends",
    "transfer_by_flow": "how often and by which way each flow moves",
    "analyses": "the permitted analyses",
    "measures": "the measures",
    "owners": "the owners",
    "authorized_people": "the people with access",
    "recipients": "the recipients",
    "education_senders": "who sends records of students",
    "education_receivers": "who receives records of students",
    "housing_receivers": "who receives housing records",
    "housing_senders": "who sends housing records",
    "deidentified_senders": "who de-identifies",
    "deidentified_receivers": "who receives de-identified rows",
    "official_senders": "for whom a school official acts",
    "official_receivers": "who acts as a school official",
    "official_service": "the service of the school official",
    "case_fields": "the fields that a case shows",
    "onward_parties": "the onward recipients",
    "ids_leads": "the lead of the integrated data system",
    "parent_agreements": "the agreement that this one stands under",
    "offering": "who offers its terms",
    "joiner_type": "who may join",
    "offer_end": "the last day for joining",
    "consent_records": "the records that a family consents to",
    "consent_recipients": "who gets them by consent",
    "consent_purpose": "what they consent to it for",
    "choice": "whether families may choose",
    "min_cell": "the smallest group that may be shown",
    "review_days": "the days for examining a release",
    "list_days": "the days for keeping linking lists",
    "release_days": "the days for keeping linked rows after a release",
    "end_days": "the days for keeping linked rows after the purpose ends",
    "destroy_by": "the last date for destruction",
    "destruction_method": "the method of destruction",
    "certificate_days": "the days for the certificate",
    "contacts": "the contacts for notices",
    "breach_hours": "the hours for reporting an incident",
    "audit_days": "the days' notice of an inspection",
    "start": "the first day of the term",
    "end": "the last day of the term",
    "implementation": "the day on which sharing begins",
    "review": "the day of the review",
    "surviving": "the clauses that go on",
    "states": "the parties' states",
    "linkers": "who links",
    "analysts": "who analyzes",
    "destroyed_records": "what was destroyed",
    "destroyed_media": "on which media",
    "destroyed_on": "the day of destruction",
    "destroyed_by_method": "by which method",
    "performer": "who did the work",
    "witness": "who confirms it",
    "exceptions": "what was kept, and why",
    "changed_clauses": "what it changes",
    "dropped_clauses": "which clauses no longer hold",
    "reviewed_on": "the day of the review held",
    "review_findings": "what the review found",
    "new_targets": "the new targets",
    "new_end": "the new last day of the term",
    "schedule_version": "the version of the data schedule",
}

CITATIONS: Mapping[Basis, str] = {
    Basis.NONE_NEEDED: "no exception, for none is needed",
    Basis.CONSENT: "written consent (34 CFR 99.30)",
    Basis.SCHOOL_OFFICIAL: "school officials (34 CFR 99.31(a)(1)(i)(B))",
    Basis.STUDIES: "studies (34 CFR 99.31(a)(6))",
    Basis.AUDIT_EVALUATION: "audit or evaluation (34 CFR 99.31(a)(3) and 99.35)",
    Basis.CHILD_WELFARE: "child-welfare agencies (20 USC 1232g(b)(1)(L))",
    Basis.DIRECTORY: "directory information (34 CFR 99.31(a)(11) and 99.37)",
    Basis.DEIDENTIFIED: "de-identified records (34 CFR 99.31(b)(1))",
    Basis.CODED: "de-identified records with a code (34 CFR 99.31(b)(2))",
    Basis.HEALTH_SAFETY: "health or safety emergencies (34 CFR 99.31(a)(10))",
}
STUDY_AIMS: Mapping[StudyKind, str] = {
    StudyKind.TESTS: "develop, validate or administer predictive tests",
    StudyKind.AID: "administer student aid programs",
    StudyKind.INSTRUCTION: "improve instruction",
}


def values_of(facts: AgreementFacts, titles: Mapping[str, str]) -> dict[str, str]:
    """Return every variable that facts can state; what is not stated yet is "".

    titles: of the clauses in the text, by key; only those can be said to go on.
    """
    return {
        **_who(facts),
        **_roles(facts),
        **_what(facts),
        **_why(facts),
        **_consent(facts),
        **_until_when(facts),
        **_renewal(facts),
        "surviving": listing(
            f"{titles[key]} ({key})" for key in SURVIVING if key in titles
        ),
    }


def _who(facts: AgreementFacts) -> dict[str, str]:
    names = facts.name_of
    return {
        "party_list": listing(each.name for each in facts.parties),
        "role_by_party": "; ".join(
            f"{each.name} acts as {listing(each.capacities)}"
            for each in facts.parties
            if each.capacities
        ),
        "owners": listing(names(each) for each in facts.owners),
        "recipients": listing(
            names(each.receiver) for each in facts.flows if each.is_disclosure
        ),
        "states": listing(each.state for each in facts.parties),
        "authorized_people": _people(facts),
        "contacts": facts.handling.contacts,
        "linkers": _acting(facts, Capacity.LINKER, is_needed=_is_linked(facts)),
        "analysts": _acting(facts, Capacity.ANALYST, is_needed=_is_analyzed(facts)),
        "ids_leads": listing(
            each.name for each in facts.parties if each.type is PartyType.IDS_LEAD
        ),
        "parent_agreements": listing(each.number for each in facts.parents),
        "onward_parties": "; ".join(
            f"on behalf of {names(each.owner)}: {each.name}, for {each.interest}, "
            f"on the ground of {CITATIONS[each.basis]}"
            for each in facts.onward
            if each.name and each.interest and each.basis
        ),
        "offering": listing(_offering(facts)),
        "joiner_type": _type_in_words(facts),
        "offer_end": day(facts.offer.until_on if facts.offer else None),
    }


def _people(facts: AgreementFacts) -> str:
    if not facts.identifiable_flows:
        return "nobody, for no such records are sent"
    return "; ".join(
        f"{each.name} ({each.role}, {facts.name_of(each.party)})"
        for each in facts.access
        if {*each.sees} - {Sight.TABLES} and each.name
    )


def _acting(facts: AgreementFacts, capacity: Capacity, *, is_needed: bool) -> str:
    found = listing(each.name for each in facts.acting_as(capacity))
    return found or ("" if is_needed else NOBODY)


def _is_linked(facts: AgreementFacts) -> bool:
    """Return whether anything is sent to be linked; until something is, it may be."""
    if facts.model in WITHOUT_LINKING:
        return False
    return not facts.flows or any(
        LINKING in each.answers for _, each in facts.listed_fields()
    )


def _is_analyzed(facts: AgreementFacts) -> bool:
    """Return whether anything is measured; until it is said, it may be."""
    if facts.model in WITHOUT_ANALYSIS:
        return False
    return not facts.analyses or any(each.breakdowns for each in facts.analyses)


def _offering(facts: AgreementFacts) -> list[str]:
    """Return who receives records about people: who joins sends its own to them."""
    return [
        facts.name_of(each.receiver)
        for each in facts.identifiable_disclosures
        if facts.offer
    ]


def _type_in_words(facts: AgreementFacts) -> str:
    if facts.offer is None:
        return ""
    return {
        PartyType.PHA: "housing agencies",
        PartyType.MULTIFAMILY_OWNER: "owners of assisted properties",
        PartyType.DISTRICT: "school districts",
        PartyType.STATE_AGENCY: "state educational agencies",
        PartyType.SCHOOL: "schools",
        PartyType.UNIVERSITY: "universities",
        PartyType.IDS_LEAD: "leads of integrated data systems",
        PartyType.COUNTY: "counties",
        PartyType.CHILD_WELFARE: "child-welfare agencies",
        PartyType.PROVIDER: "providers",
        PartyType.FUNDER: "funders",
    }[facts.offer.joiner_type]


def _roles(facts: AgreementFacts) -> dict[str, str]:
    """Return who sends and who receives which kind of records."""
    kinds = {
        "education": facts.education_disclosures,
        "housing": facts.housing_disclosures,
        "deidentified": [
            each
            for each in facts.flows
            if each.grain in (Grain.DEIDENTIFIED, Grain.CODED)
        ],
        "official": [
            each for each in facts.flows if each.basis is Basis.SCHOOL_OFFICIAL
        ],
    }
    return {
        f"{kind}_{end}s": listing(facts.name_of(getattr(each, end)) for each in flows)
        for kind, flows in kinds.items()
        for end in ("sender", "receiver")
    }


def _what(facts: AgreementFacts) -> dict[str, str]:
    flows = facts.flows
    return {
        "fields_by_flow": "; ".join(
            f"{_ends(facts, each)}, {listing(_lowered(f.label) for f in each.fields)}"
            f"{_whose(each)}"
            for each in flows
            if each.fields
        ),
        "transfer_by_flow": "; ".join(
            f"{_ends(facts, each)}, {each.frequency} by {each.method}"
            for each in flows
            if each.frequency and each.method
        ),
        "basis_by_flow": "; ".join(
            f"{_ends(facts, each)}, {CITATIONS[each.basis]}"
            for each in facts.education_disclosures
            if each.basis
        ),
        "case_fields": "; ".join(
            f"{_ends(facts, each)}, {listing(_lowered(f.label) for f in each.fields)}"
            for each in flows
            if each.grain is Grain.CASE_VIEW and each.fields
        ),
        "official_service": listing(each.service.rstrip(".") for each in flows),
        "analyses": "; ".join(
            f"{each.label}, by {listing(each.breakdowns)}"
            if each.breakdowns
            else each.label
            for each in facts.analyses
        ),
        "measures": listing(
            _lowered(each.label) for each in facts.analyses if each.breakdowns
        ),
        "min_cell": number(facts.min_cell),
        "review_days": number(facts.handling.release_review_days),
    }


def _ends(facts: AgreementFacts, flow: Flow) -> str:
    sender, receiver = facts.name_of(flow.sender), facts.name_of(flow.receiver)
    return f"from {sender} to {receiver}" if flow.is_disclosure else f"in {sender}"


def _whose(flow: Flow) -> str:
    told = in_words(flow.scope, flow.place_names)
    return f" (only rows {told})" if told else ""


def _why(facts: AgreementFacts) -> dict[str, str]:
    def all_of(name: str) -> str:
        return listing(_sentence(each, name) for each in facts.purposes)

    programs = [each.program for each in facts.purposes if each.program]
    return {
        "purpose": all_of("text"),
        "scope": all_of("scope"),
        "benefit": all_of("benefit"),
        "study_title": all_of("study_title"),
        "study_aim": listing(
            STUDY_AIMS[each.study_kind] for each in facts.purposes if each.study_kind
        ),
        "evaluation_method": all_of("method"),
        "necessity": all_of("necessity"),
        "pii_use": all_of("pii_use"),
        "program": listing(each.name for each in programs),
        "program_support": listing(
            f"{support.capitalize()} money"
            for each in programs
            for support in each.supported_by
        ),
    }


def _sentence(purpose: Purpose, name: str) -> str:
    return str(getattr(purpose, name)).strip().rstrip(".")


def _consent(facts: AgreementFacts) -> dict[str, str]:
    forms = facts.consent_forms
    may_choose = any(
        each.basis in (Basis.CONSENT, Basis.DIRECTORY) for each in facts.flows
    )
    return {
        "consent_records": listing(each.records for each in forms),
        "consent_recipients": listing(each.recipients for each in forms),
        "consent_purpose": listing(each.purpose for each in forms),
        "choice": (
            "Families may say no, at first or later."
            if may_choose
            else "Tables show no person, so nobody needs to be taken out of them."
            if not facts.identifiable_disclosures
            else "The law lets the parties share these records without asking, so "
            "families cannot be taken out."
        ),
    }


def _until_when(facts: AgreementFacts) -> dict[str, str]:
    terms, handling, term = facts.destruction, facts.handling, facts.term
    return {
        "list_days": number(terms.list_days),
        "release_days": number(terms.release_days),
        "end_days": number(terms.end_days),
        "destroy_by": day(terms.destroy_by),
        "destruction_method": terms.method,
        "certificate_days": number(terms.certificate_days),
        "breach_hours": number(handling.breach_hours),
        "audit_days": number(handling.audit_notice_days),
        "start": day(term.starts_on),
        "end": day(term.ends_on),
        "implementation": day(term.implementation_on),
        "review": day(term.review_on),
    }


def _renewal(facts: AgreementFacts) -> dict[str, str]:
    held = facts.review_held
    return {
        "reviewed_on": day(held.held_on),
        "review_findings": held.findings.strip().rstrip("."),
        "new_targets": held.new_targets.strip().rstrip("."),
        "new_end": day(facts.term.ends_on),
        "schedule_version": listing(str(each.edition + 1) for each in facts.parents),
    }


def listing(names: Iterable[str]) -> str:
    """Return “a”, “a and b”, “a, b and c”: each once, in order, the empty left out."""
    named = [each for each in dict.fromkeys(names) if each]
    return " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))


def _lowered(label: str) -> str:
    return label[:1].lower() + label[1:]


def number(value: int | None) -> str:
    """Return a number as it is printed, "" while it is not stated."""
    return "" if value is None else str(value)


def day(value: date | None) -> str:
    """Return a day as it is printed, "" while it is not stated."""
    return "" if value is None else f"{value:%B} {value.day}, {value.year}"
