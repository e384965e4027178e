"""What a PDF lacks of what a reader who cannot see it needs (ISO 14289-1)."""

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf

BY_NAME = {"/TH": "header cell", "/TD": "cell"}


def faults(pdf: bytes) -> list[str]:
    """Return what is wrong with a document, in words; nothing for a good one."""
    with pikepdf.open(BytesIO(pdf)) as file:
        return [*_of_file(file), *_of_tree(file), *_of_pages(file), *_of_fonts(file)]


def elements(file: pikepdf.Pdf) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield each element of the structure tree in reading order, with what holds it."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(file.Root.StructTreeRoot, ())]
    while waiting:
        element, within = waiting.pop()
        if "/S" in element:
            yield element, within
            within = (*within, str(element.S))
        waiting += [(child, within) for child in reversed(_children(element))]


def _children(element: Any) -> list[Any]:
    children: Any = element.get("/K", [])
    if not isinstance(children, pikepdf.Array):
        children = [children]
    return [
        child
        for child in children
        if isinstance(child, pikepdf.Dictionary) and "/S" in child
    ]


def kinds(file: pikepdf.Pdf) -> list[str]:
    """Return the kinds of all elements in reading order."""
    return [str(element.S) for element, _ in elements(file)]


def _of_file(file: pikepdf.Pdf) -> Iterator[str]:
    root: Any = file.Root
    shown: Any = root.get("/ViewerPreferences", {})
    marked: Any = root.get("/MarkInfo", {})
    if not str(root.get("/Lang", "")):
        yield "no language"
    if not str(file.docinfo.get("/Title", "")):
        yield "no title"
    if not shown.get("/DisplayDocTitle", False):
        yield "the title is not shown"
    if not marked.get("/Marked", False):
        yield "not marked as tagged"
    about = file.open_metadata()
    if about.get("pdfuaid:part") != "1":
        yield "does not say that it follows PDF/UA-1"
    if str(file.docinfo.get("/Title", "")) != about.get("dc:title", ""):
        yield "two titles"


def _of_tree(file: pikepdf.Pdf) -> Iterator[str]:
    if "/StructTreeRoot" not in file.Root:
        yield "no structure tree"
        return
    tree = list(elements(file))
    yield from _of_headings([str(element.S) for element, _ in tree])
    named = {str(each.ID) for each, _ in tree if each.S == "/TH" and "/ID" in each}
    for element, within in tree:
        kind = str(element.S)
        if kind in BY_NAME and "/TR" not in within:
            yield f"a {BY_NAME[kind]} outside a row"
        if kind == "/TR" and "/Table" not in within:
            yield "a row outside a table"
        if kind == "/LI" and "/L" not in within:
            yield "an item outside a list"
        if kind == "/Figure" and not str(element.get("/Alt", "")):
            yield "a figure without alternative text"
        said = element.get("/A", {})
        if kind == "/TH" and said.get("/Scope", "") not in ("/Row", "/Column", "/Both"):
            yield "a header cell without scope"
        if kind == "/TD":
            headers = {str(each) for each in said.get("/Headers", [])}
            if not headers or not headers <= named:
                yield "a cell without headers"


def _of_headings(tree: list[str]) -> Iterator[str]:
    levels = [int(kind[2]) for kind in tree if kind[:2] == "/H" and kind[2:].isdigit()]
    if levels[:1] != [1]:
        yield "the first heading is not the document's title"
    if levels.count(1) > 1:
        yield "more than one title"
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"a heading of level {after} follows one of level {before}"


def _of_pages(file: pikepdf.Pdf) -> Iterator[str]:
    for number, page in enumerate(file.pages, start=1):
        if page.get("/Tabs", "") != "/S":
            yield f"page {number} is not tabbed through in the order of its structure"
        if "/StructParents" not in page:
            yield f"page {number} is outside the structure"


def _of_fonts(file: pikepdf.Pdf) -> Iterator[str]:
    files = {"/FontFile", "/FontFile2", "/FontFile3"}
    fonts = [each for each in file.objects if isinstance(each, pikepdf.Dictionary)]
    for item in fonts:
        kind, names = item.get("/Type"), set(item.keys())
        if kind == "/FontDescriptor" and not files & names:
            yield f"{item.get('/FontName', 'a font')} is not embedded"
        if item.get("/Subtype") == "/Type0" and "/ToUnicode" not in names:
            yield f"{item.get('/BaseFont', 'a font')} cannot be read as text"
