"""Lists that depend on another field, in a schema written here and edited since: one if and then per parent."""

from typing import Any

import msgspec

from forms_builder.documents import FormField, ItemFormDocument
from forms_builder.exchange.combining import Node
from forms_builder.exchange.ledger import Ledger
from forms_builder.exchange.losses import APPEND
from forms_builder.exchange.ordering import without_order
from forms_builder.exchange.writing import FormBeside
from forms_builder.merge.dependence import has_parent_kind
from opsplatform.kernel.errors import DomainError

_CARRIED: dict[str, Any] = {}  # stands where a rule stood, so that all others keep their places


class DependentLists:
    """The rules that still stand in the schema (`tree`) as they were written."""

    def __init__(self, beside: FormBeside | None, tree: Any) -> None:
        self.beside = beside
        self.rules = {} if beside is None else _standing(beside, tree)

    def rest_of(self, tree: Any) -> Any:
        """The schema, as written or as edited, without these rules."""
        taken = [without_order(rule) for rules in self.rules.values() for rule in rules]
        if not taken:
            return tree
        return {**tree, "allOf": [_CARRIED if without_order(rule) in taken else rule for rule in tree["allOf"]]}

    def restored(self, document: ItemFormDocument, root: Node, ledger: Ledger) -> ItemFormDocument:
        """The form with these rules; one whose list or parent was edited to something else is listed as lost."""
        if self.beside is None or not self.rules:
            return document
        known = {field.code: field for field in self.beside.document.fields}
        read = {field.code: field for field in document.fields}
        fields = {code: self._restored(field, known, read, root, ledger) for code, field in read.items()}
        return msgspec.structs.replace(document, fields=tuple(fields.values()))

    def _restored(
        self, field: FormField, known: dict[str, FormField], read: dict[str, FormField], root: Node, ledger: Ledger
    ) -> FormField:
        rules = self.rules.get(field.code)
        if rules is None:
            return field
        within = known[field.code].within or ""
        above = read.get(within)
        same = above is not None and above.dictionary == known[within].dictionary and has_parent_kind(field, above)
        if not same or field.dictionary != known[field.code].dictionary:
            said = f"{field.code} 的选项不再取决于 {within}：字段的选项改过了，或者没有这个字段。"
            ledger.lose(root, "allOf", "wider", said, field.code)
            return field
        for rule in rules:
            ledger.change(("allOf", APPEND), rule)
        return msgspec.structs.replace(field, within=within)


def _standing(beside: FormBeside, tree: Any) -> dict[str, list[dict[str, Any]]]:
    """Field → its rules, for the fields of which every rule still stands in the schema."""
    held = without_order(tree.get("allOf"))
    try:
        written = beside.rules()
    except (DomainError, KeyError):
        return {}
    return {
        code: rules
        for code, rules in written.items()
        if isinstance(held, list) and all(without_order(rule) in held for rule in rules)
    }
