"""The form of one path written out for whoever shows it: fields in order with provenance, schema, projections."""

from typing import Any

import msgspec

from forms_builder.merge.constraints import ColumnConstraint, Constraint
from forms_builder.merge.form import MergedField, MergedForm, Provenance
from forms_builder.merge.intersection import Finding
from forms_builder.merge.schema import form_schema
from opsplatform.kernel.documents import write
from themes.guidance.wording import Names
from themes.packages.merge_wording import finding_sentence
from themes.packages.structure import Package
from themes.packages.ui_path import path_ui


def describe_form(package: Package, form: MergedForm, names: Names) -> dict[str, Any]:
    """The form as JSON: `items`, `groups`, `fields`, `schema`, `ui`, `projections`, `translations`,
    `findings`.

    Fields stand in the order in which they are shown; a field without `group` belongs to one item alone. `codes` lists
    the entries still allowed after merging and is left out where any code is; `within`, only where the list depends on
    other fields, says which codes are left for each of their values (for others none); `schema` is JSON Schema
    2020-12 of the data. Raises ConditionNotExpressible.
    """
    described = _Description(package, names)
    used = {field.group for field in form.fields}
    schema = form_schema(form, package.meta.name)
    return {
        "items": list(form.items),
        "groups": [
            write(group) for group in sorted(package.form.groups, key=lambda group: group.order) if group.code in used
        ],
        "fields": [
            described.field(field, form.provenance(field.key)) | _within(form, field.key) for field in form.fields
        ],
        "schema": schema,
        "ui": path_ui(package, form, schema),
        "projections": {
            item: {code: step.key for code, step in steps.items()} for item, steps in form.projections.items()
        },
        "translations": {item: said for item, said in package.form.translations.items() if item in form.projections},
        "findings": [described.finding(finding) for finding in form.findings()],
    }


def _within(form: MergedForm, key: str) -> dict[str, Any]:
    """On which fields the list of this one depends, each rule once."""
    rules: list[dict[str, Any]] = []
    for one in form.dependences:
        rule = {"field": one.parent_key, "codes": {value: list(codes) for value, codes in one.below.items()}}
        if one.key == key and rule not in rules:
            rules.append(rule)
    return {"within": rules} if rules else {}


class _Description:
    def __init__(self, package: Package, names: Names) -> None:
        self.package, self.names = package, names
        self.spoken: dict[str, str | None] = {}
        self.columns: dict[tuple[str, str], str | None] = {}
        self.help: dict[str, str] = {}
        for parts in package.form.item_forms.values():
            for part in parts:
                self.spoken.setdefault(part.key, part.field.dictionary)
                self.help[part.key] = self.help.get(part.key) or part.field.help
                for column in part.field.columns:
                    self.columns.setdefault((part.key, column.code), column.dictionary)
        for key, content in package.form.public_fields.items():
            if content.dictionary is not None:
                self.spoken[key] = content.dictionary

    def field(self, field: MergedField, provenance: Provenance) -> dict[str, Any]:
        """One merged field."""
        dictionary = self.spoken.get(field.key)
        return {
            "key": field.key,
            "label": field.label,
            "group": field.group,
            "order": field.order,
            "help": self.help.get(field.key, ""),
            **self._limits(field.constraint, dictionary),
            "columns": [self._column(field.key, column) for column in field.constraint.columns],
            "provenance": _provenance(provenance),
            "sources": [{"item": source.item, "field": source.field} for source in field.sources],
        }

    def finding(self, finding: Finding) -> dict[str, Any]:
        """One thing that merging costs, with a sentence."""
        return {**msgspec.to_builtins(finding), "sentence": finding_sentence(finding, self.names)}

    def _column(self, key: str, column: ColumnConstraint) -> dict[str, Any]:
        limits = self._limits(column.constraint, self.columns.get((key, column.code)))
        return {"code": column.code, "label": column.label, **limits}

    def _limits(self, constraint: Constraint, dictionary: str | None) -> dict[str, Any]:
        limits: dict[str, Any] = {
            "kind": constraint.kind,
            "required": constraint.required,
            "max_length": constraint.max_length,
            "scale": constraint.scale,
            "minimum": None if constraint.minimum is None else float(constraint.minimum),
            "maximum": None if constraint.maximum is None else float(constraint.maximum),
            "dictionary": dictionary,
        }
        if constraint.codes is not None:
            entries = self.package.dictionaries[dictionary].entries if dictionary in self.package.dictionaries else ()
            texts = {entry.code: entry.name for entry in entries}
            limits["codes"] = [{"code": code, "name": texts.get(code, code)} for code in constraint.codes]
        return limits


def _provenance(provenance: Provenance) -> dict[str, Any]:
    prefill = provenance.prefill
    return {
        "kind": provenance.kind,
        "library": prefill.library if prefill else None,
        "element": prefill.element if prefill else None,
        "question": provenance.question,
        "value": provenance.value,
    }
