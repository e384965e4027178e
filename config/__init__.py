"""Settings, routes and the Celery app; imports every floor."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
