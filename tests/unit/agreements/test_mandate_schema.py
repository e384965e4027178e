"""The published schema takes every real mandate, and nothing that is not one."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from agreements.mandate import (
    AgreedAccess,
    AgreedAnalysis,
    AgreedFlow,
    Mandate,
    Topic,
    to_record,
)
from agreements.mandate_schema import schema
from agreements.rules.vocabulary import Sight
from tests.unit.agreements.test_mandate import MANDATE
from tests.unit.agreements.test_mandate_properties import MANDATES

ADDRESS = "https://homeroom.example/schemas/mandate-1.json"
SCHEMA = schema(ADDRESS)
CHECKED = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
SIGNED = replace(MANDATE, text_digest="0123456789abcdef" * 4)

Mutate = Callable[[dict[str, Any]], Any]


def test_it_is_a_schema_and_says_where_it_is_published() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == ADDRESS


@pytest.mark.parametrize(
    ("kind", "drawn"),
    [
        (Mandate, SCHEMA),
        (AgreedFlow, SCHEMA["$defs"]["AgreedFlow"]),
        (AgreedAccess, SCHEMA["$defs"]["AgreedAccess"]),
        (AgreedAnalysis, SCHEMA["$defs"]["AgreedAnalysis"]),
    ],
)
def test_it_has_the_fields_of_the_record_and_explains_each(
    kind: type, drawn: dict[str, Any]
) -> None:
    names = {each.name for each in fields(kind)} | (
        {"format"} if kind is Mandate else set()
    )
    assert drawn["properties"].keys() == names == set(drawn["required"])
    assert all(each["description"] for each in drawn["properties"].values())
    assert drawn["additionalProperties"] is False


def test_it_has_the_words_that_a_mandate_uses() -> None:
    sees = SCHEMA["$defs"]["AgreedAccess"]["properties"]["sees"]
    assert sees["items"]["enum"] == list(Sight)
    assert SCHEMA["properties"]["clauses"]["properties"].keys() == set(Topic)


@given(MANDATES)
def test_it_takes_every_mandate(mandate: Mandate) -> None:
    CHECKED.validate(to_record(replace(mandate, text_digest=SIGNED.text_digest)))


@pytest.mark.parametrize("name", [*to_record(SIGNED)])
def test_no_term_may_be_absent_or_of_another_kind(name: str) -> None:
    record = to_record(SIGNED)
    CHECKED.validate(record)
    for other in (None, 1.5, -1, [None], {"x": 1}, True):
        assert not CHECKED.is_valid(record | {name: other}), other
    assert not CHECKED.is_valid({k: v for k, v in record.items() if k != name})


@pytest.mark.parametrize(
    "mutate",
    [
        lambda r: r | {"format": 1},
        lambda r: r | {"note": ""},
        lambda r: r | {"text_digest": r["text_digest"].upper()},
        lambda r: r | {"min_cell": 0},
        lambda r: r | {"min_cell": "10"},
        lambda r: r | {"ends_on": "2027-13-01"},
        lambda r: r | {"ends_on": "2027-02-30"},
        lambda r: r | {"ends_on": "soon"},
        lambda r: r | {"owners": []},
        lambda r: r | {"owners": [1]},
        lambda r: r | {"clauses": r["clauses"] | {"weather": "C1"}},
        lambda r: r | {"flows": [r["flows"][0] | {"extra": 1}]},
        lambda r: r | {"flows": [{"key": "x"}]},
        lambda r: r | {"access": [r["access"][0] | {"sees": ["everything"]}]},
        lambda r: r | {"analyses": [r["analyses"][0] | {"breakdowns": "school"}]},
        lambda r: list(r),
    ],
)
def test_what_is_no_mandate_is_refused(mutate: Mutate) -> None:
    assert not CHECKED.is_valid(mutate(to_record(SIGNED)))
