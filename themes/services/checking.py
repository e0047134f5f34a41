"""The gate: everything wrong with a draft at once, each finding with its place, a sentence and, where there is one, a
witness (domain.md §6). What needs proof over all answers is in checking_proof."""

from collections.abc import Iterator
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec
from django.db.models import Q

from forms_builder.merge.errors import FormTooEntangled
from opsplatform.catalog.models import LegalBasis, ServicePoint
from opsplatform.kernel import clock
from opsplatform.kernel.codes import MalformedCode, handling_code
from opsplatform.organizations.models import Division
from opsplatform.release.findings import Finding
from themes.documents import AddMaterial, ThemeDocument
from themes.guidance.legal_basis import find_lapsing
from themes.guidance.parameter_faults import find_parameter_faults
from themes.guidance.periods import find_period_faults, period_faults
from themes.guidance.question_faults import find_question_faults
from themes.guidance.references import find_unresolved
from themes.guidance.visibility import find_show_when_cycles
from themes.guidance.wording import Names, field_value_text
from themes.localisation.policy import opens_something
from themes.packages.case_runs import CaseRuns
from themes.packages.case_wording import result_in_words
from themes.packages.draft import open_draft
from themes.packages.evaluation import OpenPackage
from themes.packages.figures import MEASURES
from themes.packages.masking import classes_of, shown_of
from themes.packages.names import names_of
from themes.packages.structure import FrozenTheme
from themes.packages.supplied import find_refused_values
from themes.services.checking_category import check_category
from themes.services.checking_merge import check_merge, entangled
from themes.services.checking_proof import check_proof
from themes.services.freezing import Freezing, freeze_theme

EXPIRING_WITHIN = timedelta(days=60)
SAMPLE_USCC = "91350100M000100Y43"  # GB 32100-2015, annex: only to try whether an item's own codes compose


def check_document(document: ThemeDocument, city: Division) -> list[Finding]:
    """Every finding of the draft, blocking ones first, in order of place."""
    return check_freezing(freeze_theme(document, clock.today()), city)


def check_freezing(freezing: Freezing, city: Division) -> list[Finding]:
    """The same of a draft that has just been frozen."""
    document, today = freezing.frozen.document, freezing.on
    findings = check_structure(freezing)
    may_be_compiled = not findings
    findings += check_category(document, today)
    findings += _codes_unlisted(freezing)
    findings += check_legal_basis(document, today)
    if may_be_compiled:
        findings += _evaluation(freezing.frozen, city, today)
        findings += check_proof(freezing.frozen, today)
    findings += check_division_readiness(freezing.frozen)
    findings += _forms_not_in_force(document, freezing)
    findings += _expiring(freezing.frozen, today)
    findings += _without_effect(document, freezing.frozen)
    findings += _without_materials(document, freezing.frozen)
    findings += _illustrative(document)
    return sorted(findings, key=lambda finding: (not finding.is_blocking, finding.place, finding.code))


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


def _codes_unlisted(freezing: Freezing) -> Iterator[Finding]:
    for one in freezing.unlisted:
        yield Finding(
            code="unlisted_code",
            severity="blocking",
            place=one.pointer,
            sentence=f"{one.what}“{one.code}”不是字典 {one.dictionary} 的现行代码，请改用字典里的。",
        )


def _forms_not_in_force(document: ThemeDocument, freezing: Freezing) -> Iterator[Finding]:
    for number in freezing.drafts:
        content = freezing.frozen.items[document.items[number].code]
        yield Finding(
            code="form_not_in_force",
            severity="advisory",
            place=f"/items/{number}/item",
            sentence=f"“{content.name}”的事项表单从未启用，主题采用的是它的草稿；请表单所属部门审核启用。",
        )


def place_to_open(frozen: FrozenTheme, wanted: Division) -> str:
    """The code for which a draft is compiled: the wanted division, else the city above the offered ones."""
    return wanted.code if wanted.code in frozen.divisions else next(iter(frozen.divisions))


def check_division_readiness(frozen: FrozenTheme) -> list[Finding]:
    """Offered divisions without a window, or without a receiver for an item: those block the release there only."""
    findings: list[Finding] = []
    districts = {code: frozen.divisions[code] for code in frozen.districts}
    for code, content in districts.items():
        if not frozen.service_points.get(code):
            findings.append(
                Finding(
                    code="no_service_point",
                    severity="advisory",
                    place="/handling_divisions",
                    sentence=f"{content.name}没有这个主题的办理地址。",
                    division=code,
                )
            )
        for number, item in enumerate(frozen.document.items):
            lacking = _places_without_receiver(frozen, item.code, code)
            if lacking:
                names = "、".join(frozen.divisions[place].name for place in lacking[:3])
                more = f"等 {len(lacking)} 处" if len(lacking) > 3 else ""
                findings.append(
                    Finding(
                        code="no_receiver",
                        severity="blocking",
                        place=f"/items/{number}",
                        sentence=f"{names}{more}没有受理“{frozen.items[item.code].name}”的机构。",
                        witness=lacking,
                        division=code,
                    )
                )
    return findings


def _places_without_receiver(frozen: FrozenTheme, item: str, district: str) -> list[str]:
    content = frozen.items.get(item)
    body = frozen.departments.get(content.department) if content else None
    if content is None or body is None:
        return []
    if not body.is_kind:
        return [] if body.uscc else [district]
    receiving = {receiver.division for receiver in frozen.receivers.get(content.department, ())}
    if body.level == Division.Level.DISTRICT:
        return [] if district in receiving else [district]
    return [
        code
        for code, street in frozen.divisions.items()
        if street.parent == district and not street.is_statistical and code not in receiving
    ]


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


def check_legal_basis(document: ThemeDocument, today: date) -> Iterator[Finding]:
    """Legal basis of the theme's items and of its guidance that is repealed, over, or over soon."""
    for lapsing in find_lapsing(document.guidance, today, today + EXPIRING_WITHIN):
        state = "已失效" if lapsing.is_over else f"将于 {lapsing.ends_on} 失效"
        yield Finding(
            code="repealed_legal_basis" if lapsing.is_over else "expiring_legal_basis",
            severity="blocking" if lapsing.is_over else "advisory",
            place=lapsing.pointer,
            sentence=f"{lapsing.holder}的依据{state}：{lapsing.basis}",
        )
    places = {item.item: number for number, item in enumerate(document.items)}
    soon = today + EXPIRING_WITHIN
    bases = LegalBasis.objects.filter(item__key__in=places).filter(Q(is_repealed=True) | Q(valid_to__lte=soon))
    for basis in bases.select_related("item"):
        is_dead = basis.is_repealed or (basis.valid_to is not None and basis.valid_to < today)
        state = "已废止或失效" if is_dead else f"将于 {basis.valid_to} 失效"
        yield Finding(
            code="repealed_legal_basis" if is_dead else "expiring_legal_basis",
            severity="blocking" if is_dead else "advisory",
            place=f"/items/{places[basis.item.key]}",
            sentence=f"“{basis.item.name}”的依据{state}：{basis.text}",
        )


def _evaluation(frozen: FrozenTheme, city: Division, today: date) -> Iterator[Finding]:
    try:
        opened = open_draft(frozen, place_to_open(frozen, city))
    except FormTooEntangled as refusal:
        yield entangled(frozen, refusal)
        return
    yield from check_merge(frozen, _daily_names(opened))
    yield from _refused_values(opened, frozen)
    yield from _cases(frozen, opened, today)
    yield from _typed_figures(opened, frozen.document)
    yield from _typical_case(frozen.document)


def _daily_names(opened: OpenPackage) -> Names:
    """The package's names, items by what people call them."""
    daily = {item.code: item.content.daily_name or item.content.name for item in opened.package.items}
    return msgspec.structs.replace(opened.names, items=daily)


def _refused_values(opened: OpenPackage, frozen: FrozenTheme) -> Iterator[Finding]:
    names, classes = _daily_names(opened).items, classes_of(frozen)
    for refused in find_refused_values(frozen.document, opened):
        label, value = opened.names.fields.get(refused.key, refused.key), shown_of(refused.value, refused.key, classes)
        said = field_value_text(value, opened.names.field_values.get(refused.key, {}))
        items = "、".join(f"“{names[code]}”" for code in refused.refused_by)
        why = f"而{items}不接受这个值"
        if refused.beside is not None:
            key, above = refused.beside
            value_above = field_value_text(shown_of(above, key, classes), opened.names.field_values.get(key, {}))
            told = f"“{opened.names.fields.get(key, key)}”填为{value_above}"
            why = f"同时把{told}，两个值没有所属关系，{items}不接受"
        yield Finding(
            code="refused_value",
            severity="blocking" if refused.is_refused_by_all else "advisory",
            place=refused.pointer,
            sentence=f"引导会把“{label}”填为{said}，{why}，申请人也不能修改。",
            witness=value,
        )


def _cases(frozen: FrozenTheme, opened: OpenPackage, today: date) -> Iterator[Finding]:
    """Saved cases that fail: those that must hold block."""
    runs = CaseRuns(frozen, opened.package.meta.division.code, today)
    for number, result in enumerate(runs.run_all()):
        if result.holds:
            continue
        case = result.case
        told = "；".join(result_in_words(result, names_of(frozen), frozen.document.guidance))
        yield Finding(
            code="case_failing",
            severity="blocking" if case.required else "advisory",
            place=f"/cases/{number}",
            sentence=f"用例“{case.name}”与预期不同：{told}。",
            witness={
                key: {"expected": expected, "computed": computed}
                for key, (expected, computed) in result.differences.items()
            }
            or None,
        )


def _typed_figures(opened: OpenPackage, document: ThemeDocument) -> Iterator[Finding]:
    computed: dict[str, Any] = opened.package.figures
    for name, typed in document.figures.items():
        if computed.get(name) != typed:
            measure, _ = MEASURES.get(name, (name, ""))
            yield Finding(
                code="figures_differ",
                severity="blocking",
                place=f"/figures/{name}",
                sentence=f"手工填写的“{measure}”与系统计算的不同，请删除手工填写的数字。",
                witness={"typed": typed, "computed": computed.get(name)},
            )


def _typical_case(document: ThemeDocument) -> Iterator[Finding]:
    examples = {case.code for case in document.cases if case.is_example}
    if document.typical_case and document.typical_case not in examples:
        yield Finding(
            code="unresolved_reference",
            severity="blocking",
            place="/typical_case",
            sentence=f"典型情形所指的用例 {document.typical_case} 不存在，或不随主题发布。",
        )


def _expiring(frozen: FrozenTheme, today: date) -> Iterator[Finding]:
    """Dictionary entries and windows that will soon be out of force."""
    soon = (today + EXPIRING_WITHIN).isoformat()
    for code, dictionary in frozen.dictionaries.items():
        for entry in dictionary.entries:
            if entry.valid_to is not None and entry.valid_to <= soon:
                yield Finding(
                    code="expiring_dictionary_entry",
                    severity="advisory",
                    place="/field_uses",
                    sentence=f"字典“{dictionary.name}”的“{entry.name}”将于 {entry.valid_to} 失效。",
                    witness={"dictionary": code, "entry": entry.code},
                )
    for division, points in frozen.service_points.items():
        for point in points:
            if point.valid_to is not None and point.valid_to <= soon:
                yield Finding(
                    code="expiring_service_point",
                    severity="advisory",
                    place="/handling_divisions",
                    sentence=f"办理地址“{point.name}”将于 {point.valid_to} 停用。",
                    division=division,
                )


def _without_effect(document: ThemeDocument, frozen: FrozenTheme) -> Iterator[Finding]:
    """Public fields of the theme that are in no form; what else never matters, the proof tells."""
    used = {field.public_field for fields in frozen.item_forms.values() for field in fields}
    for number, use in enumerate(document.field_uses):
        if use.public_field not in used:
            yield Finding(
                code="never_matters",
                severity="advisory",
                place=f"/field_uses/{number}",
                sentence=f"没有事项表单用到公共字段“{use.label}”。",
            )


def _without_materials(document: ThemeDocument, frozen: FrozenTheme) -> Iterator[Finding]:
    """Items for which nobody is ever asked for a material: an item that an editor just added is one."""
    effects = [effect for rule in document.guidance.rules for effect in rule.effects]
    added = {effect.item for effect in effects if isinstance(effect, AddMaterial)}
    for number, item in enumerate(document.items):
        if not item.materials and item.code not in added and item.code in frozen.items:
            yield Finding(
                code="no_materials",
                severity="advisory",
                place=f"/items/{number}/materials",
                sentence=f"“{frozen.items[item.code].name}”不要求任何材料；如果要，请在“设计引导”里选中这个事项加上。",
            )


def _illustrative(document: ThemeDocument) -> Iterator[Finding]:
    marked = [
        f"/guidance/rules/{number}"
        for number, rule in enumerate(document.guidance.rules)
        if "illustrative" in rule.confidence
    ]
    if "illustrative" in document.confidence or marked:
        yield Finding(
            code="illustrative_data",
            severity="advisory",
            place=marked[0] if marked else "/confidence",
            sentence="主题中含有示例性资料（非官方来源），发布前请核实。",
            witness=marked or None,
        )
    illustrative = ServicePoint.objects.filter(theme_code=document.code, is_illustrative=True).count()
    if illustrative:
        yield Finding(
            code="illustrative_data",
            severity="advisory",
            place="/handling_divisions",
            sentence=f"有 {illustrative} 个办理地址是示例数据，发布前请核实。",
        )
