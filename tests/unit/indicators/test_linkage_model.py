import math

import pytest

from indicators.linkage import model

COLUMNS = {column for keys in model.BLOCKING_KEYS for column in keys} | set(
    model.levels()
)


def settings(present: set[str]) -> dict:
    return model.settings(present=present).create_settings_dict("duckdb")


def test_every_level_has_its_parameters_and_they_are_probabilities():
    for comparison in settings(COLUMNS)["comparisons"]:
        levels = comparison["comparison_levels"][1:]
        for parameter in ("m_probability", "u_probability"):
            total = math.fsum(level[parameter] for level in levels)
            assert total == pytest.approx(1, abs=0.001), comparison[
                "output_column_name"
            ]


def test_agreement_weighs_more_than_disagreement():
    for comparison in settings(COLUMNS)["comparisons"]:
        _, best, *_, worst = comparison["comparison_levels"]
        assert best["m_probability"] > best["u_probability"]
        assert worst["m_probability"] < worst["u_probability"]


def test_what_a_file_lacks_is_neither_compared_nor_blocked_on():
    bare = str(settings({"first", "last", "last_part", "birth_date"}))
    assert "street" not in bare
    assert "sex" not in bare
    assert len(settings(COLUMNS)["blocking_rules_to_generate_predictions"]) == 9


def test_the_digest_is_that_of_the_parameters(monkeypatch):
    before = model.digest()
    parameters = model._parameters() | {"version": "1"}
    comparisons = parameters["comparisons"] | {
        "sex": {"exact": [0.98, 0.5], "else": [0.02, 0.5]}
    }
    changed = parameters | {"comparisons": comparisons}
    monkeypatch.setattr(model, "_parameters", lambda: changed)
    assert model.digest.__wrapped__() != before
    assert len(before) == 64


def test_the_population_lists_shares_of_people():
    shares = model.population()["share"].to_pylist()
    assert 0 < min(shares) < max(shares) < 0.02
