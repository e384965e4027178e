import json
import math

import pytest

from accounts.acts import RuleBroken
from indicators.linkage import blocking, model, standardise

COLUMNS = set(model.levels()) | {"birth_year", "street", "zip", "city"}


def settings(present: set[str] | None) -> dict:
    shipped = model.settings(model.shipped(), present=present)
    return shipped.create_settings_dict("duckdb")


def test_every_level_has_its_parameters_and_they_are_probabilities():
    for comparison in settings(None)["comparisons"]:
        levels = comparison["comparison_levels"][1:]
        for parameter in ("m_probability", "u_probability"):
            total = math.fsum(level[parameter] for level in levels)
            assert total == pytest.approx(1, abs=0.001), comparison[
                "output_column_name"
            ]


def test_agreement_weighs_more_than_disagreement():
    for comparison in settings(None)["comparisons"]:
        _, best, *_, worst = comparison["comparison_levels"]
        assert best["m_probability"] > best["u_probability"]
        assert worst["m_probability"] < worst["u_probability"]


def test_what_a_file_lacks_is_neither_compared_nor_blocked_on():
    bare = {"first", "last", "last_part", "last_parts", "birth_date", "birth_year"}
    assert model.compared(bare) == ("first", "last", "birth_date")
    assert "street" not in str(settings(bare))
    rules = blocking.possible(bare, n_pairs=1)
    assert rules
    assert not {"street", "zip", "sex"} & {
        need for rule in rules for need in rule.needs
    }
    assert len(rules) < len(blocking.possible({*COLUMNS, *bare}, n_pairs=1))


def changed(**levels: object) -> str:
    read = json.loads(model.shipped().to_json())
    return json.dumps(read | {"comparisons": read["comparisons"] | levels})


def test_the_digest_is_the_same_whichever_model_was_used_before():
    before = model.from_json(model.shipped().to_json()).digest
    other = json.loads(model.shipped().to_json())
    other["comparisons"]["sex"]["exact"] = [0.9, 0.1]
    model.settings(model.from_json(json.dumps(other)), present=None)
    settings(None)
    assert model.from_json(model.shipped().to_json()).digest == before


def test_the_digest_is_that_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    model.levels()
    before = model.shipped().digest
    monkeypatch.setattr(model.levels()["first"]["alike .8"], "distance_threshold", 0.7)
    assert model.from_json(model.shipped().to_json()).digest != before


def test_the_digest_is_that_of_the_parameters():
    other = model.from_json(changed(sex={"exact": [0.98, 0.5], "else": [0.02, 0.5]}))
    assert other.digest != model.shipped().digest
    assert len(other.digest) == 64


def test_the_digest_is_that_of_the_standard_form(monkeypatch: pytest.MonkeyPatch):
    before = model.shipped().digest
    monkeypatch.setattr(standardise, "VERSION", standardise.VERSION + 1)
    assert model.from_json(model.shipped().to_json()).digest != before


def test_a_model_survives_being_saved():
    saved = model.from_json(model.shipped().to_json())
    assert saved == model.shipped()
    assert saved.digest == model.shipped().digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        changed(sex={"exact": [0.98, 0.5]}),
        changed(sex={"else": [0.02, 0.5], "exact": [0.98, 0.5]}),
        changed(sex={"exact": [0.98], "else": [0.02, 0.5]}),
        changed(sex={"exact": [1.5, 0.5], "else": [0.02, 0.5]}),
        changed(sex={"exact": [math.nan, 0.5], "else": [0.02, 0.5]}),
        changed(other={"exact": [0.98, 0.5]}),
    ],
)
def test_what_is_no_model_is_refused(text):
    with pytest.raises(RuleBroken):
        model.from_json(text)


def test_the_population_lists_shares_of_people():
    shares = model.population()["share"].to_pylist()
    assert 0 < min(shares) < max(shares) < 0.02
