"""Connects history to the ledger; sets triggers; freezes hooks when all is loaded."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """The basement. Listed last of ours, so its `ready` runs last and freezes."""

    name = "accounts"

    def ready(self) -> None:
        """Connect history, hear this floor's events, freeze the registry."""
        from accounts import (
            history,
            hooks,
            subscribers,  # noqa: F401 - importing it subscribes
            triggers,
        )

        history.connect()
        # Every app's tables are there by the time that the first app hears of it.
        post_migrate.connect(
            triggers.ensure, sender=self, dispatch_uid="evidence-triggers"
        )
        hooks.freeze()
