"""A learned model in words: what it would change, and by how much each level."""

from math import log2
from typing import Any

from indicators.models import LearnedModel
from indicators.views.charts import named
from indicators.views.quality import Shown

LEAST_CHANGE = 0.05  # bits; a level that changes less is as it was


def effect_table(learned: LearnedModel) -> Shown:
    """Return what the model would do beside the one in use, on the same lists."""
    basis: dict[str, Any] = learned.basis
    before, after = (basis["pairs"][when] for when in ("before", "after"))
    fits = [basis[when] for when in ("before", "after")]
    return Shown(
        "What would change, on these lists",
        ("Count", "Model in use", "Learned model"),
        (
            ("Linked", f"{before['linked']:,}", f"{after['linked']:,}"),
            ("Waiting for a person", f"{before['waiting']:,}", f"{after['waiting']:,}"),
            (
                "Linked pairs that people said are one person",
                *(f"{each['right']:,}" for each in (before, after)),
            ),
            (
                "Linked pairs that people said are different people",
                *(f"{each['wrong']:,}" for each in (before, after)),
            ),
            (
                "Answers on the other side of even odds",
                *(f"{fit['wrong']:.2%}" for fit in fits),
            ),
            (
                "Mean surprise of an answer (bits; less is better)",
                *(f"{fit['loss']:.3f}" for fit in fits),
            ),
        ),
    )


def levels_table(learned: LearnedModel) -> Shown:
    """Return the levels whose weight changes, before and after."""
    rows = []
    for name, level, m, u, new_m, new_u in learned.basis["levels"]:
        before, after = log2(m / u), log2(new_m / new_u)
        if name in learned.basis["compared"] and abs(after - before) >= LEAST_CHANGE:
            rows.append(
                (
                    named(name, level),
                    f"{m:.3%}",
                    f"{new_m:.3%}",
                    f"{u:.3%}",
                    f"{new_u:.3%}",
                    f"{before:+.1f}",
                    f"{after:+.1f}",
                )
            )
    return Shown(
        "Levels whose weight changes: chances among one person (m) and among different "
        "people (u), and weight in bits",
        ("Level", "m before", "m after", "u before", "u after", "Bits before", "after"),
        tuple(rows),
    )
