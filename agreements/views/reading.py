"""What an owner's counsel reads to decide: fields, people, law, clauses, releases."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts import hooks
from accounts.models import User
from agreements.clause_values import listing
from agreements.comment_policy import visible_comments
from agreements.compare import Fate, compared
from agreements.events import ReleasesOf
from agreements.forms.review import AgainstForm
from agreements.inheriting import inherited, lists
from agreements.items import WHOLE, items_of, label_of
from agreements.legal_items import legal_items
from agreements.models import Agreement, Approval, ApprovalRound
from agreements.outline import sections_of
from agreements.pages import spoken
from agreements.policy import visible_agreements
from agreements.queries import amended_by, latest_version, read_before
from agreements.queries.in_force import terms_in, texts_of
from agreements.rules.facts import AgreementFacts, Flow, ParentTerms
from agreements.rules.rule import Finding
from agreements.schedules import GRAINS
from agreements.views.words import decision_terms, seen_in_words
from partnerships.policy import acts_for
from partnerships.roles import Capability

FIELDS = ("Field", "Question it answers")
PEOPLE = ("Person", "Organisation", "May see", "From", "Until")
NEW = "New here"
TEMPLATE, READ = "template", "read"
FATES = {
    Fate.SAME: "",
    Fate.CHANGED: "Changed",
    Fate.ADDED: "Added",
    Fate.REMOVED: "Removed",
    Fate.MOVED: "Moved",
}
_DID = {"changes_asked": "asked to change", "declined": "declined"}


def reading_of(
    user: User,
    query: Mapping[str, Any],
    round_: ApprovalRound,
    approval: Approval,
    facts: AgreementFacts,
    findings: tuple[Finding, ...],
) -> dict[str, Any]:
    """Return all that a decision on a text may need, for one owner.

    query: of the address, which says what the text is compared with. The number of
    queries does not grow with what there is to read.
    """
    agreement, text = round_.agreement, round_.text
    owner = str(approval.owner_id)
    items = legal_items(facts, text["clauses"], findings)
    stands_in = ("Stands in",) if facts.parents else ()
    own = [each["key"] for each in text["clauses"]]
    return {
        "facts": decision_terms(facts, owner, items),
        "field_columns": FIELDS + stands_in,
        "flows": _flows(facts, owner),
        "people_columns": PEOPLE + stands_in,
        "people_rows": [*_people(facts)],
        "items": items,
        "inherited": inherited(facts, own),
        "schedules": [e for e in sections_of(text) if e.schedule is not None],
        "comments": _comments(user, agreement, text),
        "shelves": hooks.ask(ReleasesOf(_beside(user, agreement), user)),
        "readers": _readers(user, agreement, facts),
        **_clauses(query, round_, approval, facts),
    }


def _beside(user: User, agreement: Agreement) -> Any:
    """Return the agreements of the same partners: what came of them is known here."""
    return visible_agreements(user).filter(partnership=agreement.partnership_id)


def _flows(facts: AgreementFacts, owner: str) -> list[dict[str, Any]]:
    """Return a table of fields for each flow, the owner's own flows first."""
    labels = {analysis.key: analysis.label for analysis in facts.analyses}
    tables = [
        {
            "is_own": flow.sender == owner,
            "caption": _caption(facts, flow),
            "rows": [
                (
                    each.label,
                    ", ".join(labels.get(key, key) for key in each.answers) or "None",
                    *_stands_in(facts, _listing(facts, flow, each.code)),
                )
                for each in flow.fields
            ],
        }
        for flow in facts.flows
    ]
    return sorted(tables, key=lambda table: not table["is_own"])


def _listing(facts: AgreementFacts, flow: Flow, code: str) -> Iterator[str]:
    """Yield the numbers of the agreements above that list an element of a flow."""
    return (e.number for e in facts.parents if lists((e,), flow, code))


def _caption(facts: AgreementFacts, flow: Flow) -> str:
    """Say who gets what is in a flow, and as what."""
    sender, what = facts.name_of(flow.sender), f"{flow.key} of"
    if not flow.is_disclosure:
        return f"{what} {sender}: {_counted(flow)} used inside, sent to nobody"
    grain = GRAINS.get(flow.grain, flow.grain).lower()
    receiver = facts.name_of(flow.receiver)
    return f"{what} {sender}: {_counted(flow)} sent to {receiver}, as {grain}"


def _counted(flow: Flow) -> str:
    n_fields = len(flow.fields)
    return f"{n_fields} field" if n_fields == 1 else f"{n_fields} fields"


def _stands_in(facts: AgreementFacts, numbers: Iterable[str]) -> tuple[str, ...]:
    """Return the cell that says where something stands; none where nothing is above.

    numbers: of the agreements above that hold it.
    """
    return (listing(numbers) or NEW,) if facts.parents else ()


def _people(facts: AgreementFacts) -> Iterator[tuple[str, ...]]:
    for each in facts.access:
        line: tuple[str, ...] = (
            each.name or "Somebody who left",
            facts.name_of(each.party),
            seen_in_words(each.sees),
            spoken(each.from_on),
            spoken(each.until_on),
        )
        naming = (e.number for e in facts.parents if each.person in e.people)
        yield line + _stands_in(facts, naming)


def _clauses(
    query: Mapping[str, Any],
    round_: ApprovalRound,
    approval: Approval,
    facts: AgreementFacts,
) -> dict[str, Any]:
    """Return the clauses with what differs from the words that were asked for."""
    text = round_.text
    known = {each["key"]: each for each in text["clauses"]}
    bases = _bases(round_, approval, facts)
    form = AgainstForm(query, {key: name for key, (name, _) in bases.items()})
    name, before = bases[form.asked]
    comparison = compared(before, text)
    return {
        "against": form,
        "against_name": name,
        "changed_terms": comparison.terms,
        "n_changed_clauses": len(comparison.changed),
        "clauses": [
            {"change": each, "fate": FATES[each.fate], "about": known.get(each.key)}
            for each in comparison.clauses
        ],
    }


def _bases(
    round_: ApprovalRound, approval: Approval, facts: AgreementFacts
) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return what a text can be compared with: the name of each, and its words.

    First what the owner read last, then what the text changes, then the template.
    """
    text, bases = round_.text, {}
    if before := read_before(approval):
        bases[READ] = (_as_read(before), before.round.text)
    changed = amended_by(round_.agreement)
    terms = terms_in(texts_of(changed)) if changed else text["terms"]
    above = {
        f"above-{n}": (
            f"the same clauses of {parent.number}, as in force",
            {"terms": terms, "clauses": _worded_in(parent, text)},
        )
        for n, parent in enumerate(facts.parents, start=1)
    }
    version = latest_version(round_.agreement)
    assert version is not None  # kept when the text was sent
    template = {
        TEMPLATE: (
            "the template, which is the clause library alone",
            text | {"clauses": version.template},
        )
    }
    return bases | (above | template if changed else template | above)


def _as_read(before: Approval) -> str:
    day = spoken(timezone.localtime(before.decided_at).date())
    did = _DID.get(before.state, "approved")
    return f"the text that {before.owner.name} {did} on {day}"


def _worded_in(parent: ParentTerms, text: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return an agreement's words of those clauses that a text under it words, too."""
    own = {each["key"] for each in text["clauses"]}
    return [
        {"key": key, "title": title, "text": words}
        for key, title, words in parent.texts
        if key in own
    ]


def _comments(
    user: User, agreement: Agreement, text: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the open comments that a person may read, each with what it is on."""
    rows = visible_comments(user).filter(agreement=agreement, resolved_at=None)
    labels = {key: item.label for key, item in items_of(text).items()}
    labels[WHOLE] = label_of(WHOLE, text)
    return [
        {"row": row, "label": labels.get(row.item, row.item.partition(":")[2])}
        for row in rows.select_related("author", "organisation")
    ]


def _readers(
    user: User, agreement: Agreement, facts: AgreementFacts
) -> list[dict[str, str]]:
    """Return whether counsel of who signs and owns nothing read this very text."""
    own = {str(each.pk) for each in acts_for(user, Capability.APPROVE)}
    return [
        {
            "name": party.name,
            "said": _said_of_reading(facts, party.key),
            "url": (
                reverse("new_record", args=[agreement.number, "counsel"])
                if party.key in own
                else ""
            ),
        }
        for party in facts.parties
        if party.signs and party.key not in facts.owners
    ]


def _said_of_reading(facts: AgreementFacts, party: str) -> str:
    reviews = [each for each in facts.counsel_reviews if each.party == party]
    for review in reviews:
        if facts.is_of_this_text(review):
            day = spoken(review.reviewed_on)
            return f"its counsel read this text on {day}; digest {review.digest}"
    if reviews:
        return "its counsel read an earlier text, and its part has changed since"
    return "its counsel has not recorded that it read this text"
