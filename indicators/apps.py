"""Imports this floor's subscribers."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """The top floor: what was learned."""

    name = "indicators"

    def ready(self) -> None:
        """Hear the events that this floor answers."""
        from indicators import home, subscribers  # noqa: F401 - importing subscribes
