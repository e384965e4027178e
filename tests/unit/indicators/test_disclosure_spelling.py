"""Two spellings of one value would be two groups, so files with both are refused."""

import json

import pytest

from indicators.disclosure.examination import examine
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import BadFile, counted, protected
from indicators.disclosure.suppression import in_silence
from tests.unit.indicators.test_disclosure_release_file import CELLS, GOOD, cell

# Full-width letters, a blank of another width, and a joiner that nobody sees.
ALIKE = [("F", "\uff26"), ("A B", "A  B"), ("A B", "A\xa0B"), ("F", "F\u200d")]


def content(*values: str, **changed: object) -> bytes:
    """Return a file of these groups of 20 children each."""
    cells = [CELLS[1] | {"sex": value, "n": 20, "x": {}} for value in values]
    return json.dumps(GOOD | {"cells": cells} | changed).encode()


@pytest.mark.parametrize("values", ALIKE)
def test_a_value_is_spelled_in_one_way(values):
    one, other = values
    tree = {"sex": {one: "people"}}
    for case in (
        [counted(content(one, other))],
        [counted(content(other, hierarchies=tree))],
        [counted(content(one)), protected(content(other))],
    ):
        release, *earlier = case
        with pytest.raises(BadFile, match="look like one value"):
            protect(release, earlier=earlier)
        with pytest.raises(BadFile, match="look like one value"):
            examine(release, earlier=earlier, progress=in_silence)


def test_values_that_look_unlike_are_two():
    protect(counted(content("F", "f", "½", "1", "Nº 5", "№ 6", "\U0001f600")))


def test_what_is_missing_is_no_value():
    protect(counted(json.dumps(cell(sex="F")).encode()))
