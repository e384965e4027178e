"""Published releases: question, answer, charts, tables and files, of text alone."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_GET

from accounts import sheets
from accounts.web import SignedInRequest, guarded
from agreements.papers import ReportPages
from indicators.models import Intervention, Release, Target
from indicators.policy import can_read, published_releases, readable
from indicators.published import files
from indicators.published.page import page_of
from indicators.published.parts import Sheet
from indicators.queries import document_of, interventions_of, targets_of
from indicators.views.showing import Shown, known_of, marks_of, shown
from indicators.views.tables import ShownTable


@require_GET
@guarded
def dashboards(request: SignedInRequest) -> HttpResponse:
    """List the newest release of each partnership with its finding, then the others."""
    releases = (
        readable(request.user, published_releases(request.user))
        .select_related("agreement__partnership")
        .order_by("agreement__partnership__name", "-published_at", "-pk")
    )
    listed = []
    for partnership, found in groupby(releases, lambda r: r.agreement.partnership):
        newest, *earlier = sorted(found, key=lambda each: each.state == "withdrawn")
        document = document_of(newest)
        page = page_of(document, {})
        without = "Numbers of children" if document.cells else "No rate is published"
        listed.append(
            {
                "partnership": partnership,
                "newest": newest,
                "finding": page.groups.finding if page else without,
                "earlier": earlier,
            }
        )
    return render(request, "indicators/dashboards.html", {"listed": listed})


def found_of(request: SignedInRequest, key: int, asked: dict[str, str]) -> Shown:
    """Return a published release as its page shows it, beside those of its agreement.

    One question to the database finds them all, and whether there are goals to ask for.
    """
    releases = published_releases(request.user).filter(agreement__releases=key)
    releases = releases.annotate(
        has_targets=Exists(Target.objects.filter(agreement=OuterRef("agreement"))),
        has_done=Exists(Intervention.objects.filter(agreement=OuterRef("agreement"))),
    )
    found = list(
        releases.select_related("agreement__partnership").order_by(
            "-published_at", "-pk"
        )
    )
    release = next((each for each in found if each.pk == key), None)
    if release is None:
        raise Http404
    can_read(request.user, release.agreement).require()
    others = [r for r in found if r.pk != key and r.state == "published"]
    agreement = release.agreement
    return shown(
        release,
        others,
        asked,
        targets=targets_of(agreement) if release.has_targets else (),
        interventions=interventions_of(agreement) if release.has_done else (),
    )


@require_GET
@guarded
def dashboard(request: SignedInRequest, key: int) -> HttpResponse:
    """Show one release: what it found of what was chosen, drawn and in numbers."""
    found = found_of(request, key, request.GET.dict())
    context = {
        "shown": found,
        "release": found.release,
        "page": found.page,
        "link": request.build_absolute_uri(f"?{found.query}"),
    }
    return render(request, "indicators/dashboard.html", context)


@require_GET
@guarded
def dashboard_file(request: SignedInRequest, key: int, code: str) -> HttpResponse:
    """Send one table of a dashboard as a CSV file, with what is to be known of it."""
    found = found_of(request, key, {"by": code} | request.GET.dict())
    sheet = _sheet(found, code)
    if not sheet:
        raise Http404
    lines = _lines(found, sheet)
    response = HttpResponse(sheets.as_file(lines), content_type=sheets.CONTENT_TYPE)
    _named(response, found.release, f"{code}-{key}.csv")
    return response


def _sheet(found: Shown, code: str) -> Sheet | None:
    """Return the table that a file's name asks for; None if there is none."""
    if found.page is not None:
        return files.sheet_of(found.page, code)
    tables = (_as_sheet(each) for each in found.counts if each.code == code)
    return next(tables, None)


def _as_sheet(table: ShownTable) -> Sheet:
    return Sheet(table.caption, table.columns, table.rows)


@require_GET
@guarded
def dashboard_record(request: SignedInRequest, key: int) -> HttpResponse:
    """Send all that a release publishes as JSON, with what is to be known of it."""
    found = found_of(request, key, {})
    own = document_of(found.release)
    about = [*files.definitions(own), *known_of(found.release, own)]
    record = files.record_of(own, [*_warnings(found), *about], marks_of(own))
    response = JsonResponse(record, json_dumps_params={"ensure_ascii": False})
    _named(response, found.release, f"{key}.json")
    return response


@require_GET
@guarded
def dashboard_paper(request: SignedInRequest, key: int) -> HttpResponse:
    """Send what a dashboard shows as a tagged PDF: its tables, and what to know."""
    from agreements import documents  # slow to load; only for who wants paper

    found = found_of(request, key, request.GET.dict())
    release, page = found.release, found.page
    sheets_of = (
        files.printed_sheets(page)
        if page
        else files.narrowed(map(_as_sheet, found.counts))
    )
    if not sheets_of or release.published_at is None:
        raise Http404
    content = documents.render_report(
        ReportPages(
            number=release.agreement.number,
            title=page.question if page else release.title,
            finding=page.answer if page else found.without_rates,
            release=release.title,
            published_on=localdate(release.published_at),
            warnings=tuple(_warnings(found)),
            sheets=tuple((s.caption, s.columns, s.rows) for s in sheets_of),
            terms=(*found.marks.items(), *found.about),
            demo=settings.DEMO,
        )
    )
    response = HttpResponse(content, content_type="application/pdf")
    _named(response, release, f"{key}.pdf")
    return response


def _named(response: HttpResponse, release: Release, end: str) -> None:
    name = f"{release.agreement.number}-{end}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'


def _warnings(found: Shown) -> Iterator[tuple[str, str]]:
    """Yield what nobody may overlook."""
    release = found.release
    if settings.DEMO:
        yield "Invented people and results", "This is a demonstration."
    if release.state == "withdrawn":
        yield "Withdrawn", release.withdrawal_reason
    if release.source_note:
        yield "Note", release.source_note
    if found.is_borrowed and found.source.source_note:
        yield f"Note on {found.source.title}", found.source.source_note


def _lines(found: Shown, sheet: Sheet) -> Iterator[Sequence[str]]:
    yield from _warnings(found)
    yield [sheet.caption]
    yield from found.marks.items()
    yield from found.about
    yield []
    yield sheet.columns
    yield from sheet.rows
