"""What the command `link` makes of values that say less than they seem to."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.linking import ANN, HEADINGS, OTHER, pairs_in, quality_in

ELSEWHERE = "id,first_name,last_name,birth_date,gender,address,zip\n"


def strangers(first: str) -> tuple[str, str]:
    """Return two files with a boy each, alike in what boys of one place may share."""
    same = f"{first},Garcia,2015-03-03,M"
    others = "".join(
        f"{{side}}{n},Ann{chr(97 + n)}a,Lee{chr(97 + n)}o,2013-0{1 + n % 9}-11,F,"
        f"{n} Elm St,98101\n"
        for n in range(12)
    )
    left = ELSEWHERE + f"1,{same},1 A St,98101\n" + others.format(side="l")
    right = ELSEWHERE + f"a,{same},77 Q Ave,98101\n" + others.format(side="r")
    return left, right


def weight(link, write, first: str) -> tuple[float, str]:
    left, right = strangers(first)
    status, _, told, out = link(write("l.csv", left), write("r.csv", right))
    assert status == 0, told
    (pair,) = [row for row in pairs_in(out) if row["left_id"] == "1"]
    return float(pair["match_weight"]), told


@pytest.mark.parametrize("first", ["UNKNOWN", "Baby  Boy", "test", "xxx", "No Name"])
def test_a_placeholder_is_no_name_and_is_told(link, write, first):
    blank, told = weight(link, write, "")
    assert "placeholder" not in told
    placed, told = weight(link, write, first)
    assert placed == blank
    assert "LEFT: 1 row has a placeholder in first_name" in told


def test_a_name_that_is_like_a_placeholder_is_a_name(link, write):
    blank, _ = weight(link, write, "")
    named, told = weight(link, write, "Testa")
    assert named > blank
    assert "placeholder" not in told


NONE = "1900-01-01"


def without_date(link, write, born: str, layout: dict[str, object]) -> float:
    """Return what two records of one girl weigh, the first one born on `born`."""
    left = write("l.csv", HEADINGS + f"1,Temperance,Featherstonehaugh,{born}\n")
    options = ("--left-map", write("m.json", layout)) if layout else ()
    status, _, told, out = link(left, write("r.csv", OTHER), *options)
    assert status == 0, told
    (pair,) = pairs_in(out)
    assert "form that can be read" not in told
    if born:
        assert "LEFT: 1 birth date counts as missing, since 1900-01-01" in told
    return float(pair["match_weight"])


@pytest.mark.parametrize(
    ("born", "date_format"),
    [
        (NONE, ""),
        ("1/1/1900", ""),
        ("9999-12-31", ""),
        ("19000101", "%Y%m%d"),
        ("01.01.1800", "%d.%m.%Y"),
    ],
)
def test_a_date_that_stands_for_none_says_nothing(link, write, born, date_format):
    layout = {"columns": {}, "date_format": date_format} if date_format else {}
    placed = without_date(link, write, born, layout)
    assert placed == without_date(link, write, "", {})


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64(), pa.timestamp("ms", "UTC")])
def test_a_typed_date_that_stands_for_none_says_nothing(link, write, tmp_path, kind):
    born = pa.array([dt.date(1900, 1, 1)]).cast(kind)
    person = {"id": ["1"], "first_name": ["Temperance"], "birth_date": born}
    path = tmp_path / "l.parquet"
    pq.write_table(pa.table(person | {"last_name": ["Featherstonehaugh"]}), path)
    _, _, told, out = link(path, write("r.csv", OTHER))
    assert "LEFT: 1 birth date counts as missing, since 1900-01-01" in told
    (pair,) = pairs_in(out)
    assert float(pair["match_weight"]) == without_date(link, write, "", {})


def test_whom_all_agrees_with_goes_before_one_of_another_birth_date(link, write):
    """That somebody might be a twin of the same first name makes no other better."""
    ann = "Temperance,Featherstonehaugh,2012-0{}-17,F,77 Quincy Ave,98111\n"
    others = "".join(
        f"{{side}}{n},Ann{chr(97 + n % 26)}a,Lee{chr(97 + n % 23)}o,"
        f"20{10 + n % 7}-0{1 + n % 9}-{10 + n % 18},M,{{n}}{n} Elm St,98{n:03}\n"
        for n in range(300)
    )
    left = ELSEWHERE + "1," + ann.format(5) + others.format(side="l", n=1)
    right = ELSEWHERE + "1," + ann.format(5) + "2," + ann.format(6)
    right += others.format(side="r", n=2)
    _, _, _, out = link(write("l.csv", left), write("r.csv", right))
    (pair,) = [row for row in pairs_in(out) if row["left_id"] == "1"]
    assert (pair["right_id"], pair["decision"]) == ("1", "link")


def weight_of(link, write, born: str, date_format: str = "") -> float:
    person = "1,Temperance,Featherstonehaugh"
    theirs = HEADINGS + f"{person},2005-01-05\n"
    layout = {"columns": {}, "date_format": date_format} if date_format else {}
    options = ["--left-map", write("m.json", layout)] if layout else []
    ours = write("l.csv", HEADINGS + f"{person},{born}\n")
    _, _, _, out = link(ours, write("r.csv", theirs), *options)
    (pair,) = pairs_in(out)
    return float(pair["match_weight"])


def test_a_date_without_its_first_zero_is_of_the_same_month(link, write):
    """1052005 is no fifth of October."""
    same = weight_of(link, write, "2005-01-05")
    for born, date_format in (("1052005", "%m%d%Y"), ("01052005", "%m%d%Y")):
        assert weight_of(link, write, born, date_format) == same
    assert weight_of(link, write, "10052005", "%m%d%Y") != same
    status, _, told, _ = link(
        write("l.csv", HEADINGS + "1,Temperance,Featherstonehaugh,112005\n"),
        write("r.csv", OTHER),
        "--left-map",
        write("m.json", {"columns": {}, "date_format": "%m%d%Y"}),
    )
    assert status == 2
    assert "no birth date can be read" in told


@pytest.mark.parametrize("date_format", ["%m/%d", "%d %b", "%%Y-%m-%d", "%H:%M"])
def test_a_date_format_without_a_year_is_refused(link, write, date_format):
    layout = write("m.json", {"columns": {}, "date_format": date_format})
    sides = write("l.csv", ANN), write("r.csv", OTHER)
    status, _, told, _ = link(*sides, "--left-map", layout)
    assert status == 2
    assert "has no year" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("date_format", ["%m/%m/%Y", "%"])
def test_a_date_format_that_is_none_is_refused(link, write, date_format):
    layout = write("m.json", {"columns": {}, "date_format": date_format})
    sides = write("l.csv", ANN), write("r.csv", OTHER)
    status, _, told, _ = link(*sides, "--left-map", layout)
    assert (status, told.count("\n")) == (2, 1)
    assert "is not one" in told


def test_a_date_format_with_a_year_and_no_month_gives_years_alone(link, write):
    left = write("l.csv", ANN.replace("2012-05-17", "17 of 2012"))
    layout = write("m.json", {"columns": {}, "date_format": "%d of %Y"})
    status, _, told, out = link(left, write("r.csv", OTHER), "--left-map", layout)
    assert status == 0, told
    alone = float(pairs_in(out)[0]["match_weight"])
    left = write("l.csv", ANN.replace("2012-05-17", "2012"))
    *_, out = link(left, write("r.csv", OTHER))
    assert alone == float(pairs_in(out)[0]["match_weight"])


def test_a_boy_and_a_girl_with_one_letter_more_are_two_children(link, write):
    left = HEADINGS + "1,अमिता,शर्मा,2012-05-04\n2,रोहित,सिंह,2011-02-03\n"
    right = HEADINGS + "a,अमित,शर्मा,2012-05-04\nb,रोहित,सिंह,2011-02-03\n"
    status, _, told, out = link(write("l.csv", left), write("r.csv", right))
    assert status == 0, told
    weights = {row["left_id"]: float(row["match_weight"]) for row in pairs_in(out)}
    assert weights["1"] < weights["2"] - 3


PARTED = "id,first_name,last_name,{0},{1},{2}\n1,Temperance,Featherstonehaugh,{3}\n"


@pytest.mark.parametrize(
    ("headings", "values", "date_format"),
    [
        (("birth_year", "birth_month", "birth_day"), "2012,5,17", ""),
        (("birth_day", "birth_month", "birth_year"), "17,05,2012", ""),
        (("DOB_MM", "DOB_DD", "DOB_YYYY"), "May,17,2012", ""),
        (("mob", "dob", "yob"), "5.0,17.0,2012.0", ""),
        (("birthdayMonth", "birthdayDay", "birthdayYear"), "5,17,2012", "%Y%m%d"),
        (("b1", "b2", "b3"), "17,5,12", "%d/%m/%y"),
        (("b1", "b2", "b3"), "2012,5,17", "%Y%m%d"),
    ],
)
def test_a_birth_date_in_three_columns_is_one(
    link, write, headings, values, date_format
):
    left = write("l.csv", PARTED.format(*headings, values))
    columns = {"birth_date": list(headings)}
    layout = write("m.json", {"columns": columns, "date_format": date_format})
    right = write("r.csv", OTHER)
    status, _, told, out = link(left, right, "--left-map", layout)
    assert status == 0, told
    split = pairs_in(out)
    *_, out = link(write("l.csv", ANN), right)
    assert split == pairs_in(out)


@pytest.mark.parametrize("missing", [",17,2012", "5,,2012"])
def test_a_part_that_is_missing_leaves_the_year(link, write, missing):
    headings = ("birth_month", "birth_day", "birth_year")
    left = write("l.csv", PARTED.format(*headings, missing))
    layout = write("m.json", {"columns": {"birth_date": list(headings)}})
    right = write("r.csv", OTHER)
    *_, out = link(left, right, "--left-map", layout)
    split = pairs_in(out)
    *_, out = link(write("l.csv", ANN.replace("2012-05-17", "2012")), right)
    assert split == pairs_in(out)


def test_a_file_with_headings_alone_may_have_dates_in_parts(link, write):
    headings = ("year", "month", "day")
    left = write("l.csv", PARTED.format(*headings, "").partition("\n")[0])
    layout = write("m.json", {"columns": {"birth_date": list(headings)}})
    status, _, told, out = link(left, write("r.csv", OTHER), "--left-map", layout)
    assert status == 0, told
    assert quality_in(out)["counts"]["left"] == 0


@pytest.mark.parametrize(
    ("headings", "date_format"),
    [
        (("b1", "b2", "b3"), ""),
        (("b1", "b2", "b3"), "%m/%Y"),
        (("year", "month", "months"), ""),
        (("day", "month", "zip"), ""),
    ],
)
def test_parts_of_a_date_that_nothing_tells_apart_are_refused(
    link, write, headings, date_format
):
    left = write("l.csv", PARTED.format(*headings, "2012,5,17"))
    columns = {"birth_date": list(headings)}
    layout = write("m.json", {"columns": columns, "date_format": date_format})
    status, _, told, _ = link(left, write("r.csv", OTHER), "--left-map", layout)
    assert status == 2
    assert "birth_date is in 3 columns, and neither" in told
    assert told.count("\n") == 1


def test_a_gender_in_no_known_word_is_told_and_not_guessed(link, write):
    def file(name: str, *words: str) -> Path:
        same = "Temperance,Featherstonehaugh,2012-05-17"
        rows = "".join(f"{at},{same},{word}\n" for at, word in enumerate(words))
        return write(name, HEADINGS.replace("date", "date,gender") + rows)

    def weight(*words: str) -> tuple[float, str]:
        _, _, told, out = link(file("l.csv", *words), file("r.csv", "Female"))
        return max(float(row["match_weight"]) for row in pairs_in(out)), told

    same, told = weight("Mujer")
    assert "gender" not in told
    assert weight("F")[0] == same
    unknown, told = weight("Fluid")
    assert unknown < same
    assert "LEFT: 1 row has a gender in no word that is known to mean female" in told


# What a truth says


PEOPLE = (
    HEADINGS + "1,Temperance,Featherstonehaugh,2012-05-17\n2,Zyx,Oduya,2011-03-02\n"
)


def truth_of(link, write, content: str) -> tuple[int, str, dict]:
    files = write("l.csv", PEOPLE), write("r.csv", PEOPLE)
    truth = write("t.csv", content)
    status, _, told, out = link(*files, "--truth", truth)
    return status, told, quality_in(out) if status == 0 else {}


@pytest.mark.parametrize(
    "heading", ["is_match", "Match", "label", "clerical_match_score"]
)
@pytest.mark.parametrize(
    ("yes", "no"), [("1", "0"), ("true", "False"), ("1.0", "0.0"), ("Yes", "no")]
)
def test_pairs_that_a_truth_says_are_none_are_left_out(link, write, heading, yes, no):
    content = f"left_id,{heading},right_id\n1,{yes},1\n2,{yes},2\n1,{no},2\n2,{no},1\n"
    status, told, quality = truth_of(link, write, content)
    assert status == 0, told
    assert quality["truth"]["pairs"] == 2
    assert quality["quality"]["link"]["recall"] == 1


@pytest.mark.parametrize(
    ("heading", "values", "says"),
    [
        ("is_match", ("1", ""), "something else than 1 or 0"),
        ("label", ("0.7", "0.2"), "something else than 1 or 0"),
        ("clerical_match_score", ("maybe", "1"), "something else than 1 or 0"),
        ("verdict", ("1", "0"), "call it is_match"),
        ("verdict", ("", "n"), "call it is_match"),
        ("verdict", ("", "1"), "call it is_match"),
        ("match_status", ("Match", "Non Match"), "call it is_match"),
        ("match_status", ("Non Match", "Non Match"), "call it is_match"),
        ("matching", ("match", "no match"), "call it is_match"),
        ("tm_label", ("1", "2"), "call it is_match"),
        ("score", ("0.99", "0.01"), "leave only left_id and right_id"),
        ("is_match,verdict", ("1,yes", "1,no"), "call it is_match"),
        ("is_match,match", ("1,1", "0,1"), "more than one column"),
    ],
)
def test_a_label_that_is_not_understood_is_refused(link, write, heading, values, says):
    rows = "".join(f"{at},{at},{value}\n" for at, value in enumerate(values, start=1))
    status, told, _ = truth_of(link, write, f"left_id,right_id,{heading}\n{rows}")
    assert status == 2
    assert says in told
    assert told.count("\n") == 1


def test_a_score_beside_a_label_does_not_matter(link, write):
    content = "left_id,right_id,is_match,score\n1,1,1,0.99\n2,2,1,0.9\n1,2,0,0.01\n"
    status, told, quality = truth_of(link, write, content)
    assert status == 0, told
    assert quality["truth"]["pairs"] == 2


def test_what_a_truth_says_beside_its_pairs_does_not_matter(link, write):
    content = (
        "left_id,right_id,source,is_sure,first_name_l,r_surname,dob 2,notes\n"
        "1,1,clerk A,1,Ann,Li,2011-02-03,\n2,2,clerk B,1,Bo,Yu,2012-03-04,\n"
    )
    status, told, quality = truth_of(link, write, content)
    assert status == 0, told
    assert quality["truth"]["pairs"] == 2
