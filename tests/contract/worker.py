"""A real worker that knows one more kind of work: it only counts."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

from accounts.jobs import Kind, Work, register
from config.celery import app

KIND = "tests.count"


def count(key: int, work: Work) -> None:
    """Show one step and finish."""
    work.step("Count", key)
    with work.finish():
        pass


if __name__ == "__main__":
    import django

    django.setup()
    register(Kind(KIND, run=count, stop=lambda key, message: None))
    app.worker_main(["worker", "--pool=solo", "--loglevel=ERROR"])
