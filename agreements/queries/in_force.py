"""What is in force: an agreement as its executed amendments and renewals left it.

The change that is executed last states the terms; each clause is in force in the words
of the last text that holds it.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Prefetch, QuerySet

from agreements.clause_library import LIBRARY
from agreements.digests import digest_of
from agreements.models import Agreement, Party, Standing
from agreements.models import Mandate as MandateRow
from agreements.rules.vocabulary import AgreementKind, Grain

CHANGES = tuple(kind.upper() for kind in AgreementKind if kind.changes_another)


def is_change(agreement: Agreement) -> bool:
    """Return whether executing an agreement changes another one."""
    return agreement.kind in CHANGES


def amended_by(agreement: Agreement) -> Agreement | None:
    """Return the agreement that this one changes; None if it changes none."""
    if not is_change(agreement):
        return None
    return next((each.parent for each in agreement.standings.all()), None)


def changes_of(agreement: Agreement) -> QuerySet[Agreement]:
    """Return the executed changes of an agreement, the oldest first."""
    return Agreement.objects.filter(
        standings__parent=agreement, kind__in=CHANGES, executed_at__isnull=False
    ).order_by("executed_at", "pk")


def bound_by(agreement: Agreement) -> QuerySet[Agreement]:
    """Return what ends with an agreement: its changes, and projects under it."""
    kinds = (*CHANGES, AgreementKind.DATA_USE.upper())
    return Agreement.objects.filter(standings__parent=agreement, kind__in=kinds)


def with_changes(to_agreement: str, *also: str | Prefetch) -> Prefetch:
    """Return how an agreement's executed changes are loaded with it, as `changes`.

    to_agreement: the path to it, "" or ending in "__". also: what is loaded with each.
    """
    rows = Standing.objects.filter(
        agreement__kind__in=CHANGES, agreement__executed_at__isnull=False
    )
    return Prefetch(
        f"{to_agreement}dependants",
        rows.select_related("agreement")
        .prefetch_related(*also)
        .order_by("agreement__executed_at", "pk"),
        to_attr="changes",
    )


def loaded_changes(agreement: Agreement) -> list[Agreement]:
    """Return the executed changes that were loaded with an agreement."""
    return [each.agreement for each in agreement.changes]  # type: ignore[attr-defined]


def terms_in(texts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the terms in force of texts, the oldest first: those of the last."""
    *_, last = texts
    terms: dict[str, Any] = last["terms"]
    return terms


def clauses_in(texts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the clauses in force of texts, the oldest first, in their order.

    A clause that the changed terms call for no more is in force no longer.
    """
    first, *changes = texts
    held = {each["key"]: each for each in first["clauses"]}
    for text in changes:
        held |= {each["key"]: each for each in text["clauses"]}
        for key in text["terms"]["dropped"]:
            held.pop(key, None)
    order = {key: at for at, key in enumerate(LIBRARY)}
    return sorted(held.values(), key=lambda each: order.get(each["key"], len(order)))


def offering_in(agreement: Agreement) -> list[Party]:
    """Return who offers an agreement's terms: who receives records about people."""
    receiving = agreement.flows.filter(
        grain__in=[grain for grain in Grain if grain.is_identifiable]
    ).exclude(receiver=F("sender"))
    parties = agreement.parties.filter(organisation__in=receiving.values("receiver"))
    return list(parties.select_related("organisation"))


def texts_of(agreement: Agreement) -> list[dict[str, Any]]:
    """Return the approved texts of an agreement and its executed changes, in order."""
    rows = [agreement, *changes_of(agreement).prefetch_related("rounds")]
    return [rounds[0].text for row in rows if (rounds := list(row.rounds.all()))]


def mandate_row(agreement: Agreement) -> MandateRow | None:
    """Return the executed terms that run now: those of the last change, if any."""
    last = changes_of(agreement).values_list("pk", flat=True).last()
    return MandateRow.objects.filter(agreement=last or agreement.pk).first()


def edition_digest(agreement: Agreement) -> str:
    """Return the digest of the executed terms that run now; "" if none do.

    A change that was drafted on other terms may not take effect.
    """
    row = mandate_row(agreement)
    return digest_of(row.record) if row else ""
