"""Everything the guidance of a theme and its bindings refer to, with its place, and what of it does not resolve."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from opsplatform.kernel.conditions import Condition
from themes.documents import (
    AddItem,
    AddMaterial,
    AddNotice,
    Effect,
    Question,
    RemoveItem,
    SetField,
    SetPromisedDays,
    Stop,
    ThemeDocument,
    WaiveMaterial,
)
from themes.guidance.parameters import parameter_named

Kind = Literal[
    "question", "option", "division", "item", "material", "notice", "public_field", "item_field", "parameter"
]

_KIND_WORDS: dict[Kind, str] = {
    "question": "问题",
    "option": "选项",
    "division": "区划",
    "item": "事项",
    "material": "材料",
    "notice": "须知",
    "public_field": "公共字段",
    "item_field": "表单字段",
    "parameter": "参数",
}


class Reference(msgspec.Struct, frozen=True):
    """A use of something by its code. `within`: the question of an option, the item of an item field, the question
    that a parameter is compared with.

    `pointer` is a JSON pointer (RFC 6901) into the theme document. A boolean question's options are `true` and `false`.
    """

    kind: Kind
    code: str
    pointer: str
    within: str | None = None


class Unresolved(msgspec.Struct, frozen=True):
    """A reference that leads nowhere (`unknown_…`), or an option that a mapping leaves out (`option_not_mapped`)."""

    code: str
    pointer: str
    message: str


def iter_references(document: ThemeDocument) -> Iterator[Reference]:
    """Every reference made by guidance, by conditions of materials, fields and prefilling, and by supplying questions.

    In document order, repeats included. Values of conditions count as options or divisions after the type of their
    question; where the question is unknown, only the question is a reference.
    """
    questions = {question.code: question for question in document.guidance.questions}
    yield from _items(document, questions)
    for place, use in enumerate(document.field_uses):
        yield from _supply(use.from_question, use.values, questions, f"/field_uses/{place}")
    for place, prefill in enumerate(document.prefill_conditions):
        yield from _condition(prefill.when, questions, f"/prefill_conditions/{place}/when")
    yield from _guidance(document, questions)


def find_unresolved(
    document: ThemeDocument,
    item_fields: Mapping[str, frozenset[str]] | None = None,
    divisions: frozenset[str] | None = None,
) -> list[Unresolved]:
    """Every reference that does not resolve and every option without a field value, in document order.

    `item_fields`: codes of the fields of each item's form, by local item code; `divisions`: codes of known divisions.
    None leaves references of that kind unjudged, as they resolve outside the document.
    """
    known = _known(document, divisions)
    known.update((("item_field", item), fields) for item, fields in (item_fields or {}).items())
    unresolved = [
        _unresolved(reference)
        for reference in iter_references(document)
        if not (reference.kind == "item_field" and item_fields is None) and not _is_known(reference, known)
    ]
    questions = {question.code: question for question in document.guidance.questions}
    return unresolved + list(_unmapped(document, questions))


def find_unresolved_in(
    condition: Condition | None, document: ThemeDocument, divisions: frozenset[str], pointer: str
) -> list[Unresolved]:
    """Every reference that does not resolve of a condition over the theme's questions, which stands at the pointer."""
    questions = {question.code: question for question in document.guidance.questions}
    known = _known(document, divisions)
    return [_unresolved(one) for one in _condition(condition, questions, pointer) if not _is_known(one, known)]


def _known(
    document: ThemeDocument, divisions: frozenset[str] | None
) -> dict[tuple[Kind, str | None], frozenset[str] | None]:
    """The codes that there are of each kind; None where they are not known."""
    questions = document.guidance.questions
    return {
        ("question", None): frozenset(question.code for question in questions),
        ("item", None): frozenset(item.code for item in document.items),
        ("material", None): frozenset(material.code for material in document.materials),
        ("notice", None): frozenset(notice.code for notice in document.notices),
        ("public_field", None): frozenset(use.code for use in document.field_uses),
        ("parameter", None): frozenset(parameter.code for parameter in document.guidance.parameters),
        ("division", None): divisions,
        **{("option", question.code): frozenset(list_options(question)) for question in questions},
    }


def _is_known(reference: Reference, known: Mapping[tuple[Kind, str | None], frozenset[str] | None]) -> bool:
    codes = known.get(_group_of(reference), frozenset())
    return codes is None or reference.code in codes


def _unresolved(reference: Reference) -> Unresolved:
    return Unresolved(f"unknown_{reference.kind}", reference.pointer, _sentence(reference))


def _group_of(reference: Reference) -> tuple[Kind, str | None]:
    """Among what the code must be: a parameter stands for itself, whatever it is compared with."""
    return reference.kind, None if reference.kind == "parameter" else reference.within


def list_options(question: Question) -> tuple[str, ...]:
    """The codes that an answer to the question may be, as keys of a mapping; empty where it has no fixed options."""
    if question.type == "boolean":
        return ("true", "false")
    return tuple(option.code for option in question.options) if question.type in ("single", "multi") else ()


def _sentence(reference: Reference) -> str:
    owner = f"“{reference.within}”的" if reference.kind in ("option", "item_field") else ""
    return f"{owner}{_KIND_WORDS[reference.kind]}“{reference.code}”不存在。"


# --- walking the document ---------------------------------------------------------------------------------------------


def _items(document: ThemeDocument, questions: Mapping[str, Question]) -> Iterator[Reference]:
    for place, item in enumerate(document.items):
        for number, use in enumerate(item.materials):
            yield from _condition(use.when, questions, f"/items/{place}/materials/{number}/when")
        for number, binding in enumerate(item.fields):
            pointer = f"/items/{place}/fields/{number}"
            yield Reference("item_field", binding.field, f"{pointer}/field", item.code)
            yield from _condition(binding.visible_when, questions, f"{pointer}/visible_when")
            yield from _supply(binding.from_question, binding.values, questions, pointer)


def _guidance(document: ThemeDocument, questions: Mapping[str, Question]) -> Iterator[Reference]:
    guidance = document.guidance
    if guidance.division_question is not None:
        yield Reference("question", guidance.division_question, "/guidance/division_question")
    for place, question in enumerate(guidance.questions):
        yield from _condition(question.show_when, questions, f"/guidance/questions/{place}/show_when")
    for place, rule in enumerate(guidance.rules):
        yield from _condition(rule.when, questions, f"/guidance/rules/{place}/when")
        for number, effect in enumerate(rule.effects):
            yield from _effect(effect, f"/guidance/rules/{place}/effects/{number}")
    for place, parameter in enumerate(guidance.parameters):
        for number, value in enumerate(parameter.values):
            for order, code in enumerate(value.divisions):
                yield Reference("division", code, f"/guidance/parameters/{place}/values/{number}/divisions/{order}")


def _effect(effect: Effect, pointer: str) -> Iterator[Reference]:
    match effect:
        case AddItem() | RemoveItem() | SetPromisedDays():
            yield Reference("item", effect.item, f"{pointer}/item")
        case AddMaterial() | WaiveMaterial():
            yield Reference("item", effect.item, f"{pointer}/item")
            yield Reference("material", effect.material, f"{pointer}/material")
        case SetField(item=None):
            yield Reference("public_field", effect.field, f"{pointer}/field")
            yield from _parameter(effect.value, f"{pointer}/value")
        case SetField(item=str() as item):
            yield Reference("item", item, f"{pointer}/item")
            yield Reference("item_field", effect.field, f"{pointer}/field", item)
            yield from _parameter(effect.value, f"{pointer}/value")
        case AddNotice():
            yield Reference("notice", effect.notice, f"{pointer}/notice")
        case Stop():
            return


def _condition(condition: Condition | None, questions: Mapping[str, Question], pointer: str) -> Iterator[Reference]:
    if condition is None:
        return
    for place, part in enumerate(condition.all or ()):
        yield from _condition(part, questions, f"{pointer}/all/{place}")
    for place, part in enumerate(condition.any or ()):
        yield from _condition(part, questions, f"{pointer}/any/{place}")
    yield from _condition(condition.not_, questions, f"{pointer}/not")
    if condition.q is not None:
        yield Reference("question", condition.q, f"{pointer}/q")
        question = questions.get(condition.q)
        if question is not None and condition.op != "answered":
            yield from _compared(condition.value, question, f"{pointer}/value")


def _parameter(value: Any, pointer: str, question: str | None = None) -> Iterator[Reference]:
    code = parameter_named(value)
    if code is not None:
        yield Reference("parameter", code, pointer, question)


def _compared(value: Any, question: Question, pointer: str) -> Iterator[Reference]:
    if isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from _compared(one, question, f"{pointer}/{place}")
        return
    if parameter_named(value) is not None:
        yield from _parameter(value, pointer, question.code)
        return
    code = value if isinstance(value, str) else f"非文本值 {value!r}"  # 1 is not the option "1"
    if question.type in ("single", "multi"):
        yield Reference("option", code, pointer, question.code)
    elif question.type in ("division6", "division9"):
        yield Reference("division", code, pointer)


def _supply(
    from_question: str | None, values: Mapping[str, Any], questions: Mapping[str, Question], pointer: str
) -> Iterator[Reference]:
    if from_question is None:
        return
    yield Reference("question", from_question, f"{pointer}/from_question")
    if from_question in questions:
        for code in values:
            yield Reference("option", code, f"{pointer}/values/{_escape(code)}", from_question)


def _unmapped(document: ThemeDocument, questions: Mapping[str, Question]) -> Iterator[Unresolved]:
    """Options of a supplying question that lead to no field value; truth values and codes of a dictionary may be
    supplied as they are."""
    suppliers = [
        (binding.from_question, binding.values, f"/items/{place}/fields/{number}/values")
        for place, item in enumerate(document.items)
        for number, binding in enumerate(item.fields)
    ]
    suppliers += [
        (use.from_question, use.values, f"/field_uses/{place}/values") for place, use in enumerate(document.field_uses)
    ]
    for from_question, values, pointer in suppliers:
        question = questions.get(from_question or "")
        if question is None or ((question.type == "boolean" or question.dictionary is not None) and not values):
            continue
        for code in list_options(question):
            if code not in values:
                message = f"问题“{question.code}”的选项“{code}”没有对应的字段值。"
                yield Unresolved("option_not_mapped", pointer, message)


def _escape(code: str) -> str:
    return code.replace("~", "~0").replace("/", "~1")
