"""The command `link` on files as people have them, and on those that it refuses."""

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from accounts import clock
from indicators.linkfiles.layout import Layout
from indicators.linkfiles.people import People, read_people
from tests.support.linking import ANN, HEADINGS, OTHER, pairs_in, quality_in

TEMPERANCE = {
    "id": "1",
    "first_name": "Temperance",
    "last_name": "Featherstonehaugh",
    "birth_date": dt.date(2012, 5, 17),
    "birth_year": 2012,
}
OTHER_PHONE = "id,first_name,last_name,phone\n7,Ann,Lee,2065550100\n"


def read(path: Path) -> People:
    """Return the people of a file to which nobody made a map."""
    return read_people(path, Layout(), today=clock.today(), name="LEFT")


# What files look like


def test_a_map_names_and_joins_columns_and_dates(link, write):
    left = write(
        "l.csv",
        "rec_id, given_name ,surname,street_number,address_1,dob\n"
        "1,Temperance,Featherstonehaugh,12,Main Street,20120517\n",
    )
    right = write(
        "r.csv",
        OTHER.replace("birth_date", "birth_date,address").replace(
            "05-17", "05-17,12 Main St"
        ),
    )
    layout = {
        "columns": {
            "rec_id": "id",
            "given_name": "first_name",
            "surname": "last_name",
            "address": ["street_number", "address_1"],
            "dob": "birth_date",
        },
        "date_format": "%Y%m%d",
    }
    status, _, told, out = link(left, right, "--left-map", write("m.json", layout))
    assert status == 0, told
    assert quality_in(out)["fields"]["left"] == [
        *("id", "first_name", "last_name", "birth_date", "address"),
    ]
    assert [row["decision"] for row in pairs_in(out)] == ["link"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + ANN.encode(),
        ANN.encode("utf-16"),
        ANN.replace(",", ";").encode(),
        ANN.replace(",", "\t").replace("\n", "\r\n").encode(),
        b"sep=,\r\n" + ANN.replace("\n", "\r\n").encode(),
        b"\r\n" + ANN.replace("\n", "\r").encode(),
        ANN.replace("2012-05-17", "17/05/2012").encode(),
        ANN.replace("2012-05-17", "5/17/2012 0:00").encode(),
        ANN.replace("2012-05-17", "17.05.2012").encode(),
        ANN.replace("2012-05-17", "17-MAY-12").encode(),
        ANN.replace("first_name", " FirstName ").encode(),
        ANN.replace("last_name", "Surname").replace("birth_date", "DOB").encode(),
        ANN.replace("Temperance", '"Temperance"').encode(),
        ANN.replace(",", ", ").replace("Temperance", '"Temperance"').encode(),
        ("\n" + ANN)
        .replace("id,", ' "id", ')
        .replace(",Fe", ', "Fe')
        .replace("haugh", 'haugh" ')
        .encode(),
        (ANN + "2,Zoë,Núñez,NULL\n").encode("latin-1"),
        (ANN.replace("\n", ",\n", 1).replace("17\n", "17,x\n")).encode(),
        ANN.replace("2012-05-17", "41046").encode(),
        ANN.replace("2012-05-17", "41046.0").encode(),
        b"Students of 2024\n" + ANN.encode(),
        b'\n"Export, all schools",,,\n,2024-10-01,,\n' + ANN.encode(),
        b"Export\n\n" + ANN.replace(",", "\t").encode(),
    ],
    ids=range(22),
)
def test_files_are_read_however_they_were_saved(write, content):
    people = read(write("l.csv", content))
    assert people.rows.slice(0, 1).to_pylist() == [TEMPERANCE]


def test_a_file_as_a_spreadsheet_saved_it_is_linked(link, write):
    left = b"sep=;\r\n" + ANN.replace(",", ";").replace("\n", "\r\n").encode()
    status, _, told, out = link(write("l.csv", left), write("r.csv", OTHER))
    assert status == 0, told
    assert [row["left_id"] for row in pairs_in(out)] == ["1"]
    assert "birth_date" in quality_in(out)["compared"]


@pytest.mark.parametrize(
    "born",
    [
        pa.array([dt.date(2012, 5, 17)]),
        pa.array([dt.datetime(2012, 5, 17)], pa.timestamp("us")),  # noqa: DTZ001
        pa.array(["2012-05-17"]).dictionary_encode(),
        pa.array([20120517]),
        pa.array([20120517.0]),
    ],
    ids=lambda born: str(born.type)[:12],
)
def test_parquet_with_types_is_read(tmp_path, born):
    table = pa.table(
        {
            "id": pa.array([7], pa.int64()),
            "first_name": ["Temperance"],
            "last_name": pa.array(["Featherstonehaugh"], pa.large_string()),
            "birth_date": born,
            "zip": pa.array([2139.0]),
        }
    )
    pq.write_table(table, tmp_path / "l.parquet")
    (person,) = read(tmp_path / "l.parquet").rows.to_pylist()
    assert person == TEMPERANCE | {"id": "7", "zip": "2139"}


@pytest.mark.parametrize(
    "content",
    [
        HEADINGS,
        HEADINGS + "1,,,\n2,,,\n",
        HEADINGS + '1,"","  ",NULL\n',
        "id,first_name\n1,Temperance\n",
        "id,email\n1,x@y.example\n",
    ],
)
def test_files_with_little_in_them_have_few_links_or_none(link, write, content):
    right = "id,first_name,last_name,birth_date,email\na,Anna,Lee,2012-05-17,x@y.org\n"
    status, _, told, out = link(write("l.csv", content), write("r.csv", right))
    assert status == 0, told
    assert quality_in(out)["counts"]["link"] == 0


def test_years_of_birth_are_compared_as_years(link, write):
    left = HEADINGS + "1,Temperance,Featherstonehaugh,2012\n"
    status, _, told, out = link(write("l.csv", left), write("r.csv", OTHER))
    assert status == 0, told
    assert [row["left_id"] for row in pairs_in(out)] == ["1"]


def test_a_date_that_cannot_be_read_counts_as_missing_and_is_told(link, write):
    left = write("l.csv", ANN + "2,Ezekiel,Okonkwo,2012-13-45\n")
    status, _, told, _ = link(left, write("r.csv", OTHER))
    assert status == 0
    assert "1 birth date counts as missing" in told


def test_blanks_before_quotes_are_no_part_of_values(write):
    content = 'id, "first_name", "last_name"\n"1", "Lee, Ann ""Nan""", "B,\n C"\n'
    assert read(write("l.csv", content)).rows.to_pylist() == [
        {"id": "1", "first_name": 'Lee, Ann "Nan"', "last_name": "B,\n C"}
    ]


@pytest.mark.parametrize(
    ("empty", "says"),
    [
        (",,,\n", "LEFT: 1 row is empty and was left out."),
        (",,,\r\n" * 3, "LEFT: 3 rows are empty and were left out."),
        ('"", ,"",\n', "LEFT: 1 row is empty and was left out."),
        (",,,,,,\n", "LEFT: 1 row is empty and was left out."),
        ("  \n", "LEFT: 1 row is empty and was left out."),
    ],
)
def test_rows_that_a_spreadsheet_left_empty_are_left_out(link, write, empty, says):
    left = write("l.csv", ANN + empty + ANN.splitlines()[1].replace("1,", "2,", 1))
    status, _, told, out = link(left, write("r.csv", OTHER))
    assert status == 0, told
    assert says in told
    assert quality_in(out)["counts"]["left"] == 2


def test_columns_that_are_not_used_and_names_that_are_not_there_are_told(link, write):
    left = write("l.csv", "id,nachname,first_name,phone\n1,Zyx,Ann,2065550100\n")
    layout = write("m.json", {"columns": {"first_name": None}})
    status, _, told, _ = link(left, write("r.csv", OTHER_PHONE), "--left-map", layout)
    assert status == 0, told
    assert "LEFT: not used: “nachname”. If one of them holds first_name" in told
    assert "RIGHT: not used" not in told
    assert "Neither first_name nor last_name is in both files" in told
    assert "Zyx" not in told


def test_lines_above_the_headings_and_day_numbers_are_told(link, write):
    left = "Report of 2024\n\n" + ANN.replace("2012-05-17", "41046")
    status, _, told, out = link(write("l.csv", left), write("r.csv", OTHER))
    assert status == 0, told
    assert "LEFT: 1 line above the headings passed over." in told
    assert "day numbers of a spreadsheet, and were read as days after 1899" in told
    assert [row["decision"] for row in pairs_in(out)] == ["link"]


@pytest.mark.parametrize("other", ["98101", "2012", "2012-05-17"])
def test_day_numbers_are_dates_only_where_all_can_be(write, other):
    left = ANN.replace("2012-05-17", "41046") + f"2,Ann,Lee,{other}\n"
    left += "3,Bo,Lee,2011-01-31\n" * (other == "98101")
    people = read(write("l.csv", left))
    assert people.rows["birth_date"][0].as_py() is None


# What is refused, each in one sentence


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (b"", "LEFT is empty"),
        (b"  \n\n", "LEFT is empty"),
        (b"PK\x03\x04 a workbook", "Excel workbook"),
        (b'[\n {"id": 1, "first_name": "Zyx"}]', "LEFT is JSON; write it as CSV"),
        (b"<!DOCTYPE html><p>Zyx</p>", "LEFT is a web page; write it as CSV"),
        (b"PAR1 and nothing", "cannot be read as a Parquet file"),
        (b"id,first_name\n1,A\0nn\n", "NUL"),
        (b"first_name,last_name\nAnn,Lee\n", "no column for id"),
        (b"1,Zyx,Lopez,2012-05-17\n2,A,B,2013-05-17\n", "no line of headings"),
        (b"Zyx,B,17 May 2012\nA,B,18 May 2012\n", "no line of headings"),
        (b"id\n1\n", "no field in common"),
        (b"id,shoe\n1,9\n", "no field in common"),
        ((HEADINGS + "1,A,B,2012-05-17\n1,C,D,2012-05-17\n").encode(), "an earlier"),
        ((HEADINGS + ",A,B,2012-05-17\n").encode(), "1 row without id"),
        ((HEADINGS + "1,A,B\n").encode(), "or fewer values, the first on line 2;"),
        (("\n\n" + HEADINGS + "1,A,B,\n\n2,A,B\n").encode(), "the first on line 6;"),
        (b"id\n1\n2,x\n", "has 1 heading but 1 row with more"),
        (("Title\n" + HEADINGS + "1,A,B\n2,C,D,\n").encode(), "the first on line 3;"),
        (b"no,Zyx,,\na,B,C,D\ne,F,G,H\n", "no column for id"),
        (
            ("sep=,\n" + HEADINGS + '1,"A\nB",C,\n2,A\n3,B\n').encode(),
            "2 rows with more or fewer values, the first on line 5;",
        ),
        ((HEADINGS + "1,Zyx,B,01/02/2012\n").encode(), "either way round"),
        (
            (HEADINGS + "1,Zyx,B,13/02/2012\n2,A,B,\n3,A,B,02/13/2012\n").encode(),
            "mixes month/day (line 4) and day/month (line 2)",
        ),
        (
            (
                "\n\n" + HEADINGS + '1,"Zyx\nA",B,13/02/2012\n,,,\n\n2,A,B,02/13/2012\n'
            ).encode(),
            "mixes month/day (line 8) and day/month (line 4)",
        ),
        (("\n" + HEADINGS + "1,Zyx,B,01/02/2012\n").encode(), "first on line 3;"),
        (b'id, "first_name"\n"1", "Zyx\n', "a quotation mark may not be closed"),
        (
            (HEADINGS + '1,A,B,\n\n2,"Zyx,B,\n3,A",B,\n').encode(),
            "a quotation mark on line 4 is not closed",
        ),
        ((HEADINGS + "1,Zyx,B,yesterday\n").encode(), "no birth date can be read"),
        (b"id,id,first_name\n1,2,A\n", "more than one column that could hold id"),
    ],
)
def test_a_file_that_cannot_be_linked_is_refused(link, write, left, says):
    status, said, told, out = link(write("l.csv", left), write("r.csv", OTHER))
    assert status == 2
    assert says in told
    assert told.count("\n") == 1
    assert "Zyx" not in told + said
    assert not list(out.iterdir())


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        ("{", "not JSON"),
        ([], "write {"),
        ({"columns": {"first_name": "nickname"}}, "not a field|no column"),
        ({"columns": {"shoe": "last_name"}}, "no column “shoe”"),
        ({"columns": {"first_name": 3}}, "must stand for"),
        ({"columns": {"address": []}}, "must stand for"),
        ({"columns": {"address": [["zip"]]}}, "must stand for"),
        ('{"columns":' * 100_000, "not JSON"),
        ({"columns": {"id": ["id", "first_name"]}}, "only one column can hold id"),
        ({"date_format": "Y"}, "percent signs"),
        ({"date_format": "%Q"}, "is not one"),
        ({"columns": {}, "dates": "%Y"}, "not a part of a map"),
    ],
)
def test_a_map_that_makes_no_sense_is_refused(link, write, layout, says):
    content = layout if isinstance(layout, str) else json.dumps(layout)
    options = ("--left-map", write("m.json", content))
    status, _, told, _ = link(write("l.csv", ANN), write("r.csv", OTHER), *options)
    assert status == 2
    assert any(each in told for each in says.split("|")), told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "Give a second file"),
        (("RIGHT", "--dedupe"), "--dedupe takes one file"),
        (("--dedupe", "--left-map", "NONE"), "The file has no field but id, so"),
        (("--dedupe", "--cardinality", "one-to-many"), "no one-to-many"),
        (("nowhere.csv",), "no file to read"),
        (("RIGHT", "--model", "nowhere.json"), "no model to read"),
        (("RIGHT", "--model", "LEFT"), "cannot be used"),
        (("RIGHT", "--model", "DEEP"), "cannot be used"),
        (("RIGHT", "--truth", "LEFT"), "left_id and right_id"),
        (("RIGHT", "--truth", "TRUTH"), "names no pair of ids"),
        (("RIGHT", "--left-map", "nowhere.json"), "no file to read"),
    ],
)
def test_options_that_do_not_go_together_are_refused(link, write, options, says):
    names = {
        "LEFT": write("l.csv", ANN),
        "RIGHT": write("r.csv", OTHER),
        "TRUTH": write("t.csv", "left_id,right_id\na,1\n"),
        "NONE": write(
            "n.json",
            {"columns": dict.fromkeys(("first_name", "last_name", "birth_date"))},
        ),
        "DEEP": write("deep.json", "[" * 100_000),
    }
    chosen = [names.get(option, option) for option in options]
    status, _, told, out = link(names["LEFT"], *chosen)
    assert status == 2
    assert says in told
    assert told.count("\n") == 1
    assert not out.exists() or not list(out.iterdir())


@pytest.mark.parametrize("result", ["pairs.csv", "quality.json", "model.json"])
@pytest.mark.parametrize("role", ["LEFT", "RIGHT", "--left-map", "the truth file"])
def test_no_result_takes_the_place_of_what_is_read(link, write, role, result):
    contents = {
        "LEFT": ANN,
        "RIGHT": OTHER,
        "--left-map": {"columns": {}},
        "the truth file": "left_id,right_id\n1,a\n",
    }
    files = {
        name: write(f"{at}.x", each) for at, (name, each) in enumerate(contents.items())
    }
    out = files["LEFT"].parent / "out"
    out.mkdir()
    before = files[role].read_bytes()
    linked = files[role].rename(out / result)
    files[role].symlink_to(linked)
    left, right, layout, truth = files.values()
    options = ("--left-map", layout, "--truth", truth)
    status, _, told, _ = link(left, right, *options)
    assert status == 2
    assert told == (
        f"--out: {linked} is {role}, which this would overwrite; name another folder.\n"
    )
    assert linked.read_bytes() == before
    assert list(out.iterdir()) == [linked]


def test_a_truth_may_name_ids_that_nobody_has(link, write):
    truth = write("t.csv", "left_id,right_id\n1,a\n1,zz\nyy,a\n")
    files = write("l.csv", ANN), write("r.csv", OTHER)
    status, said, _, out = link(*files, "--truth", truth)
    assert status == 0
    assert quality_in(out)["truth"] == {"pairs": 1, "unknown_pairs": 2}
    assert "2 pairs of the truth name ids" in said
    truth.write_text("left_id,right_id\n1,a\n1,zz\n")
    _, said, *_ = link(*files, "--truth", truth)
    assert "1 pair of the truth names ids that the files do not have, and was" in said
