"""The parts of a frozen theme as the pages show them: every condition, rule and code in words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from forms_builder.documents import FormField
from forms_builder.pages.item_form_wording import TYPES
from themes.documents import AddItem, AddNotice, FieldUse, Question, Rule
from themes.guidance.wording import (
    Names,
    answer_text,
    condition_sentence,
    laws_text,
    period_text,
    rule_sentence,
    value_sentence,
)
from themes.packages.case_runs import CaseResult
from themes.packages.case_wording import result_in_words
from themes.packages.names import department_name, item_name, names_of
from themes.packages.structure import FrozenTheme
from themes.pages.wording import labels

ILLUSTRATIVE = "illustrative"  # how dossiers mark sample data


@dataclass(frozen=True)
class Source:
    """What is put into words: the theme, names of standard codes by dictionary, register entries that moved on."""

    frozen: FrozenTheme
    code_names: Mapping[str, Mapping[str, str]]
    newer: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> Names:
        """What the things of the theme are called."""
        return names_of(self.frozen)

    def coded(self, dictionary: str, *codes: str) -> str:
        """The names of these codes, joined."""
        names = self.code_names.get(dictionary, {})
        return "、".join(names.get(code, code) for code in codes if code)

    def when(self, condition: Any) -> str:
        """The condition in words; empty where there is none."""
        return "" if condition is None else condition_sentence(condition, self.frozen.document.guidance, self.names)


def basics(source: Source) -> dict[str, Any]:
    """Name, purpose, classification and responsibility."""
    document, frozen = source.frozen.document, source.frozen
    period = " 至 ".join(day or "长期" for day in (document.effective_from or "即日", document.effective_to))
    return {
        "facts": [
            ("主题名称", document.name),
            ("别名", "、".join(document.aliases)),
            ("主题代码", document.code),
            ("主题类型", document.theme_type),
            ("场景分类", frozen.category_name or document.category_code),
            ("牵头部门", department_name(frozen, document.lead_department)),
            ("配合部门", "、".join(department_name(frozen, code) for code in document.coop_departments)),
            ("平台支撑部门", department_name(frozen, document.platform_department)),
            ("服务对象", source.coded("service_object", *document.service_object_codes)),
            ("行使层级", source.coded("exercise_level", *document.exercise_level_codes)),
            ("办理形式", source.coded("handle_form", *document.handle_form_codes)),
            ("有效期", period),
            ("关键词", "、".join(document.keywords)),
        ],
        "summary": document.summary,
        "six_ones": document.six_ones,
        "is_illustrative": ILLUSTRATIVE in document.confidence,
        "origins": [text for text in (document.confidence, *document.facts, *document.sources) if text],
    }


def items(source: Source) -> dict[str, Any]:
    """The items in the theme's order, with everything the register and the theme say of them."""
    frozen, names = source.frozen, source.names
    triggers = _rules_that(source, AddItem, "item")
    found = []
    for number, item in enumerate(frozen.document.items, start=1):
        content = frozen.items.get(item.code)
        found.append(
            {
                "number": number,
                "code": item.code,
                "key": item.item,
                "name": item_name(frozen, item.code),
                "content": content,
                "is_mandatory": item.mandatory,
                "department": department_name(frozen, content.department) if content else "",
                "triggers": triggers.get(item.code, []),
                "after": [names.items.get(code, code) for code in item.depends_on],
                "division_days": _division_days(source, item.code),
                "kinds": _item_kinds(source, item.code),
                "materials": [
                    {
                        "code": use.material,
                        "name": names.materials.get(use.material, use.material),
                        "when": source.when(use.when),
                        "necessity": source.coded("material_necessity", use.necessity_code or ""),
                    }
                    for use in item.materials
                ],
                "field_count": len(frozen.item_forms.get(item.code, ())),
                "is_newer": bool(source.newer & {f"item:{item.item}", f"item_form:{item.item}"}),
            }
        )
    return {"items": found}


def _item_kinds(source: Source, code: str) -> str:
    content = source.frozen.items.get(code)
    if content is None:
        return ""
    kinds = (
        source.coded("item_type", content.item_type_code),
        source.coded("project_type", content.project_type_code),
        source.coded("exercise_level", content.level_code),
    )
    return "，".join(kind for kind in kinds if kind)


def _division_days(source: Source, code: str) -> list[str]:
    content = source.frozen.items.get(code)
    divisions = source.names.divisions
    return [
        f"{'、'.join(divisions.get(one, one) for one in row.division_codes)}：{row.promised_days} 个工作日"
        for row in (content.division_days if content else ())
    ]


def guidance(source: Source) -> dict[str, Any]:
    """Questions in the order asked, rules in the order they are judged."""
    asked = sorted(source.frozen.document.guidance.questions, key=lambda question: question.order)
    rules = sorted(source.frozen.document.guidance.rules, key=lambda rule: (rule.priority, rule.code))
    supplies = _supplied_fields(source)
    return {
        "questions": [
            {
                "number": number,
                "code": question.code,
                "text": question.text,
                "kind": labels.QUESTION_TYPES[question.type],
                "limits": _limits(question),
                "is_required": question.required,
                "options": question.options,
                "dictionary": source.frozen.dictionaries[question.dictionary].name if question.dictionary else "",
                "when": source.when(question.show_when),
                "help": question.help,
                "period": period_text(question).rstrip("，"),
                "laws": laws_text(question.legal_basis),
                "supplies": supplies.get(question.code, []),
            }
            for number, question in enumerate(asked, start=1)
        ],
        "rules": [
            {
                "code": rule.code,
                "name": rule.name,
                "sentence": rule_sentence(rule, source.frozen.document.guidance, source.names),
                "priority": rule.priority,
                "is_illustrative": ILLUSTRATIVE in rule.confidence,
            }
            for rule in rules
        ],
        "parameters": [
            {
                "code": parameter.code,
                "name": parameter.name,
                "values": [value_sentence(value, parameter, source.names) for value in parameter.values],
            }
            for parameter in source.frozen.document.guidance.parameters
        ],
    }


def _limits(question: Question) -> str:
    limits = []
    if question.min is not None:
        limits.append(f"不小于 {question.min:g}")
    if question.max is not None:
        limits.append(f"不大于 {question.max:g}")
    if question.unit:
        limits.append(f"单位：{question.unit}")
    return "，".join(limits)


def _supplied_fields(source: Source) -> dict[str, list[str]]:
    """Question code → the fields it fills in."""
    supplied: dict[str, list[str]] = defaultdict(list)
    for use in source.frozen.document.field_uses:
        if use.from_question:
            supplied[use.from_question].append(use.label)
    for item in source.frozen.document.items:
        for binding in item.fields:
            if binding.from_question:
                key = f"{item.code}.{binding.field}"
                supplied[binding.from_question].append(source.names.fields.get(key, binding.field))
    return {code: list(dict.fromkeys(fields)) for code, fields in supplied.items()}


def materials(source: Source) -> dict[str, Any]:
    """The materials of the theme: how they are handed in, who asks for them and when, what is checked."""
    frozen, names = source.frozen, source.names
    users: dict[str, list[dict[str, str]]] = defaultdict(list)
    for item in frozen.document.items:
        for use in item.materials:
            users[use.material].append(
                {"item": names.items.get(item.code, item.code), "when": source.when(use.when), "note": use.note}
            )
    found = []
    for binding in frozen.document.materials:
        content = frozen.materials.get(binding.code)
        found.append(
            {
                "code": binding.code,
                "register_code": binding.material,
                "name": names.materials.get(binding.code, binding.code),
                "content": content,
                "submission": labels.SUBMISSION.get(content.exempt) if content else "",
                "is_uploaded": content is not None and content.exempt is None,
                "result_of": names.items.get(binding.result_of_item or "", ""),
                "facts": [
                    ("材料类型", source.coded("material_type", content.material_type_code)),
                    ("材料形式", source.coded("material_form", content.form_code)),
                    ("必要性", source.coded("material_necessity", content.necessity_code)),
                    ("来源渠道", source.coded("material_source", content.source_code)),
                    ("出具单位", content.issuer),
                    ("份数", f"原件 {content.original_count} 份，复印件 {content.copy_count} 份"),
                    ("电子证照", content.e_license),
                ]
                if content
                else [],
                "users": users.get(binding.code, []),
                "is_newer": f"material:{binding.material}" in source.newer,
            }
        )
    return {"materials": found}


def form(source: Source) -> dict[str, Any]:
    """The fields of the one form by group, then those of single items, each with where its value comes from."""
    frozen = source.frozen
    users: dict[str, list[tuple[str, FormField]]] = defaultdict(list)
    for item in frozen.document.items:
        for field in frozen.item_forms.get(item.code, ()):
            if field.public_field:
                users[field.public_field].append((item.code, field))
    groups = sorted(frozen.document.field_groups, key=lambda group: group.order)
    place = {code: number for number, code in enumerate(frozen.document.field_order)}
    uses = sorted(frozen.document.field_uses, key=lambda use: (place.get(use.code, len(place)), use.order))
    shared = [
        {
            "name": group.name,
            "fields": [_shared(source, use, users[use.public_field]) for use in uses if use.group == group.code],
        }
        for group in groups
    ]
    known = {group.code for group in groups}
    shared.append(
        {
            "name": "未分组",
            "fields": [_shared(source, use, users[use.public_field]) for use in uses if use.group not in known],
        }
    )
    bindings = {(item.code, binding.field): binding for item in frozen.document.items for binding in item.fields}
    own = [
        {
            "name": source.names.items.get(item.code, item.code),
            "fields": [
                _own(source, field, bindings.get((item.code, field.code)))
                for field in sorted(frozen.item_forms.get(item.code, ()), key=lambda field: field.order)
                if not field.public_field
            ],
        }
        for item in frozen.document.items
    ]
    return {
        "shared": [group for group in shared if group["fields"]],
        "own": [group for group in own if group["fields"]],
        "prefill_conditions": [
            {
                "library": source.coded("prefill_library", condition.library),
                "when": source.when(condition.when),
            }
            for condition in frozen.document.prefill_conditions
        ],
    }


def _shared(source: Source, use: FieldUse, users: list[tuple[str, FormField]]) -> dict[str, Any]:
    content = source.frozen.public_fields.get(use.code)
    return {
        "label": use.label,
        "code": use.code,
        "shape": TYPES.get(content.data_type, content.data_type) if content else "",
        "max_length": content.max_length if content else None,
        "dictionary": _dictionary_name(source, content.dictionary if content else None),
        "is_required": use.required or any(field.required for _, field in users),
        "users": [source.names.items.get(item, item) for item, _ in users],
        "origin": _origin(source, use.from_question, content.prefill if content else None),
        "when": "",
        "is_newer": f"public_field:{use.public_field}" in source.newer,
    }


def _own(source: Source, field: FormField, binding: Any) -> dict[str, Any]:
    return {
        "label": field.label,
        "code": field.code,
        "shape": TYPES.get(field.data_type, field.data_type),
        "max_length": field.max_length,
        "dictionary": _dictionary_name(source, field.dictionary),
        "is_required": field.required,
        "users": [],
        "origin": _origin(source, binding.from_question if binding else None, field.prefill),
        "when": source.when(binding.visible_when) if binding else "",
        "is_newer": False,
    }


def _origin(source: Source, question: str | None, prefill: Any) -> str:
    """Where the value comes from, in words."""
    texts = {known.code: known.text for known in source.frozen.document.guidance.questions}
    origins = []
    if prefill is not None:
        origins.append(f"{source.coded('prefill_library', prefill.library)}预填")
    if question:
        origins.append(f"由“{texts.get(question, question)}”的回答带入")
    return "；".join(origins) or "申请人填写"


def _dictionary_name(source: Source, code: str | None) -> str:
    if code is None:
        return ""
    content = source.frozen.dictionaries.get(code)
    return content.name if content else code


def notices(source: Source) -> dict[str, Any]:
    """The notices in their order, each with when it appears."""
    triggers = _rules_that(source, AddNotice, "notice")
    return {
        "notices": [
            {"notice": notice, "triggers": triggers.get(notice.code, [])}
            for notice in sorted(source.frozen.document.notices, key=lambda notice: notice.order)
        ]
    }


def places(source: Source) -> dict[str, Any]:
    """The offered districts with their windows."""
    frozen = source.frozen
    districts = [
        (code, division)
        for code, division in frozen.divisions.items()
        if division.parent is not None and frozen.divisions[division.parent].parent is None
    ]
    return {
        "offered": [source.names.divisions.get(code, code) for code in frozen.document.handling_divisions],
        "districts": [
            {"code": code, "name": division.name, "points": frozen.service_points.get(code, ())}
            for code, division in districts
        ],
    }


def cases(source: Source) -> dict[str, Any]:
    """The saved cases: what was answered and what must come of it."""
    questions = {question.code: question for question in source.frozen.document.guidance.questions}
    names = source.names
    return {
        "cases": [
            {
                "number": number,
                "case": case,
                "place": source.names.divisions.get(case.division or "", case.division),
                "answers": [
                    (
                        questions[code].text if code in questions else code,
                        answer_text(questions.get(code), given, names),
                    )
                    for code, given in case.answers.items()
                ],
                "items": [names.items.get(code, code) for code in case.expected.get("items", [])],
                "stopped": case.expected.get("stopped", []),
                "upload_count": len(case.expected.get("materials_to_submit", [])),
                "fields": case.expected.get("fields_left_to_fill"),
                "days": case.expected.get("days_after_parallel_promised"),
            }
            for number, case in enumerate(source.frozen.document.cases, start=1)
        ]
    }


def case_results(source: Source, results: Sequence[CaseResult]) -> dict[str, Any]:
    """The same with what became of each: everything in which it does not hold, in words."""
    guidance = source.frozen.document.guidance
    told = {one.case.code: result_in_words(one, source.names, guidance) for one in results}
    rows = [{**row, "told": told[row["case"].code]} for row in cases(source)["cases"] if row["case"].code in told]
    failing = [row for row in rows if row["told"]]
    return {"cases": rows, "are_run": True, "failing": failing}


def _rules_that(
    source: Source, effect: type[AddItem] | type[AddNotice], target: str
) -> dict[str, list[dict[str, str]]]:
    """Code of the thing → the rules that bring it up, each with its condition in words."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    rules: tuple[Rule, ...] = source.frozen.document.guidance.rules
    for rule in rules:
        for one in rule.effects:
            if isinstance(one, effect):
                found[getattr(one, target)].append({"name": rule.name, "when": source.when(rule.when)})
    return found
