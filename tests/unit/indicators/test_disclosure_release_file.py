import json
import math

import pytest

from indicators.disclosure.linked import link
from indicators.disclosure.release_file import BadFile, counted, protected

CELLS = [
    {"table": "A", "period": "y", "sex": None, "n": 30, "x": {"absent": 5}},
    {"table": "A", "period": "y", "sex": "F", "n": 18, "x": {"absent": 3}},
    {"table": "A", "period": "y", "sex": "M", "n": 12, "x": {"absent": 2}},
]
GOOD = {
    "format": 2,
    "release": "r1",
    "dims": ["sex"],
    "keys": ["period"],
    "indicators": ["absent"],
    "threshold": 10,
    "missing": "zero",
    "nonadditive": [],
    "hierarchies": {},
    "zero_public": True,
    "cells": CELLS,
    "known": [],
}


def refusal(record):
    """Return the sentence with which the file is refused."""
    content = record if isinstance(record, bytes) else json.dumps(record).encode()
    with pytest.raises(BadFile) as caught:
        link(counted(content), earlier=[])
    message = str(caught.value)
    assert message
    assert "\n" not in message
    return message


def cell(**changed):
    """Return the good file with its second cell changed."""
    return GOOD | {"cells": [CELLS[0], CELLS[1] | changed, CELLS[2]]}


def without(name):
    return GOOD | {"cells": [{k: v for k, v in CELLS[0].items() if k != name}]}


def test_a_good_file_is_read():
    release = counted(json.dumps(GOOD).encode())

    assert [one.n for one in release.cells] == [30, 18, 12]
    assert release.cells[1].vector == ("y", "F")
    assert link(release, earlier=[]).n.tolist() == [30, 18, 12]


@pytest.mark.parametrize("name", ["format", "release", "dims", "threshold", "cells"])
def test_what_is_missing_is_named(name):
    assert name in refusal({k: v for k, v in GOOD.items() if k != name})


@pytest.mark.parametrize("name", ["table", "n", "period"])
def test_what_a_cell_misses_is_named(name):
    assert name in refusal(without(name))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"[1, 2", "not JSON"),
        (b"[]", "one JSON object"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"format": 2, "format": 2}', "twice"),
        (b'{"n": NaN}', "NaN"),
        (b'{"n": Infinity}', "Infinity"),
        (b"[" * 100_000, "deeply"),
        (b'{"n": ' + b"9" * 5000 + b"}", "too long"),
        (json.dumps(cell(sex="\ud800")).encode(), "half a character"),
        (json.dumps(cell(sex="\udbff x")).encode(), "half a character"),
        (b'{"\\uDc00": [[1]]}', "half a character"),
    ],
)
def test_what_is_no_release_at_all_is_refused(content, said):
    assert said in refusal(content)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 1}, "format"),
        ({"format": "2"}, "format"),
        ({"release": 3}, "release"),
        ({"dims": "sex"}, "dims"),
        ({"dims": ["sex", "sex"]}, "twice"),
        ({"dims": ["n"]}, "cannot be called"),
        ({"keys": [1]}, "keys"),
        ({"indicators": {"absent": 1}}, "indicators"),
        ({"threshold": 1}, "threshold"),
        ({"threshold": 10.0}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"threshold": 10**7}, "from 2 to 1,000,000"),
        ({"missing": "maybe"}, "missing"),
        ({"zero_public": 1}, "zero_public"),
        ({"nonadditive": ["colour"]}, "colour"),
        ({"hierarchies": []}, "hierarchies"),
        ({"hierarchies": {"colour": {}}}, "colour"),
        ({"hierarchies": {"sex": {"F": "M", "M": "F"}}}, "circle"),
        ({"hierarchies": {"sex": {"F": None}}}, "must be a text"),
        ({"heirarchies": {}}, "'hierarchies' is"),
        ({"cells": []}, "no cells"),
        ({"cells": {}}, "cells must be a list"),
        ({"cells": [3]}, "must be an object"),
        ({"known": 3}, "known must be a list"),
        ({"known": [{"period": "y", "n": 30, "kind": "sure"}]}, "kind"),
        ({"known": [{"period": "y", "n": 30, "plus_minus": 2}]}, "plus_minus"),
        ({"known": [{"period": "y", "n": 31}]}, "contradicts"),
        (
            {"known": [{"period": "y", "n": 30, "kind": "most", "plus_minus": 2}]},
            "plus_minus",
        ),
        ({"within": []}, "within must be an object"),
        ({"within": {"absent": ["late"]}}, "a list of other indicators"),
        ({"within": {"absent": ["absent"]}}, "a list of other indicators"),
        ({"within": {"absent": [["absent"]]}}, "a list of other indicators"),
        ({"within": {"absent": "absent"}}, "a list of other indicators"),
        (
            {
                "indicators": ["absent", "late"],
                "within": {"absent": ["late"], "late": ["absent"]},
            },
            "circle",
        ),
    ],
)
def test_a_file_with_something_wrong_is_refused(changed, said):
    assert said in refusal(GOOD | changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n": -1}, "'n'"),
        ({"n": 18.0}, "'n'"),
        ({"n": "18"}, "'n'"),
        ({"n": None}, "'n'"),
        ({"n": True}, "'n'"),
        ({"n": 10**12}, "'n'"),
        ({"n": 19}, "inconsistent totals"),
        ({"x": {"absent": 19}}, "more than 'n'"),
        ({"x": {"absent": -1}}, "'x'"),
        ({"x": {"absent": 1.5}}, "'x'"),
        ({"x": {"late": 1}}, "late"),
        ({"x": 3}, "'x'"),
        ({"x": {"absent": 4}}, "inconsistent totals"),
        ({"colour": "red"}, "colour"),
        ({"sex": 3}, "must be a text"),
        ({"sex": "Total"}, "reserved"),
        ({"sex": "ALL"}, "reserved"),
        ({"sex": " "}, "reserved"),
        ({"sex": "Totals"}, "reserved"),
        ({"sex": "\uff34\uff2f\uff34\uff21\uff2c"}, "reserved"),
        ({"sex": "to\u200btal"}, "reserved"),
        ({"sex": "F "}, "blanks at its ends"),
        ({"sex": "\xa0F"}, "blanks at its ends"),
        ({"sex": "Fe\u0301"}, "NFC"),
        ({"sex": "M"}, "unequal"),
        ({"period": None}, "period"),
        ({"primary": "yes"}, "primary"),
        ({"weight": 0}, "weight"),
        ({"weight": "1"}, "weight"),
        ({"rate": {"absent": "≤49"}}, "rate"),
    ],
)
def test_a_cell_with_something_wrong_is_refused(changed, said):
    assert said in refusal(cell(**changed))


def test_a_character_that_json_says_in_two_halves_is_read():
    record = cell(sex="\U0001f600")

    assert counted(json.dumps(record).encode()).cells[1].vector == ("y", "\U0001f600")


def test_a_total_may_miss_parts_where_the_file_says_so():
    record = GOOD | {"missing": "unknown", "cells": CELLS[:2]}
    linked = link(counted(json.dumps(record).encode()), earlier=[])

    assert linked.n[linked.is_rest].tolist() == [12]


def test_the_parts_of_a_nonadditive_dimension_may_overlap():
    parts = [CELLS[1] | {"n": 28}, CELLS[2]]
    record = GOOD | {"nonadditive": ["sex"], "cells": [CELLS[0], *parts]}
    linked = link(counted(json.dumps(record).encode()), earlier=[])
    # Two are not in the one part, eighteen not in the other, and ten in both.
    assert linked.n[linked.is_other].tolist() == [2, 18, 10]

    over = [CELLS[1] | {"n": 31}, CELLS[2]]
    assert "inconsistent" in refusal(record | {"cells": [CELLS[0], *over]})


def test_a_rate_that_cannot_be_printed_is_refused():
    with pytest.raises(BadFile, match="must be a text"):
        protected(json.dumps(cell(rate={"absent": 3}, x={})).encode())


def test_weights_are_numbers():
    assert "NaN" in refusal(json.dumps(cell(weight=math.nan)).encode())
