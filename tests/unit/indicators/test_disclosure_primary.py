from indicators.disclosure import primary
from indicators.disclosure.table import cells_of
from tests.unit.indicators.outsider import counted


def test_groups_below_the_threshold_are_small_and_zero_is_not():
    cells = cells_of([counted("a", [0, 1, 9, 10, 30])])
    assert primary.small(cells, threshold=10) == {"a:1", "a:2"}


def test_a_stricter_threshold_finds_larger_groups_small():
    cells = cells_of([counted("a", [0, 1, 9, 10, 30])])
    assert primary.small(cells, threshold=30) == {"a:1", "a:2", "a:3"}
