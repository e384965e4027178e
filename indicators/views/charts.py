"""How a linkage weighed its pairs, as bars and the same figures as tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log2
from typing import Any

from indicators.linkage.curves import HIGHEST, LOWEST, PRIOR, STEP, Point
from indicators.services.diagnosis import KIN, Diagnosis, Step
from indicators.views.quality import NOT_ESTIMATED, Shown, in_percent

FIELDS = {
    "first": "First name",
    "last": "Surname",
    "middle": "Middle name",
    "suffix": "Suffix",
    "birth_date": "Birth date",
    "sex": "Sex",
    "place": "Address",
    "phone": "Telephone",
    "email": "E-mail",
    PRIOR: "Before anything is compared",
    KIN: "They may be twins, or of one home",
}
BANDS = {"accept": "enough to link", "review": "waiting", "reject": "not linked"}
Bars = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars on a scale, what they find, and the same figures as a table."""

    id: str
    finding: str
    desc: str
    rows: Bars
    table: Shown
    scale: tuple[float, float] = (0, 100)
    unit: str = "%"


def charts(found: Diagnosis) -> list[Chart]:
    """Return the charts of a run, those that people's answers tell first."""
    told = [] if found.curve is None else [_right(found.curve), _missed(found.curve)]
    return [
        *told,
        _weighed(found.weighed),
        *(_below(side, shares) for side, shares in found.below.items()),
        _weights(found.levels),
        _chances(found.levels),
    ]


def named(comparison: str, level: str) -> str:
    """Return a level in words."""
    field = FIELDS[comparison]
    return f"{field}: {'disagrees' if level == 'else' else level}" if level else field


def _right(points: Sequence[Point]) -> Chart:
    return _judged(points, "precision", "Links that are right", "right")


def _missed(points: Sequence[Point]) -> Chart:
    return _judged(points, "recall", "True pairs that would be linked", "found")


def _judged(points: Sequence[Point], name: str, label: str, code: str) -> Chart:
    rows, lines = [], []
    for point in points:
        share = getattr(point, name)
        text = in_percent(share) if share else NOT_ESTIMATED
        ends = (share.low * 100, share.high * 100) if share else (None, None)
        at = f"{point.threshold:.1%} or more"
        rows.append({"label": at, "low": ends[0], "high": ends[1], "text": text})
        lines.append((at, f"{point.n_links:,}", f"{point.n_read:,}", text))
    told = next(
        (
            row["text"]
            for row, p in zip(rows, points, strict=True)
            if p.threshold == 0.95
        ),
        NOT_ESTIMATED,
    )
    return Chart(
        id=f"threshold-{code}",
        finding=f"{label} if links from 95 percent on were taken: {told}",
        desc="A bar for each threshold of probability, from the low to the high end of "
        "the interval. The same figures are in the table below.",
        rows=tuple(rows),
        table=Shown(
            f"{label}, by threshold",
            ("Probability", "Links", "Read of them", label),
            tuple(lines),
        ),
    )


def _weighed(weighed: Sequence[Mapping[str, Any]]) -> Chart:
    totals = dict.fromkeys(range(LOWEST, HIGHEST + 1, STEP), 0)
    bands = {(row["low"], row["band"]): row["n"] for row in weighed}
    for (low, _), n in bands.items():
        totals[low] += n
    most = _round_up(max(totals.values()))
    n_clear = sum(n for low, n in totals.items() if low < -2 * STEP or low >= 2 * STEP)
    share = n_clear / max(1, sum(totals.values()))
    lines = tuple(
        (_step(low), *(f"{bands.get((low, band), 0):,}" for band in BANDS), f"{n:,}")
        for low, n in totals.items()
    )
    return Chart(
        id="weights-histogram",
        finding=f"{share:.0%} of the pairs compared are far from doubtful",
        desc="A bar for each step of four bits of weight, as long as there are pairs "
        "that weigh so much. The table below tells the bands apart.",
        rows=tuple(_bar(_step(low), n, f"{n:,}") for low, n in totals.items()),
        table=Shown(
            "Pairs compared, by weight in bits and by band",
            ("Weight", *(name.capitalize() for name in BANDS.values()), "All"),
            lines,
        ),
        scale=(0, most),
        unit="",
    )


def _below(side: str, shares: Sequence[tuple[int, float]]) -> Chart:
    lines = tuple((f"{at} bits", f"{share:.1%}") for at, share in shares)
    at_even = dict(shares).get(0, 0.0)
    return Chart(
        id=f"unlinkable-{side.split()[0]}",
        finding=f"{at_even:.1%} of the {side} hold too little to be linked at all",
        desc="A bar for each weight: the share of records that would not reach it even "
        "beside a perfect copy of themselves. The same figures are in the table below.",
        rows=tuple(
            _bar(f"Below {at} bits", share * 100, f"{share:.1%}")
            for at, share in shares
        ),
        table=Shown(
            f"Records that cannot reach a weight: {side}", ("Weight", "Share"), lines
        ),
    )


def _weights(levels: Sequence[Mapping[str, Any]]) -> Chart:
    bits = [(named(r["comparison"], r["level"]), log2(r["m"] / r["u"])) for r in levels]
    best = max(bits, key=lambda each: each[1])
    return Chart(
        id="match-weights",
        finding=f"What speaks most for a match: {best[0]}, {best[1]:+.1f} bits",
        desc="A bar for each level of each comparison, from zero to its weight: to the "
        "right it speaks for a match, to the left against. The same figures are in the "
        "table below.",
        rows=_from_zero(bits),
        table=Shown(
            "Weights of the model, by level; names weigh more the rarer they are",
            ("Level", "Bits"),
            tuple((label, f"{weight:+.2f}") for label, weight in bits),
        ),
        scale=_ends(weight for _, weight in bits),
        unit="",
    )


def _chances(levels: Sequence[Mapping[str, Any]]) -> Chart:
    rows: list[Mapping[str, Any]] = []
    lines = []
    for row in levels:
        label = named(row["comparison"], row["level"])
        for of, key in (("one person", "m"), ("different people", "u")):
            rows.append(
                {
                    "label": f"{label}, {of}",
                    "low": 0,
                    "high": row[key] * 100,
                    "text": f"{row[key]:.3%}",
                    "is_reference": key == "u",
                }
            )
        lines.append((label, f"{row['m']:.3%}", f"{row['u']:.3%}"))
    return Chart(
        id="chances",
        finding="How often records of one person, and of different people, agree",
        desc="Two bars for each level: how often two records of one person stand "
        "there, and how often those of different people. The same figures are in the "
        "table below.",
        rows=tuple(rows),
        table=Shown(
            "Chances of the model, by level (m and u)",
            ("Level", "One person", "Different people"),
            tuple(lines),
        ),
    )


def waterfall_chart(steps: Sequence[Step]) -> Chart:
    """Return how the weight of one pair came about."""
    ends = [each for step in steps for each in (step.start, step.end)]
    rows: list[Mapping[str, Any]] = [
        {
            "label": named(step.comparison, step.level),
            "low": min(step.start, step.end),
            "high": max(step.start, step.end),
            "text": f"{step.end - step.start:+.1f}",
            "is_reference": step.end < step.start,
        }
        for step in steps
    ]
    weight = steps[-1].end
    chance = 1 / (1 + 2**-weight)
    rows.append(
        {
            "label": "In all",
            "low": min(0.0, weight),
            "high": max(0.0, weight),
            "text": f"{weight:+.1f}",
        }
    )
    return Chart(
        id="waterfall",
        finding=f"This pair weighs {weight:+.1f} bits: a probability of {chance:.1%}",
        desc="A bar for each comparison, from where the weight stood before it to "
        "where it stood after. Grey bars speak against a match. The same "
        "figures are in the table below.",
        rows=tuple(rows),
        table=Shown(
            "How the weight of this pair came about, in bits",
            ("What was compared", "Brought", "Weight after"),
            tuple(
                (
                    named(step.comparison, step.level),
                    f"{step.end - step.start:+.2f}",
                    f"{step.end:+.2f}",
                )
                for step in steps
            ),
        ),
        scale=_ends(ends),
        unit="",
    )


def _bar(label: str, value: float, text: str) -> Mapping[str, Any]:
    """Return a row from zero to a value; nothing is drawn of nothing."""
    ends = (0, value) if value else (None, None)
    return {"label": label, "low": ends[0], "high": ends[1], "text": text}


def _from_zero(bits: Iterable[tuple[str, float]]) -> Bars:
    return tuple(
        {
            "label": label,
            "low": min(0.0, weight),
            "high": max(0.0, weight),
            "text": f"{weight:+.1f}",
            "is_reference": weight < 0,
        }
        for label, weight in bits
    )


def _ends(values: Iterable[float]) -> tuple[float, float]:
    """Return ends of a scale around values and zero, so that its quarters are whole."""
    found = [0.0, *values]
    low = 4 * floor(min(found) / 4)
    high = 4 * ceil(max(found) / 4)
    return low, max(high, low + 4)


def _round_up(n: int) -> int:
    """Return the next number whose quarters are whole and of two digits at most."""
    step = 4
    while step * 25 < n:
        step *= 10
    return max(step, step * ceil(n / step))


def _step(low: int) -> str:
    if low <= LOWEST:
        return f"Below {LOWEST + STEP} bits"
    if low >= HIGHEST:
        return f"{HIGHEST} bits and more"
    return f"{low} to {low + STEP} bits"
