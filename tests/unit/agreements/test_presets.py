"""What a new draft starts with is known to the catalogue and within the rules."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import presets
from agreements.paths import ROUTES, Part
from agreements.preset_flows import PRESETS
from agreements.presets import Preset
from agreements.rules.elements import ELEMENTS
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    Grain,
    PartyType,
    SharingModel,
    Sight,
)

MEMORANDUM = AgreementKind.MEMORANDUM
MODEL_2 = PRESETS["2"]
each_preset = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())


def test_every_route_and_kind_has_a_preset() -> None:
    for route in ROUTES.values():
        preset = presets.preset_of(MEMORANDUM, route.model, route.part or "")
        is_uncoded = route.part is Part.UNCODED
        assert preset is PRESETS["3" if is_uncoded else route.key]
    kinds = (MEMORANDUM, AgreementKind.DATA_USE, AgreementKind.PARTICIPATION)
    for kind, model in product(kinds, SharingModel):
        assert presets.preset_of(kind, model) is PRESETS[model.value]
    for kind in (AgreementKind.OUTREACH, AgreementKind.REDISCLOSURE):
        assert presets.preset_of(kind, SharingModel.DISTRICT_LINKS) is PRESETS[kind]


@each_preset
def test_every_element_is_in_the_catalogue_and_answers_something(preset) -> None:
    for flow in preset.flows:
        for code, answers in flow.elements:
            assert code in ELEMENTS
            assert answers
            assert set(answers) <= set(presets.ANALYSES)


@pytest.mark.parametrize("model", SharingModel)
def test_what_elements_answer_is_done_under_the_model(model: SharingModel) -> None:
    preset = presets.preset_of(MEMORANDUM, model)
    answered = {
        a for flow in preset.flows for _, answers in flow.elements for a in answers
    }
    assert answered <= {*presets.work_of(MEMORANDUM, model), *preset.measures}


@each_preset
def test_flows_join_sides_of_the_preset(preset: Preset) -> None:
    sides = {side.key for side in preset.sides}
    for flow in preset.flows:
        assert {flow.sender, flow.receiver} <= sides
    keys = [flow.key for flow in preset.flows]
    assert len(keys) == len(set(keys))
    required = {side.key: "X" for side in preset.sides if not side.may_lack}
    assert "X" in preset.title.format_map(required) or "{" not in preset.title


@each_preset
def test_whoever_sends_is_an_owner_or_makes_the_tables(preset: Preset) -> None:
    capacities = {side.key: side.capacities for side in preset.sides}
    for flow in preset.flows:
        assert (
            Capacity.OWNER in capacities[flow.sender] or flow.grain is Grain.AGGREGATE
        )


@each_preset
def test_a_feed_to_another_party_of_student_records_names_its_basis(preset) -> None:
    """The lead's and the analyst's is the owners' to choose; R-010 asks for it."""
    if preset in (PRESETS["5"], PRESETS["red"]):
        return
    for flow in preset.flows:
        has_students = any(
            ELEMENTS[code].category.is_education for code, _ in flow.elements
        )
        if has_students and flow.grain.is_identifiable and flow.sender != flow.receiver:
            assert flow.basis not in (None, Basis.NONE_NEEDED)


def test_only_tables_leave_the_district_in_model_2() -> None:
    sent = [flow for flow in MODEL_2.flows if flow.sender != flow.receiver]
    assert {(flow.sender, flow.grain) for flow in sent} == {
        ("pha", Grain.RECORD),
        ("district", Grain.AGGREGATE),
    }


def test_the_district_links_and_nobody_at_the_agency_sees_people() -> None:
    linkers = [side.key for side in MODEL_2.sides if Capacity.LINKER in side.capacities]
    assert linkers == ["district"]
    for side, role in product(MODEL_2.sides, presets.ON_THE_LIST):
        sees = set(presets.sight_of(MODEL_2, side, role))
        is_linking_steward = (side.key, role) == ("district", "steward")
        assert sees == (set(Sight) if is_linking_steward else {Sight.TABLES})


@each_preset
def test_only_stewards_of_receivers_see_people(preset: Preset) -> None:
    received = {f.receiver for f in preset.flows if f.grain.is_identifiable}
    for side, role in product(preset.sides, (*presets.ON_THE_LIST, "administrator")):
        sees = presets.sight_of(preset, side, role)
        if set(sees) - {Sight.TABLES}:
            assert role == "steward"
            assert side.key in received
    assert presets.sight_of(preset, preset.sides[0], "administrator") == ()


types = st.dictionaries(st.integers(1, 9), st.sampled_from(PartyType))


@given(st.sampled_from(list(PRESETS.values())), types)
def test_each_side_is_another_organisation_of_a_type_that_fits(preset, types) -> None:
    found = presets.sides_among(preset, types)
    if found is None:
        return
    assert len(set(found.values())) == len(found)
    for side in preset.sides:
        assert side.key in found or side.may_lack
        assert side.key not in found or types[found[side.key]] in side.types
    assert any({f.sender, f.receiver} <= found.keys() for f in preset.flows)


def test_a_side_that_nobody_can_be_is_lacking() -> None:
    only_agency = {1: PartyType.PHA}
    assert presets.sides_among(MODEL_2, only_agency) is None
    assert presets.sides_among(PRESETS["5"], {1: PartyType.IDS_LEAD}) is None
    both = presets.sides_among(PRESETS["5"], {1: PartyType.IDS_LEAD, 2: PartyType.PHA})
    assert both == {"lead": 1, "pha": 2}


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_dates_of_a_new_draft_follow_each_other(today: date) -> None:
    dates = presets.dates_from(today)
    assert dates.starts_on == dates.implementation_on == today
    assert dates.review_on < dates.ends_on < dates.destroy_by
    assert (dates.ends_on - today).days == presets.TERM_DAYS - 1
    assert dates.destroy_by - dates.ends_on == timedelta(days=presets.END_DAYS)
