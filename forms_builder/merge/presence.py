"""Required here and hidden there: where merging asks for a field that one item's form would not even show.

Nothing is lost by it, since the projection leaves out what an item does not have; but somebody is asked more than that
item asked, and should know why.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from forms_builder.documents import FormField
from forms_builder.merge.constraints import check_value
from forms_builder.merge.form import FormMerger, MergedField, MergedForm, item_form
from forms_builder.merge.intersection import Finding
from forms_builder.merge.projection import hidden_fields
from forms_builder.merge.samples import accepted_values, sample
from forms_builder.merge.validation import offered_codes, validate
from opsplatform.kernel.conditions import Condition, names_in

_MOST_TRIED = 200
_VALUES_TRIED = 3


def presence_findings(
    field: MergedField, forms: Mapping[str, Sequence[FormField]], merger: FormMerger
) -> Iterator[Finding]:
    """One narrowing per item whose form sometimes hides what another always requires.

    Its witness is a record of that item without the field: valid there, and refused by the requiring items, which miss
    their answer in it. None where no such record was found.
    """
    if not forms:
        return
    always = [
        source.item
        for source in field.sources
        if source.own.required and _condition(forms, source.item, source.field) is None
    ]
    if not always:
        return
    for source in field.sources:
        condition = _condition(forms, source.item, source.field)
        if condition is None or source.item in always:
            continue
        form = item_form("", forms[source.item], merger.dictionaries, merger.parents)
        record = _record_without(source.field, condition, form)
        if record is not None:
            yield Finding(
                severity="narrowing", key=field.key, aspect="presence", accepts=(source.item,),
                refuses=tuple(dict.fromkeys(always)), witness=record,
            )  # fmt: skip


def _condition(forms: Mapping[str, Sequence[FormField]], item: str, code: str) -> Condition | None:
    return next((field.visible_when for field in forms.get(item, ()) if field.code == code), None)


def _record_without(code: str, condition: Condition, form: MergedForm) -> dict[str, Any] | None:
    """A valid record of the form on which the field does not exist."""
    named = [name for name in dict.fromkeys(names_in(condition)) if form.field(name) is not None]
    tried = product(*([None, *_values(form, name, condition)] for name in named))
    for values in islice(tried, _MOST_TRIED):
        chosen = {name: value for name, value in zip(named, values, strict=True) if value is not None}
        record = _completed(form, chosen)
        if record is not None and _misses(form, record, code):
            return record
    return None


def _misses(form: MergedForm, record: Mapping[str, Any], code: str) -> bool:
    hidden = [visibility.hidden(record) for visibility in form.visibilities]
    return any(code in absent for absent in hidden)


def _values(form: MergedForm, name: str, condition: Condition) -> list[Any]:
    """Values worth trying for a field of the condition: those it names, their neighbours, and ordinary ones."""
    field = form.field(name)
    assert field is not None
    named = [value for value in _literals(condition, name) if not check_value(field.constraint, value)]
    ordinary = (value for value in accepted_values(field.constraint) if not check_value(field.constraint, value))
    found: list[Any] = []
    for value in [*named, *islice(ordinary, _VALUES_TRIED)]:
        if value not in found:
            found.append(value)
    return found


def _literals(condition: Condition, name: str) -> Iterator[Any]:
    """What the condition holds the field against, and what lies on either side of that."""
    for part in (*(condition.all or ()), *(condition.any or ()), *((condition.not_,) if condition.not_ else ())):
        yield from _literals(part, name)
    if condition.q == name:
        for value in condition.value if isinstance(condition.value, list | tuple) else (condition.value,):
            yield value
            if isinstance(value, bool):
                yield not value
            elif isinstance(value, int | float):
                yield from (value - 1, value + 1)


def _completed(form: MergedForm, chosen: Mapping[str, Any]) -> dict[str, Any] | None:
    """The record with what is required besides and without what does not exist; None where that ends nowhere."""
    record = dict(chosen)
    for _ in range(2 * len(form.fields) + 2):
        problems = validate(form, record)
        if not problems:
            return record
        for problem in problems:
            key = problem.pointer.split("/")[1].replace("~1", "/").replace("~0", "~")
            field = form.field(key)
            if problem.code == "not_applicable":
                record.pop(key, None)
            elif problem.code == "missing" and field is not None and key not in record:
                record[key] = sample(field.constraint)
                if record[key] is None:
                    return None
            elif problem.code == "outside_parent" and field is not None and key not in chosen:
                left = offered_codes(form, field, record, hidden_fields(form, record))
                if not left:
                    return None
                record[key] = [left[0]] if field.constraint.kind == "multi_dict" else left[0]
            else:
                return None
    return None
