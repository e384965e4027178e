"""Template tags of the UI kit: whatever a component needs beyond plain values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils import formats
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

NUMBER = re.compile(r"\b[A-Z]{3}-\d{4}-\d{3,}\b")
UNBROKEN = r'<span class="site-unbroken">\g<0></span>'
SUPPRESSED = "Suppressed"
"""The word for every withheld value, whichever rule withheld it."""

TONES = {
    tone: frozenset(words.split(", "))
    for tone, words in {
        "done": "approved, complete, destroyed, done, executed, finished, in force, "
        "live, matched, pass, passed, published, received, signed",
        "wait": "in approval, in progress, linking, proposed, queued, running, sent, "
        "should fix, waiting, waiting for signatures",
        "act": "blocked, cancelled, declined, ended, failed, fix, missed, must fix, "
        "needs a fix, needs counsel, overdue, refused, rejected, sent back, stopped, "
        "withdrawn",
    }.items()
}


@register.filter
def unbroken(text: object) -> SafeString:
    """Return a text in which no number of an agreement breaks at its hyphens.

    What is markup already stays as it is.
    """
    if isinstance(text, SafeString):
        return text
    escaped = escape(text)
    if "-" not in escaped:  # most texts; to look for a number in each takes long
        return escaped
    return mark_safe(NUMBER.sub(UNBROKEN, escaped))  # noqa: S308 - escaped


@register.inclusion_tag("components/status_tag.html")
def status(word: object) -> dict[str, str]:
    """Return the tag that shows a state as a word."""
    text = str(word)
    tone = next((t for t, words in TONES.items() if text.lower() in words), "plain")
    return {"word": text, "tone": tone}


@register.simple_tag
def on_date(value: date | None, today: date) -> SafeString | str:
    """Return a date with its distance: "March 31, 2027 (in 41 days)".

    value: a date, or an aware datetime that is already in the reader's time zone.
    """
    if value is None:
        return "Not set"
    day = value.date() if isinstance(value, datetime) else value
    return format_html(
        '<time datetime="{}">{}</time> ({})',
        day.isoformat(),
        formats.date_format(day, "F j, Y"),
        _distance((day - today).days),
    )


def _distance(n_days: int) -> str:
    """Say in words how far away a day is."""
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if n_days in near:
        return near[n_days]
    return f"in {n_days} days" if n_days > 0 else f"{-n_days} days ago"


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """Return a form field with its label, hint and errors."""
    widget = bound.field.widget
    choices, single = "", False
    if isinstance(widget, forms.CheckboxSelectMultiple):
        choices = "usa-checkbox"
    elif isinstance(widget, forms.RadioSelect):
        choices = "usa-radio"
    elif isinstance(widget, forms.CheckboxInput):
        single = True
    _dress(widget)
    return {"field": bound, "choices": choices, "single": single}


def _dress(widget: forms.Widget) -> None:
    """Give a widget its USWDS class, and dates the browser's own picker."""
    match widget:
        case forms.CheckboxSelectMultiple() | forms.CheckboxInput():
            name = "usa-checkbox__input"
        case forms.RadioSelect():
            name = "usa-radio__input"
        case forms.Textarea():
            name = "usa-textarea"
        case forms.SelectMultiple() | forms.Select():
            name = "usa-select"
        case forms.MultiWidget():
            for part in widget.widgets:
                _dress(part)
            return
        case forms.FileInput():
            name = "site-file"
        case _:
            name = "usa-input"
    widget.attrs.pop("placeholder", None)  # labels and hints say it, and stay
    if isinstance(widget, forms.DateInput):
        widget.input_type = "date"
        widget.format = "%Y-%m-%d"
    widget.attrs["class"] = " ".join(
        dict.fromkeys([*widget.attrs.get("class", "").split(), name])
    )


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: forms.BaseForm) -> dict[str, Any]:
    """Return the list of what stops a form, each with a link to its field."""
    errors = [(text, "") for text in form.non_field_errors()]
    for bound in form:
        name = bound.label if bound.label.endswith("?") else f"{bound.label}:"
        errors += [(f"{name} {text}", _focus_target(bound)) for text in bound.errors]
    n_errors = len(errors)
    heading = (
        "There is a problem" if n_errors == 1 else f"There are {n_errors} problems"
    )
    return {"errors": errors, "heading": heading}


def _focus_target(bound: BoundField) -> str:
    """Return the id of the first control of a field, "" for a hidden one."""
    if bound.is_hidden:
        return ""
    if isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{bound.auto_id}_0"
    return bound.id_for_label


@register.inclusion_tag("components/table.html")
def data_table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Sequence[str] = (),
    empty: str = "Nothing here yet.",
    wraps: bool = False,
) -> dict[str, Any]:
    """Return a table whose first column heads its rows.

    numbers: labels of the columns that hold numbers, which align right. wraps: whether
    the cells hold sentences and names, which may take more lines than one.
    """
    drawn = [
        {"label": escape(label), "style": "site-number" if label in numbers else ""}
        for label in columns
    ]
    lines = []
    is_any_hidden = False
    for row in rows:
        cells = []
        for column, text in zip(drawn, row, strict=True):
            cell = column | {"text": unbroken(text)}
            if text == SUPPRESSED:
                cell["style"], is_any_hidden = "site-hidden", True
            cells.append(cell)
        lines.append({"head": cells[0], "cells": cells[1:]})
    return {
        "caption": caption,
        "columns": drawn,
        "rows": lines,
        "hidden": is_any_hidden,
        "empty": empty,
        "wraps": wraps,
    }


PLOT_WIDTH = 64  # percent of the chart; the rest holds the printed values
TOP, PITCH = 28, 60  # pixels: below the axis labels, and from one row to the next
MIN_BAR = 1  # percent, so that a band of one value can still be seen


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(
    rows: Iterable[Mapping[str, Any]],
    title: str,
    desc: str,
    *,
    id: str = "chart",
    scale: tuple[float, float] = (0, 100),
    unit: str = "%",
) -> dict[str, Any]:
    """Return a chart of bands on a scale, from 0 to 100 percent if none is given.

    rows: mappings of label, low, high (on the scale; None when hidden), text, and
    optionally is_reference for a row to compare with. A hidden row prints only its
    text. scale: its two ends, whole numbers. unit: what follows each number of it.
    """
    drawn = [
        _chart_row(_in_percent(row, scale), top=TOP + i * PITCH)
        for i, row in enumerate(rows)
    ]
    low, high = scale
    axis_y = TOP + len(drawn) * PITCH
    return {
        "id": id,
        "title": title,
        "desc": desc,
        "rows": drawn,
        "axis_y": axis_y,
        "height": axis_y + 4,
        "gridlines": [
            {
                "x": _x(percent),
                "text": f"{low + (high - low) * percent / 100:,.4g}{unit}",
                "anchor": "middle" if percent else "start",
            }
            for percent in (0, 25, 50, 75, 100)
        ],
    }


def _in_percent(
    row: Mapping[str, Any], scale: tuple[float, float]
) -> Mapping[str, Any]:
    """Return a row whose ends are percent of the scale."""
    if row["low"] is None or row["high"] is None:
        return row
    low, high = scale
    ends = {end: (row[end] - low) / (high - low) * 100 for end in ("low", "high")}
    return {**row, **ends}


def _chart_row(row: Mapping[str, Any], *, top: int) -> dict[str, Any]:
    """Place one row; a hidden one gets no position of a bar."""
    place = {
        "label": row["label"],
        "text": row["text"],
        "label_y": top + 18,
        "text_y": top + 41,
    }
    if row["low"] is None or row["high"] is None:
        return {**place, "is_hidden": True}
    width = max(row["high"] - row["low"], MIN_BAR)
    return {
        **place,
        "is_hidden": False,
        "is_reference": row.get("is_reference", False),
        "bar_y": top + 28,
        "mid_y": top + 36,
        "x": _x(min(row["low"], 100 - width)),
        "width": _x(width),
    }


def _x(percent: float) -> str:
    """Return a length of the scale as a share of the chart's width."""
    return f"{percent * PLOT_WIDTH / 100:g}%"
