"""The words in which an agreement's facts are stated."""

from enum import StrEnum


class Stage(StrEnum):
    """The moments at which rules are asked."""

    DRAFT = "draft"
    SIGNATURE = "signature"
    EXECUTION = "execution"
    INTAKE = "intake"
    PUBLICATION = "publication"
    TIMER = "timer"


class AgreementKind(StrEnum):
    """What kind of document an agreement is."""

    MEMORANDUM = "mou"
    DATA_USE = "dua"


class SharingModel(StrEnum):
    """Who sends what to whom; the numbers are those that people use."""

    ADDRESS_ONLY = "1"
    DISTRICT_LINKS = "2"
    CONTRACTOR_LINKS = "2C"
    DEIDENTIFIED_ROWS = "3"
    STUDIES = "4S"
    AUDIT_EVALUATION = "4A"
    INTEGRATED_DATA_SYSTEM = "5"
    CONSENTED_CASES = "6A"
    SCHOOL_OFFICIAL = "6B"
    COUNTY_FEED = "7"
    CONSENTED_RECORDS = "8"


class PartyType(StrEnum):
    """What kind of organisation a party is."""

    PHA = "pha"
    MULTIFAMILY_OWNER = "multifamily_owner"
    DISTRICT = "district"
    STATE_AGENCY = "sea"
    SCHOOL = "school"
    UNIVERSITY = "university"
    IDS_LEAD = "ids_lead"
    COUNTY = "county"
    CHILD_WELFARE = "child_welfare"
    PROVIDER = "provider"
    FUNDER = "funder"


class Capacity(StrEnum):
    """What a party does under the agreement."""

    OWNER = "owner"
    RECIPIENT = "recipient"
    LINKER = "linker"
    ANALYST = "analyst"
    FUNDER = "funder"


class Grain(StrEnum):
    """How fine a flow is; the last two are personally identifiable."""

    AGGREGATE = "aggregate"
    DEIDENTIFIED = "deid_record"
    CODED = "coded_deid_record"
    RECORD = "pii_record"
    CASE_VIEW = "case_view"

    @property
    def is_identifiable(self) -> bool:
        """Whether each row is about a person who can be identified."""
        return self in (Grain.RECORD, Grain.CASE_VIEW)


class Basis(StrEnum):
    """The ground on which education records may leave the district."""

    NONE_NEEDED = "none_needed"
    CONSENT = "consent"
    SCHOOL_OFFICIAL = "school_official"
    STUDIES = "studies"
    AUDIT_EVALUATION = "audit_eval"
    CHILD_WELFARE = "child_welfare"
    DIRECTORY = "directory"
    DEIDENTIFIED = "deid"
    CODED = "deid_coded"
    HEALTH_SAFETY = "health_safety"


class Sight(StrEnum):
    """What a person on the access list may see."""

    IDENTIFIERS = "identifiers"
    LINKED_ROWS = "linked_rows"
    TABLES = "tables"


class Covers(StrEnum):
    """What a recorded authority allows."""

    SIGNING = "sign"
    SENDING = "send"


class HousingGround(StrEnum):
    """Counsel's ground for the agency's own side: 24 CFR 960.259(b)(2)."""

    PROGRAM_PURPOSE = "program_purpose"
    RESIDENT_CONSENT = "resident_consent"
