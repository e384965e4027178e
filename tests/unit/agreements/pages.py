"""Pages of invented documents for the tests of documents and seals."""

from datetime import UTC, date, datetime

from agreements.papers import (
    AgreementPages,
    ApprovalLine,
    AttestedLine,
    CertificatePages,
    ClauseText,
    DateLine,
    DestroyedLine,
    EvidencePages,
    FieldLine,
    FindingLine,
    FlowTable,
    LedgerHead,
    PartyLine,
    PersonLine,
    SignatoryLine,
    SignatureLine,
    Term,
)

AGENCY = "Rainier Valley Housing Agency"
DISTRICT = "Grand Bend Independent School District"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
LEDGER = LedgerHead(chain="Rainier Valley and Grand Bend", number=41, digest=DIGEST)

PARTIES = (
    PartyLine(
        AGENCY,
        "Public housing agency",
        "Washington",
        "Owns the housing records; receives tables of counts",
    ),
    PartyLine(
        DISTRICT,
        "School district",
        "Washington",
        "Owns the education records; links and computes in its own system",
    ),
)
CLAUSES = (
    ClauseText(
        "C01",
        "Parties and roles",
        f"This agreement is between {AGENCY} and {DISTRICT}. Each party acts in "
        "the role shown in Schedule 1.",
    ),
    ClauseText(
        "C02",
        "Purpose and scope",
        "The parties will use the shared data only to learn whether children who "
        "live in public housing attend school regularly. The work is limited to "
        "the ten developments listed by the agency and the school year 2021–22; "
        "no other use is allowed unless amended in writing.",
    ),
    ClauseText(
        "C12-E",
        "No redisclosure, education records",
        f"{AGENCY} may not pass identifiable data to anyone, except back to "
        f"{DISTRICT}. {DISTRICT} hereby gives notice of the limits in 34 CFR "
        "99.33(a).",
    ),
    ClauseText(
        "C16",
        "Small cells and publication",
        "Groups under 10 people are suppressed, along with any figure that would "
        "reveal them.\n\nOwners have 10 business days to check a release; every "
        "owner must approve.",
    ),
    ClauseText(
        "C17",
        "Destruction",
        "Identifiable data are destroyed when no longer needed: linking lists "
        "within 30 days after the link is accepted; linked rows 90 days after the"
        " last release or 60 days after the purpose ends, whichever is first; "
        "never later than June 30, 2027, backups and copies included, by "
        "cryptographic erase.",
    ),
    ClauseText(
        "C26",
        "Protected households",
        f"{AGENCY} removes protected households before sending, without giving a "
        "reason. No party will ask why a record is missing.",
    ),
)
TENANT_FIELDS = tuple(
    FieldLine(label, element, category, question)
    for label, element, category, question in (
        (
            "Member id",
            "tenant.member_id",
            "H.ID",
            "Which rows are one child?",
        ),
        (
            "First name",
            "tenant.first_name",
            "H.ID",
            "Is this the same child?",
        ),
        (
            "Last name",
            "tenant.last_name",
            "H.ID",
            "Is this the same child?",
        ),
        (
            "Birth date",
            "tenant.birth_date",
            "H.ID",
            "Is this the same child?",
        ),
        (
            "Development",
            "tenant.development",
            "H.PROG",
            "Do buildings differ?",
        ),
        (
            "Move-in date",
            "tenant.move_in_date",
            "H.PROG",
            "Did the child live there during the school year?",
        ),
    )
)
TABLE_FIELDS = (
    FieldLine(
        "Enrolled children",
        "table.enrolled",
        "E.REC",
        "How many residents attend our schools?",
    ),
    FieldLine(
        "Attendance rate",
        "table.attendance_rate",
        "E.REC",
        "Do they attend regularly?",
    ),
    FieldLine(
        "Chronic absence",
        "table.chronic_absence",
        "E.REC",
        "Who misses a tenth of the year?",
    ),
)
FLOWS = (
    FlowTable(
        AGENCY,
        DISTRICT,
        "Records of persons",
        "The agency’s own authority; 24 CFR 960.259(b)(2)",
        "Once a year",
        "encrypted upload",
        "30 days after the link is accepted",
        TENANT_FIELDS,
        "All rows",
    ),
    FlowTable(
        DISTRICT,
        AGENCY,
        "Tables of counts, small cells suppressed",
        "De-identified, 34 CFR 99.31(b)(1)",
        "Once a year",
        "published release",
        "Kept: they describe no person",
        TABLE_FIELDS,
        "All rows",
    ),
)


def agreement(*, demo: bool = True) -> AgreementPages:
    """Return the pages of a memorandum between two invented parties."""
    return AgreementPages(
        number="MOU-2026-001",
        title="School attendance of children in public housing",
        kind="Memorandum of understanding",
        version=3,
        frozen_on=date(2026, 2, 3),
        purpose="The agency and the district want to know whether children who live in "
        "public housing attend school regularly, and where they do not.",
        key_terms=(
            Term("Who links", f"{DISTRICT}, in its own system"),
            Term(
                "What comes back", "Three tables of counts, by building and by school"
            ),
            Term("Threshold", "Groups under 10 children are suppressed"),
            Term("Term", "February 15, 2026 to February 14, 2027"),
        ),
        parties=PARTIES,
        clauses=CLAUSES,
        flows=FLOWS,
        people=(
            PersonLine(
                "Amara Okafor",
                "Data steward",
                DISTRICT,
                "Both lists while linking",
                date(2026, 2, 15),
                date(2027, 2, 14),
            ),
            PersonLine(
                "Luis Ortega",
                "Housing data steward",
                AGENCY,
                "The agency’s own list",
                date(2026, 2, 15),
                date(2027, 2, 14),
            ),
        ),
        dates=(
            DateLine("Sharing goes live", date(2026, 2, 15)),
            DateLine(
                "Review", date(2027, 1, 14), "Renewal is in writing, never automatic"
            ),
            DateLine("Destroyed at the latest", date(2027, 6, 30), "Clause C17"),
        ),
        findings=(
            FindingLine(
                "R-110",
                "Warning",
                "The agreement is not signed yet, so nothing may be shared.",
                "",
            ),
            FindingLine(
                "R-081",
                "Error, overridden",
                "The tenant list would be kept 45 days after the link.",
                "Shortened to 30 days; J. Mbeki, counsel, January 29, 2026",
            ),
        ),
        signatories=(
            SignatoryLine(
                "Ruth Calderón",
                "Executive director",
                AGENCY,
                "Resolution 2026-04 of the commissioners",
            ),
            SignatoryLine(
                "Dr. Samuel Whitfield",
                "Superintendent",
                DISTRICT,
                "Board policy CB, delegation of May 5, 2025",
            ),
        ),
        demo=demo,
    )


def evidence(*, frozen_digest: str = DIGEST) -> EvidencePages:
    """Return the evidence pages of that memorandum."""
    signed_at = datetime(2026, 2, 12, 17, 4, 9, tzinfo=UTC)
    method = "Password and one-time code, confirmed just before signing"
    return EvidencePages(
        number="MOU-2026-001",
        title="School attendance of children in public housing",
        kind="Memorandum of understanding",
        version=3,
        executed_at=datetime(2026, 2, 13, 9, 30, 1, tzinfo=UTC),
        effective_on=date(2026, 2, 15),
        ends_on=date(2027, 2, 14),
        frozen_name="MOU-2026-001-v3.pdf",
        frozen_digest=frozen_digest,
        parties=PARTIES,
        approvals=(
            ApprovalLine(AGENCY, "Joan Mbeki", "Counsel", signed_at, DIGEST, DIGEST),
            ApprovalLine(
                DISTRICT, "Henry Alvarez", "Solicitor", signed_at, DIGEST, DIGEST
            ),
        ),
        signatures=(
            SignatureLine(
                "Ruth Calderón",
                "Executive director",
                AGENCY,
                "Resolution 2026-04 of the commissioners",
                method,
                signed_at,
                frozen_digest,
                f"I sign for {AGENCY}, and agree to sign electronically.",
            ),
            SignatureLine(
                "Dr. Samuel Whitfield",
                "Superintendent",
                DISTRICT,
                "Board policy CB, delegation of May 5, 2025",
                method,
                signed_at,
                frozen_digest,
                f"I sign for {DISTRICT}, and agree to sign electronically.",
            ),
        ),
        mandate_digest=DIGEST,
        sealed_by=DISTRICT,
        seal_authority=DIGEST,
        ledger=LEDGER,
        demo=True,
    )


def certificate() -> CertificatePages:
    """Return the pages of a certificate of destruction."""
    at = datetime(2026, 6, 30, 4, 0, 12, tzinfo=UTC)
    gone = datetime(2026, 7, 7, 4, 0, 12, tzinfo=UTC)
    return CertificatePages(
        number="CERT-2026-003",
        agreement_number="MOU-2026-001",
        agreement_title="School attendance of children in public housing",
        agreement_digest=DIGEST,
        clause="C17",
        issued_at=datetime(2026, 6, 30, 4, 1, tzinfo=UTC),
        owners=PARTIES,
        destroyed=(
            DestroyedLine(
                "Tenant list", AGENCY, 447, "Vault blob and its copies", at, gone
            ),
            DestroyedLine(
                "Crosswalk of matched children",
                DISTRICT,
                221,
                "Vault blob and its copies",
                at,
                gone,
            ),
        ),
        attested=(
            AttestedLine(
                AGENCY,
                "Luis Ortega",
                "Workstation export",
                "Purge, NIST SP 800-88 Rev. 2",
                date(2026, 6, 29),
            ),
        ),
        performer="Homeroom, unattended, acting on clause C17",
        sealed_by=DISTRICT,
        seal_authority=DIGEST,
        ledger=LEDGER,
        demo=True,
    )
