"""Finding the way to an agreement: one question a page, then the route that stands."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.web import SignedInRequest, guarded
from agreements.clause_library import DOCUMENTS
from agreements.forms.path import PathForm
from agreements.paths import ROUTES, Found, Question, Standing, route
from agreements.policy import can_start
from agreements.rules.vocabulary import AgreementKind, SharingModel

KINDS = {
    AgreementKind.MEMORANDUM: "a memorandum of understanding",
    AgreementKind.PARTICIPATION: "a participation memorandum with the system's lead",
    AgreementKind.DATA_USE: "a data use agreement under the one that you have",
    AgreementKind.AMENDMENT: "an amendment of the one that you have",
    AgreementKind.JOINDER: "a joinder: you accept the terms that are offered",
}
STARTED = (AgreementKind.MEMORANDUM, AgreementKind.PARTICIPATION)
USUAL_ROUTE = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A draft that can be started now, and what its page says of it."""

    kind: AgreementKind
    model: SharingModel
    part: str
    name: str
    intro: str
    why: str
    citation: str


def start_of(found: Found) -> Start:
    """Return what the answers start; the usual memorandum while they start nothing."""
    stop = found.stop
    if stop and stop.starts:
        return Start(
            kind=stop.starts,
            model=SharingModel.DISTRICT_LINKS,  # no record of a student is in it
            part="",
            name=DOCUMENTS[stop.starts].name,
            intro="The agency sends its own list to another provider.",
            why=stop.reason,
            citation=stop.citation,
        )
    is_found = found.route is not None and found.document in STARTED
    way = found.route if found.route and is_found else ROUTES[USUAL_ROUTE]
    kind = found.document if found.document and is_found else AgreementKind.MEMORANDUM
    return Start(
        kind=kind,
        model=way.model,
        part=way.part or "",
        name=f"{DOCUMENTS[kind].name}: {way.name.lower()}",
        intro=f"{way.sends} {way.returns}",
        why=way.because,
        citation=way.citation,
    )


@require_GET
@guarded
def find(request: SignedInRequest) -> HttpResponse:
    """Ask the next question, or show where the answers in the address lead."""
    found = route(request.GET.dict())
    if found.question:
        return _ask(request, found, found.question)
    context = {
        "found": found,
        "changes": _changes(found),
        "columns": ("Route", "Standing", "Why", "Law"),
        "rows": _verdicts(found),
        "decision": can_start(request.user),
        "query": urlencode(found.answers),
    }
    if found.stop:
        return render(request, "agreements/path_stop.html", context)
    assert found.route
    assert found.document
    context |= {
        "facts": [
            ("What is sent", found.route.sends),
            ("What comes back", found.route.returns),
            ("Why this works", found.route.because),
            ("Law", found.route.citation),
            ("Documents", "; ".join(found.route.documents)),
            ("How you agree", KINDS[found.document].capitalize()),
        ],
        "kind": KINDS[found.document],
        "is_joined": found.document is AgreementKind.JOINDER,
        "is_started": found.document in STARTED,
        "is_instead": found.answers.get("totals") == "yes",
    }
    return render(request, "agreements/path_result.html", context)


def _ask(request: SignedInRequest, found: Found, question: Question) -> HttpResponse:
    is_unanswered = request.GET.get("asked") == question.key
    form = PathForm(
        request.GET if is_unanswered else None, question=question, found=found
    )
    context = {
        "form": form,
        "question": form[question.key],
        "steps": [""] * found.n_questions,
        "current": len(found.answered) + 1,
        "back": _changes(found)[-1]["url"] if found.answered else "",
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/path.html", context, status=status)


def _changes(found: Found) -> list[dict[str, str]]:
    """Return each answer with the address at which it is asked for again."""
    kept: dict[str, str] = {}
    lines = []
    for each in found.answered:
        lines.append(
            {
                "question": each.question.text,
                "answer": each.label,
                "url": f"{reverse('path')}?{urlencode(kept)}",
            }
        )
        kept[each.question.key] = each.option
    return lines


def _verdicts(found: Found) -> list[tuple[str, ...]]:
    """Return the other routes as lines: what works first, then what falls."""
    order = list(Standing)
    return [
        (
            f"{each.route.name} ({each.route.key})",
            each.standing.value,
            each.because,
            each.citation,
        )
        for each in sorted(found.verdicts, key=lambda one: order.index(one.standing))
    ]
