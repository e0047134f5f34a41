"""The gate: everything wrong with a draft at once, each finding with its place, a sentence and, where there is one, a
witness (domain.md §6). What needs proof over all answers comes with the proof engine."""

from collections.abc import Iterator
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

from django.db.models import Q

from forms_builder.merge.wording import merge_sentence
from opsplatform.catalog.models import LegalBasis, ServicePoint
from opsplatform.kernel import clock
from opsplatform.kernel.codes import MalformedCode, handling_code
from opsplatform.organizations.models import Division
from opsplatform.release.findings import Finding
from themes.documents import SavedCase, ThemeDocument
from themes.guidance.periods import find_period_faults, period_faults
from themes.guidance.references import find_unresolved, iter_references
from themes.guidance.visibility import find_show_when_cycles
from themes.packages.case_wording import CASE_KEYS
from themes.packages.draft import open_draft
from themes.packages.evaluation import OpenPackage
from themes.packages.figures import MEASURES
from themes.packages.structure import FrozenTheme
from themes.packages.supplied import find_refused_values
from themes.services.freezing import Freezing, freeze_theme

EXPIRING_WITHIN = timedelta(days=60)
SAMPLE_USCC = "91350100M000100Y43"  # GB 32100-2015, annex: only to try whether an item's own codes compose


def check_document(document: ThemeDocument, city: Division) -> list[Finding]:
    """Every finding of the draft, blocking ones first, in order of place."""
    today = clock.today()
    freezing = freeze_theme(document, today)
    findings = check_structure(document, freezing)
    may_be_compiled = not findings
    findings += check_legal_basis(document, today)
    if may_be_compiled:
        findings += _evaluation(freezing.frozen, city, today)
    findings += check_division_readiness(freezing.frozen)
    findings += _expiring(freezing.frozen, today)
    findings += _without_effect(document, freezing.frozen)
    findings += _illustrative(document)
    return sorted(findings, key=lambda finding: (not finding.is_blocking, finding.place, finding.code))


def check_structure(document: ThemeDocument, freezing: Freezing) -> list[Finding]:
    """What keeps the draft from being compiled at all: with none of these, evaluation answers."""
    findings = list(_references(document, freezing.frozen))
    findings += [
        _dangling(missing.pointer, f"{missing.what}“{missing.code}”在登记信息中不存在。")
        for missing in freezing.unresolved
    ]
    findings += _divisions(document, freezing.frozen)
    findings += _guidance(document)
    findings += _items(document)
    findings += _codes(document, freezing.frozen)
    return findings


def place_to_open(frozen: FrozenTheme, wanted: Division) -> str:
    """The code for which a draft is compiled: the wanted division, else the city above the offered ones."""
    return wanted.code if wanted.code in frozen.divisions else next(iter(frozen.divisions))


def check_division_readiness(frozen: FrozenTheme) -> list[Finding]:
    """Offered divisions without a window, or without a receiver for an item: those block the release there only."""
    findings: list[Finding] = []
    districts = {code: content for code, content in frozen.divisions.items() if _is_district(frozen, code)}
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


def _is_district(frozen: FrozenTheme, code: str) -> bool:
    content = frozen.divisions[code]
    return content.parent is not None and frozen.divisions[content.parent].parent is None


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
        elif not _is_district(frozen, code) and frozen.divisions[code].parent is not None:
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
    for circle in find_show_when_cycles(document.guidance):
        yield Finding(
            code="question_cycle",
            severity="blocking",
            place="/guidance/questions",
            sentence=f"问题的显示条件形成循环：{' → '.join(circle)}。",
            witness=list(circle),
        )
    for fault in find_period_faults(document.guidance):
        yield _bad_period(fault.pointer, fault.message)
    for fault in period_faults(document, ""):
        yield _bad_period(fault.pointer, fault.message)


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
    """Legal basis of the theme's items that is repealed, over, or over soon."""
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
    opened = open_draft(frozen, place_to_open(frozen, city))
    yield from _merging(opened, frozen.document)
    yield from _refused_values(opened, frozen.document)
    for number, case in enumerate(frozen.document.cases):
        yield from _case(opened, number, case, today)
    yield from _typed_figures(opened, frozen.document)


def _merging(opened: OpenPackage, document: ThemeDocument) -> Iterator[Finding]:
    document_places = {use.code: f"/field_uses/{number}" for number, use in enumerate(document.field_uses)}
    document_places |= {
        f"{item.code}.{part.field.code}": f"/items/{number}"
        for number, item in enumerate(document.items)
        for part in opened.package.form.item_forms[item.code]
    }
    names = {item.code: item.content.daily_name or item.content.name for item in opened.package.items}
    form = opened.merger.merge([(item.code, None) for item in opened.package.items])
    for found in form.findings():
        is_conflict = found.severity == "conflict"
        yield Finding(
            code="merge_conflict" if is_conflict else "merge_narrowing",
            severity="blocking" if is_conflict else "advisory",
            place=document_places[found.key],
            sentence=merge_sentence(found, opened.names.fields.get(found.key, found.key), names),
            witness=found.witness,
        )


def _refused_values(opened: OpenPackage, document: ThemeDocument) -> Iterator[Finding]:
    names = {item.code: item.content.daily_name or item.content.name for item in opened.package.items}
    for refused in find_refused_values(document, opened):
        label = opened.names.fields.get(refused.key, refused.key)
        items = "、".join(f"“{names[code]}”" for code in refused.refused_by)
        yield Finding(
            code="refused_value",
            severity="blocking" if refused.is_refused_by_all else "advisory",
            place=refused.pointer,
            sentence=f"引导会把“{label}”填为 {refused.value}，而{items}不接受这个值，申请人也不能修改。",
            witness=refused.value,
        )


def _case(opened: OpenPackage, number: int, case: SavedCase, today: date) -> Iterator[Finding]:
    place = f"/cases/{number}"
    problems = opened.problems_in(case.answers)
    if problems:
        yield Finding(
            code="case_failing",
            severity="blocking",
            place=place,
            sentence=f"用例“{case.name}”的回答不符合问题：{'；'.join(problem.message for problem in problems)}",
        )
        return
    outcome = opened.evaluate(case.answers, today)
    differences = {
        key: {"expected": expected, "computed": outcome.get(key)}
        for key, expected in case.expected.items()
        if outcome.get(key) != expected
    }
    if differences:
        told = [CASE_KEYS.get(key, key) for key in differences]
        yield Finding(
            code="case_failing",
            severity="blocking",
            place=place,
            sentence=f"用例“{case.name}”的结果与预期不同：{'、'.join(told)}。",
            witness=differences,
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
    """What is seen without proof never to matter: an answer nobody asks for, an empty rule, a field in no form."""
    asked = {reference.code for reference in iter_references(document) if reference.kind == "question"}
    for number, question in enumerate(document.guidance.questions):
        if question.code not in asked:
            yield _idle(f"/guidance/questions/{number}", f"问题“{question.text}”的回答不影响任何结果。")
    for number, rule in enumerate(document.guidance.rules):
        if not rule.effects:
            yield _idle(f"/guidance/rules/{number}", f"规则“{rule.name}”没有任何作用。")
    used = {field.public_field for fields in frozen.item_forms.values() for field in fields}
    for number, use in enumerate(document.field_uses):
        if use.public_field not in used:
            yield _idle(f"/field_uses/{number}", f"没有事项表单用到公共字段“{use.label}”。")


def _idle(place: str, sentence: str) -> Finding:
    return Finding(code="never_matters", severity="advisory", place=place, sentence=sentence)


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
