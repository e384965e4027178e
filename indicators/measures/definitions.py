"""The twenty indicators as data, and one of them with its options chosen.

The list itself is `definitions.toml`. A chosen measure has an id that names its code,
its version and every option that bears on it, so that a release says exactly what was
counted; the same choice has the same id whether or not defaults were written out.

Source: `law.md` 8, which cites each row.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from accounts.acts import RuleBroken

Value = str | int | tuple[str, ...]


class Base(StrEnum):
    """Whom a measure is about, before it narrows them.

    Enrolled in the year; the class that should graduate in it, leavers too; residents
    of school age whom the agency sent.
    """

    ENROLLED = "enrolled"
    CLASS = "class"
    RESIDENTS = "residents"


class Unit(StrEnum):
    """What the rate counts; only children are a part of their own head count."""

    CHILDREN = "children"
    DAYS = "days"
    DAYS_PER_STUDENT = "days per student"
    PER_HUNDRED = "per 100 students"
    POINTS = "points"
    MIDDLE = "middle"
    COUNT = "count"
    DIFFERENCE = "difference"


# Options of every definition with `use = "proficiency"`.
_PROFICIENCY: Mapping[str, Mapping[str, Any]] = {
    "test": {
        "label": "Test",
        "allowed": ["state", "local"],
        "default": "state",
        "source": "law.md 8, row 7: state test or local benchmark",
    },
    "among": {
        "label": "Among whom",
        "allowed": ["tested", "enrolled"],
        "default": "tested",
        "source": "law.md 8, row 7: all enrolled or tested",
    },
    "full_year": {
        "label": "Enrolled the full year",
        "allowed": ["not_required", "required"],
        "default": "not_required",
        "source": "law.md 8, row 7: full-year only",
    },
    "levels": {
        "label": "Performance levels that are proficient",
        "is_list": True,
        "allowed": ["Advanced", "Proficient", "Basic", "Below basic"],
        "default": ["Proficient", "Advanced"],
        "source": "data-standards.md 2: the levels that the agreement names",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What must be chosen. One of `allowed`, a number from `least` to `most`, a text,
    or a list of texts, of those `allowed` if any are. only_if: it bears on the measure
    only where others say so."""

    name: str
    label: str
    default: Value
    source: str
    allowed: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    is_text: bool = False
    is_list: bool = False
    only_if: tuple[tuple[str, str], ...] = ()

    def checked(self, value: object) -> Value:
        """Return the value as it is kept; raises RuleBroken if it is not allowed."""
        if self.is_list and isinstance(value, (list, tuple)):
            of = self.allowed or value
            if all(isinstance(e, str) and e.strip() and e in of for e in value):
                return tuple(value)
        elif self.least is not None and self.most is not None:
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            if is_whole and self.least <= value <= self.most:  # type: ignore[operator]
                return value  # type: ignore[return-value]
        elif isinstance(value, str) and (
            value in self.allowed or (self.is_text and value.strip())
        ):
            return value
        raise RuleBroken(f"{self.label} cannot be “{value}”. Choose {self._choices()}.")

    def _choices(self) -> str:
        if self.is_list and self.allowed:
            return f"some of {', '.join(self.allowed)}"
        if self.is_list:
            return "a list of texts"
        if self.is_text:
            return "a text"
        if self.allowed:
            return f"one of {', '.join(self.allowed)}"
        return f"a whole number from {self.least} to {self.most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One indicator. Texts may name options in braces, and vary by one of them.

    population: the children counted, within the base; empty where that is all of them.
    grade: the grade, or the group of grades, that it is about; empty for all.
    cannot_from: what it cannot be computed from, and why.
    """

    code: str
    number: int
    version: int
    label: str
    numerator: Mapping[str, str]
    denominator: Mapping[str, str]
    unit: Mapping[str, str]
    base: Mapping[str, str]
    source: str
    options: Mapping[str, Option]
    elements: tuple[str, ...]
    population: str = ""
    grade: str = ""
    subject: str = ""
    varies_by: str = ""
    use: str = ""
    is_case_study: bool = False
    is_lower_better: bool = False
    not_in_catalogue: tuple[str, ...] = ()
    cannot_from: tuple[str, ...] = ()

    @property
    def shipped(self) -> str:
        """A digest of all that is said here: it may change only with the version."""
        said = {name: getattr(self, name) for name in self.__slots__}
        options = {
            name: {part: getattr(option, part) for part in option.__slots__}
            for name, option in self.options.items()
        }
        return _digest({**said, "options": options})


@dataclass(frozen=True, slots=True)
class Measure:
    """A definition with every option that bears on it chosen, in order of name."""

    definition: Definition
    options: tuple[tuple[str, Value], ...]

    @property
    def id(self) -> str:
        """What names it in releases: code, version, and a digest of its options."""
        return f"{self.definition.code} v{self.definition.version} {self.digest[:12]}"

    @property
    def digest(self) -> str:
        """SHA-256 over code, version and options."""
        code, version = self.definition.code, self.definition.version
        return _digest({"code": code, "version": version, "options": self.options})

    def option(self, name: str) -> Any:
        """Return what was chosen, or None where the option does not bear on it."""
        return dict(self.options).get(name)

    @property
    def numerator(self) -> str:
        """What is counted, in words."""
        return self._said(self.definition.numerator)

    @property
    def denominator(self) -> str:
        """Among what it is counted, in words."""
        return self._said(self.definition.denominator)

    @property
    def unit(self) -> Unit:
        """What the rate counts."""
        return Unit(self._said(self.definition.unit))

    @property
    def base(self) -> Base:
        """Whom it is about, before it narrows them."""
        return Base(self._said(self.definition.base))

    @property
    def subject(self) -> str:
        """The subject of the test, if it is about one."""
        return str(self.option("subject") or self.definition.subject)

    @property
    def grade(self) -> str:
        """The grade, or group of grades, that it is about; empty for all."""
        if self.definition.use == "proficiency" and self.option("grade") != "all":
            return str(self.option("grade") or self.definition.grade)
        return str(self.option("grades") or self.definition.grade)

    @property
    def population(self) -> str:
        """The name of the children counted, within base and grade; empty for all."""
        of = self._population()
        grade = f"grade {self.grade}" if self.grade.isdigit() else self.grade
        return f"{grade}: {of}" if grade and of else of

    def _population(self) -> str:
        if self.definition.use != "proficiency":
            return self._filled(self.definition.population)
        parts = [
            f"tested in {self.subject} ({self.option('test')})"
            * (self.option("among") == "tested"),
            "best to date" * (self.option("by_grade") == "best_to_date"),
            "enrolled the full year" * (self.option("full_year") == "required"),
        ]
        if self.option("among") == "enrolled":
            parts[1] = ""
        return ", ".join(filter(None, parts))

    def _said(self, texts: Mapping[str, str]) -> str:
        key = str(self.option(self.definition.varies_by) or "")
        return self._filled(texts.get(key, texts.get("", "")))

    def _filled(self, text: str) -> str:
        for name, value in self.options:
            said = ", ".join(value) if isinstance(value, tuple) else str(value)
            text = text.replace(f"{{{name}}}", said.replace("_", " ") or "none")
        return text


def choose(code: str, **options: object) -> Measure:
    """Return the measure with these options, and defaults for the others.

    Raises RuleBroken for a measure or an option that is not known, a value that is not
    allowed, and an option that does not bear on what was chosen.
    """
    definition = DEFINITIONS.get(code)
    if definition is None:
        raise RuleBroken(
            f"“{code:.60}” is not a measure. Choose one of {', '.join(DEFINITIONS)}."
        )
    for name in options:
        if name not in definition.options:
            raise RuleBroken(
                f"{definition.label} has no option “{name:.60}”. It has "
                f"{', '.join(definition.options) or 'none'}."
            )
    chosen = {
        name: option.checked(options.get(name, option.default))
        for name, option in definition.options.items()
    }
    kept: dict[str, Value] = {}
    for name, option in definition.options.items():
        if all(chosen[other] == value for other, value in option.only_if):
            kept[name] = chosen[name]
        elif name in options:
            raise RuleBroken(
                f"{option.label} does not bear on {definition.label} as chosen. Leave "
                "it out, or choose "
                + " and ".join(f"{other} = {value}" for other, value in option.only_if)
                + "."
            )
    return Measure(definition, tuple(sorted(kept.items())))


def _digest(record: object) -> str:
    text = json.dumps(record, sort_keys=True, default=dict, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _option(name: str, said: Mapping[str, Any]) -> Option:
    default = said["default"]
    lists = {
        "default": tuple(default) if isinstance(default, list) else default,
        "allowed": tuple(said.get("allowed", ())),
        "only_if": tuple(sorted(said.get("only_if", {}).items())),
    }
    return Option(name=name, **{**said, **lists})


def _texts(said: str | Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({"": said} if isinstance(said, str) else dict(said))


def _definition(code: str, said: Mapping[str, Any]) -> Definition:
    options = dict(said.get("options", {}))
    if said.get("use") == "proficiency":
        options |= _PROFICIENCY
    texts = {
        name: _texts(said.get(name, "enrolled"))
        for name in ("numerator", "denominator", "unit", "base")
    }
    lists = {
        name: tuple(said.get(name, ()))
        for name in ("elements", "not_in_catalogue", "cannot_from")
    }
    read = {name: _option(name, each) for name, each in sorted(options.items())}
    rest = {**said, **texts, **lists, "options": MappingProxyType(read)}
    return Definition(code=code, **rest)


def _load() -> Mapping[str, Definition]:
    path = Path(__file__).with_name("definitions.toml")
    with path.open("rb") as file:
        listed = tomllib.load(file)
    return MappingProxyType({code: _definition(code, d) for code, d in listed.items()})


DEFINITIONS: Mapping[str, Definition] = _load()
