"""The words in which an agreement's facts are stated."""

from enum import StrEnum

LINKING = "linking"
"""The key of the analysis that is the linking itself."""


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
    PARTICIPATION = "ids"
    REDISCLOSURE = "red"
    OUTREACH = "out"
    AMENDMENT = "amd"
    RENEWAL = "ren"
    TERMINATION = "ter"
    JOINDER = "joi"

    @property
    def changes_another(self) -> bool:
        """Whether its execution changes the agreement under which it stands."""
        return self in (
            AgreementKind.AMENDMENT,
            AgreementKind.RENEWAL,
            AgreementKind.TERMINATION,
        )


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

    @property
    def is_system(self) -> bool:
        """Whether several owners' records come together at a lead or a county."""
        return self in (SharingModel.INTEGRATED_DATA_SYSTEM, SharingModel.COUNTY_FEED)


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

    def is_finer_than(self, other: "Grain") -> bool:
        """Whether rows of this grain tell more about a person than of the other."""
        return _FINENESS[self] > _FINENESS[other]


_FINENESS = {
    Grain.AGGREGATE: 0,
    Grain.DEIDENTIFIED: 1,
    Grain.CODED: 2,
    Grain.RECORD: 3,
    Grain.CASE_VIEW: 3,
}


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


class StudyKind(StrEnum):
    """What a study may be for: 34 CFR 99.31(a)(6)(i)."""

    TESTS = "tests"
    AID = "aid"
    INSTRUCTION = "instruction"


class Use(StrEnum):
    """What is done with the records for a purpose."""

    ANALYSIS = "analysis"
    EDUCATION_RESEARCH = "education_research"
    ALERTS = "alerts"
    OUTREACH = "outreach"
    CASE_WORK = "case_work"

    @property
    def is_service(self) -> bool:
        """Whether somebody acts on named children or families."""
        return self in (Use.ALERTS, Use.OUTREACH, Use.CASE_WORK)

    @property
    def in_words(self) -> str:
        """The use as a person reads it: "case work"."""
        return self.value.replace("_", " ")


class Support(StrEnum):
    """Who supports a program that is evaluated: 34 CFR 99.35(a)(1)."""

    FEDERAL = "federal"
    STATE = "state"


class Selection(StrEnum):
    """By what the people in a flow are selected."""

    NOBODY_LEFT_OUT = "all"
    SOCIAL_SECURITY = "ssn"
    NOT_DIRECTORY = "non_directory"
    RESIDENT_LIST = "resident_list"
    DISTRICT_RESULTS = "district_results"


class CodeOrigin(StrEnum):
    """What a research record code is made from: 34 CFR 99.31(b)(2)(iii)."""

    RANDOM = "random"
    HASH = "hash"
    ENCRYPTION = "encryption"
    TRUNCATION = "truncation"
    STUDENT_NUMBER = "student_number"


class Frequency(StrEnum):
    """How often something happens, in the words that the text prints."""

    ONCE = "once"
    YEARLY = "once a year"
    TERMLY = "once a term"
    QUARTERLY = "once a quarter"
    MONTHLY = "once a month"
    WEEKLY = "once a week"
    DAILY = "once a day"

    @property
    def per_year(self) -> int:
        """How many times a year; once for all counts as none."""
        return _PER_YEAR[self]


_PER_YEAR = {
    Frequency.ONCE: 0,
    Frequency.YEARLY: 1,
    Frequency.TERMLY: 3,
    Frequency.QUARTERLY: 4,
    Frequency.MONTHLY: 12,
    Frequency.WEEKLY: 52,
    Frequency.DAILY: 365,
}


class Transfer(StrEnum):
    """By which way a flow moves, in the words that the text prints."""

    UPLOAD = "encrypted upload to Homeroom"
    SFTP = "SFTP to an encrypted drop box"
    IN_HOUSE = "no transfer; the records stay in their owner's systems"
    SCREEN = "on screen, after signing in"
    TABLES = "page and file in Homeroom, after every owner approved"
    EMAIL = "e-mail"
    PORTABLE = "a USB drive or another portable medium"
    UNENCRYPTED = "an unencrypted transfer"

    @property
    def is_safe(self) -> bool:
        """Whether records are encrypted on the way and under somebody's control."""
        return self not in (Transfer.EMAIL, Transfer.PORTABLE, Transfer.UNENCRYPTED)


class Renewal(StrEnum):
    """How an agreement goes on after its term."""

    WRITTEN = "written"
    AUTOMATIC = "automatic"


class SchoolOfficialTest(StrEnum):
    """The three tests of 34 CFR 99.31(a)(1)(i)(B)."""

    INSTITUTIONAL_SERVICE = "service"
    DIRECT_CONTROL = "control"
    BOUND_BY_LIMITS = "bound"

    @property
    def in_words(self) -> str:
        """The test as a person reads it."""
        return {
            SchoolOfficialTest.INSTITUTIONAL_SERVICE: "a service the district would "
            "otherwise use employees for",
            SchoolOfficialTest.DIRECT_CONTROL: "the district's direct control of the "
            "records",
            SchoolOfficialTest.BOUND_BY_LIMITS: "the limits on redisclosure of 34 CFR "
            "99.33(a)",
        }[self]


class NoticeKind(StrEnum):
    """Notices that a rule looks for."""

    ANNUAL = "annual"
    DIRECTORY = "directory"
    REDISCLOSURE_LIMITS = "99.33(d)"


class DeterminationKind(StrEnum):
    """What somebody with the power to do so decided and signed."""

    DEIDENTIFICATION = "deidentification"
    IRB = "irb"


class Audience(StrEnum):
    """Who reads a release."""

    PUBLIC = "public"
    PARTIES = "parties"
    PHA_STAFF = "pha_staff"


class Sanitization(StrEnum):
    """How records are destroyed: NIST SP 800-88 Rev. 2, and what is not in it."""

    CLEAR = "Clear (NIST SP 800-88 Rev. 2)"
    PURGE = "cryptographic erase (NIST SP 800-88 Rev. 2, Purge)"
    DESTROY = "Destroy (NIST SP 800-88 Rev. 2)"
    DEGAUSS = "degaussing"
    REVISION_1 = "a method of NIST SP 800-88 Rev. 1"


class Medium(StrEnum):
    """What records are kept on."""

    VAULT = "the encrypted vault of this instance"
    MAGNETIC = "a magnetic disk"
    FLASH = "flash storage"
    CLOUD = "a cloud service"
    PAPER = "paper"


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
