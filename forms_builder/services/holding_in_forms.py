"""How drafts of item forms follow when a public field is merged or split (forms_builder.holders.FieldHolder)."""

from collections.abc import Collection, Mapping
from typing import Any

from forms_builder.services.item_forms import KIND


class ItemFormHolder:
    kind = KIND
    source = "item_form"

    def follow_merge(self, tree: Any, source: str, target: str) -> Any:
        """Every field that pointed to the source points to the target."""
        for field in tree.get("fields", ()):
            if field.get("public_field") == source:
                field["public_field"] = target
        return tree

    def follow_split(self, tree: Any, source: str, target: str, moved: Mapping[str, Collection[str]]) -> Any:
        """The named fields of this form point to the target."""
        for field in tree.get("fields", ()):
            if field.get("public_field") == source and field["code"] in moved.get(tree["item"], ()):
                field["public_field"] = target
        return tree
