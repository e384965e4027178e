"""The clause library: wordings, what calls for each, and which document holds which.

The wording in `clause_texts/` is a suggestion for counsel to adapt, after law.md §4.
`library.toml` says what a clause is for and what calls for it; `documents.toml` says
what each document holds. Both are for counsel to read.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from agreements.digests import digest_of
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import AgreementKind, Basis, Grain, SharingModel

TEXTS = Path(__file__).with_name("clause_texts")
VARIABLE = re.compile(r"\{(\w+)\}")


def _has_basis(facts: AgreementFacts, basis: Basis) -> bool:
    return any(each.basis is basis for each in facts.flows)


def _is_model(model: SharingModel) -> Callable[[AgreementFacts], bool]:
    return lambda facts: facts.model is model


def _is_kind(kind: AgreementKind) -> Callable[[AgreementFacts], bool]:
    return lambda facts: facts.kind is kind


CONDITIONS: Mapping[str, Callable[[AgreementFacts], bool]] = {
    "education": lambda facts: bool(facts.education_disclosures),
    "education beyond directory": lambda facts: any(
        each.basis is not Basis.DIRECTORY for each in facts.education_disclosures
    ),
    "housing": lambda facts: bool(facts.housing_disclosures),
    "identifiable": lambda facts: bool(facts.identifiable_disclosures),
    "outputs": lambda facts: any(
        each.is_disclosure and not each.grain.is_identifiable for each in facts.flows
    ),
    "studies": lambda facts: _has_basis(facts, Basis.STUDIES),
    "evaluation": lambda facts: _has_basis(facts, Basis.AUDIT_EVALUATION),
    "no evaluation": lambda facts: not _has_basis(facts, Basis.AUDIT_EVALUATION),
    "consent": lambda facts: _has_basis(facts, Basis.CONSENT),
    "rows without identities": lambda facts: any(
        each.grain in (Grain.DEIDENTIFIED, Grain.CODED) for each in facts.flows
    ),
    "onward recipients": lambda facts: bool(facts.onward),
    "an offer to join": lambda facts: facts.offer is not None,
    "outreach": _is_kind(AgreementKind.OUTREACH),
    "amendment": _is_kind(AgreementKind.AMENDMENT),
    "termination": _is_kind(AgreementKind.TERMINATION),
    **{f"model {each.value}": _is_model(each) for each in SharingModel},
}


class Inherits(StrEnum):
    """Which of the clauses that are called for a parent's text spares."""

    NOTHING = ""
    COMMON = "common"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """What one kind of document holds: keys of clauses.

    made_if: the condition under which an agreement has such a paper; "" for always.
    """

    key: str
    name: str
    mandatory: frozenset[str]
    recommended: frozenset[str]
    inherits: Inherits = Inherits.NOTHING
    takes_conditions: bool = True
    is_agreement: bool = False
    made_if: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause of the library; `why` is what a drafter reads beside it.

    called_for: any of these lists of conditions. instead and adds: other wordings and
    paragraphs, each under its condition.
    """

    key: str
    title: str
    source: str
    why: str
    wording: str
    called_for: tuple[tuple[str, ...], ...] = ()
    is_common: bool = False
    instead: Mapping[str, str]
    adds: Mapping[str, str]

    @property
    def wordings(self) -> tuple[str, ...]:
        """Every text of the clause: its own, those instead of it, what is added."""
        return (self.wording, *self.instead.values(), *self.adds.values())

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the facts that its texts need, each once, in order."""
        return variables_in(" ".join(self.wordings))

    @property
    def digest(self) -> str:
        """The digest of the title and of every text; a change makes a new version."""
        return digest_of(
            {
                "title": self.title,
                "wording": self.wording,
                "instead": dict(self.instead),
                "adds": dict(self.adds),
            }
        )

    def is_called_for(self, facts: AgreementFacts) -> bool:
        """Whether these facts need the clause, whatever the document."""
        return any(
            all(CONDITIONS[each](facts) for each in together)
            for together in self.called_for
        )

    def wording_for(self, facts: AgreementFacts) -> str:
        """The text for these facts, its variables still open."""
        text = next(
            (text for when, text in self.instead.items() if CONDITIONS[when](facts)),
            self.wording,
        )
        added = [text for when, text in self.adds.items() if CONDITIONS[when](facts)]
        return "\n\n".join([text, *added])


def variables_in(text: str) -> tuple[str, ...]:
    """Return the names in braces, each once, in order."""
    return tuple(dict.fromkeys(VARIABLE.findall(text)))


def _text(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8").strip()


def _listed(name: str) -> Mapping[str, Any]:
    return tomllib.loads((TEXTS / name).read_text(encoding="utf-8"))


def _under(named: Mapping[str, str]) -> Mapping[str, str]:
    """Return texts by their condition, of files that are named with it."""
    return MappingProxyType({when: _text(name) for name, when in named.items()})


LIBRARY: Mapping[str, Clause] = MappingProxyType(
    {
        key: Clause(
            key=key,
            title=entry["title"],
            source=entry["source"],
            why=entry["why"],
            wording=_text(key),
            called_for=tuple(map(tuple, entry.get("if", ()))),
            is_common=entry.get("is_common", False),
            instead=_under(entry.get("instead", {})),
            adds=_under(entry.get("adds", {})),
        )
        for key, entry in _listed("library.toml").items()
    }
)
DOCUMENTS: Mapping[str, DocumentKind] = MappingProxyType(
    {
        key: DocumentKind(
            key=key,
            name=entry["name"],
            mandatory=frozenset(entry["mandatory"]),
            recommended=frozenset(entry["recommended"]),
            inherits=Inherits(entry.get("inherits", "")),
            takes_conditions=entry.get("takes_conditions", True),
            is_agreement=entry.get("is_agreement", False),
            made_if=entry.get("if", ""),
        )
        for key, entry in _listed("documents.toml").items()
    }
)


def document_of(facts: AgreementFacts, document: str = "") -> DocumentKind:
    """Return the kind of document: the agreement itself, unless another is named."""
    return DOCUMENTS[document or facts.kind.value]


def is_mandatory(clause: Clause, facts: AgreementFacts, document: str = "") -> bool:
    """Return whether a document with these facts must hold the clause itself.

    What a document lists it always holds; what is called for beyond that may stand in
    the parent's text instead, where the document inherits it.
    """
    kind = document_of(facts, document)
    if clause.key in kind.mandatory:
        return True
    if not kind.takes_conditions or not clause.is_called_for(facts):
        return False
    can_be_spared = kind.inherits is Inherits.ALL or (
        kind.inherits is Inherits.COMMON and clause.is_common
    )
    is_spared = any(clause.key in parent.clauses for parent in facts.parents)
    return not (can_be_spared and is_spared)


def recommended_for(facts: AgreementFacts, document: str = "") -> tuple[Clause, ...]:
    """Return the clauses that a document may hold and need not, in order."""
    kind = document_of(facts, document)
    return tuple(
        each
        for each in LIBRARY.values()
        if each.key in kind.recommended and not is_mandatory(each, facts, document)
    )


def papers_of(facts: AgreementFacts) -> tuple[DocumentKind, ...]:
    """Return the papers beside an agreement that can be printed from its facts.

    The certificate of destruction is not among them: destroying makes it.
    """
    return tuple(
        each
        for each in DOCUMENTS.values()
        if not each.is_agreement
        and each.key != "cert"
        and (not each.made_if or CONDITIONS[each.made_if](facts))
    )
