"""An agreement of many pages, made and frozen by walking the services."""

from agreements.models import Agreement, DataFlow
from agreements.rules.elements import ELEMENTS
from agreements.rules.vocabulary import Frequency, Grain, Transfer
from agreements.services import approvals, drafting, sections, wordings
from partnerships.roles import Role
from tests import make

N_PEOPLE, N_CLAUSES, N_FLOWS = 36, 18, 6
TABLES = sorted(code for code in ELEMENTS if code.startswith("table."))
PARAGRAPH = (
    "The parties meet in the first week of every quarter, at the office of whichever "
    "party did not host the last meeting, and go through what was sent, what was "
    "linked and what was published since. Each party brings the people who did that "
    "work. What they agree on is written down on the same day and kept with this "
    "agreement; it changes nothing in it. A party that cannot come says so a week "
    "before, and the meeting is held within the next two weeks."
)


def agreement() -> Agreement:
    """Return a memorandum of more than twenty pages that waits for its signatures."""
    joined = make.partners()
    district = joined.organisations.get(kind="district")
    for number in range(1, N_PEOPLE + 1):
        make.person(f"Person {number} of Many", district, Role.ANALYST)
    made = make.agreement(joined, until="draft")
    for number in range(1, N_CLAUSES + 1):
        wordings.add_own_clause(
            agreement=made,
            title=f"Meetings of the parties, part {number}",
            text="\n\n".join([PARAGRAPH] * 2),
            actor=made.drafted_by,
        )
    for number in range(1, N_FLOWS + 1):
        _tables(made, f"Tables of year {number}")
    return _sent(made)


def _tables(made: Agreement, key: str) -> DataFlow:
    """Return another flow of tables that come back, with all tables that there are."""
    director = made.drafted_by
    agency, district = (
        made.partnership.organisations.get(kind=kind) for kind in ("pha", "district")
    )
    flow = sections.add_flow(
        agreement=made, key=key, sender=district, receiver=agency, actor=director
    )
    sections.save_flow(
        flow=flow,
        values={
            "grain": Grain.AGGREGATE,
            "frequency": Frequency.YEARLY,
            "method": Transfer.TABLES,
        },
        actor=director,
    )
    for code in TABLES:
        element = sections.list_element(flow=flow, code=code, actor=director)
        sections.save_element(
            element=element, values={"answers": list(made.measures)}, actor=director
        )
    return flow


def _sent(made: Agreement) -> Agreement:
    """Return a draft that every owner approved, and that is frozen for signature."""
    make.counsel_read(made)
    drafting.submit(agreement=made, actor=made.drafted_by)
    for owner in made.partnership.organisations.order_by("pk"):
        approval = made.rounds.get().approvals.get(owner=owner)
        approvals.approve(approval=approval, actor=make.holder(owner, Role.COUNSEL))
    make.work_off()
    made.refresh_from_db()
    assert made.state == "signing", made.state
    return made
