"""The two lists of a linkage with one record per person, as their senders said."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from indicators.arrivals.persons import Lists, joined, persons
from indicators.frames import Frames
from indicators.models import Delivery, LinkageRun, Repeat
from indicators.services.linked import (
    DESTROYED,
    STUDENTS_JOINED,
    TENANTS_JOINED,
    opened,
)

TOLD = (Repeat.Answer.SAME, Repeat.Answer.DIFFERENT)


@dataclass(frozen=True, slots=True)
class Said:
    """What the senders of both lists said of the pairs in them.

    same: codes of the pairs that are one person, by delivery. n_open: pairs of which
    nobody has said who is who; their records stand apart.
    """

    same: Mapping[int, frozenset[str]]
    n_flagged: int
    n_open: int

    @property
    def digest(self) -> str:
        """The SHA-256 of what joins records, in hex; nothing where nothing does."""
        codes = sorted((key, code) for key, own in self.same.items() for code in own)
        return hashlib.sha256(json.dumps(codes).encode()).hexdigest() if codes else ""

    def counts(self, lists: Lists) -> dict[str, int]:
        """Return what a run's totals say of it; nothing where no pair was flagged."""
        if not self.n_flagged:
            return {}
        return {
            "records put together": lists.n_joined,
            "perhaps one person twice": self.n_open,
        }


def said_of(run: LinkageRun) -> Said:
    """Return what was said until now of the pairs in a run's two deliveries."""
    deliveries: tuple[Delivery, ...] = (run.tenants, run.students)
    told = list(
        Repeat.objects.filter(delivery__in=deliveries, answer__in=TOLD).values_list(
            "delivery", "code", "answer"
        )
    )
    n_flagged = sum(each.n_repeats for each in deliveries)
    return Said(
        same={
            each.pk: frozenset(
                code
                for key, code, answer in told
                if key == each.pk and answer == Repeat.Answer.SAME
            )
            for each in deliveries
        },
        n_flagged=n_flagged,
        n_open=n_flagged - len(told),
    )


def lists_of(run: LinkageRun, said: Said) -> Lists:
    """Return the lists of a run in which each person stands once, as was said."""
    housing, school = opened(run.tenants.holding), opened(run.students.holding)
    tenants = persons(housing, said.same[run.tenants_id])
    students = persons(school, said.same[run.students_id])
    return Lists(
        housing=joined(housing, tenants),
        school=joined(school, students),
        tenants=tenants,
        students=students,
    )


def lists_as_linked(
    run: LinkageRun, crosswalk: Frames, *, otherwise: str = DESTROYED
) -> Lists:
    """Return the lists of a run as it linked them, whatever was said since.

    crosswalk: what the run keeps of its pairs. Raises RuleBroken as `opened` does.
    """
    housing = opened(run.tenants.holding, otherwise=otherwise)
    school = opened(run.students.holding, otherwise=otherwise)
    tenants, students = crosswalk[TENANTS_JOINED], crosswalk[STUDENTS_JOINED]
    return Lists(
        housing=joined(housing, tenants),
        school=joined(school, students),
        tenants=tenants,
        students=students,
    )


def follows_answers(run: LinkageRun) -> bool:
    """Return whether a run's links follow all that was said of its lists."""
    return said_of(run).digest == run.repeats_used
