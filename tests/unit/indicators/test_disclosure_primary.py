from indicators.disclosure import primary
from indicators.disclosure.table import cells_of
from tests.unit.indicators.outsider import counted


def test_groups_below_the_threshold_are_hidden_and_so_is_zero():
    cells = cells_of([counted("a", [0, 1, 9, 10, 30])])
    assert primary.revealing(cells, threshold=10) == {"a:0", "a:1", "a:2"}


def test_a_stricter_threshold_hides_larger_groups():
    cells = cells_of([counted("a", [0, 1, 9, 10, 30])])
    assert primary.revealing(cells, threshold=30) == {"a:0", "a:1", "a:2", "a:3"}


def test_a_group_of_every_child_on_the_roster_is_hidden_however_large():
    cells = cells_of([counted("a", [40, 40, 40], known=[40, 41, None])])
    assert primary.revealing(cells, threshold=10) == {"a:0"}
