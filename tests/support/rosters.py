"""Sets of files as standards have them, each with one invented child."""

import io
import zipfile
from collections.abc import Mapping

ONEROSTER = {
    "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
    "file.orgs,bulk\nfile.users,bulk\nfile.demographics,bulk\nfile.courses,absent\n",
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,"
    "parentSourcedId\no1,,,School,school,1,\n",
    "users.csv": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,"
    "username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,"
    "agentSourcedIds,grades\nu1,,,true,o1,student,ana,,Ana,Lopez,,7,,,,,09\n"
    "u2,,,true,o1,teacher,bo,,Bo,Li,,,,,,,\n",
    "demographics.csv": "sourcedId,status,dateLastModified,birthDate,sex\n"
    "u1,,,2010-01-31,female\n",
}
ONEROSTER_2 = {
    "manifest.csv": ONEROSTER["manifest.csv"].replace("1.1", "1.2")
    + "file.roles,bulk\n",
    "orgs.csv": ONEROSTER["orgs.csv"],
    "users.csv": "sourcedId,status,dateLastModified,enabledUser,username,userIds,"
    "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
    "password,userMasterIdentifier,preferredGivenName\n"
    "u1,,,true,ana,,Ana,Lopez,,7,,,,,09,,,\n",
    "roles.csv": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,"
    "beginDate,endDate,orgSourcedId,userProfileSourcedId\n"
    "r1,,,u1,primary,student,2021-08-23,,o1,\n",
    "demographics.csv": ONEROSTER["demographics.csv"],
}
ONEROSTER_CHANGES = {
    name: text.replace("bulk", "delta")
    .replace("1,,,", "1,active,2022-01-01T00:00:00.000Z,")
    .replace("u2,,,", "u2,tobedeleted,2022-01-01T00:00:00.000Z,")
    for name, text in ONEROSTER.items()
}
SDS_2 = {
    "orgs.csv": "sourcedId,name,type,parentSourcedId\n1,School,school,\n",
    "users.csv": "sourcedId,username,givenName,familyName\n1,ana,Ana,Lopez\n",
    "roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary\n"
    "1,1,student,,09,true\n",
}
HMIS = {
    "Export.csv": "ExportID,CSVVersion,HashStatus\n1,2026 v1.0,1\n",
    "Client.csv": "PersonalID,FirstName,LastName,SSN,DOB,DOBDataQuality\n"
    "p1,Ana,Lopez,123456789,2010-01-31,1\n",
    "Enrollment.csv": "EnrollmentID,PersonalID,EntryDate,RelationshipToHoH\n"
    "e1,p1,2020-01-01,2\n",
    "HealthAndDV.csv": "HealthAndDVID,PersonalID\n1,p1\n",
}


def packed(files: Mapping[str, str | bytes], *, folder: str = "") -> bytes:
    """Return a zip archive of these files."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{folder}{name}", content)
    return into.getvalue()
