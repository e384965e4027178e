"""What would show, as pages say it: exactly to the agency, roughly to others."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from accounts import jobs
from accounts.models import User
from agreements.events import Likely, LikelyChange
from agreements.models import Agreement
from indicators.headcount_policy import counted_for, headcounts_under
from indicators.headcounts import telling
from indicators.headcounts.reading import BUILDING
from indicators.models import Headcount, Trial
from indicators.services.headcounts import JOB, strictest
from partnerships.models import Organisation

if TYPE_CHECKING:
    from accounts.models import Job

FOR_AGENCY = ("Table", "Groups of children", "Would show")
FOR_OTHERS = ("Table", "Groups that would show")
# The result rests on everybody; a release counts those who are found, and where they
# live: the counts do not tell households (disclosure.md, rule 15).
CAVEAT = (
    "This is as if every child were found in the district and no group lived in few "
    "households; where it is not so, less can show."
)
ROUGH = "Exact numbers stay with the agency."


def trial_under(
    headcount: Headcount, agreement: Agreement
) -> tuple[Trial | None, "Job | None"]:
    """Return what was tried at an agreement's threshold, and the work on it.

    What was tried for another agreement answers nothing here.
    """
    trial = headcount.trials.filter(
        Q(agreement=agreement) | Q(agreement=None), threshold=strictest(agreement)
    ).first()
    return trial, jobs.latest(JOB, trial) if trial else None


def likely_of(
    user: User, agreement: Agreement, breakdowns: Collection[str]
) -> list[Likely]:
    """Return what would show by these breakdowns, by the counts of each agency."""
    own = {each.pk: each for each in counted_for(user)}
    found = []
    kept = list(headcounts_under(agreement))
    for headcount in kept:
        is_own = headcount.organisation_id in own
        found.append(_likely(headcount, agreement, breakdowns, is_own=is_own))
    without = agreement.parties.filter(organisation__in=own).exclude(
        organisation__in=[each.organisation_id for each in kept]
    )
    for party in without.select_related("organisation"):
        found.append(_uncounted(party.organisation))
    return found


def _uncounted(agency: Organisation) -> Likely:
    return Likely(
        agency=agency.name,
        says="How much of the tables would show? Enter how many children live in each "
        "building, and see it before anybody signs. The numbers stay with "
        f"{agency.name}.",
        links=(("Enter the counts", reverse("headcount", args=[agency.pk])),),
    )


def _likely(
    headcount: Headcount,
    agreement: Agreement,
    breakdowns: Collection[str],
    *,
    is_own: bool,
) -> Likely:
    trial, job = trial_under(headcount, agreement)
    agency = headcount.organisation
    links = [("What would show if", reverse("what_if", args=[agreement.number]))]
    if is_own:
        links.append(("Change the counts", reverse("headcount", args=[agency.pk])))
    at = f"at threshold {strictest(agreement)}"
    if trial is None or not trial.found:
        is_working = bool(job and job.is_open)
        says = "Not worked out " if not is_working else "A worker is working it out "
        return Likely(
            agency=agency.name,
            says=f"{says}{at}{'.' if is_working else ' yet.'}",
            is_working=is_working,
            links=tuple(links),
        )
    tried = telling.from_record(trial.found)
    now = telling.ordered(breakdowns, headcount.breakdowns)
    rows: Sequence[tuple[str, ...]] = ()
    if tables := tried.get(now):
        rows = (
            telling.rows_for_agency(tables)
            if is_own
            else telling.rows_for_others(tables)
        )
    return Likely(
        agency=agency.name,
        says=" ".join(
            (_says(now, tables, at, is_own=is_own), *_untried(breakdowns, headcount))
        ),
        columns=FOR_AGENCY if is_own else FOR_OTHERS,
        numbers=FOR_AGENCY[1:],
        rows=tuple(rows),
        changes=tuple(_changes(headcount, now, tried, is_own=is_own)),
        links=tuple(links),
    )


def _untried(breakdowns: Collection[str], headcount: Headcount) -> Iterator[str]:
    """Yield a sentence about what an agency cannot count."""
    if untold := [each for each in breakdowns if each not in headcount.breakdowns]:
        yield f"Not tried, since the counts do not tell it: {', '.join(untold)}."


def _says(
    now: tuple[str, ...],
    tables: Sequence[telling.Shown] | None,
    at: str,
    *,
    is_own: bool,
) -> str:
    if not now:
        return "The tables are not shown by anything that these counts tell."
    if tables is None:
        return f"No form of these tables could be kept safe {at}."
    if not is_own:
        return f"Roughly, {at}. {ROUGH} {CAVEAT}"
    return f"{_result(tables, is_own=True)} {at}. {CAVEAT}"


def _changes(
    headcount: Headcount,
    now: tuple[str, ...],
    tried: telling.Found,
    *,
    is_own: bool,
) -> list[LikelyChange]:
    """Return what one breakdown more or less would change."""
    found = []
    for name in headcount.breakdowns:
        is_added = name not in now
        then = telling.ordered({*now} ^ {name}, headcount.breakdowns)
        if not then or (name == BUILDING and not is_added):
            continue  # by building is what an agency asks at all
        tables = tried[then]
        found.append(
            LikelyChange(
                breakdown=name,
                label=f"Add {name}" if is_added else f"Leave out {name}",
                says=_result(tables, is_own=is_own) if tables else "No form is safe",
                is_added=is_added,
            )
        )
    return found


def _result(tables: Sequence[telling.Shown], *, is_own: bool) -> str:
    """Return how much would show: of all tables together, or to others of the largest.

    A share of several tables would tell of those that are too small for one.
    """
    if not is_own:
        largest = max(tables, key=lambda each: each.n_groups)
        about = telling.share(largest.n_shown, largest.n_groups)
        return f"{telling.titled(largest.table)}: {about}"
    n_shown, n_groups = telling.summed(tables)
    return f"{n_shown:,} of {n_groups:,} groups would show"
