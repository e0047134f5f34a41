"""How drafts of themes follow when a material is merged into another (forms_builder.holders.Holder).

A theme binds a material under a local code. Merged into one that the theme binds too, the two become one: an item that
asked for both asks once, whenever it asked for either.
"""

from typing import Any

from opsplatform.kernel.errors import Invalid, Problem


class ThemeMaterialHolder:
    kind = "theme"
    source = "theme_draft"

    def follow_merge(self, tree: Any, source: str, target: str) -> Any:
        """The binding of the source is one of the target, or went into the one that the target has."""
        bindings = tree.get("materials", [])
        kept = next((one for one in bindings if one["material"] == target), None)
        for left in [one for one in bindings if one["material"] == source]:
            if kept is None:
                left["material"] = target
                kept = left
                continue
            _require_one_origin(kept, left)
            bindings.remove(left)
            _rename(tree, left["code"], kept["code"])
        return tree


def _require_one_origin(kept: dict[str, Any], left: dict[str, Any]) -> None:
    if kept.get("result_of_item") != left.get("result_of_item"):
        sentence = (
            f"材料 {kept['code']} 和 {left['code']} 在主题里的来处不同（一个是其他事项的办理结果），"
            "合并后说不清由谁提供，请先在主题里改成一致。"
        )
        raise Invalid(problems=(Problem("/materials", "two_origins", sentence),))


def _rename(tree: Any, left: str, kept: str) -> None:
    for item in tree.get("items", ()):
        for use in [one for one in item.get("materials", ()) if one["material"] == left]:
            other = next((one for one in item["materials"] if one["material"] == kept), None)
            if other is None:
                use["material"] = kept
            else:
                _ask_once(other, use)
                item["materials"].remove(use)
    for rule in tree.get("guidance", {}).get("rules", ()):
        for effect in rule["effects"]:
            if effect["type"] in ("add_material", "waive_material") and effect["material"] == left:
                effect["material"] = kept


def _ask_once(kept: dict[str, Any], left: dict[str, Any]) -> None:
    """Asked for whenever either was; necessary if either was."""
    conditions = [one.get("when") for one in (kept, left)]
    if None in conditions:
        kept.pop("when", None)
    elif conditions[0] != conditions[1]:
        kept["when"] = {"any": conditions}
    codes = {one["necessity_code"] for one in (kept, left) if one.get("necessity_code")}
    if codes:
        kept["necessity_code"] = min(codes)  # 必要 comes before 非必要 and 容缺后补
    notes = dict.fromkeys(one["note"] for one in (kept, left) if one.get("note"))
    if notes:
        kept["note"] = "；".join(notes)
