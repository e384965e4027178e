"""Published tables: finding, chart, table and file, all of the published text."""

from collections.abc import Sequence

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts import sheets
from accounts.web import SignedInRequest, guarded
from indicators.disclosure.table import from_record
from indicators.models import Release
from indicators.policy import can_read, published_releases, readable
from indicators.views.quality import linkage_said
from indicators.views.tables import shown_charts, shown_table

SUPPRESSION_NOTE = (
    "Suppressed: a group of fewer than {threshold} children, or a value that would "
    "give one away. Which of the two is never told."
)


@require_GET
@guarded
def dashboards(request: SignedInRequest) -> HttpResponse:
    """List what is published in this person's partnerships."""
    context = {
        "releases": readable(
            request.user, published_releases(request.user)
        ).select_related("agreement__partnership")
    }
    return render(request, "indicators/dashboards.html", context)


def _published(request: SignedInRequest, key: int) -> Release:
    release: Release = get_object_or_404(
        published_releases(request.user).select_related("agreement__partnership"),
        pk=key,
    )
    can_read(request.user, release.agreement).require()
    return release


@require_GET
@guarded
def dashboard(request: SignedInRequest, key: int) -> HttpResponse:
    """Show one release: what it found, drawn and in numbers."""
    release = _published(request, key)
    tables = from_record(release.tables)
    context = {
        "release": release,
        "sections": [
            {"table": shown_table(table), "charts": shown_charts(table)}
            for table in tables
        ],
        "note": SUPPRESSION_NOTE.format(threshold=release.threshold),
        "linkage": linkage_said(release.linkage),
    }
    return render(request, "indicators/dashboard.html", context)


@require_GET
@guarded
def dashboard_file(request: SignedInRequest, key: int, code: str) -> HttpResponse:
    """Send one published table as a CSV file, with its definitions."""
    release = _published(request, key)
    tables = {table.code: shown_table(table) for table in from_record(release.tables)}
    if code not in tables:
        raise Http404
    table = tables[code]
    lines: list[Sequence[str]] = []
    if settings.DEMO:
        lines.append(["Invented people and results"])
    if release.state == "withdrawn":
        lines.append(["Withdrawn", release.withdrawal_reason])
    if release.source_note:
        lines.append(["Note", release.source_note])
    lines.append([table.caption])
    lines.append([SUPPRESSION_NOTE.format(threshold=release.threshold)])
    lines.append([linkage_said(release.linkage)])
    lines += [[], table.columns, *table.rows]
    response = HttpResponse(sheets.as_file(lines), content_type=sheets.CONTENT_TYPE)
    name = f"{release.agreement.number}-{code}-{release.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
