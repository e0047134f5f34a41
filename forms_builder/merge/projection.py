"""From merged data to one record per item: each item gets its own fields, in its own codes, and nothing else."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from forms_builder.merge.form import MergedForm


class Gap(msgspec.Struct, frozen=True):
    """A field of an item that its projection serves wrongly."""

    item: str
    field: str
    reason: Literal["missing", "twice", "foreign", "unknown_key", "parent"]


def complete(form: MergedForm, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with the values that guidance fixed, which win over what was filled in, where the form has the field."""
    filled = dict(data)
    for key, provenance in form.provenances.items():
        if provenance.fixed and form.field(key) is not None:
            filled[key] = provenance.value
    return filled


def hidden_fields(form: MergedForm, filled: Mapping[str, Any]) -> dict[str, set[str]]:
    """Per item with conditional fields, those that do not exist on completed data."""
    return {visibility.item: visibility.hidden(filled) for visibility in form.visibilities}


def absent_keys(form: MergedForm, hidden: Mapping[str, set[str]]) -> set[str]:
    """The merged keys none of whose sources exists."""
    if not any(hidden.values()):
        return set()
    return {
        field.key
        for field in form.fields
        if all(source.field in hidden.get(source.item, ()) for source in field.sources)
    }


def project(form: MergedForm, data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The record of every active item, item → field code → value.

    For data that `validate` accepts, every record is valid for its item's form (domain.md §3). For other
    data it is undefined.
    """
    filled = complete(form, data)
    hidden = hidden_fields(form, filled)
    records = {}
    for item, steps in form.projections.items():
        absent = hidden.get(item, ())
        records[item] = {
            field: step.take(filled[step.key])
            for field, step in steps.items()
            if step.key in filled and field not in absent
        }
    return records


def coverage(form: MergedForm) -> list[Gap]:
    """What is wrong with the projections; empty when every field of every active item is served exactly once.

    Judged against the sources of the merged fields, not against how the projections were made: a source without a
    step, a source in two merged fields, a step that no source stands for, a step to a key the form has not.
    """
    served: dict[tuple[str, str], list[str]] = {}
    for field in form.fields:
        for source in field.sources:
            served.setdefault((source.item, source.field), []).append(field.key)
    gaps = []
    for (item, code), keys in served.items():
        step = form.projections.get(item, {}).get(code)
        if len(keys) > 1:
            gaps.append(Gap(item, code, "twice"))
        elif step is None or step.key != keys[0]:
            gaps.append(Gap(item, code, "missing"))
    for item, steps in form.projections.items():
        for code, step in steps.items():
            if form.field(step.key) is None:
                gaps.append(Gap(item, code, "unknown_key"))
            elif (item, code) not in served:
                gaps.append(Gap(item, code, "foreign"))
    return gaps
