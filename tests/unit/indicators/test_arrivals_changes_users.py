"""Sets of changes: whose a number, a birth date or a deletion is, told by the user."""

from tests.support.arriving import rows, said
from tests.support.changing import (
    ACTIVE,
    BEGAN,
    DELETED,
    END,
    changes,
    laid,
    spells,
    user,
)


def test_of_two_rows_of_a_user_the_first_counts() -> None:
    """The second one is set aside, and so deletes nobody."""
    twice = user(1, status=ACTIVE, name="Anne") + user(1, status=DELETED)
    arrival = laid(changes(users=twice))
    assert spells(arrival)[0] == ("u1", "o1", BEGAN, END)
    names = {row["id"]: row["first_name"] for row in rows(arrival, "student")}
    assert names["u1"] == "Anne"
    assert "no longer in the set" not in said(arrival)
    assert "sourcedId appears again" in arrival.rejected[0].reason
    arrival = laid(changes(users=user(1, status=DELETED) + user(1, status=ACTIVE)))
    assert {row["id"] for row in rows(arrival, "student")} == {"u2", "u3"}
