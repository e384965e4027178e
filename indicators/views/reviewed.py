"""What those who decide on a release read: what was counted, tables, the audit."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from indicators.models import Release
from indicators.published.wording import defined
from indicators.queries import document_of
from indicators.views.tables import shown_table, tables_of


def reviewed(row: Release) -> dict[str, Any]:
    """Return the parts of the page of a release whose tables are made."""
    if not row.document:
        return {"tables": []}
    document = document_of(row)
    return {
        "tables": [shown_table(table) for table in tables_of(document)],
        "declared": document.declared,
        "measure_columns": ("Measure", "What it is", "Source"),
        "measure_rows": [
            (each.label, defined(each), each.source) for each in document.measures
        ],
        "findings": list(_findings(row.audit)),
        "differences": [_difference(each) for each in row.audit.get("earlier", [])],
    }


_TOLD_OF_FOUND = {
    "found": "Whoever knows the residents can see from each number of children that is "
    "shown how many of them were found. A link rate of this school year can no longer "
    "be published beside it.",
    "link rate": "The children whom other measures count are the residents who were "
    "found. While this link rate stands, no other measure of this school year can be "
    "published.",
}


def _findings(audit: Mapping[str, Any]) -> list[str]:
    """Return the audit in words."""
    said = []
    for name, of in (
        ("narrowest", "any suppressed number of children"),
        ("narrowest_x", "the children behind any range of percents"),
    ):
        if n := audit.get(name):
            words = f"{n} or more" if n >= 5 else str(n)
            said.append(f"The narrowest range for {of} holds {words} possible numbers.")
    if audit.get("first") is not None:
        said.append(
            f"Hidden for their own sake: {audit['first']} groups. Hidden to protect "
            f"these: {audit['second']}. The tables do not say which."
        )
    else:
        said.append(f"Hidden: {audit.get('hidden', 0)} groups.")
    if audit.get("known"):
        said.append(
            "Known from public figures alone, so not hidden from anybody: "
            f"{'; '.join(audit['known'])}."
        )
    for each in audit.get("collapses", []):
        (_, cells), (before, after) = each["cells"], each["shown"]
        most = "at most " if each["at most"] else ""
        said.append(
            f"To show more: {each['how'][:1].lower()}{each['how'][1:]}. Then {most}"
            f"{after} of {cells} groups would be shown, and now {before} of "
            f"{each['cells'][0]} are."
        )
    if "roster" in audit:
        said.append(_TOLD_OF_FOUND[audit["roster"]])
    if few := audit.get("unmatched"):
        said.append(
            "Few of the children sent were not found, which whoever knows the "
            f"residents can see: {', '.join(few)}. Your approval covers that."
        )
    return said


def _difference(earlier: Mapping[str, Any]) -> str:
    """Return how a release differs from an earlier one that it withstood."""
    groups = Counter(earlier["tables"])
    if not groups:
        return f"With {earlier['title']}: no number differs. Pass."
    told = ", ".join(
        f"{n} group{'' if n == 1 else 's'} by {table.replace(' × ', ' and ')}"
        if table != "all"
        else "the total"
        for table, n in groups.items()
    )
    return f"With {earlier['title']}: {told} differ. Pass."
