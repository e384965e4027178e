"""HMIS CSV, HUD's format of homeless services: the files that are read, and no others.

Files on health, disability, income and domestic violence are not even opened.
"""

from indicators.formats import flat, values
from indicators.formats.checks import words
from indicators.formats.containers import Folder
from indicators.formats.examine import Answers
from indicators.formats.flat import Sheet
from indicators.formats.headings import comparable
from indicators.formats.problems import FormatError
from indicators.formats.report import Report
from indicators.formats.sets import (
    Field,
    Keeps,
    Part,
    Set,
    key,
    must,
    refuse_absent,
    unused,
)

_QUALITY = words("1", "2", "8", "9", "99")
# An export may hold what was deleted at its source; a day in this column says so.
DELETED = "DateDeleted"
PROJECT_TYPE = "ProjectType"
# Shelters by entry and exit, and by night; transitional, permanent supportive housing;
# safe haven; permanent housing only, with services; rapid re-housing.
LIVED_IN = ("0", "1", "2", "3", "8", "9", "10", "13")
# Into permanent housing people move on a day of its own, some time after they enter.
PERMANENT = ("3", "9", "10", "13")
HOUSEHOLD, MOVED_IN = "HouseholdID", "MoveInDate"
_OF_RECORD = (
    Field(DELETED),
    *unused("DateCreated", "DateUpdated", "UserID", "ExportID"),
)
EXPORT = Part(
    "Export.csv",
    (
        must("ExportID"),
        Field("ExportStartDate", rule=values.DATE),
        Field("ExportEndDate", rule=values.DATE),
        Field("CSVVersion"),
        must("HashStatus"),
        *unused(
            "SourceType",
            "SourceID",
            "SourceName",
            "SourceContactFirst",
            "SourceContactLast",
            "SourceContactPhone",
            "SourceContactExtension",
            "SourceContactEmail",
            "ExportDate",
            "SoftwareName",
            "SoftwareVersion",
            "ExportPeriodType",
            "ExportDirective",
            "ImplementationID",
        ),
    ),
    is_needed=True,
)
PARTS = (
    EXPORT,
    Part(
        "Organization.csv",
        (
            key("OrganizationID"),
            Field("OrganizationName"),
            *unused("VictimServiceProvider", "OrganizationCommonName"),
            *_OF_RECORD,
        ),
    ),
    Part(
        "Project.csv",
        (
            key("ProjectID"),
            Field("OrganizationID", refers="Organization.csv"),
            Field("ProjectName"),
            Field(PROJECT_TYPE),
            *unused(
                "ProjectCommonName",
                "OperatingStartDate",
                "OperatingEndDate",
                "ContinuumProject",
                "HousingType",
                "RRHSubType",
                "ResidentialAffiliation",
                "TargetPopulation",
                "HOPWAMedAssistedLivingFac",
                "PITCount",
            ),
            *_OF_RECORD,
        ),
    ),
    Part(
        "Client.csv",
        (
            key("PersonalID", "tenant.member_id"),
            Field("FirstName", "tenant.first_name", is_needed=True, kind="name"),
            Field("MiddleName", "tenant.middle_name"),
            Field("LastName", "tenant.last_name", is_needed=True, kind="name"),
            Field("NameSuffix", "tenant.suffix"),
            Field("NameDataQuality", rule=_QUALITY, kind="quality"),
            Field("DOB", "tenant.birth_date", is_needed=True, kind="birth"),
            Field("DOBDataQuality", rule=_QUALITY, kind="quality"),
            Field("Sex", "tenant.sex"),
            *unused(
                "SSN",
                "SSNDataQuality",
                "AmIndAKNative",
                "Asian",
                "BlackAfAmerican",
                "HispanicLatinao",
                "HispanicLatinaeo",
                "MidEastNAfrican",
                "NativeHIPacific",
                "White",
                "RaceNone",
                "AdditionalRaceEthnicity",
                "Woman",
                "Man",
                "NonBinary",
                "CulturallySpecific",
                "Transgender",
                "Questioning",
                "DifferentIdentity",
                "GenderNone",
                "DifferentIdentityText",
                "VeteranStatus",
                "YearEnteredService",
                "YearSeparated",
                "WorldWarII",
                "KoreanWar",
                "VietnamWar",
                "DesertStorm",
                "AfghanistanOEF",
                "IraqOIF",
                "IraqOND",
                "OtherTheater",
                "MilitaryBranch",
                "DischargeStatus",
            ),
            *_OF_RECORD,
        ),
        is_needed=True,
    ),
    Part(
        "Enrollment.csv",
        (
            key("EnrollmentID"),
            must("PersonalID", "tenant.member_id", refers="Client.csv"),
            Field("ProjectID", refers="Project.csv"),
            must("EntryDate", "tenant.move_in_date", rule=values.DATE),
            Field(MOVED_IN, "tenant.move_in_date", rule=values.DATE),
            Field(HOUSEHOLD, "tenant.household_id"),
            Field(
                "RelationshipToHoH",
                "tenant.relation_to_head",
                rule=words("1", "2", "3", "4", "5", "99"),
            ),
            *_OF_RECORD,
        ),
        is_needed=True,
    ),
    Part(
        "Exit.csv",
        (
            key("ExitID"),
            must("EnrollmentID", refers="Enrollment.csv"),
            Field("PersonalID", refers="Client.csv"),
            must("ExitDate", "tenant.move_out_date", rule=values.DATE),
            *_OF_RECORD,
        ),
    ),
    Part(
        "YouthEducationStatus.csv",
        (
            key("YouthEducationStatusID"),
            Field("EnrollmentID", refers="Enrollment.csv"),
            Field("PersonalID", refers="Client.csv"),
            Field("InformationDate", rule=values.DATE),
            Field("CurrentSchoolAttend"),
        ),
    ),
)
_UNHASHED = "1"


def read_set(
    folder: Folder, report: Report, answers: Answers, *, keeps: Keeps | None = None
) -> Set:
    """Return what was kept of an export; what it holds is added to the report.

    keeps: see Set. Raises FormatError where what joins its files was removed.
    """
    report.format = "hmis"
    refuse_absent(PARTS, folder, report, standard="HMIS")
    _check_hashing(folder, report)
    reading = Set(folder, report, answers, are_exact=False, keeps=keeps)
    for part in PARTS:
        reading.read(part)
    known = {part.key for part in PARTS}
    n_others = sum(key not in known for key in folder.names)
    if n_others:
        were = "file was" if n_others == 1 else "files were"
        report.notice(
            "F11", f"{n_others} other {were} in the set and not opened: {WHY_NOT}."
        )
    reading.require_joined()
    reading.finish()
    return reading


WHY_NOT = (
    "nothing here needs them, and what such files may hold on health, income or "
    "domestic violence is never taken"
)


def _check_hashing(folder: Folder, report: Report) -> None:
    """Refuse an export whose names are hashed; note its version."""
    if EXPORT.key not in folder.names:
        return
    try:
        with folder.open(EXPORT.key) as stream:
            stated = _first_row(flat.read(stream))
    except FormatError:
        return  # reading the part says so
    report.version = stated.get("csvversion", "")[:20] or None
    if stated.get("hashstatus", "") != _UNHASHED:
        report.refuse(
            "F05",
            "Names in this export are hashed and cannot be matched. Ask for an "
            "unhashed export under the agreement.",
            column="HashStatus",
        )


def _first_row(sheet: Sheet) -> dict[str, str]:
    headings = [comparable(heading) for heading in sheet.headings]
    return {h: v.strip() for h, v in zip(headings, sheet.second, strict=False)}
