"""What the command `link` makes of values that say less than they seem to."""

import pytest

from tests.support.linking import pairs_in

ELSEWHERE = "id,first_name,last_name,birth_date,gender,address,zip\n"


def strangers(first: str) -> tuple[str, str]:
    """Return two files with a boy each, alike in what boys of one place may share."""
    same = f"{first},Garcia,2015-03-03,M"
    others = "".join(
        f"{{side}}{n},Ann{chr(97 + n)}a,Lee{chr(97 + n)}o,2013-0{1 + n % 9}-11,F,"
        f"{n} Elm St,98101\n"
        for n in range(12)
    )
    left = ELSEWHERE + f"1,{same},1 A St,98101\n" + others.format(side="l")
    right = ELSEWHERE + f"a,{same},77 Q Ave,98101\n" + others.format(side="r")
    return left, right


def weight(link, write, first: str) -> tuple[float, str]:
    left, right = strangers(first)
    status, _, told, out = link(write("l.csv", left), write("r.csv", right))
    assert status == 0, told
    (pair,) = [row for row in pairs_in(out) if row["left_id"] == "1"]
    return float(pair["match_weight"]), told


@pytest.mark.parametrize("first", ["UNKNOWN", "Baby  Boy", "test", "xxx", "No Name"])
def test_a_placeholder_is_no_name_and_is_told(link, write, first):
    blank, told = weight(link, write, "")
    assert "placeholder" not in told
    placed, told = weight(link, write, first)
    assert placed == blank
    assert "LEFT: 1 row has a placeholder in first_name" in told


def test_a_name_that_is_like_a_placeholder_is_a_name(link, write):
    blank, _ = weight(link, write, "")
    named, told = weight(link, write, "Testa")
    assert named > blank
    assert "placeholder" not in told
