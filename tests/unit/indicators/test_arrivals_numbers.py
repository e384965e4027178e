"""Social Security numbers at the door: what they are written like, and what is none."""

import pytest

from indicators.arrivals.contract import Standing
from tests.support.arriving import ROSTER, TENANTS, arrive, rows, said, standings
from tests.support.rosters import ONEROSTER, packed

N_ROWS = 40


def tenants(*numbers: str, heading: str = "member id") -> str:
    others = "first name,last name,birth date,development"
    lines = [f"{n},Ana,Lopez,2010-01-31,WA001000037" for n in numbers]
    return "\n".join([f"{heading},{others}", *lines])


def counted(written: str, n: int = N_ROWS) -> list[str]:
    """Return numbers that differ in the digits that have braces in their place."""
    return [written.format(f"{at:03}") for at in range(101, 101 + n)]


@pytest.mark.parametrize(
    "written",
    [
        *("219098{}-01", "219098{}-1-2", "219098{}A", "219098{} B1", "219-09-8{}-01"),
        *("0219098{}", "00219098{}", "0219098{}-01", "21909-8{}"),
        *('"219,098,{}"', "2.19098{}E+08", "219_09_8{}", "219 - 09 - 8{}"),
        *("{{SocialSecurityNumber:219098{}}}", "{{TIN:219098{}}}", "SS# 219098{}"),
        *("Social Security no. 219098{}", "XXX_XX_1{}", "*****1{}", "XXXXX-1{}"),
        *("219 098{}", "219 098 {}", "#219098{}", "(219098{})", "219.098{}"),
        *("２１９０９８{}", "21909 8{}", "219\u00a009\u00a08{}", "912-78-1{}"),
        *("٢١٩٠٩٨{}", "٢١٩-٠٩-٨{}", "۲۱۹۰۹۸{}", "{{State:219098{}}}"),
        *("{{State: 219-098{}}}", '"{{Local:77}},{{Old ID:219098{}}}"'),
    ],
)
def test_social_security_numbers_are_known_in_whatever_dress(written: str) -> None:
    arrival = arrive({"t.csv": tenants(*counted(written))}, TENANTS)
    assert not arrival.can_be_kept
    assert "Social Security" in said(arrival)
    assert arrival.missing == ("tenant.member_id",)


@pytest.mark.parametrize(
    "written",
    [
        *("2021-0001{}", "2065551{}", "206-555-1{}", "2021-11-{}", "219098.{}"),
        *(
            "21909{}",
            "1301{}",
            "2190{}",
            "S219098{}",
            "S219098{}-01",
            "902190{}112",
            "530012000{}",
        ),
        *("219098{}-b00c-4c1e-9f3e-0a1b2c3d4e5f", "2190981{}-0a1b-4c1e-9f3e-0a1b2c3d"),
        *("000219{}", "0000219{}", "219098{}ABC", "2.19{}E+08", "12_101_12_2{}"),
        *("WA001000{}", "2021_101_12_2{}", "Martin {}219098", "2190981{}12-01"),
        *("101-00-0{}", "000-01-0{}", "666-01-1{}", "912-01-1{}", "9127-81{}"),
        *("MAXXXXX1{}", "101-205-{}", "2021 1231 0{}", "2190981{}"),
        *("{{State:77{}}}", "{{State:2190981{}}}", "{{State:900098{}}}", "٢١٩٠{}"),
        *("٢١٩٠٩٨١{}", "{{State:219098{}X}}", "{{Site:000-19{}1}}"),
    ],
)
def test_identifiers_of_other_shapes_are_none(written: str) -> None:
    arrival = arrive({"t.csv": tenants(*counted(written))}, TENANTS)
    assert arrival.can_be_kept, said(arrival)


def test_a_unit_of_number_0000_is_no_serial_number() -> None:
    numbers = (f"{project}-01-0000" for project in range(101, 141))
    arrival = arrive({"t.csv": tenants(*numbers)}, TENANTS)
    assert arrival.can_be_kept, said(arrival)


@pytest.mark.parametrize(
    ("written", "is_kept"),
    [
        *(("{}-{}-{}", False), ("{} {} {}", False), ("{} – {} – {}", False)),
        *(("{}-{}-{}A", False), ("(206) {}-{}{}", True), ("{}-{}-{}0", True)),
        *(("9{:.2}-{}-{}", True), ("000-{}-{:.0}{}", True), ("{}-00{:.1}-{}", True)),
        *(("{}-{:.2}0-000{:.0}", True), ("{} {:.2}0 000{:.0}", True)),
    ],
)
def test_groups_of_three_are_of_persons_where_they_differ(
    written: str, is_kept: bool
) -> None:
    numbers = (
        written.format(f"{100 + 7 * n}", f"{101 + 13 * n}", f"{102 + 17 * n}")
        for n in range(N_ROWS)
    )
    arrival = arrive({"t.csv": tenants(*numbers)}, TENANTS)
    assert arrival.can_be_kept is is_kept, said(arrival)


@pytest.mark.parametrize("n_of_them", [2, 1])
def test_bare_numbers_with_a_member_behind_are_enough_one_in_twenty(
    n_of_them: int,
) -> None:
    them = counted("219098{}-01", n_of_them)
    arrival = arrive({"t.csv": tenants(*them, *counted("A{}", 38))}, TENANTS)
    assert arrival.can_be_kept is (n_of_them < 2)


def test_the_number_of_a_households_head_makes_no_member_number() -> None:
    numbers = [f"{number},1" for number in counted("219098{}-01")]
    text = tenants(*numbers, heading="household id,member number")
    arrival = arrive({"t.csv": text}, TENANTS)
    assert not arrival.can_be_kept
    assert standings(arrival)["household id"] is Standing.NEVER


def test_zip_codes_with_four_more_digits_are_zip_codes() -> None:
    numbers = [f"{zip},A{n}" for n, zip in enumerate(counted("98101-1{}"))]
    text = tenants(*numbers, heading="zip code,member id")
    arrival = arrive({"t.csv": text}, TENANTS | {"tenant.zip"})
    assert arrival.can_be_kept, said(arrival)
    assert rows(arrival, "tenants")[0]["zip"].startswith("98101")


@pytest.mark.parametrize(
    ("ids", "is_kept"),
    [
        ("{SocialSecurityNumber:219098232}", False),
        ('"{State:77},{SocialSecurityNumber:219098232}"', False),
        *(("{TIN:219098232}", False), ("{SSN:219098232}", False)),
        *(("{State:77}", True), ("{Fed:4}", True)),
    ],
)
def test_identifiers_of_a_roster_hold_none(ids: str, is_kept: bool) -> None:
    users = ONEROSTER["users.csv"].replace(",ana,,", f",ana,{ids},")
    files = {**ONEROSTER, "users.csv": users}
    arrival = arrive({"f.zip": packed(files)}, ROSTER | {"student.state_id"})
    assert arrival.can_be_kept, said(arrival)
    assert ("Social Security" in said(arrival)) is not is_kept
    assert ("state_id" in rows(arrival, "student")[0]) is is_kept
