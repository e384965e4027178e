"""Excel workbooks, written part by part so that each oddity can be made."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DATE = 1  # the style that shows a date


class Number(str):
    """A cell that is a number, as it is written in the file."""

    style = 0


class Day(Number):
    """A day number, shown as a date."""

    style = DATE


class Formula(str):
    """A formula; what it says is its stored result, if it has one."""


def workbook(
    rows: Sequence[Sequence[str]],
    *,
    others: Mapping[str, str] | None = None,
    parts: Mapping[str, str] | None = None,
    settings: str = "",
) -> bytes:
    """Return a workbook whose first visible sheet has these rows.

    others: state of further sheets by name, which stand first. parts: instead of those
    that are made. settings: attributes of the workbook.
    """
    listed = [*(others or {}).items(), ("List", "visible")]
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        for n, (name, state) in enumerate(listed, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" '
        f'Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(listed) + 1)
    )
    made = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        f"<workbookPr {settings}/><sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    for n in range(1, len(listed)):
        made[f"xl/worksheets/sheet{n}.xml"] = sheet([["elsewhere"]])
    made[f"xl/worksheets/sheet{len(listed)}.xml"] = sheet(rows)
    return archive(made | dict(parts or {}))


def sheet(rows: Sequence[Sequence[str]]) -> str:
    """Return a sheet; empty cells are left out, as spreadsheets do."""
    lines = []
    for n, row in enumerate(rows, 1):
        cells = "".join(
            _cell(f"{chr(65 + place)}{n}", value)
            for place, value in enumerate(row)
            if value or isinstance(value, Formula)
        )
        lines.append(f'<row r="{n}">{cells}</row>')
    return (
        f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    )


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of these files."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return into.getvalue()


def _cell(at: str, value: str) -> str:
    if isinstance(value, Formula):
        result = f"<v>{value}</v>" if value else ""
        return f'<c r="{at}"><f>A1</f>{result}</c>'
    if isinstance(value, Number):
        return f'<c r="{at}" s="{value.style}"><v>{value}</v></c>'
    return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
