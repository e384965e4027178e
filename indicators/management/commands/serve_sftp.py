"""manage.py serve_sftp: runs the drop box until it is told to end."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Take files over SFTP, from stewards whose keys are on record."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(_serve())


async def _serve() -> None:
    from indicators.dropbox.server import listen  # slow to load for other commands

    server = await listen(
        host=settings.SFTP_HOST,
        port=settings.SFTP_PORT,
        directory=settings.SFTP_DIR,
    )
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
    server.close()
    await server.wait_closed()
