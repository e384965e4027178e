"""History of tracked models: who changed what, on which chain, with a digest."""

import hashlib
import json
from datetime import UTC
from functools import cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.signals import pre_delete, pre_save
from simple_history.models import HistoricalRecords
from simple_history.signals import (
    post_create_historical_record,
    pre_create_historical_record,
)

from accounts import acting


class Untracked(RuntimeError):
    """A tracked row was written outside an act: a bug, never a person's mistake."""


class HistoryRow(models.Model):
    """What every history row carries besides the tracked fields."""

    chain = models.CharField(max_length=60, editable=False)
    actor = models.CharField(max_length=60, editable=False)

    class Meta:
        abstract = True


class Tracked(HistoricalRecords):
    """History that ignores saves which touch only excluded (untracked) fields."""

    def post_save(
        self, instance: models.Model, created: bool, using: Any = None, **kwargs: Any
    ) -> None:
        """Write a history row unless only untracked fields were saved."""
        if not _is_bookkeeping(instance, kwargs.get("update_fields")):
            super().post_save(instance, created, using=using, **kwargs)


def tracked(*, excluded_fields: tuple[str, ...] = ()) -> Tracked:
    """Return the history of a model: rows that name the actor and the chain."""
    return Tracked(
        bases=[HistoryRow],
        excluded_fields=list(excluded_fields),
        get_user=_acting_user,
        history_user_id_field=models.BigIntegerField(null=True),
        related_name="history_rows",
    )


def digest_of(row: models.Model) -> str:
    """Return the SHA-256 of the canonical JSON of a row's fields, in hexadecimal."""
    values = {
        field.attname: _canonical(field, getattr(row, field.attname))
        for field in row._meta.concrete_fields
    }
    text = json.dumps(
        values, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def note_evidence(act: acting.Act, row: models.Model) -> None:
    """Name a row that has no history, and never changes, in the act's ledger entry."""
    act.note(row._meta.label_lower, row.pk, digest_of(row))


def tracked_models() -> list[type[models.Model]]:
    """Return every model that keeps a history, in a stable order."""
    from django.apps import apps

    return sorted(
        (model for model in apps.get_models() if is_tracked(model)),
        key=lambda model: model._meta.label_lower,
    )


def is_tracked(model: type[models.Model]) -> bool:
    """Return whether `model` keeps a history."""
    return hasattr(model._meta, "simple_history_manager_attribute")


@cache
def history_of(model: type[models.Model]) -> Any:
    """Return the model of the history rows of a tracked model."""
    return model.history.model  # type: ignore[attr-defined]


def _canonical(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, models.JSONField):
        return json.loads(json.dumps(value, cls=field.encoder or DjangoJSONEncoder))
    if isinstance(field, models.BinaryField):
        return hashlib.sha256(bytes(value)).hexdigest()
    value = field.to_python(value)
    if isinstance(field, models.DateTimeField):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def _acting_user(**_: Any) -> Any:
    act = acting.current()
    if act is None or isinstance(act.actor, acting.System):
        return None
    return act.actor


def _is_bookkeeping(instance: models.Model, update_fields: Any) -> bool:
    """Return whether a save touches only fields that history leaves out."""
    if not update_fields:
        return False
    kept = {field.name for field in history_of(type(instance)).tracked_fields}
    return not kept & set(update_fields)


def _require_act(sender: type[models.Model], **kwargs: Any) -> None:
    if not is_tracked(sender):
        return
    if _is_bookkeeping(kwargs["instance"], kwargs.get("update_fields")):
        return
    if acting.current() is None:
        raise Untracked(f"{sender._meta.label} was written outside an act")


def _name_actor(history_instance: Any, **_: Any) -> None:
    act = acting.current()
    if act is None:
        raise Untracked(f"{type(history_instance).__name__} has no act")
    history_instance.chain = act.chain
    history_instance.actor = acting.label_of(act.actor)


def _collect_digest(history_instance: Any, **_: Any) -> None:
    act = acting.current()
    if act is None:
        raise Untracked(f"{type(history_instance).__name__} has no act")
    note_evidence(act, history_instance)


def connect() -> None:
    """Hear simple-history: the one use of Django signals in Homeroom."""
    pre_save.connect(_require_act, dispatch_uid="require-act-save")
    pre_delete.connect(_require_act, dispatch_uid="require-act-delete")
    pre_create_historical_record.connect(_name_actor, dispatch_uid="name-actor")
    post_create_historical_record.connect(_collect_digest, dispatch_uid="digest")
