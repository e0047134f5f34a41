"""Every row of every table in a form that two databases in which the same was done agree on."""

from typing import Any

from django.apps import apps
from django.db import models

from opsplatform.audit.models import AuditEntry

_OF_CHANCE = {"lease_token", "request_id", "session_key", "password", "last_login"}


def stored_rows() -> dict[str, list[dict[str, Any]]]:
    """Rows by table: numbered keys replaced by their place in the order of their making, moments left out."""
    tables = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    places = {model: _places(model._default_manager.order_by("pk")) for model in tables}
    return {
        model._meta.db_table: [_stored(row, places) for row in model._default_manager.order_by("pk")]
        for model in tables
    }


def _places(rows: models.QuerySet[Any]) -> dict[Any, int]:
    return {pk: place for place, pk in enumerate(rows.values_list("pk", flat=True))}


def _stored(row: models.Model, places: dict[Any, dict[Any, int]]) -> dict[str, Any]:
    return {
        field.attname: _value(row, field, places)
        for field in row._meta.concrete_fields
        if field.name not in _OF_CHANCE and not isinstance(field, models.DateTimeField)
    }


def _value(row: models.Model, field: Any, places: dict[Any, dict[Any, int]]) -> Any:
    value = getattr(row, field.attname)
    if isinstance(field, models.ForeignKey):
        return places[field.related_model].get(value)
    if isinstance(field, models.AutoField):
        return places[field.model].get(value)
    if isinstance(row, AuditEntry) and field.name == "object_key" and value.isdecimal():
        return places[apps.get_model(row.object_type)].get(int(value))
    return bytes(value) if isinstance(value, memoryview) else value
