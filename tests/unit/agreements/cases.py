"""Reads the rule cases that counsel can read: small differences from a clean page."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agreements.rules import facts as f
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    Covers,
    Grain,
    HousingGround,
    PartyType,
    SharingModel,
    Sight,
    Stage,
)

FOLDER = Path(__file__).parents[2] / "cases" / "rules"
CLEAN = "clean_model_2.toml"
REMOVED = "removed"

Toml = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One case of one rule: what is asked of the facts, and what must be found."""

    rule: str
    name: str
    stage: Stage
    change: Toml
    finds: tuple[Toml, ...]

    @property
    def facts(self) -> f.AgreementFacts:
        return facts_at(self.stage, merge(clean_page(), self.change))


def rule_files() -> list[Path]:
    return sorted(each for each in FOLDER.glob("R-*.toml"))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def cases_in(path: Path) -> list[Case]:
    page = read(path)
    return [
        Case(
            rule=page["rule"],
            name=each["name"],
            stage=Stage(each["stage"]),
            change=each.get("change", {}),
            finds=tuple(each["finds"]),
        )
        for each in page["case"]
    ]


def clean_page() -> dict[str, Any]:
    return read(FOLDER / CLEAN)


def clean_facts(stage: Stage = Stage.DRAFT) -> f.AgreementFacts:
    return facts_at(stage, clean_page())


def facts_at(stage: Stage, page: Toml) -> f.AgreementFacts:
    """The page's facts; a file is at the door, or tables are ready, only in time."""
    facts = facts_of(page)
    return replace(
        facts,
        delivery=facts.delivery if stage is Stage.INTAKE else None,
        release=facts.release if stage is Stage.PUBLICATION else None,
    )


def merge(page: Toml, change: Toml) -> dict[str, Any]:
    merged = dict(page)
    for key, value in change.items():
        if value == REMOVED:
            merged.pop(key)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def facts_of(page: Toml) -> f.AgreementFacts:
    return f.AgreementFacts(
        kind=AgreementKind(page["kind"]),
        model=SharingModel(page["model"]),
        today=page["today"],
        parties=tuple(_party(key, each) for key, each in page["parties"].items()),
        purposes=tuple(
            f.Purpose(key=key, **each) for key, each in page["purposes"].items()
        ),
        analyses=tuple(
            f.Analysis(
                key=key, label=each["label"], breakdowns=tuple(each["breakdowns"])
            )
            for key, each in page["analyses"].items()
        ),
        flows=tuple(_flow(key, each) for key, each in page["flows"].items()),
        access=tuple(
            f.AccessEntry(
                person=key,
                **{**each, "sees": tuple(Sight(sight) for sight in each["sees"])},
            )
            for key, each in page["access"].items()
        ),
        term=f.Term(**page["term"]),
        destruction=f.Destruction(**page["destruction"]),
        handling=f.Handling(**page["handling"]),
        min_cell=page.get("min_cell"),
        clauses=frozenset(page["clauses"]),
        has_public_summary=page["has_public_summary"],
        signatories=page["signatories"],
        authorities=tuple(
            f.Authority(**{**each, "covers": Covers(each["covers"])})
            for each in page["authorities"].values()
        ),
        counsel_reviews=tuple(
            f.CounselReview(
                party=each["party"],
                reviewed_on=each["reviewed_on"],
                finding=HousingGround(each["finding"]) if "finding" in each else None,
            )
            for each in page["counsel_reviews"].values()
        ),
        proof=_proof(page["proof"]) if "proof" in page else None,
        is_in_force=page["is_in_force"],
        delivery=f.DeliveryFacts(
            **{**page["delivery"], "columns": tuple(page["delivery"]["columns"])}
        ),
        release=f.ReleaseFacts(
            threshold=page["release"]["threshold"],
            approved_by=frozenset(page["release"]["approved_by"]),
            derivable=tuple(page["release"].get("derivable", ())),
        ),
    )


def _party(key: str, each: Toml) -> f.Party:
    capacities = tuple(Capacity(word) for word in each["capacities"])
    type_ = PartyType(each["type"]) if "type" in each else None
    return f.Party(key=key, **{**each, "capacities": capacities, "type": type_})


def _flow(key: str, each: Toml) -> f.Flow:
    return f.Flow(
        key=key,
        **{
            **each,
            "grain": Grain(each["grain"]),
            "basis": Basis(each["basis"]) if "basis" in each else None,
            "fields": tuple(
                f.Field(
                    code=code,
                    answers=tuple(listed["answers"]),
                    collected_under=listed.get("collected_under", ""),
                )
                for code, listed in each["fields"].items()
            ),
        },
    )


def _proof(page: Toml) -> f.Proof:
    return f.Proof(
        text_digest=page["text_digest"],
        part_digests=page["part_digests"],
        approvals=tuple(
            f.Approval(owner=owner, part_digest=digest)
            for owner, digest in page["approvals"].items()
        ),
        signatures=tuple(
            f.Signature(party=party, digest=digest)
            for party, digest in page["signatures"].items()
        ),
    )
