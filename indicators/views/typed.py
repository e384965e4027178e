"""A short table that people paste into a box, or send as a file instead."""

import csv
import io
from itertools import islice
from typing import Any

from accounts.acts import RuleBroken
from accounts.web import SignedInRequest
from indicators.addressfiles.buildings import MOST_LINES
from indicators.formats.containers import ZIP
from indicators.formats.reading import table_of

MOST_BYTES = 2_000_000


def typed(request: SignedInRequest) -> str:
    """Return the table as text, whether it was pasted or came as a file.

    Raises RuleBroken for a file that is no such table.
    """
    file = request.FILES.get("content")
    if file is None:
        return str(request.POST.get("text", ""))
    start = file.read(len(ZIP))
    file.seek(0)
    if start == ZIP:
        return _of_workbook(file)
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise RuleBroken(
            f"The file is larger than {MOST_BYTES // 1_000_000} MB, which no table "
            "about buildings is. Send the lines of buildings alone."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RuleBroken(
            "The file is not text in UTF-8. Save it as “CSV UTF-8”, or as an Excel "
            "workbook, and choose it again."
        ) from None


def _of_workbook(file: Any) -> str:
    sheet = table_of(file)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(sheet.headings)
    rows = (
        row
        for batch in sheet.batches
        for row in zip(*(c.to_pylist() for c in batch.table.columns), strict=True)
    )
    writer.writerows(islice(rows, MOST_LINES + 1))  # one more is refused in words
    return text.getvalue()
