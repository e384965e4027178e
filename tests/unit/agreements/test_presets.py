"""What a new draft starts with is known to the catalogue and within the rules."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agreements import presets
from agreements.rules.elements import ELEMENTS
from agreements.rules.vocabulary import Capacity, Grain, Sight


def test_every_element_is_in_the_catalogue_and_answers_something() -> None:
    for flow in presets.MODEL_2:
        for code, answers in flow.elements:
            assert code in ELEMENTS
            assert answers
            assert set(answers) <= set(presets.ANALYSES)


def test_only_tables_leave_the_district() -> None:
    sent = [flow for flow in presets.MODEL_2 if flow.sender != flow.receiver]
    assert {(flow.sender, flow.grain) for flow in sent} == {
        ("pha", Grain.RECORD),
        ("district", Grain.AGGREGATE),
    }


def test_the_district_links_and_nobody_at_the_agency_sees_people() -> None:
    linkers = [side for side, of in presets.CAPACITIES.items() if Capacity.LINKER in of]
    assert linkers == ["district"]
    for (side, _), sees in presets.SIGHT_OF_ROLE.items():
        assert side == "district" or set(sees) == {Sight.TABLES}


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_dates_of_a_new_draft_follow_each_other(today: date) -> None:
    dates = presets.dates_from(today)
    assert dates.starts_on == dates.implementation_on == today
    assert dates.review_on < dates.ends_on < dates.destroy_by
    assert (dates.ends_on - today).days == presets.TERM_DAYS - 1
    assert dates.destroy_by - dates.ends_on == timedelta(days=presets.END_DAYS)
