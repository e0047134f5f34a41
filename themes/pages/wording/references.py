"""What in a theme refers to an item or a notice: what someone should know before taking it out."""

import re
from collections import defaultdict

from themes.documents import ThemeDocument
from themes.guidance.references import iter_references
from themes.guidance.wording import Names

_RULE = re.compile(r"^/guidance/rules/(\d+)/")


def uses_of_items(document: ThemeDocument, names: Names) -> dict[str, list[str]]:
    """Local item code → sentences naming the rules, items, materials and cases that refer to it."""
    uses = _rules_naming(document, "item")
    for item in document.items:
        for code in item.depends_on:
            uses[code].append(f"事项“{names.items.get(item.code, item.code)}”以它为前置事项")
    for binding in document.materials:
        if binding.result_of_item is not None:
            uses[binding.result_of_item].append(
                f"材料“{names.materials.get(binding.code, binding.code)}”是它的办理结果"
            )
    for case in document.cases:
        for code in case.expected.get("items", []):
            uses[code].append(f"用例“{case.name}”预期办理它")
    return {code: list(dict.fromkeys(sentences)) for code, sentences in uses.items()}


def uses_of_notices(document: ThemeDocument) -> dict[str, list[str]]:
    """Notice code → sentences naming the rules and cases that refer to it."""
    uses = _rules_naming(document, "notice")
    for case in document.cases:
        for code in case.expected.get("notices", []):
            uses[code].append(f"用例“{case.name}”预期显示它")
    return {code: list(dict.fromkeys(sentences)) for code, sentences in uses.items()}


def _rules_naming(document: ThemeDocument, kind: str) -> dict[str, list[str]]:
    uses: dict[str, list[str]] = defaultdict(list)
    for reference in iter_references(document):
        place = _RULE.match(reference.pointer)
        if reference.kind == kind and place is not None:
            uses[reference.code].append(f"规则“{document.guidance.rules[int(place[1])].name}”提到它")
    return uses
