"""What keeps a draft from being compiled at all: references that lead nowhere, circles, what is said of nothing."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from opsplatform.kernel.codes import MalformedCode, handling_code
from opsplatform.release.findings import Finding
from themes.documents import ThemeDocument
from themes.guidance.parameter_faults import find_parameter_faults
from themes.guidance.periods import find_period_faults, period_faults
from themes.guidance.question_faults import find_question_faults
from themes.guidance.references import find_unresolved
from themes.guidance.visibility import find_show_when_cycles
from themes.localisation.policy import opens_something
from themes.packages.structure import FrozenTheme
from themes.services.freezing import Freezing

SAMPLE_USCC = "91350100M000100Y43"  # GB 32100-2015, annex: only to try whether an item's own codes compose


def check_structure(freezing: Freezing) -> list[Finding]:
    """What keeps the draft from being compiled at all: with none of these, evaluation answers."""
    document = freezing.frozen.document
    findings = list(_references(document, freezing.frozen))
    findings += [_dangling(missing.pointer, missing.sentence) for missing in freezing.unresolved]
    findings += _divisions(document, freezing.frozen)
    findings += _guidance(document)
    findings += _parameters(document, freezing)
    findings += _items(document)
    findings += _codes(document, freezing.frozen)
    findings += _rules_for_districts(document, freezing.frozen)
    return findings


def _references(document: ThemeDocument, frozen: FrozenTheme) -> Iterator[Finding]:
    forms = {item: frozenset(field.code for field in fields) for item, fields in frozen.item_forms.items()}
    for missing in find_unresolved(document, forms, frozenset(frozen.divisions)):
        yield _dangling(missing.pointer, missing.message)
    departments = {binding.code for binding in document.departments}
    materials = {binding.code for binding in document.materials}
    items = {item.code for item in document.items}
    groups = {group.code for group in document.field_groups}
    fields = {use.code for use in document.field_uses}
    named = [
        ("/lead_department", "部门", document.lead_department, departments),
        *(
            (f"/coop_departments/{number}", "部门", code, departments)
            for number, code in enumerate(document.coop_departments)
        ),
        *(
            (f"/materials/{number}/result_of_item", "事项", binding.result_of_item, items)
            for number, binding in enumerate(document.materials)
            if binding.result_of_item is not None
        ),
        *(
            (f"/field_uses/{number}/group", "字段分组", use.group, groups)
            for number, use in enumerate(document.field_uses)
            if use.group is not None
        ),
        *((f"/field_order/{number}", "公共字段", code, fields) for number, code in enumerate(document.field_order)),
    ]
    for number, item in enumerate(document.items):
        named += [
            (f"/items/{number}/materials/{index}/material", "材料", use.material, materials)
            for index, use in enumerate(item.materials)
        ]
        named += [
            (f"/items/{number}/depends_on/{index}", "事项", code, items) for index, code in enumerate(item.depends_on)
        ]
    for place, what, code, known in named:
        if code not in known:
            yield _dangling(place, f"{what}“{code}”不存在。")


def _dangling(place: str, sentence: str) -> Finding:
    return Finding(code="unresolved_reference", severity="blocking", place=place, sentence=sentence)


def _divisions(document: ThemeDocument, frozen: FrozenTheme) -> Iterator[Finding]:
    for number, code in enumerate(document.handling_divisions):
        if code not in frozen.divisions:
            yield _dangling(f"/handling_divisions/{number}", f"办理区划“{code}”不存在，或不是市、区。")
        elif code not in frozen.districts and frozen.divisions[code].parent is not None:
            yield _dangling(f"/handling_divisions/{number}", f"办理区划“{code}”不是市、区。")
    if not document.handling_divisions:
        yield Finding(
            code="no_division", severity="blocking", place="/handling_divisions", sentence="主题没有办理区划。"
        )


def _codes(document: ThemeDocument, frozen: FrozenTheme) -> Iterator[Finding]:
    """Codes of which no implementing or handling code can be composed, whoever receives."""
    for number, item in enumerate(document.items):
        content = frozen.items.get(item.code)
        if content is None:
            continue
        try:
            handling_code(SAMPLE_USCC, content.level_code, content.basic_code, content.sequence)
        except MalformedCode as error:
            yield Finding(
                code="malformed_code",
                severity="blocking",
                place=f"/items/{number}",
                sentence=f"“{content.name}”的编码不能组成实施编码和业务办理项编码：{error.sentence}",
            )


def _guidance(document: ThemeDocument) -> Iterator[Finding]:
    texts = {question.code: question.text or question.code for question in document.guidance.questions}
    places = {question.code: place for place, question in enumerate(document.guidance.questions)}
    for circle in find_show_when_cycles(document.guidance):
        yield Finding(
            code="question_cycle",
            severity="blocking",
            place=f"/guidance/questions/{places[circle[0]]}/show_when",
            sentence=f"问题的显示条件形成循环：{' → '.join(f'“{texts[code]}”' for code in circle)}。",
            witness=list(circle),
        )
    for wrong in find_question_faults(document.guidance):
        yield Finding(code=wrong.code, severity="blocking", place=wrong.pointer, sentence=wrong.message)
    for fault in find_period_faults(document.guidance):
        yield _bad_period(fault.pointer, fault.message)
    for fault in period_faults(document, ""):
        yield _bad_period(fault.pointer, fault.message)


def _parameters(document: ThemeDocument, freezing: Freezing) -> Iterator[Finding]:
    frozen = freezing.frozen
    made_for = {
        code: content.name
        for code, content in frozen.divisions.items()
        if content.parent is None or code in frozen.districts
    }
    for fault in find_parameter_faults(document, made_for, freezing.on):
        yield Finding(
            code=fault.code,
            severity="blocking",
            place=fault.pointer,
            sentence=fault.message,
            witness=list(fault.witness) or None,
        )
    for place, parameter in enumerate(document.guidance.parameters):
        for number, value in enumerate(parameter.values):
            for order, code in enumerate(value.divisions):
                if code in frozen.divisions and code not in made_for:
                    yield _dangling(
                        f"/guidance/parameters/{place}/values/{number}/divisions/{order}",
                        f"参数“{parameter.name}”的取值写到了{frozen.divisions[code].name}（{code}）："
                        "发布以区为单位，街镇的取值用不上，请写到区。",
                    )


def _rules_for_districts(document: ThemeDocument, frozen: FrozenTheme) -> Iterator[Finding]:
    policy = document.localisation
    for place, district in enumerate(policy.districts):
        if district.code not in frozen.divisions:
            yield _dangling(f"/localisation/districts/{place}/code", f"区划“{district.code}”不在办理区划之内。")
    own = [(f"/districts/{place}", district.rules) for place, district in enumerate(policy.districts)]
    for above, rules in (("", policy.rules), *own):
        for number, rule in enumerate(rules):
            if not opens_something(rule):
                yield Finding(
                    code="unknown_element",
                    severity="blocking",
                    place=f"/localisation{above}/rules/{number}",
                    sentence=f"给各区的规定“{rule.code}”不指任何区里可以改的内容。",
                )


def _bad_period(place: str, sentence: str) -> Finding:
    return Finding(code="bad_period", severity="blocking", place=place, sentence=sentence)


def _items(document: ThemeDocument) -> Iterator[Finding]:
    if not document.items:
        yield Finding(code="no_item", severity="blocking", place="/items", sentence="主题里没有事项。")
    known = {item.code for item in document.items}
    places = {item.code: number for number, item in enumerate(document.items)}
    try:
        TopologicalSorter(
            {item.code: [code for code in item.depends_on if code in known] for item in document.items}
        ).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        yield Finding(
            code="dependency_cycle",
            severity="blocking",
            place=f"/items/{places[circle[0]]}/depends_on",
            sentence=f"前置事项形成循环：{' → '.join(circle)}。",
            witness=circle,
        )
