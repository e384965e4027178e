"""Indicators that may together be all of another: their rates would solve each other.

Who was suspended was so in school, out of it, or both. Beside the two, the rate of all
leaves fewer numerators than any of the three seems to. A file does not say whether
there is a third way, but its numbers do where there must be.
"""

from indicators.disclosure.release_file import BadFile, ReleaseFile


def require_no_union(release: ReleaseFile) -> None:
    """Raise BadFile where several indicators can be all that another counts."""
    within = {*release.within}
    for outer in dict.fromkeys(outer for _, outer in release.within):
        inside = {inner for inner, of in within if of == outer}
        parts = sorted(
            one for one in inside if not any((one, two) in within for two in inside)
        )
        if len(parts) > 1 and _can_be_all(release, outer, parts):
            raise BadFile(
                f"{', '.join(map(repr, parts))} can together be all of {outer!r}, so "
                "their rates would tell of single children; leave one of them out"
            )


def _can_be_all(release: ReleaseFile, outer: str, parts: list[str]) -> bool:
    told = [cell.x for cell in release.cells if {outer, *parts} <= cell.x.keys()]
    return all(x[outer] <= sum(x[part] for part in parts) for x in told)
