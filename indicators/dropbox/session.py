"""One session in a drop box: a folder for each flow, sealed files, a receipt.

Nothing here is a file of this machine. What arrives is sealed as it comes, under keys
that only this process knows, and is erased when it was delivered or the session ends.
"""

import posixpath
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.text import slugify
from django.utils.timezone import localtime

from accounts.acts import RuleBroken
from agreements.models import DataFlow
from indicators import custody
from indicators.models import Delivery, DropBoxKey
from indicators.models.arrivals import OPEN
from indicators.policy import (
    deliverable_flows,
    open_key,
    visible_arrivals,
    visible_deliveries,
)
from indicators.services.arrivals import Waiting
from indicators.services.deliveries import SameFiles
from indicators.services.dropping import deliver_or_bring, words_of
from indicators.services.feeds import note_again
from indicators.uploads import SealedUpload

SEND = "SEND"
SEND_ATTESTED = "SEND-EXCLUSIONS-CONFIRMED"
README, RECEIPT = "README.txt", "receipt.txt"
MOST_FILES = 10
LONGEST_NAME = 120
GUIDE = """\
Put every file of one delivery into this folder, then put an empty file named
{send} beside them. {attest}
Files that hold what the agreement lists are loaded, whole or not at all; what was said
on the page for loading data of the same headings before is used. Anything else waits,
sealed, for a day: somebody must look at it on that page.
{receipt} says what became of the newest delivery, or why it was refused.
What is not sent before you leave is erased.
"""
UNFINISHED = (
    "A file beside it is still being written, so nothing was sent. Wait for its end, "
    "then write this file again."
)
ATTEST = (
    f"Name it {SEND_ATTESTED} to confirm that protected\nhouseholds were removed; "
    "never say who or why."
)


class NotThere(LookupError):
    """The path names nothing in this drop box."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or a file, as a listing shows it."""

    name: str
    is_folder: bool
    n_bytes: int = 0
    can_be_read: bool = False


class Session:
    """What one signed-in program sees; every call looks up its rights again."""

    def __init__(self, *, account: str, fingerprint: str) -> None:
        self._account, self._fingerprint = account, fingerprint
        self._files: dict[str, dict[str, SealedUpload]] = defaultdict(dict)
        self._unfinished: set[SealedUpload] = set()
        self._refusals: dict[str, str] = {}
        self._n_bytes = 0

    def entries(self, path: str) -> list[Entry]:
        """Return what lies in a folder."""
        folder, name = _split(path)
        if name:
            raise NotThere
        flows = self._flows()
        if not folder:
            return [Entry(each, is_folder=True) for each in flows]
        flow = _found(flows, folder)
        arrived = self._files[folder].items()
        return [
            *(self._text_entry(flow, folder, each) for each in (README, RECEIPT)),
            *(Entry(each, is_folder=False, n_bytes=f.size) for each, f in arrived),
        ]

    def entry(self, path: str) -> Entry:
        """Return one folder or file."""
        folder, name = _split(path)
        if not folder:
            return Entry("/", is_folder=True)
        if not name:
            _found(self._flows(), folder)
            return Entry(folder, is_folder=True)
        for each in self.entries(folder):
            if each.name == name:
                return each
        raise NotThere

    def text(self, path: str) -> bytes:
        """Return the guide or the receipt; nothing else is ever given back."""
        folder, name = _split(path)
        if name not in (README, RECEIPT):
            raise NotThere
        return self._text(_found(self._flows(), folder), folder, name)

    def begin(self, path: str) -> SealedUpload:
        """Return a new file, to be written from its start to its end."""
        folder, name = _split(path)
        _found(self._flows(), folder)
        if not name or name in (README, RECEIPT):
            raise RuleBroken("A file goes into the folder of one of your flows.")
        _require_name(name)
        self.remove(path, is_there=False)
        if len(self._files[folder]) >= MOST_FILES:
            raise RuleBroken(f"A delivery has {MOST_FILES} files at most.")
        file = SealedUpload(custody.incoming(), name=name, content_type=None)
        self._files[folder][name] = file
        self._unfinished.add(file)
        return file

    def write(self, file: SealedUpload, offset: int, data: bytes) -> None:
        """Seal more of a file, in its order and within the cap."""
        if offset != file.size:
            raise RuleBroken("Files are written from start to end, in one go.")
        if self._n_bytes + len(data) > settings.UPLOAD_CAP_BYTES:
            cap = settings.UPLOAD_CAP_BYTES / 1024**2
            raise RuleBroken(
                f"This session brought more than {cap:g} MB, the most that is taken "
                "at once. Send only the columns that the agreement lists."
            )
        self._n_bytes += len(data)
        file.receive(data)

    def end(self, path: str, file: SealedUpload) -> None:
        """Seal the end of a file; one that is named so sends the folder's files."""
        file.complete()
        self._unfinished.discard(file)
        folder, name = _split(path)
        if name in (SEND, SEND_ATTESTED):
            self.remove(path)
            self._send(folder, attests_exclusions=name == SEND_ATTESTED)

    def remove(self, path: str, *, is_there: bool = True) -> None:
        """Erase a file that was not sent yet."""
        folder, name = _split(path)
        file = self._files[folder].pop(name, None)
        if file is not None:
            self._unfinished.discard(file)
            file.close()
        elif is_there:
            raise NotThere

    def rename(self, path: str, new_path: str) -> None:
        """Rename a file in its folder, as programs do that write under another name."""
        folder, name = _split(path)
        new_folder, new_name = _split(new_path)
        if folder != new_folder or not new_name or name not in self._files[folder]:
            raise NotThere
        if new_name in (SEND, SEND_ATTESTED, README, RECEIPT):
            raise RuleBroken("Write a file of that name; do not rename another to it.")
        _require_name(new_name)
        file = self._files[folder].pop(name)
        self.remove(new_path, is_there=False)
        self._files[folder][new_name] = file

    def close(self) -> None:
        """Erase all that was not sent."""
        for files in self._files.values():
            for file in files.values():
                file.close()
        self._files.clear()
        self._unfinished.clear()

    def _send(self, folder: str, *, attests_exclusions: bool) -> None:
        key, flow = self._key(), _found(self._flows(), folder)
        if not self._unfinished.isdisjoint(self._files[folder].values()):
            self._refusals[folder] = UNFINISHED
            raise RuleBroken(UNFINISHED)
        files: dict[str, Any] = {**self._files.pop(folder, {})}
        self._n_bytes = 0
        try:
            self._refusals.pop(folder, None)
            deliver_or_bring(
                flow=flow,
                files=list(files.values()),
                attests_exclusions=attests_exclusions,
                actor=key.holder,
            )
        except SameFiles as same:
            note_again(delivery=same.standing, actor=key.holder)
        except Waiting:
            raise
        except RuleBroken as broken:
            self._refusals[folder] = broken.message
            raise
        finally:
            for file in files.values():
                file.close()

    def _key(self) -> DropBoxKey:
        key = open_key(self._account, self._fingerprint)
        if key is None:
            raise RuleBroken("This key opens nothing any more. Ask your administrator.")
        return key

    def _flows(self) -> dict[str, DataFlow]:
        key = self._key()
        flows = deliverable_flows(key.holder).filter(sender=key.organisation)
        return {
            f"{flow.agreement.number}-{slugify(flow.key)}-{flow.pk}": flow
            for flow in flows
        }

    def _text_entry(self, flow: DataFlow, folder: str, name: str) -> Entry:
        size = len(self._text(flow, folder, name))
        return Entry(name, is_folder=False, n_bytes=size, can_be_read=True)

    def _text(self, flow: DataFlow, folder: str, name: str) -> bytes:
        if name == README:
            is_housing = flow.elements.filter(code__startswith="tenant.").exists()
            attest = ATTEST if is_housing else ""
            return GUIDE.format(send=SEND, receipt=RECEIPT, attest=attest).encode()
        if folder in self._refusals:
            return f"Refused. {self._refusals[folder]}\n".encode()
        waiting = (
            visible_arrivals(self._key().holder)
            .filter(agreement=flow.agreement, flow=flow.key, state__in=OPEN)
            .first()
        )
        if waiting is not None:
            return f"{words_of(waiting)}\n".encode()
        newest = (
            visible_deliveries(self._key().holder)
            .filter(agreement=flow.agreement, flow=flow.key)
            .select_related("agreement", "sender", "delivered_by")
            .first()
        )
        return receipt_of(newest).encode()


def receipt_of(delivery: Delivery | None) -> str:
    """Return the receipt of a delivery as a text; it names columns and lines,
    and holds no value."""
    if delivery is None:
        return "Nothing was delivered yet.\n"
    lines = [
        f"Delivery: {delivery.flow} under {delivery.agreement.number}",
        f"Loaded by: {delivery.delivered_by.name} for {delivery.sender.name}",
        f"Received: {_spoken(delivery.received_at)}",
        f"State: {delivery.state}",
        f"Rows: {delivery.n_rows} read, {delivery.n_set_aside} set aside",
        f"SHA-256 of what was kept: {delivery.receipt['sha256']}",
        f"Read: {', '.join(delivery.receipt['read'])}",
        f"Left: {', '.join(delivery.receipt['left']) or 'nothing'}",
        *(f"Noticed: {notice}" for notice in delivery.receipt["notices"]),
    ]
    return "\n".join(lines) + "\n"


def _spoken(moment: datetime) -> str:
    return localtime(moment).isoformat(timespec="seconds")


def _split(path: str) -> tuple[str, str]:
    """Return folder and file of a path that never leaves the drop box."""
    parts = [each for each in posixpath.normpath(f"/{path}").split("/") if each]
    if len(parts) > 2:
        raise NotThere
    return (parts[0] if parts else "", parts[1] if len(parts) > 1 else "")


def _found(flows: dict[str, DataFlow], folder: str) -> DataFlow:
    try:
        return flows[folder]
    except KeyError:
        raise NotThere from None


def _require_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise RuleBroken(f"A name has at most {LONGEST_NAME} characters on one line.")
