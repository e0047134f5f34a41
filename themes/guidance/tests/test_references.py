import msgspec

from themes.documents import ThemeDocument
from themes.guidance.references import Reference, find_unresolved, iter_references

SINGLE = {"code": "q", "text": "?", "type": "single", "order": 1, "options": [{"code": "a", "text": "甲"}]}
BOOLEAN = {"code": "b", "text": "?", "type": "boolean", "order": 2}
DISTRICT = {"code": "d", "text": "?", "type": "division6", "order": 3}

TREE = {
    "code": "T",
    "name": "主题",
    "items": [
        {
            "code": "A",
            "item": "A",
            "materials": [{"material": "M", "when": {"not": {"q": "q", "op": "eq", "value": "zz"}}}],
            "fields": [
                {"field": "f", "from_question": "q", "values": {"x/y": 1}},
                {"field": "h", "visible_when": {"q": "gone", "op": "answered"}},
            ],
        }
    ],
    "materials": [{"code": "M", "material": "M"}],
    "notices": [{"code": "N", "title": "", "content": "", "order": 1}],
    "field_uses": [
        {"code": "c", "public_field": "c", "label": "", "from_question": "b", "values": {"true": "1"}},
        {"code": "e", "public_field": "e", "label": "", "from_question": "b"},
    ],
    "prefill_conditions": [{"library": "L", "when": {"q": "d", "op": "in", "value": ["310101", "999999"]}}],
    "guidance": {
        "division_question": "gone",
        "questions": [SINGLE, BOOLEAN, {**DISTRICT, "show_when": {"any": [{"q": "q", "op": "eq", "value": 1}]}}],
        "rules": [
            {
                "code": "R",
                "name": "",
                "priority": 1,
                "when": {"all": [{"q": "q", "op": "in", "value": ["a", "zz"]}, {"q": "b", "op": "eq", "value": True}]},
                "effects": [
                    {"type": "add_item", "item": "B"},
                    {"type": "waive_material", "item": "A", "material": "M9"},
                    {"type": "set_field", "item": None, "field": "c9", "value": 1},
                    {"type": "set_field", "item": "A", "field": "f9", "value": 1},
                    {"type": "set_promised_days", "item": "A", "value": 1},
                    {"type": "add_notice", "notice": "N9"},
                    {"type": "stop", "message": "不行"},
                ],
            }
        ],
    },
}
DOCUMENT = msgspec.convert(TREE, ThemeDocument)
FIELDS = {"A": frozenset({"f", "h"})}


def test_every_reference_comes_with_its_kind_and_place() -> None:
    references = list(iter_references(DOCUMENT))
    assert Reference("option", "a", "/guidance/rules/0/when/all/0/value/0", "q") in references
    assert Reference("item_field", "f9", "/guidance/rules/0/effects/3/field", "A") in references
    assert Reference("item", "A", "/guidance/rules/0/effects/4/item") in references
    assert Reference("public_field", "c9", "/guidance/rules/0/effects/2/field") in references
    assert Reference("question", "q", "/items/0/materials/0/when/not/q") in references
    assert len(references) == len(set(references)) == 28


def test_every_pointer_leads_to_what_it_names() -> None:
    for reference in iter_references(DOCUMENT):
        node = TREE
        for step in reference.pointer.split("/")[1:-1]:
            node = node[int(step)] if isinstance(node, list) else node[step]
        last = reference.pointer.rsplit("/", 1)[1].replace("~1", "/")
        found = node[int(last)] if isinstance(node, list) else node[last]
        assert reference.code in (found, last, f"非文本值 {found!r}")


def test_what_does_not_resolve_is_listed_at_once_and_nothing_else() -> None:
    found = {(one.code, one.pointer) for one in find_unresolved(DOCUMENT, FIELDS, frozenset({"310101"}))}
    effects = "/guidance/rules/0/effects"
    assert found == {
        ("unknown_option", "/items/0/materials/0/when/not/value"),
        ("unknown_option", "/items/0/fields/0/values/x~1y"),
        ("unknown_question", "/items/0/fields/1/visible_when/q"),
        ("unknown_division", "/prefill_conditions/0/when/value/1"),
        ("unknown_question", "/guidance/division_question"),
        ("unknown_option", "/guidance/questions/2/show_when/any/0/value"),
        ("unknown_option", "/guidance/rules/0/when/all/0/value/1"),
        ("unknown_item", f"{effects}/0/item"),
        ("unknown_material", f"{effects}/1/material"),
        ("unknown_public_field", f"{effects}/2/field"),
        ("unknown_item_field", f"{effects}/3/field"),
        ("unknown_notice", f"{effects}/5/notice"),
        ("option_not_mapped", "/items/0/fields/0/values"),
        ("option_not_mapped", "/field_uses/0/values"),
    }


def test_what_resolves_outside_the_document_is_left_alone_without_a_register() -> None:
    codes = {one.code for one in find_unresolved(DOCUMENT)}
    assert not codes & {"unknown_item_field", "unknown_division"}


def test_a_finding_says_in_words_what_is_missing() -> None:
    messages = {one.pointer: one.message for one in find_unresolved(DOCUMENT, FIELDS)}
    assert messages["/guidance/rules/0/when/all/0/value/1"] == "“q”的选项“zz”不存在。"
    assert messages["/field_uses/0/values"] == "问题“b”的选项“false”没有对应的字段值。"
