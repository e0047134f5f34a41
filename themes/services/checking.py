"""The gate: everything wrong with a draft at once, each finding with its place, a sentence and, where there is one, a
witness (domain.md §6). What keeps it from being compiled is in checking_structure, what needs proof over all answers in
checking_proof."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
from django.db.models import Q

from forms_builder.merge.errors import FormTooEntangled
from opsplatform.catalog.models import LegalBasis, ServicePoint
from opsplatform.kernel import clock
from opsplatform.organizations.models import Division
from opsplatform.release.findings import Finding
from themes.documents import AddMaterial, ThemeDocument
from themes.guidance.legal_basis import find_lapsing
from themes.guidance.wording import Names, field_value_text
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
from themes.services.checking_structure import check_structure
from themes.services.freezing import Freezing, freeze_theme

EXPIRING_WITHIN = timedelta(days=60)


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
