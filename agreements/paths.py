"""Finds the way to an agreement: which route stands, which fall and why (pure).

The questions, where their answers lead and what each route needs are `paths.toml`.
Answers are keys of questions and of their options; nothing personal is in them. What
is answered but not asked on the way, or not known, does not count.
Source: HUD and ED, Data-Sharing Road Map (January 2017), and the laws cited there.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from agreements.rules.vocabulary import AgreementKind, SharingModel

Answers = Mapping[str, str]
LAST = "existing"
NONE, OURS, OFFERED = "none", "ours", "offered"


class Part(StrEnum):
    """The parts into which two models divide."""

    UNCODED = "3a"
    CODED = "3b"
    EVALUATION = "7a"
    CHILD_WELFARE = "7b"
    CONSENTED = "7c"


class Standing(StrEnum):
    """Whether a route could be taken; the value is what a person reads."""

    WORKS = "Works"
    OPEN = "Not answered"
    FALLS = "Does not work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its answers: keys, and what a person reads."""

    key: str
    text: str
    hint: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a route needs: any of these answers. because: why it falls otherwise."""

    met_by: Mapping[str, frozenset[str]]
    because: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way of sharing: one model, or one part of it."""

    key: str
    model: SharingModel
    part: Part | None
    name: str
    sends: str
    returns: str
    because: str
    citation: str
    documents: tuple[str, ...]
    needs: tuple[Need, ...]
    extends_by: AgreementKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """An end without an agreement with the district, and what to do instead.

    starts: the kind of agreement that may serve instead, if there is one.
    """

    title: str
    reason: str
    citation: str
    instead: str
    starts: AgreementKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the answers so far say about one route."""

    route: Route
    standing: Standing
    because: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question that was asked on the way, and the answer to it."""

    question: Question
    option: str

    @property
    def label(self) -> str:
        """The answer as a person reads it."""
        return self.question.options[self.option]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where the answers lead: a question to ask next, a route or a stop.

    document: what the route is agreed by, beside or under what there is already.
    n_questions: how many are asked at most, those answered included.
    """

    answered: tuple[Answered, ...]
    verdicts: tuple[Verdict, ...]
    n_questions: int
    question: Question | None = None
    route: Route | None = None
    stop: Stop | None = None
    document: AgreementKind | None = None

    @property
    def answers(self) -> dict[str, str]:
        """The answers that counted, in the order of the questions."""
        return {each.question.key: each.option for each in self.answered}


_READ = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_NODES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    key: {option: to for option, to in node.items() if option != "asks"}
    for key, node in _READ["nodes"].items()
}
_ASKS: Mapping[str, str] = {key: each["asks"] for key, each in _READ["nodes"].items()}
_EXPLAINS = ("because", "citation")

QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        key: Question(
            key=key,
            text=each["text"],
            hint=each.get("hint", ""),
            options=MappingProxyType(each["options"]),
        )
        for key, each in _READ["questions"].items()
    }
)
STOPS: Mapping[str, Stop] = MappingProxyType(
    {
        key: Stop(
            **{
                **each,
                "starts": AgreementKind(each["starts"]) if "starts" in each else None,
            }
        )
        for key, each in _READ["stops"].items()
    }
)
ROUTES: Mapping[str, Route] = MappingProxyType(
    {
        key: Route(
            **{
                **each,
                "key": key,
                "model": SharingModel(each["model"]),
                "extends_by": AgreementKind(each["extends_by"]),
                "part": Part(each["part"]) if "part" in each else None,
                "documents": tuple(each["documents"]),
                "needs": tuple(
                    Need(
                        met_by={
                            asked: frozenset(options)
                            for asked, options in need.items()
                            if asked not in _EXPLAINS
                        },
                        because=need["because"],
                        citation=need["citation"],
                    )
                    for need in each["needs"]
                ),
            }
        )
        for key, each in _READ["routes"].items()
    }
)


def route(answers: Answers) -> Found:
    """Return where these answers lead, and what they say about every route."""
    walked: list[Answered] = []
    node = _READ["first"]
    while True:
        question = QUESTIONS[_ASKS[node]]
        option = answers.get(question.key, "")
        if option not in question.options:
            return _found(walked, question=question, n_left=_depth(node))
        walked.append(Answered(question=question, option=option))
        leads = _NODES[node][option]
        if "stop" in leads:
            return _found(walked, stop=STOPS[leads["stop"]])
        if "route" in leads:
            return _agreed_by(walked, ROUTES[leads["route"]], answers)
        node = leads["node"]


def _agreed_by(walked: list[Answered], found: Route, answers: Answers) -> Found:
    """Return the route and its document, once the last question is answered."""
    last = QUESTIONS[LAST]
    option = answers.get(LAST, "")
    if option not in last.options:
        return _found(walked, question=last, n_left=1)
    walked.append(Answered(question=last, option=option))
    is_system = found.model is SharingModel.INTEGRATED_DATA_SYSTEM
    first = AgreementKind.PARTICIPATION if is_system else AgreementKind.MEMORANDUM
    document = {
        NONE: first,
        OURS: found.extends_by,
        OFFERED: AgreementKind.JOINDER,
    }[option]
    return _found(walked, route=found, document=document)


def _found(
    walked: list[Answered],
    *,
    question: Question | None = None,
    route: Route | None = None,
    stop: Stop | None = None,
    document: AgreementKind | None = None,
    n_left: int = 0,
) -> Found:
    given = {each.question.key: each.option for each in walked}
    ahead = _askable(_READ["first"], given)
    return Found(
        answered=tuple(walked),
        verdicts=tuple(
            _verdict(each, given, ahead)
            for each in ROUTES.values()
            if each is not route
        ),
        n_questions=len(walked) + n_left,
        question=question,
        route=route,
        stop=stop,
        document=document,
    )


def _verdict(route: Route, given: Answers, ahead: frozenset[str]) -> Verdict:
    """Return what the first need says that is not met; an unmet one goes first."""
    needs = [(need, _is_met(need, given, ahead)) for need in route.needs]
    for need, is_met in needs:
        if is_met is False:
            return Verdict(
                route=route,
                standing=Standing.FALLS,
                because=need.because,
                citation=need.citation,
            )
    for need, is_met in needs:
        if is_met is None:
            missing = next(key for key in need.met_by if key not in given)
            return Verdict(
                route=route,
                standing=Standing.OPEN,
                because=f"It depends on this: {QUESTIONS[missing].text}",
                citation=need.citation,
            )
    return Verdict(
        route=route,
        standing=Standing.WORKS,
        because=route.because,
        citation=route.citation,
    )


def _is_met(need: Need, given: Answers, ahead: frozenset[str]) -> bool | None:
    """Return whether the answers meet a need; None while an answer is missing.

    A question that is not asked any more after these answers cannot meet it, unless
    none of its questions was asked.
    """
    if any(given.get(key) in options for key, options in need.met_by.items()):
        return True
    missing = need.met_by.keys() - given.keys()
    if missing == need.met_by.keys() or missing & ahead:
        return None
    return False


def _askable(node: str, given: Answers) -> frozenset[str]:
    """Return the questions that can be asked from a node on, after these answers."""
    asked = _ASKS[node]
    leads = _NODES[node]
    taken = [leads[given[asked]]] if asked in given else list(leads.values())
    return frozenset({asked}).union(
        *(_askable(each["node"], given) for each in taken if "node" in each)
    )


def _depth(node: str) -> int:
    """Return how many questions are asked at most from a node on."""
    ahead = (
        _depth(leads["node"]) if "node" in leads else int("route" in leads)
        for leads in _NODES[node].values()
    )
    return 1 + max(ahead)
