"""manage.py rotate_keys: has every owner's wrapping key replaced by the worker."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import jobs
from indicators.services.keys import JOB, order_rotation


class Command(BaseCommand):
    help = (
        "Replace every owner's wrapping key, under the present VAULT_MASTER_KEY. "
        "Repeat the command to see how far it is."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = order_rotation()
        job = jobs.latest(JOB, rotation)
        n_done = len(job.steps) if job else 0
        self.stdout.write(
            f"Rotation {rotation.pk} waits for the worker, or runs: {n_done} owners' "
            "keys so far. The ledger says when it is done; only then take "
            "VAULT_MASTER_KEY_BEFORE away."
        )
