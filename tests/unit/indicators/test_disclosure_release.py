import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.examination import examine
from indicators.disclosure.release import printed_record, protect
from indicators.disclosure.release_file import BadFile, counted, protected
from indicators.disclosure.suppression import in_silence
from tests.support import made_releases as made
from tests.support.release_attacker import findings

TWO = (("building", "band"), ("building", "sex"))
AREAS = {"building": {f"Building {i}": f"Area {i % 2}" for i in range(8)}}


def published(release, *earlier, **how):
    """Return what `protect` writes; None if it refuses."""
    outcome = protect(
        counted(json.dumps(release).encode()),
        earlier=[protected(json.dumps(one).encode()) for one in earlier],
        **how,
    )
    record = json.loads(json.dumps(printed_record(counted(json.dumps(release).encode()), outcome)))
    return record if record["cells"] else None


def audit(release, *earlier):
    return examine(
        protected(json.dumps(release).encode()),
        earlier=[protected(json.dumps(one).encode()) for one in earlier],
        progress=in_silence,
    ).breaches


def town(seed, n=160, buildings=4):
    return made.children(n, buildings=buildings, schools=3, seed=seed, grades=9)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(40, 260),
    buildings=st.integers(2, 5),
    threshold=st.sampled_from([3, 5, 10, 10]),
    trees=st.sampled_from([{}, AREAS]),
)
def test_a_stranger_learns_nothing_from_linked_tables(
    seed, n, buildings, threshold, trees
):
    release = made.release(
        {"2022": town(seed, n, buildings)},
        tables=TWO,
        threshold=threshold,
        hierarchies=trees,
    )
    record = published(release)
    assert record is None or findings([record]) == []
