"""What people do on the way to an agreement: those who may, and those who may not.

Whoever comes too late, or may not, is told so, and nothing happens.
"""

from collections.abc import Callable
from datetime import timedelta

from accounts import clock
from accounts.acts import RuleBroken
from accounts.models import User
from agreements import presets
from agreements.models import Agreement, Approval, Delegation, PaperSignature
from agreements.queries import code_of
from agreements.services import (
    approvals,
    drafting,
    paper,
    routes,
    sections,
    signing,
)
from partnerships.roles import Role
from tests import make

INNER = "student.preferred_first_name"
Deed = Callable[[Agreement], None]


def before() -> None:
    """Make a draft, a second counsel and signatory, a delegate at the district."""
    joined = make.partners()
    agency = joined.organisations.get(kind="pha")
    make.person("Cora Counsel", agency, Role.COUNSEL)
    make.person("Dee Puty", agency, Role.DIRECTOR, authority="Board resolution 2")
    made = make.agreement(joined, until="draft")
    make.counsel_read(made)
    _delegate_to(made, Role.STEWARD)


def _delegate_to(made: Agreement, role: Role) -> None:
    district = made.partnership.organisations.get(kind="district")
    today = clock.today([district.time_zone])
    routes.delegate(
        organisation=district,
        taker=make.holder(district, role),
        from_on=today,
        until_on=today + timedelta(days=2),
        actor=make.holder(district, Role.COUNSEL),
    )


def approval_of(made: Agreement, kind: str) -> Approval:
    """Return the newest approval of a side."""
    round_ = made.rounds.first()
    if round_ is None:
        raise RuleBroken("No text has been sent yet.")
    return round_.approvals.get(owner__kind=kind)


def edit_inside(made: Agreement) -> None:
    """List or unlist a field that stays inside the district."""
    flow = made.flows.get(key=presets.STUDENT_RECORDS)
    listed = flow.elements.filter(code=INNER).first()
    if listed is not None:
        sections.unlist_elements(
            agreement=made, elements=[listed], actor=made.drafted_by
        )
        return
    element = sections.list_element(flow=flow, code=INNER, actor=made.drafted_by)
    sections.save_element(
        element=element, values={"answers": [presets.LINKING]}, actor=made.drafted_by
    )


def edit_common(made: Agreement) -> None:
    """Add or drop a clause that binds both."""
    sections.save_section(
        agreement=made,
        section="protection",
        values={"optional_clauses": [] if made.optional_clauses else ["C22"]},
        actor=made.drafted_by,
    )


def edit_signatory(made: Agreement) -> None:
    """Let the agency's other director sign."""
    party = made.parties.get(organisation__kind="pha")
    able = party.organisation.memberships.filter(role=Role.DIRECTOR, ended_on=None)
    sections.set_signatory(
        party=party,
        signatory=able.exclude(pk=party.signatory_id).first(),
        actor=made.drafted_by,
    )


def analyst_leaves(made: Agreement) -> None:
    """Let somebody go whom the access list names."""
    make.leaves(make.who(made, "district", Role.ANALYST))


def strike_who_left(made: Agreement) -> None:
    """Take off the access list whoever has no role any more."""
    for entry in made.access.exclude(membership__ended_on=None):
        sections.remove_access(entry=entry, actor=made.drafted_by)


def submit(made: Agreement) -> None:
    drafting.submit(agreement=made, actor=made.drafted_by)


def approve(kind: str, role: Role = Role.COUNSEL) -> Deed:
    def deed(made: Agreement) -> None:
        approval = approval_of(made, kind)
        actor = make.holder(approval.owner, role)
        approvals.approve(approval=approval, actor=actor)

    return deed


def approve_as_second(made: Agreement) -> None:
    approval = approval_of(made, "pha")
    approvals.approve(approval=approval, actor=User.objects.get(name="Cora Counsel"))


def hand_over(*, back: bool = False) -> Deed:
    def deed(made: Agreement) -> None:
        approval = approval_of(made, "pha")
        pair = [
            make.holder(approval.owner, Role.COUNSEL),
            User.objects.get(name="Cora Counsel"),
        ]
        to, actor = pair if back else pair[::-1]
        approvals.hand_over(approval=approval, to=to, actor=actor)

    return deed


def delegate(made: Agreement) -> None:
    """Let the analyst decide for the solicitor, too."""
    _delegate_to(made, Role.ANALYST)


def revoke(made: Agreement) -> None:
    """End the newest delegation that holds."""
    given = Delegation.objects.filter(revoked_at=None).last()
    if given is not None:
        routes.revoke(delegation=given, actor=given.giver)


def decline_to_approve(made: Agreement) -> None:
    approval = approval_of(made, "district")
    actor = make.holder(approval.owner, Role.COUNSEL)
    approvals.decline(approval=approval, reason="Not this year.", actor=actor)


def send_back(made: Agreement) -> None:
    approval = approval_of(made, "district")
    actor = make.holder(approval.owner, Role.COUNSEL)
    approvals.send_back(approval=approval, reason="Fewer.", actor=actor)


def withdraw(kind: str) -> Deed:
    def deed(made: Agreement) -> None:
        approval = approval_of(made, kind)
        actor = make.holder(approval.owner, Role.COUNSEL)
        approvals.withdraw(approval=approval, actor=actor)

    return deed


def reopen(made: Agreement) -> None:
    signing.reopen(agreement=made, actor=made.drafted_by)


def decline(made: Agreement) -> None:
    actor = make.who(made, "district", Role.SUPERINTENDENT)
    signing.decline_to_sign(agreement=made, reason="Wait.", actor=actor)


def sign(kind: str, name: str = "") -> Deed:
    """Return how whoever is named in the text signs, or somebody else who may not."""

    def deed(made: Agreement) -> None:
        party = made.parties.get(organisation__kind=kind)
        actor = User.objects.get(name=name) if name else party.signatory.user
        signing.sign(
            agreement=made,
            digest=signing.frozen_of(made).sha256,
            typed_name=actor.name,
            password=make.PASSWORD,
            address=None,
            browser="",
            actor=actor,
        )

    return deed


def sign_on_paper(kind: str) -> Deed:
    def deed(made: Agreement) -> None:
        make.paper(made, kind)

    return deed


def _checker(made: Agreement, scan: PaperSignature) -> User:
    """Return counsel of the other side."""
    other = {"pha": "district", "district": "pha"}[scan.party.organisation.kind]
    return make.who(made, other, Role.COUNSEL)


def check_paper(made: Agreement) -> None:
    for scan in made.papers.filter(state="waiting"):
        paper.confirm_paper(
            paper=scan,
            code=code_of(made),
            is_unaltered=True,
            actor=_checker(made, scan),
        )


def refuse_paper(made: Agreement) -> None:
    for scan in made.papers.filter(state="waiting"):
        actor = _checker(made, scan)
        paper.refuse_paper(paper=scan, reason="A line is struck out.", actor=actor)


def work(made: Agreement) -> None:
    make.work_off()


DEEDS: dict[str, Deed] = {
    "edit inside": edit_inside,
    "edit common": edit_common,
    "edit signatory": edit_signatory,
    "analyst leaves": analyst_leaves,
    "strike who left": strike_who_left,
    "submit": submit,
    "approve pha": approve("pha"),
    "approve pha as second": approve_as_second,
    "approve district": approve("district"),
    "approve district by delegation": approve("district", Role.STEWARD),
    "approve district by second delegation": approve("district", Role.ANALYST),
    "delegate": delegate,
    "revoke": revoke,
    "hand over": hand_over(),
    "hand back": hand_over(back=True),
    "decline to approve": decline_to_approve,
    "send back": send_back,
    "withdraw pha": withdraw("pha"),
    "withdraw district": withdraw("district"),
    "reopen": reopen,
    "decline": decline,
    "sign pha": sign("pha"),
    "sign district": sign("district"),
    "sign pha as second": sign("pha", "Dee Puty"),
    "sign on paper pha": sign_on_paper("pha"),
    "sign on paper district": sign_on_paper("district"),
    "check paper": check_paper,
    "refuse paper": refuse_paper,
    "work": work,
}
ONWARD = {
    "draft": ["strike who left", "submit"],
    "review": ["approve pha", "approve pha as second", "approve district"],
    "approved": ["work"],
    "signing": ["check paper", "sign pha", "sign district", "work"],
}
IN_A_ROW = {
    "rewrite common": ["send back", "reopen", "edit common", "submit"],
    "rewrite inside": ["send back", "reopen", "edit inside", "submit"],
    "rename signatory": ["send back", "reopen", "edit signatory", "submit"],
    "think again": ["withdraw pha", "withdraw district", "approve district"],
}


def doing(name: str) -> Callable[[], str]:
    """Return a deed to be done in a thread; what may not be, is not."""

    def do() -> str:
        made = Agreement.objects.get()
        if name == "onward":
            names = ONWARD.get(made.state, [])
        else:
            names = IN_A_ROW.get(name, [name])
        for each in names:
            try:
                DEEDS[each](Agreement.objects.get())
            except RuleBroken:
                continue
        return made.state

    return do
