import datetime as dt
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.linkage import addresses, names, standardise


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("José", "jose"),
        ("ŁUKASZ", "lukasz"),
        ("Sørensen", "sorensen"),
        ("Nguyễn", "nguyen"),
        ("Strauß", "strauss"),
        ("Ἀλέξανδρος", "αλεξανδροσ"),
        ("Алёна", "алена"),
        ("أَحْمَد", "احمد"),
        ("דָּוִד", "דוד"),
    ],
)
def test_case_and_accents_are_folded(typed, expected):
    assert names.fold(typed) == expected


@given(st.text())
def test_folding_a_folded_text_changes_nothing(text):
    assert names.fold(names.fold(text)) == names.fold(text)


@pytest.mark.parametrize(
    "name",
    ["सिंह", "शर्मा", "แสงจันทร์", "সেন", "தமிழ்", "မြင့်", "ක්‍රිස්", "ガブリエル", "김"],
)
def test_a_name_of_another_script_keeps_its_vowels_and_is_one_part(name):
    seen = unicodedata.normalize("NFKD", name).replace("\u200d", "")
    assert names.joined(name) == seen
    assert names.surname_parts(name) == [seen]


@pytest.mark.parametrize(
    ("one", "other"), [("अमित", "अमिता"), ("सुनील", "सुनीला"), ("ปิยะ", "ปียะ")]
)
def test_names_that_differ_in_a_vowel_are_two(one, other):
    assert names.joined(one) != names.joined(other)


@pytest.mark.parametrize("surnames", ["सिंह शर्मा", "सिंह-शर्मा", "सिंह_शर्मा\nसिंह"])
def test_two_surnames_of_another_script_come_apart(surnames):
    assert names.surname_parts(surnames) == ["सिंह", "शर्मा"]


def test_an_address_of_another_script_keeps_its_vowels():
    typed = "12-ए महात्मा गांधी मार्ग, #4"
    assert addresses.parted(typed) == ("12 ए महात्मा गांधी मार्ग", "4")
    assert addresses.place(" नई दिल्ली ") == "नईदिल्ली"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Smith Jr.", "smith"),
        ("SMITH, III", "smith"),
        ("O’Brien", "obrien"),
        ("Mary Ann", "maryann"),
        ("Jr", "jr"),
        (" - ", None),
    ],
)
def test_a_name_is_one_word_without_its_suffix(typed, expected):
    assert names.joined(typed) == expected


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("Garcia-Lopez", ["garcia", "lopez"]),
        ("GARCIA LOPEZ JR", ["garcia", "lopez"]),
        ("De la Cruz", ["delacruz"]),
        ("van der Berg-Ortiz", ["vanderberg", "ortiz"]),
        ("Le", ["le"]),
        ("Diaz\nDiaz Jr.\nRuiz", ["diaz", "ruiz"]),
    ],
)
def test_compound_surnames_come_apart_and_particles_stay(typed, parts):
    assert names.surname_parts(typed) == parts


def test_a_nickname_shares_a_root_with_each_name_it_may_stand_for():
    bill = set(names.first_name_roots("Bill"))
    assert bill & set(names.first_name_roots("William"))
    assert bill & set(names.first_name_roots("ROBERT"))
    assert not bill & set(names.first_name_roots("Edward"))


def test_a_preferred_name_is_a_root_too():
    assert "ximena" in names.first_name_roots("Maria\nXimena")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("robert", "r163"),
        ("rupert", "r163"),
        ("ashcraft", "a261"),
        ("tymczak", "t522"),
        ("pfister", "p236"),
        ("lee", "l000"),
        ("李", None),
    ],
)
def test_sound_is_american_soundex(name, code):
    assert names.sound(name) == code


@pytest.mark.parametrize(
    ("typed", "street", "unit"),
    [
        ("123 North Main Street Apt. 4B", "123 n main st", "4b"),
        ("123 N. MAIN ST #4B", "123 n main st", "4b"),
        ("9 Unity Avenue", "9 unity ave", None),
        ("", None, None),
    ],
)
def test_an_address_is_street_and_unit(typed, street, unit):
    assert (addresses.street(typed), addresses.unit(typed)) == (street, unit)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("98101-1234", "98101"),
        (" 98101", "98101"),
        ("2139", "02139"),
        ("2139.0", "02139"),
        ("SW1A 1AA", "sw1a1aa"),
        ("unknown", None),
        ("12", None),
    ],
)
def test_a_postal_code_is_five_digits_or_one_word(typed, expected):
    assert addresses.postal_code(typed) == expected


def rows(**changes: list[object]) -> pa.Table:
    columns: dict[str, list[object]] = {
        "member": ["7", "8"],
        "first_name": ["Zoë", None],
        "last_name": ["Núñez-Ríos", "Doe"],
        "birth_date": [dt.date(2012, 3, 4), dt.date(1900, 1, 1)],
    }
    return pa.table(columns | changes)


@pytest.mark.parametrize(
    ("words", "sex"),
    [
        (("F", "Female", "GIRL", "Woman", "w", "F - Female", "F (Female)"), "f"),
        (("Mujer", "Femme", "Femenino", "Niña", "weiblich", "Mädchen", "Mulher"), "f"),
        (("M", "male", "Boy", "Man", "M - Male", "masc."), "m"),
        (("Hombre", "Homme", "Masculino", "Niño", "Varón", "männlich", "Homem"), "m"),
        (("X", "N", "U", "1", "2", "Unknown", "Missing", "MTF", "Fluid"), None),
        (("Male to female", "Not male", "Misc", "", "-", "未知"), None),
    ],
)
def test_sex_is_read_by_words_and_not_by_first_letters(words, sex):
    assert standardise.sex_of(pa.array(words)).to_pylist() == [sex] * len(words)


def test_m_beside_h_may_be_either():
    assert standardise.sex_of(pa.array(["H", "M", None])).null_count == 3
    assert standardise.sex_of(pa.array(["F", "M"])).to_pylist() == ["f", "m"]


def test_a_frame_has_every_column_whatever_the_file_lacks():
    short = standardise.frame(rows(), id_column="member")
    full = standardise.frame(
        rows(gender=["Female", "x"], zip=["98101", None], address=["1 A St", ""]),
        id_column="member",
    )
    assert short.schema == full.schema
    assert full["sex"].to_pylist() == ["f", None]
    assert short["sex"].null_count == 2


def test_a_frame_keeps_order_and_splits_the_birth_date():
    child = standardise.frame(rows(), id_column="member").to_pylist()[0]
    assert child["unique_id"] == "7"
    assert (child["first"], child["last"]) == ("zoe", "nunezrios")
    assert child["last_parts"] == ["nunez", "rios"]
    assert (child["birth_year"], child["birth_month"], child["birth_day"]) == (
        2012,
        3,
        4,
    )


def test_a_birth_date_in_1900_is_no_birth_date():
    years: list[object] = [2012, 1900]
    frame = standardise.frame(rows(birth_year=years), id_column="member")
    assert frame["birth_date"].to_pylist()[1] is None
    assert frame["birth_year"].to_pylist() == [2012, None]


def test_of_an_approximate_birth_date_the_year_alone_counts():
    born: list[object] = [dt.date(2012, 3, 4), dt.date(2012, 1, 1)]
    approximate: list[object] = [None, True]
    told = rows(birth_date=born, is_birth_approximate=approximate)
    frame = standardise.frame(told, id_column="member")
    assert frame["birth_date"].to_pylist() == [born[0], None]
    assert frame["birth_day"].to_pylist() == [4, None]
    assert frame["birth_year"].to_pylist() == [2012, 2012]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (rows().drop_columns(["member"]), "no column member"),
        (rows(member=["7", "7"]), "1 row has no member"),
        (rows(member=["7", None]), "1 row has no member"),
        (rows(birth_date=["Okonkwo", "2012-03-04"]), "does not hold dates"),
    ],
)
def test_a_file_that_cannot_be_compared_is_refused_without_quoting_it(table, says):
    with pytest.raises(RuleBroken, match=says) as refusal:
        standardise.frame(table, id_column="member")
    assert "Okonkwo" not in str(refusal.value)
