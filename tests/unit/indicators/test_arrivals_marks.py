"""Marks that stand for nothing, totals, and parts of Social Security numbers."""

from collections.abc import Callable

import pytest

from tests.support.arriving import ROSTER, TENANTS, arrive, rows, said, standings

HEADINGS = "member id,first name,middle name,last name,birth date,development"
ROW = "A{n},Ana,{middle},Lopez,{born},WA001000037"


def tenants(*lines: str, headings: str = HEADINGS) -> str:
    return "\n".join((headings, *lines))


@pytest.mark.parametrize("mark", ["NULL", "#N/A", "nan", "\\N", "NMN", "-"])
def test_a_mark_of_nothing_is_no_name(mark: str) -> None:
    lines = [ROW.format(n=n, middle=mark, born="2010-01-31") for n in range(3)]
    arrival = arrive({"t.csv": tenants(*lines)}, TENANTS)
    assert arrival.can_be_kept
    assert [row.get("middle_name") for row in rows(arrival, "tenants")] == [None] * 3
    assert "marks such as NULL" in said(arrival)


def test_somebody_is_called_null() -> None:
    arrival = arrive(
        {"t.csv": tenants(ROW.format(n=1, middle="Null", born="2010-01-31"))}, TENANTS
    )
    assert rows(arrival, "tenants")[0]["middle_name"] == "Null"
    assert "marks such as NULL" not in said(arrival)


@pytest.mark.parametrize("mark", ["NULL", "NaT", "-", "N/A", "0000-00-00"])
def test_who_has_not_left_has_no_day_of_leaving(mark: str) -> None:
    students = "student id,first name,last name,birth date\n" + "".join(
        f"{n},Ana,Lee,2010-01-15\n" for n in range(6)
    )
    spells = "student id,school,entry date,exit date\n" + "".join(
        f"{n},255901001,2021-08-23,{mark if n else '2022-01-10'}\n" for n in range(6)
    )
    arrival = arrive({"s.csv": students, "e.csv": spells}, ROSTER)
    assert arrival.can_be_kept, said(arrival)
    kept = rows(arrival, "enrolment")
    assert sum(row.get("exit_date") is None for row in kept) == 5


@pytest.mark.parametrize("name", ["FNU", "Newborn Girl", "UNK"])
def test_who_has_no_first_name_is_not_called_so(name: str) -> None:
    line = ROW.format(n=1, middle="", born="2010-01-31").replace("Ana", name)
    other = ROW.format(n=2, middle="", born="2010-01-31")
    arrival = arrive({"t.csv": tenants(line, other)}, TENANTS)
    assert [row["first_name"] for row in rows(arrival, "tenants")] == ["Ana"]
    assert "1 row has a placeholder instead of a name" in said(arrival)


def test_children_without_birth_date_are_counted_in_a_sentence() -> None:
    lines = [ROW.format(n=n, middle="", born="") for n in (1, 2)]
    one = arrive({"t.csv": tenants(lines[0])}, TENANTS)
    assert "1 child has no birth date and was kept." in said(one)
    both = arrive({"t.csv": tenants(*lines)}, TENANTS)
    assert "2 children have no birth date and were kept." in said(both)


@pytest.mark.parametrize(
    "born",
    [
        *("20120305", "03152012", "3152012", "Mar 5, 2012", "5 March 2012"),
        *("2012-03-05 00:00", "3/15/2012 0:00", ""),
    ],
)
def test_somebody_called_total_is_a_person_however_dates_are_written(
    born: str,
) -> None:
    headings = "last name,first name,member id,birth date,development"
    others = [f'Lee,Bo,{n},"{born}",WA001000037' for n in (1, 3)]
    text = tenants(*others, f'Total,Anna,2,"{born}",WA001000037', headings=headings)
    arrival = arrive({"t.csv": text}, TENANTS)
    assert "is a total" not in said(arrival)
    assert arrival.n_rows == 3


@pytest.mark.parametrize(
    "last", ["Total,,2,,", "TOTALS,All students,2,,", "Grand total,Elm,2,,", "Total,,2"]
)
def test_a_total_is_a_total_whatever_stands_beside_it(last: str) -> None:
    headings = "last name,first name,member id,birth date,development"
    others = [f"Lee,Bo,{n},2012-03-05,WA001000037" for n in (1, 3)]
    arrival = arrive({"t.csv": tenants(*others, last, headings=headings)}, TENANTS)
    assert [row["last_name"] for row in rows(arrival, "tenants")] == ["Lee", "Lee"]
    assert "is a total" in said(arrival)


def test_somebody_is_called_total() -> None:
    headings = "last name,first name,member id,birth date,development"
    total = "Total,Anna,2,2012-03-05,WA001000037"
    text = tenants("Lee,Bo,1,2012-03-04,WA001000037", total, headings=headings)
    arrival = arrive({"t.csv": text}, TENANTS)
    assert [row["last_name"] for row in rows(arrival, "tenants")] == ["Lee", "Total"]
    counted = text.replace(total, "Total,,2,,")
    arrival = arrive({"t.csv": counted}, TENANTS)
    assert [row["last_name"] for row in rows(arrival, "tenants")] == ["Lee"]
    assert "is a total" in said(arrival)


@pytest.mark.parametrize("written", ["XXX-XX-{}", "***-**-{}", "xxx xx {}"])
def test_the_end_of_a_social_security_number_is_never_kept(written: str) -> None:
    lines = [
        ROW.format(n=n, middle="", born="2010-01-31").replace(
            f"A{n}", written.format(1000 + n)
        )
        for n in range(5)
    ]
    arrival = arrive({"t.csv": tenants(*lines)}, TENANTS)
    assert not arrival.can_be_kept
    assert "Social Security" in said(arrival)
    last = tenants(*(f"{line},{n}" for n, line in enumerate(lines)))
    arrival = arrive({"t.csv": last.replace("development", "development,SS#")}, TENANTS)
    assert str(standings(arrival)["SS#"]) == "never"


@pytest.mark.parametrize(
    "written",
    [
        *("{}{}{}.0", "'{}{}{}", '"=""{}{}{}"""', "SSN {}{}{}", "ssn:{}{}{}"),
        *("{}-{}{}", "{}–{}–{}", "{}\u2011{}\u2011{}", "{}.{}.{}", "{}/{}/{}"),
    ],
)
def test_a_social_security_number_is_known_however_it_is_written(written: str) -> None:
    lines = [
        ROW.format(n=n, middle="", born="2010-01-31").replace(
            f"A{n}", written.format(219 + n, "09", 8232 + n)
        )
        for n in range(5)
    ]
    arrival = arrive({"t.csv": tenants(*lines)}, TENANTS)
    assert not arrival.can_be_kept
    assert "Social Security" in said(arrival)


@pytest.mark.parametrize(
    ("others", "is_kept"),
    [
        (lambda n: f"{20000000 + 7919 * n}", False),  # whose first zero a sheet dropped
        (lambda n: f"A{n}", False),
        (lambda n: f"{2000000000 + 7919 * n}", True),  # counted on, past nine digits
    ],
)
def test_a_few_bare_social_security_numbers_refuse_their_column(
    others: Callable[[int], str], is_kept: bool
) -> None:
    numbers = [f"{219098232 + n}" if n % 10 == 0 else others(n) for n in range(60)]
    lines = [
        ROW.format(n=n, middle="", born="2010-01-31").replace(f"A{n}", number)
        for n, number in enumerate(numbers)
    ]
    arrival = arrive({"t.csv": tenants(*lines)}, TENANTS)
    assert arrival.can_be_kept is is_kept
    assert ("Social Security" in said(arrival)) is not is_kept


def test_numbers_that_look_like_social_security_numbers_alone_are_missing() -> None:
    headings = "student id,first name,last name,birth date,school,entry date"
    lines = [
        f"{200000001 + 7919 * n},A,Lee,2010-01-{1 + n % 28:02d},255901001,2021-08-23"
        for n in range(60)
    ]
    arrival = arrive({"s.csv": "\n".join((headings, *lines))}, ROSTER)
    assert arrival.missing == ("student.id",)
    assert "need a letter before them" in said(arrival)
    mended = "\n".join((headings, *(f"S{line}" for line in lines)))
    assert arrive({"s.csv": mended}, ROSTER).can_be_kept
