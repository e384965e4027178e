"""Records the clause library's versions: a changed text is a new one, never an edit."""

from accounts import clock
from accounts.acting import System, act, first_of_two
from accounts.history import note_evidence
from agreements.models import ClauseVersion
from agreements.policy import is_system
from agreements.queries.library import unrecorded_clauses

LIBRARIAN = System("clause library")


def load_clauses() -> int:
    """Return how many versions of clauses were recorded: those that are new.

    What the library held before stays recorded, and so does its text.
    """
    if not unrecorded_clauses():
        return 0
    already = "The clauses were loaded at the same moment. Try again."
    with (
        first_of_two(already),
        act("agreements.load_clauses", actor=LIBRARIAN, chain="system") as this,
    ):
        is_system(this.actor).require()
        clauses = unrecorded_clauses()
        for clause in clauses:
            version = ClauseVersion.objects.create(
                key=clause.key,
                number=ClauseVersion.objects.filter(key=clause.key).count() + 1,
                title=clause.title,
                wording=clause.wording,
                variants={"instead": {**clause.instead}, "adds": {**clause.adds}},
                digest=clause.digest,
                in_use_since=clock.now(),
            )
            note_evidence(this, version)
    return len(clauses)
