"""The register: a list of agreements that is searched, filtered, sorted and sent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts import clock, sheets
from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded, render_region
from agreements.forms.agreements import RegisterForm
from agreements.policy import can_start, visible_agreements
from agreements.queries.register import COLUMNS, Search, found, parties_of
from agreements.views.lines import Line, lines_of

PAGE = 25
TITLES = {
    "number": "Number",
    "partners": "Partners",
    "kind": "Kind",
    "purpose": "Purpose",
    "status": "Status",
    "ends": "Ends",
    "destruction": "Destruction",
    "next_step": "Next step",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """What a person asked the register for, and the keys of what was found."""

    form: RegisterForm
    search: Search
    keys: list[int]
    today: date


def _listed(request: SignedInRequest) -> Listed:
    agreements = visible_agreements(request.user)
    partners = list(parties_of(agreements))
    today = clock.today([partner.time_zone for partner in partners] or ["UTC"])
    form = RegisterForm(request.GET, partners=partners)
    form.is_valid()
    search = form.search
    keys = found(agreements, search, today=today).values_list("pk", flat=True)
    return Listed(form, search, list(keys), today)


@require_GET
@guarded
def register(request: SignedInRequest) -> HttpResponse:
    """List the agreements that a person may see and asks for."""
    listed = _listed(request)
    page = Paginator(listed.keys, PAGE).get_page(request.GET.get("page"))
    kept = listed.form.kept
    context = {
        "form": listed.form,
        "is_empty": not listed.keys and not listed.form.is_asked,
        "n_found": _counted(len(listed.keys)),
        "asked": listed.form.in_words,
        "order": _order(listed.search.sort),
        "columns": _columns(listed.search.sort),
        "lines": list(lines_of(list(page.object_list), today=listed.today)),
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_ends=1),
        "kept": [(name, value) for name, value in kept.items() if name != "sort"],
        "sort": listed.search.sort,
        "query": urlencode(kept),
        "today": listed.today,
        "decision": can_start(request.user),
    }
    return render_region(
        request, "agreements/register.html", "agreements/_register.html", context
    )


def _counted(n_found: int) -> str:
    return "1 agreement" if n_found == 1 else f"{n_found:,} agreements"


def _order(sort: str) -> str:
    """Say how the list is sorted."""
    if not sort:
        return "newest first"
    direction = "descending" if sort.startswith("-") else "ascending"
    return f"sorted by {TITLES[sort.removeprefix('-')].lower()}, {direction}"


def _columns(sort: str) -> list[dict[str, Any]]:
    """Return the columns' heads: how each is sorted, and what its button asks for."""
    drawn = []
    for key, title in TITLES.items():
        column = {"key": key, "title": title, "sortable": key in COLUMNS}
        if sort.removeprefix("-") == key:
            is_down = sort.startswith("-")
            column["sorted"] = "descending" if is_down else "ascending"
            column["asks"] = key if is_down else f"-{key}"
        else:
            column["asks"] = key
        drawn.append(column)
    return drawn


def _exported(request: SignedInRequest) -> Listed:
    listed = _listed(request)
    if listed.form.errors:
        raise RuleBroken(
            "The address asks for something that the register does not know. Search "
            "on the page of agreements and download from there."
        )
    return listed


@require_GET
@guarded
def register_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """Send what is listed as a file for spreadsheets."""
    listed = _exported(request)

    def lines() -> Iterator[list[str]]:
        if settings.DEMO:
            yield ["Invented people and results"]
        yield [*TITLES.values(), "Title", "Begins"]
        for line in lines_of(listed.keys, today=listed.today):
            yield _cells(line)

    return _sent(sheets.as_file(lines()), sheets.CONTENT_TYPE, "csv")


def _cells(line: Line) -> list[str]:
    destruction = "Destroyed" if line.is_destroyed else _iso(line.destruction_on) or ""
    return [
        line.number,
        "; ".join(line.partners),
        line.kind,
        line.purpose,
        line.status,
        _iso(line.ends_on) or "",
        destruction,
        line.next_step,
        line.title,
        _iso(line.starts_on) or "",
    ]


@require_GET
@guarded
def register_json(request: SignedInRequest) -> StreamingHttpResponse:
    """Send what is listed as JSON, in the shape that docs/register-export.md tells."""
    listed = _exported(request)
    head = {
        "format": "homeroom-register/1",
        "is_invented": settings.DEMO,
        "made_at": clock.now().isoformat(timespec="seconds"),
        "search": listed.form.kept,
        "n_agreements": len(listed.keys),
    }
    site = request.build_absolute_uri(reverse("home")).rstrip("/")

    def parts() -> Iterator[str]:
        yield json.dumps(head, ensure_ascii=False)[:-1] + ', "agreements": ['
        lines = lines_of(listed.keys, today=listed.today)
        for n, line in enumerate(lines):
            record = json.dumps(_record(line, site), ensure_ascii=False)
            yield f"{',' if n else ''}\n{record}"
        yield "\n]}\n"

    return _sent((part.encode() for part in parts()), "application/json", "json")


def _record(line: Line, site: str) -> dict[str, Any]:
    return {
        "number": line.number,
        "address": f"{site}{line.url}",
        "kind": line.kind,
        "title": line.title,
        "purpose": line.purpose,
        "partners": list(line.partners),
        "status": line.status,
        "starts_on": _iso(line.starts_on),
        "ends_on": _iso(line.ends_on),
        "destruction_on": _iso(line.destruction_on),
        "is_destroyed": line.is_destroyed,
        "next_step": line.next_step,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _sent(parts: Iterator[bytes], kind: str, ending: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=kind)
    name = f"agreements-{clock.today():%Y-%m-%d}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
