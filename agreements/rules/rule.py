"""What a rule is: a function from facts to breaches, with its standing in law.

`@rule(...)` turns the function into a `Rule`. A family's module holds its rules and
nothing registers itself anywhere: the engine reads the modules.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from agreements.rules.facts import AgreementFacts, Override
from agreements.rules.vocabulary import Stage


class Severity(StrEnum):
    """How much a finding weighs, heaviest first."""

    ERROR = "error"
    OVERRIDABLE = "overridable"
    WARNING = "warning"
    ADVICE = "advice"


class Kind(StrEnum):
    """Where a rule comes from, so that policy is never shown as law."""

    LAW = "law"
    GUIDANCE = "guidance"
    ROADMAP = "roadmap"
    POLICY = "policy"


ROAD_MAP = "HUD and ED, Data-Sharing Road Map (January 2017)"
POLICY = "Policy of this product; not a legal requirement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One place where a rule is broken.

    `where` anchors the section to mend; `subject` is the code or key of the thing. A
    breach states its own `kind` and `citation` only where the law behind the rule
    reaches some flows and not others.
    """

    message: str
    where: str
    subject: str = ""
    kind: Kind | None = None
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule as a person reads it: what is wrong, why, what to do.

    override: counsel's decision to let it stand, where there is one.
    """

    rule: str
    severity: Severity
    kind: Kind
    message: str
    citation: str
    where: str
    subject: str
    override: Override | None = None

    @property
    def blocks(self) -> bool:
        """Whether the stage may not be passed while this stands."""
        if self.severity is Severity.OVERRIDABLE:
            return self.override is None
        return self.severity is Severity.ERROR


Check = Callable[[AgreementFacts], Iterable[Breach]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check with its identity, weight, origin and the stages that ask it."""

    id: str
    severity: Severity
    kind: Kind
    stages: frozenset[Stage]
    citation: str
    check: Check

    def findings(self, facts: AgreementFacts) -> tuple[Finding, ...]:
        """What the rule finds in these facts, in the order of the facts."""
        return tuple(
            Finding(
                rule=self.id,
                severity=self.severity,
                kind=breach.kind or self.kind,
                message=breach.message,
                citation=breach.citation or self.citation,
                where=breach.where,
                subject=breach.subject,
                override=self._override(facts, breach),
            )
            for breach in self.check(facts)
        )

    def _override(self, facts: AgreementFacts, breach: Breach) -> Override | None:
        """Counsel's decision on just this breach, where the rule allows one."""
        if self.severity is not Severity.OVERRIDABLE:
            return None
        return next(
            (
                each
                for each in facts.overrides
                if (each.rule, each.subject) == (self.id, breach.subject)
                and each.owner in facts.owners
            ),
            None,
        )


def rule(
    number: str,
    *stages: Stage,
    severity: Severity,
    kind: Kind,
    citation: str,
) -> Callable[[Check], Rule]:
    """Return a decorator that makes a rule of a check."""

    def make(check: Check) -> Rule:
        return Rule(
            id=number,
            severity=severity,
            kind=kind,
            stages=frozenset(stages),
            citation=citation,
            check=check,
        )

    return make
