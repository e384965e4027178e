"""Imports this floor's subscribers."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """The first floor: what is allowed."""

    name = "agreements"

    def ready(self) -> None:
        """Hear the events that this floor answers."""
        from agreements import home, subscribers  # noqa: F401 - importing subscribes
