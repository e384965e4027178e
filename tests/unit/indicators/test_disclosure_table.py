import json

import pytest

from indicators.disclosure.protect import protect
from indicators.disclosure.table import (
    Band,
    Count,
    Group,
    Rate,
    Table,
    Unit,
    canonical,
    cells_of,
    from_record,
    to_record,
)
from tests.unit.indicators.outsider import counted, of_children


@pytest.mark.parametrize("text", ["≤49", "≥95", "40–49", "27"])
def test_a_band_is_read_back_from_its_text(text):
    assert str(Band.parse(text)) == text


@pytest.mark.parametrize("text", ["", "50-59", "49≤", "60–50", "≥101", "Suppressed"])
def test_other_text_is_no_band(text):
    with pytest.raises(ValueError):
        Band.parse(text)


def test_groups_must_add_up_to_the_total():
    with pytest.raises(ValueError, match="add up"):
        Table("a", "", "", "", (), (Group("a:0", "", 3),), Group("all", "", 4))


def test_numerators_must_add_up_to_the_total():
    rate = Rate("r", "", Unit.CHILDREN)
    part, whole = Count("r", 1, 3), Count("r", 2, 3)
    with pytest.raises(ValueError, match="add up"):
        Table(
            "a",
            "",
            "",
            "",
            (rate,),
            (Group("a:0", "", 3, (part,)),),
            Group("all", "", 3, (whole,)),
        )


def test_one_key_cannot_stand_for_two_counts():
    with pytest.raises(ValueError, match="two ways"):
        cells_of([counted("a", [30, 30]), counted("b", [40, 21])])


def test_a_record_is_read_back_whole():
    tables = protect(
        of_children("ab", [[30, 4, 0, 41], [60, 15]], seed=1), threshold=10
    )
    record = json.loads(canonical(to_record(tables.tables)))

    assert from_record(record) == tables.tables
    assert canonical(to_record(from_record(record))) == canonical(record)


def test_a_record_prints_words_where_numbers_cannot_be():
    tables = protect(of_children("a", [[30, 4, 0, 41]], seed=1), threshold=10).tables
    groups = to_record(tables)["tables"][0]["groups"]
    shown = [(group["n"], set(group["rates"].values())) for group in groups]

    assert shown[1] == shown[2] == ("Suppressed", {"Suppressed"})


def test_a_record_does_not_hold_what_the_audience_knows():
    sizes = [30, 4, 9, 41]
    record = [
        canonical(to_record(protect([table], threshold=10).tables))
        for table in (counted("a", sizes), counted("a", sizes, known=[97, 98, 99, 96]))
    ]
    assert record[0] == record[1]


def test_a_group_cannot_hold_more_children_than_can_be_there():
    with pytest.raises(ValueError, match="more children"):
        Group("a:0", "", 4, known=3)
