"""One more kind of work for a real worker to know: it only counts."""

from accounts.jobs import Kind, Work, register

KIND = "tests.count"


def count(key: int, work: Work) -> None:
    """Show one step and finish."""
    work.step("Count", key)
    with work.finish():
        pass


register(Kind(KIND, run=count, stop=lambda key, message: None))
