"""How drafts of themes follow when a public field is merged or split (forms_builder.holders.FieldHolder).

A theme binds a public field once, under a local code. Merged into one that the theme binds too, two bindings become
one: the one of the field that stays. Split, a theme with an item whose form moved binds the new field beside the old
one, because the form in force still names the old one until its draft is enabled.
"""

from collections.abc import Collection, Mapping
from typing import Any

from opsplatform.kernel.errors import Invalid, Problem
from themes.services.composing import free_code


class ThemeHolder:
    kind = "theme"
    source = "theme_draft"

    def follow_merge(self, tree: Any, source: str, target: str) -> Any:
        """The binding of the source is one of the target, or went into the one that the target has."""
        uses = tree.get("field_uses", [])
        left = next((use for use in uses if use["public_field"] == source), None)
        kept = next((use for use in uses if use["public_field"] == target), None)
        if left is None:
            return tree
        if kept is None:
            left["public_field"] = target
            return tree
        _take_over(kept, left)
        uses.remove(left)
        tree["field_order"] = [code for code in tree.get("field_order", []) if code != left["code"]]
        for rule in tree.get("guidance", {}).get("rules", []):
            for effect in rule["effects"]:
                if effect["type"] == "set_field" and effect.get("item") is None and effect["field"] == left["code"]:
                    effect["field"] = kept["code"]
        return tree

    def follow_split(self, tree: Any, source: str, target: str, moved: Mapping[str, Collection[str]]) -> Any:
        """Where an item's form moved, the target is bound beside the source, shown right after it."""
        uses = tree.get("field_uses", [])
        bound = next((use for use in uses if use["public_field"] == source), None)
        items = {item["item"] for item in tree.get("items", [])}
        if bound is None or not items & moved.keys() or any(use["public_field"] == target for use in uses):
            return tree
        code = free_code(target.split("@", maxsplit=1)[0], {use["code"] for use in uses})
        uses.insert(uses.index(bound) + 1, {**bound, "code": code, "public_field": target})
        order = tree.get("field_order", [])
        if bound["code"] in order:
            order.insert(order.index(bound["code"]) + 1, code)
        return tree


def _take_over(kept: dict[str, Any], left: dict[str, Any]) -> None:
    """The binding that stays is required if either was, and answered by the question that answered either."""
    questions = {use["from_question"] for use in (kept, left) if use.get("from_question")}
    if len(questions) > 1:
        sentence = f"“{kept['label']}”和“{left['label']}”由两个不同的问题填写，合并后只能由一个填写，请先在主题里改。"
        raise Invalid(problems=(Problem("/field_uses", "two_questions", sentence),))
    if left.get("from_question") and not kept.get("from_question"):
        kept["from_question"] = left["from_question"]
        if left.get("values"):
            kept["values"] = left["values"]
    if left.get("required"):
        kept["required"] = True
