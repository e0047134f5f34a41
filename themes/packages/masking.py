"""Values of sensitive fields in a theme (分级分类): where its document holds any, and the theme with them hidden.

A document holds values of fields in answers of saved cases to questions that supply a field, in what rules fill in,
and in what the options of a question mean for a field. Conditions compare with codes and bounds, which are rules about
everybody, nobody's values. `classes`: merged key, or ITEM.field, → class of the field, and "key/column" → class of a
table's column; a key without one is internal.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from forms_builder.documents import FormField
from forms_builder.merge.certificate import CertifiedFinding, MergeCertificate
from forms_builder.merge.intersection import BY_KEY, Finding
from forms_builder.sensitivity import INTERNAL, class_of, shown_in_field, strictest
from opsplatform.kernel.comparison import Change, compare, part_at
from opsplatform.kernel.documents import write
from opsplatform.kernel.masking import MASKED, shown
from themes.documents import SavedCase, ThemeDocument
from themes.packages.structure import FrozenTheme, Package

Classes = Mapping[str, str]
Told = TypeVar("Told", Finding, CertifiedFinding)
PARTS_WITH_VALUES = frozenset({"items", "field_uses", "guidance", "cases"})


class HeldValue(NamedTuple):
    """A value in a document as a JSON tree: its place as keys and list positions, the field it is of, its class."""

    place: tuple[str | int, ...]
    key: str
    sensitivity: str
    value: Any


def classes_of(frozen: FrozenTheme) -> dict[str, str]:
    """The class of every field of the frozen theme."""
    return classes_by_key(
        {use.public_field: use.code for use in frozen.document.field_uses},
        {code: str(content.sensitivity) for code, content in frozen.public_fields.items()},
        frozen.item_forms,
    )


def classes_of_package(package: Package) -> dict[str, str]:
    """The class of every field of the package."""
    form = package.form
    return classes_by_key(
        {code: code for code in form.public_fields},
        {code: str(content.sensitivity) for code, content in form.public_fields.items()},
        {item: tuple(part.field for part in parts) for item, parts in form.item_forms.items()},
    )


def classes_by_key(
    bound: Mapping[str, str], public: Classes, forms: Mapping[str, tuple[FormField, ...]]
) -> dict[str, str]:
    """The classes, given the theme's codes of public fields by register code, their classes by the theme's codes, and
    the fields of every item: a field has its public field's class where it has one, else that of its kind.
    """
    classes = dict(public)
    for item, fields in forms.items():
        for field in fields:
            key, shared = f"{item}.{field.code}", bound.get(field.public_field or "", "")
            classes[key] = public.get(shared) or class_of("", field.data_type, field.format or "")
            for column in field.columns:
                sensitivity = class_of("", column.data_type, "")
                for place in (f"{key}/{column.code}", f"{shared}/{column.code}"):
                    classes[place] = strictest((sensitivity, classes.get(place, sensitivity)))
    return classes


def held_values(tree: Any, classes: Classes) -> Iterator[HeldValue]:
    """Every value that the document holds of a field whose class is masked, in the order of the document."""
    for place, key, value in _values(tree):
        sensitivity = classes.get(key, INTERNAL)
        if sensitivity in MASKED:
            yield HeldValue(place, key, sensitivity, value)
    asked = _supplied(tree)
    for number, case in enumerate(tree.get("cases", ())):
        for question, answer in case["answers"].items():
            sensitivity = strictest(classes.get(key, INTERNAL) for key in asked[question])
            if sensitivity in MASKED:
                key = next(key for key in asked[question] if classes.get(key) == sensitivity)
                yield HeldValue(("cases", number, "answers", question), key, sensitivity, answer)


def _values(tree: Any) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    for number, item in enumerate(tree.get("items", ())):
        for order, binding in enumerate(item.get("fields", ())):
            key = f"{item['code']}.{binding['field']}"
            for code, value in binding.get("values", {}).items():
                yield ("items", number, "fields", order, "values", code), key, value
    for number, use in enumerate(tree.get("field_uses", ())):
        for code, value in use.get("values", {}).items():
            yield ("field_uses", number, "values", code), use["code"], value
    for number, rule in enumerate(tree.get("guidance", {}).get("rules", ())):
        for order, effect in enumerate(rule["effects"]):
            if effect["type"] == "set_field":
                item = effect.get("item")
                key = effect["field"] if item is None else f"{item}.{effect['field']}"
                yield ("guidance", "rules", number, "effects", order, "value"), key, effect.get("value")


def _supplied(tree: Any) -> Mapping[str, list[str]]:
    """Question → the fields its answer supplies."""
    supplied: dict[str, list[str]] = defaultdict(list)
    for use in tree.get("field_uses", ()):
        supplied[use.get("from_question") or ""].append(use["code"])
    for item in tree.get("items", ()):
        for binding in item.get("fields", ()):
            supplied[binding.get("from_question") or ""].append(f"{item['code']}.{binding['field']}")
    return supplied


def masked_tree(tree: Any, classes: Classes) -> Any:
    """The document, as a JSON tree, with every value of a sensitive field hidden."""
    hidden = copy.deepcopy(tree)
    for held in held_values(tree, classes):
        part = hidden
        for step in held.place[:-1]:
            part = part[step]
        part[held.place[-1]] = shown(held.value, held.sensitivity)
    return hidden


def masked_theme(frozen: FrozenTheme) -> FrozenTheme:
    """The frozen theme with every value of a sensitive field in its document hidden; for reading, never for judging."""
    tree = masked_tree(write(frozen.document), classes_of(frozen))
    return msgspec.structs.replace(frozen, document=msgspec.convert(tree, ThemeDocument))


def masked_changes(changes: list[Change], before: Any, after: Any, classes: Classes) -> list[Change]:
    """Changes from one document to the other, their values as the masked documents have them."""
    old, new = masked_tree(before, classes), masked_tree(after, classes)
    return [
        change
        if change.kind == "moved"
        else Change(change.path, change.kind, part_at(old, change.path), part_at(new, change.path))
        for change in changes
    ]


def count_hidden_changes(before: FrozenTheme, after: FrozenTheme) -> int:
    """In how many places the documents differ and look the same once masked."""
    old, new = write(before.document), write(after.document)
    told = compare(masked_tree(old, classes_of(before)), masked_tree(new, classes_of(after)))
    visible = {change.path for change in told}
    return sum(change.path not in visible for change in compare(old, new))


def open_cases(package: Package, cases: Iterable[SavedCase]) -> list[SavedCase]:
    """Those of the cases of which no answer supplies a sensitive field of the package."""
    classes, form = classes_of_package(package), package.form
    asked = {use.from_question for use in form.field_uses if classes.get(use.code) in MASKED} | {
        part.from_question
        for item, parts in form.item_forms.items()
        for part in parts
        if classes.get(f"{item}.{part.field.code}") in MASKED
    }
    return [one for one in cases if not asked & one.answers.keys()]


def masked_finding(finding: Told, classes: Classes) -> Told:
    """What the merge found, its witness hidden where that is of a sensitive field. Of the aspect `presence` it is a
    record of an accepting item, of `within` values by merged key, so where fixed values do not belong together, of a
    column a cell.
    """
    witness = finding.witness
    if finding.aspect == "presence" and isinstance(witness, dict):
        item = finding.accepts[0]
        hidden: Any = {code: shown_of(value, f"{item}.{code}", classes) for code, value in witness.items()}
    elif finding.aspect in BY_KEY and isinstance(witness, dict):
        hidden = {key: shown_of(value, key, classes) for key, value in witness.items()}
    elif finding.column is not None:
        places = (finding.key, f"{finding.key}/{finding.column}")
        hidden = shown(witness, strictest(classes.get(place, INTERNAL) for place in places))
    else:
        hidden = shown_of(witness, finding.key, classes)
    return msgspec.structs.replace(finding, witness=hidden)


def masked_certificate(certificate: MergeCertificate, classes: Classes) -> MergeCertificate:
    """The certificate with witnesses of sensitive fields hidden: what it says of the merge, no evidence to check."""
    lists = {
        name: tuple(masked_finding(one, classes) for one in getattr(certificate, name))
        for name in ("settled", "conflicts", "narrowings")
    }
    return msgspec.structs.replace(certificate, **lists)


def shown_of(value: Any, key: str, classes: Classes) -> Any:
    """What is shown of a value of the field under this key."""
    columns = {place.rpartition("/")[2]: code for place, code in classes.items() if place.startswith(f"{key}/")}
    return shown_in_field(value, classes.get(key, INTERNAL), columns)
