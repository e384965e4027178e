"""The ground floor: who."""

from django.apps import AppConfig


class PartnershipsConfig(AppConfig):
    """Organisations, people's roles, partnerships, notices."""

    name = "partnerships"

    def ready(self) -> None:
        """Hear the events that this floor answers."""
        from partnerships import subscribers  # noqa: F401 - importing it subscribes
