"""The published JSON Schema of a mandate's record, drawn from its dataclasses (pure).

A field that the dataclasses gain or lose is in the schema by itself; one without words
here stops the program, so that every published field is explained.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, get_args, get_origin, get_type_hints

from agreements.mandate import FORMAT, Mandate, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_WORDS = MappingProxyType(
    {
        "Mandate.agreement": "Number of the agreement.",
        "Mandate.kind": "Kind of agreement: mou, dua, ids, red, out or joi.",
        "Mandate.model": "Model of sharing, by the number that people use.",
        "Mandate.parties": "Who is bound, and what each does.",
        "Mandate.onward": "To whom records may be passed on, and to nobody else.",
        "Mandate.under": "Agreements that bind this one, whose terms it narrows.",
        "Mandate.implementation_on": "Day on which sharing goes live.",
        "Mandate.review_on": "Day of the review.",
        "Mandate.breach_hours": "Hours for telling an owner of an incident.",
        "Mandate.text_digest": "SHA-256 of the PDF that was signed.",
        "Mandate.owners": "Who sends data: each approves every release itself.",
        "Mandate.linkers": "Who may link records.",
        "Mandate.flows": "What one party may send another.",
        "Mandate.access": "Who may see what, and when.",
        "Mandate.purposes": "What records may be used for.",
        "Mandate.analyses": "Measures that may be computed.",
        "Mandate.min_cell": "The smallest group that may be shown.",
        "Mandate.starts_on": "First day of the term.",
        "Mandate.ends_on": "Last day of the term, which counts.",
        "Mandate.destroy_by": "Last day by which everything is destroyed.",
        "Mandate.list_days": "Days after linking that lists of names are kept.",
        "Mandate.release_days": "Days after the last release that rows are kept.",
        "Mandate.end_days": "Days after the purpose ends that records are kept.",
        "Mandate.clauses": "The clause in force on each topic.",
        "AgreedFlow.key": "Name of the flow.",
        "AgreedFlow.sender": "Party that sends.",
        "AgreedFlow.receiver": "Party that receives.",
        "AgreedFlow.grain": "What one row is about.",
        "AgreedFlow.elements": "Codes of the data elements, and no others.",
        "AgreedFlow.purpose": "The one purpose of the flow.",
        "AgreedFlow.basis": "Ground in law on which records leave; empty if none.",
        "AgreedFlow.frequency": "How often it is sent.",
        "AgreedFlow.method": "The way by which it is sent.",
        "AgreedFlow.scope": "Whose rows are sent.",
        "Scope.places": "Codes of buildings or schools; empty for all.",
        "Scope.years": "First and last school year, by the years in which they begin; "
        "empty for all. A school year runs from July 1 to June 30.",
        "Scope.ages": "Youngest and oldest, in years on September 1 of the school year "
        "in which a file arrives; empty for all.",
        "Scope.grades": "Codes of grades; empty for all.",
        "AgreedParty.key": "Key of the party.",
        "AgreedParty.capacities": "What the party does: owner, linker and so on.",
        "AgreedParty.signed": "Whether the party signs and is bound.",
        "AgreedPurpose.key": "Name of the purpose.",
        "AgreedPurpose.text": "The purpose in words.",
        "AgreedPurpose.uses": "Kinds of use.",
        "AgreedOnward.owner": "Party whose records are passed on.",
        "AgreedOnward.name": "Who receives them.",
        "AgreedOnward.interest": "What they are needed for.",
        "AgreedOnward.basis": "Ground in law on which they are passed on.",
        "AgreedAccess.person": "Key of the person.",
        "AgreedAccess.party": "Party for which the person acts.",
        "AgreedAccess.sees": "Kinds of data that the person may see.",
        "AgreedAccess.from_on": "First day of access.",
        "AgreedAccess.until_on": "Last day of access, which counts.",
        "AgreedAnalysis.measure": "Key of the measure.",
        "AgreedAnalysis.breakdowns": "What the measure may be shown by.",
    }
)
_DAY = MappingProxyType(
    {
        "type": "string",
        "format": "date",
        "pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
    }
)
# What the types do not say.
_BOUNDS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "Mandate.text_digest": {"pattern": "^[0-9a-f]{64}$"},
        "Mandate.min_cell": {"minimum": 1},
        "Mandate.owners": {"minItems": 1},
        "Scope.years": {"maxItems": 2},
        "Scope.ages": {"maxItems": 2},
    }
)


def schema(address: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `to_record`, published at an address."""
    drawn: dict[str, dict[str, Any]] = {}
    record = _object(Mandate, drawn)
    record["properties"]["format"] = {
        "const": FORMAT,
        "description": "Number of this form of the record.",
    }
    record["required"].append("format")
    return {
        "$schema": DIALECT,
        "$id": address,
        "title": "Executed terms of an agreement",
        "description": (
            "What Homeroom lets happen under an executed agreement. Its digest is the "
            "SHA-256 of the file as it is downloaded: sorted keys, no blanks, UTF-8. "
            "Parties and people are keys of the instance that holds the "
            "agreement; the signed text names them."
        ),
        **record,
        "$defs": drawn,
    }


def _object(kind: type, drawn: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """An object with exactly the fields of a dataclass; those it holds are drawn."""
    properties = {
        name: {
            **_value(of, drawn),
            **_BOUNDS.get(f"{kind.__name__}.{name}", {}),
            "description": _WORDS[f"{kind.__name__}.{name}"],
        }
        for name, of in get_type_hints(kind).items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _value(of: Any, drawn: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The schema of one type that a mandate uses."""
    if of is date:
        return dict(_DAY)
    if of is bool:
        return {"type": "boolean"}
    if of is int:
        return {"type": "integer", "minimum": 0}
    if get_origin(of) is tuple:
        return _many(get_args(of)[0], drawn)
    if is_dataclass(of):
        assert isinstance(of, type)
        drawn[of.__name__] = _object(of, drawn)
        return {"$ref": f"#/$defs/{of.__name__}"}
    if issubclass(of, StrEnum):
        return {"enum": [each.value for each in of]}
    assert of is str, f"a mandate holds no {of}"
    return {"type": "string"}


def _many(of: Any, drawn: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The schema of a tuple: a list, or an object where it pairs topics with texts."""
    if get_origin(of) is tuple:
        topics, text = get_args(of)
        assert topics is Topic
        return {
            "type": "object",
            "properties": {topic.value: _value(text, drawn) for topic in Topic},
            "additionalProperties": False,
        }
    return {"type": "array", "items": _value(of, drawn)}
