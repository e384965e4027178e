"""Word files as partners send them, and the pages that give and take them."""

import html
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import docx
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agreements.models import Agreement
from agreements.queries import facts_of, text_of

AUTHOR = 'w:author="Pat Partner" w:date="2026-10-01T09:30:00Z"'
MAIN = "word/document.xml"


def parts_of(content: bytes) -> dict[str, bytes]:
    """Return the parts of a Word file by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    """Return a Word file of parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def rewritten(content: bytes, change: Callable[[str], str], part: str = MAIN) -> bytes:
    """Return a Word file, one part of which is rewritten."""
    parts = parts_of(content)
    after = change(parts[part].decode())
    assert after != parts[part].decode()
    return packed(parts | {part: after.encode()})


def run(text: str, *, tag: str = "t") -> str:
    return f'<w:r><w:{tag} xml:space="preserve">{escape(text)}</w:{tag}></w:r>'


def ins(text: str) -> str:
    """Return a tracked insertion."""
    return f'<w:ins w:id="900" {AUTHOR}>{run(text)}</w:ins>'


def deleted(text: str) -> str:
    """Return a tracked deletion."""
    return f'<w:del w:id="901" {AUTHOR}>{run(text, tag="delText")}</w:del>'


def paragraph(inner: str, *, end: str = "") -> str:
    """Return a paragraph; end: "ins" or "del" where its end is tracked."""
    mark = f'<w:pPr><w:rPr><w:{end} w:id="902" {AUTHOR}/></w:rPr></w:pPr>'
    return f"<w:p>{mark if end else ''}{inner}</w:p>"


def tracked(content: bytes, words: str, marked: str) -> bytes:
    """Return a Word file in which words of one run give way to marked-up runs."""

    def change(xml: str) -> str:
        whole = next(
            match
            for match in re.finditer(r"<w:r><w:t[^>]*>([^<]*)</w:t></w:r>", xml)
            if escape(words) in match[1]
        )
        before, after = whole[1].split(escape(words), 1)

        def plain(text: str) -> str:
            given = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'
            return given if text else ""

        return xml.replace(whole[0], plain(before) + marked + plain(after), 1)

    return rewritten(content, change)


def untracked(content: bytes, words: str, others: str) -> bytes:
    """Return a Word file in which python-docx replaced words without tracking."""
    document = docx.Document(io.BytesIO(content))
    line = next(each for each in document.paragraphs if words in each.text)
    line.text = line.text.replace(words, others)
    return saved(document)


def commented(content: bytes, words: str, comment: str) -> bytes:
    """Return a Word file with a comment on the paragraph that holds words."""
    document = docx.Document(io.BytesIO(content))
    line = next(each for each in document.paragraphs if words in each.text)
    document.add_comment(line.runs, text=comment, author="Cam Counsel")
    return saved(document)


def saved(document: "docx.document.Document") -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def told(answer: Any) -> str:
    """Return what a page says, on one line."""
    content = answer.content.decode()
    main = content[content.index("<main") : content.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def downloaded(client: Client, agreement: Agreement) -> bytes:
    """Return the Word file that the draft's button gives."""
    path = f"/agreements/{agreement.number}/versions/save/"
    answer = client.post(path, {"word": "1"}, follow=True)
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    return bytes(answer.content)


def wording(agreement: Agreement, clause: str) -> str:
    """Return what a clause says now."""
    texts = {each["key"]: each["text"] for each in text_of(facts_of(agreement))}
    return texts[clause]


def sent(
    client: Client, agreement: Agreement, content: bytes, *, follow: bool = True
) -> Any:
    """Return the answer to a Word file that is read in."""
    return client.post(
        f"/agreements/{agreement.number}/proposals/new/",
        {"file": SimpleUploadedFile("edited.docx", content)},
        follow=follow,
    )
