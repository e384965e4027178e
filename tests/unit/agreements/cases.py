"""Reads the rule cases that counsel can read: small differences from a clean page."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from functools import cache, cached_property, reduce
from itertools import repeat
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from agreements.rules import facts as f
from agreements.rules.vocabulary import Stage

FOLDER = Path(__file__).parents[2] / "cases" / "rules"
SCENARIOS = FOLDER.with_name("scenarios")
CLEAN = "clean_model_2"
REMOVED = "removed"
NAMES = ("key", "person", "code")

Toml = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """What is asked of a page's facts, and what must be found.

    rule: the one that is asked; empty in a scenario, where all are. refused and kept:
    why nobody can state such facts, or why what the product makes of them is sound.
    """

    rule: str
    name: str
    stage: Stage
    page: str
    changes: tuple[Toml, ...]
    finds: tuple[Toml, ...]
    refused: str
    kept: str

    @cached_property
    def facts(self) -> f.AgreementFacts:
        return facts_at(self.stage, reduce(merge, self.changes, clean_page(self.page)))


def rule_files() -> list[Path]:
    return sorted(each for each in FOLDER.glob("R-*.toml"))


def scenario_files() -> list[Path]:
    return sorted(SCENARIOS.glob("*.toml"))


def clean_pages() -> list[str]:
    return sorted(each.stem for each in FOLDER.glob("clean_*.toml"))


@cache
def read(path: Path) -> dict[str, Any]:
    """What a file says, read once: nobody changes it."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def cases_in(path: Path) -> list[Case]:
    """A file's cases; each differs from its own page, or else from the file's."""
    file = read(path)
    return [
        Case(
            rule=file.get("rule", ""),
            name=each["name"],
            stage=Stage(each["stage"]),
            page=each.get("page", file.get("page", CLEAN)),
            changes=(file.get("change", {}), each.get("change", {})),
            finds=tuple(each["finds"]),
            refused=each.get("refused", ""),
            kept=each.get("kept", ""),
        )
        for each in file["case"]
    ]


def clean_page(name: str = CLEAN) -> dict[str, Any]:
    return read(FOLDER / f"{name}.toml")


def clean_facts(stage: Stage = Stage.DRAFT, page: str = CLEAN) -> f.AgreementFacts:
    return facts_at(stage, clean_page(page))


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
    proof = _proof(page["proof"]) if "proof" in page else None
    rest = {name: value for name, value in page.items() if name != "proof"}
    facts: f.AgreementFacts = _structured(f.AgreementFacts, rest)
    return replace(facts, proof=proof, counsel_reviews=_readings(facts))


def _readings(facts: f.AgreementFacts) -> tuple[f.CounselReview, ...]:
    """The reviews, in which a page names a clause for its present wording's digest."""
    digests = {each.clause: each.digest for each in facts.wordings}
    return tuple(
        replace(
            review,
            clauses_read=frozenset(digests.get(k, k) for k in review.clauses_read),
        )
        for review in facts.counsel_reviews
    )


def _structured(kind: Any, value: Any) -> Any:
    """What a TOML value says, as `kind`; a table of tables is a tuple of objects.

    The name of each inner table is the object's own name, if it has one.
    """
    if get_origin(kind) is UnionType:
        kind = next(each for each in get_args(kind) if each is not NoneType)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _structured(hints[name], v) for name, v in value.items()})
    if get_origin(kind) in (tuple, frozenset):
        of = get_args(kind)
        if isinstance(value, dict):
            value = [_named(of[0], *each) for each in value.items()]
        kinds = of if len(of) > 1 and of[-1] is not ... else repeat(of[0])
        return get_origin(kind)(map(_structured, kinds, value))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _named(kind: Any, name: str, value: Toml) -> Toml:
    own = next((each.name for each in fields(kind) if each.name in NAMES), "")
    return {own: name, **value} if own else value


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
