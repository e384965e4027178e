"""Form HUD-50058: which headings of housing software mean which of its lines.

Headings come from the export columns of a large housing authority, published by Public
Health – Seattle & King County under the MIT licence, and from the form's own numbers.
"""

from collections.abc import Mapping, Sequence

# Lines that are read, by element; "3b" and "h3b" are how many exports name a line.
LINES: Mapping[str, Sequence[str]] = {
    "tenant.member_id": (
        "mbr id",
        "memberuniqueidentifier",
        "member unique identifier",
        *("tenant id", "person id"),
    ),
    "tenant.household_id": ("household number", "household id", "hhid"),
    "tenant.last_name": ("3b", "h3b", "03b", "lastname3b", "memberlastname3b"),
    "tenant.first_name": ("3c", "h3c", "03c", "firstname3c", "memberfirstname3c"),
    "tenant.middle_name": ("3d", "h3d", "03d", "middleinitial3d", "mi"),
    "tenant.suffix": ("3b1", "h3b1", "lnamesuf", "name suffix"),
    "tenant.birth_date": ("3e", "h3e", "03e", "dateofbirth3e"),
    "tenant.sex": ("3g", "h3g", "03g", "sex3g"),
    "tenant.relation_to_head": (
        *("3h", "h3h", "03h", "memberrelationcode3h", "relcode", "relation code"),
        *("relation to head", "relationship", "relation"),
        *("relation to head of household", "relation to hoh"),
    ),
    "tenant.race": ("3k", "h3k", "03k", "raceshacombined3k"),
    "tenant.ethnicity": ("3m", "h3m", "03m", "ethnicity3m"),
    "tenant.household_size": ("3t", "h3t", "03t", "numberofhouseholdmembers3t"),
    "tenant.program": ("1c", "h1c", "01c", "majorprogram", "programtype"),
    "tenant.development": (
        *("1d", "h1d", "01d", "project number", "development code"),
        *("development number", "development id"),
        *("hud project number", "pic development number", "project id"),
    ),
    "tenant.building_number": ("1e", "h1e", "01e", "building number"),
    "tenant.action": (
        *("2a", "h2a", "02a", "actiontype2a", "certtype", "type of action"),
        "action type",
    ),
    "tenant.action_date": (
        *("2b", "h2b", "02b", "effectivedateofaction2b", "effectivedate"),
        "effective date of action",
    ),
    "tenant.move_in_date": ("2h", "h2h", "02h", "dateofadmission2h", "admit date"),
    "tenant.street_address": (
        *("5a", "h5a", "05a1a", "unitaddressnumberandstreet5a", "unitaddressline1"),
        *("staddress1", "primarystreet", "unit address"),
    ),
    "tenant.city": ("05a3", "unitcity5a", "unitcity"),
    "tenant.state": ("05a4", "unitstate5a", "unitstate"),
    "tenant.zip": ("05a5", "unitzipcode5a", "unitzip"),
    "tenant.bedrooms": ("5d", "h5d", "numberofbedrooms5d", "noofbedrooms"),
}
# Headings that students' lists have as well; they count where others are the form's.
OTHER_HEADINGS: Mapping[str, Sequence[str]] = {
    "tenant.last_name": ("last name", "lname", "surname", "family name"),
    "tenant.first_name": ("first name", "fname", "given name"),
    "tenant.middle_name": ("middle name", "mname", "middle initial"),
    "tenant.birth_date": (
        *("birth date", "birthdate", "date of birth", "dob"),
        *("date birth", "birth"),
    ),
    "tenant.unit_number": ("unit", "unit number", "apartment"),
    "tenant.sex": ("sex", "gender"),
    "tenant.race": ("race",),
    "tenant.ethnicity": ("ethnicity",),
    "tenant.street_address": ("street address", "address", "street"),
    "tenant.city": ("city",),
    "tenant.state": ("state",),
    "tenant.zip": ("zip", "zip code"),
    "tenant.phone": ("phone", "telephone"),
    "tenant.email": ("email",),
}
# Lines that only say that a file is of this form.
PROGRAM_LINES: Mapping[str, Sequence[str]] = {
    "agency": ("1b", "h1b", "01b", "agency code", "pha code"),
    "member number": (
        *("3a", "h3a", "03a", "membno", "membernumber3a", "mbr num", "member number"),
    ),
}
NEEDED = ("tenant.last_name", "tenant.first_name", "tenant.birth_date")
RELATIONS = ("H", "S", "K", "F", "Y", "E", "L", "A")
OF_50059 = ("D", "O", "N")
CHILDREN = frozenset({"Y", "F", "E"})
