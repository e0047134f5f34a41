"""What changed between two themes, in words: their documents, and the register entries they were frozen with."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from forms_builder.documents import DictionaryContent, FormField, FormSection, ItemFormDocument
from forms_builder.pages.item_form_wording import TYPES, FormNames, field_text, prefill_text
from forms_builder.sensitivity import CLASSES
from opsplatform.console.differences import (
    Line,
    Render,
    Section,
    attributes,
    changed,
    pairs,
    sections_of,
    text_of,
    whole,
)
from themes.documents import (
    FieldBinding,
    Guidance,
    MaterialUse,
    MergeDecision,
    Notice,
    Option,
    Parameter,
    Question,
    Rule,
    SavedCase,
    ThemeItem,
)
from themes.guidance.wording import Names, answer_text, condition_sentence, laws_text, rule_sentence, value_sentence
from themes.localisation.policy_wording import policy_told
from themes.packages.case_wording import CASE_KEYS, names_under
from themes.packages.masking import count_hidden_changes, masked_theme
from themes.packages.merge_wording import decision_record, decision_sentence
from themes.packages.names import department_name, joined, names_of
from themes.packages.structure import FrozenTheme, ReceiverBody, ServicePointContent
from themes.pages.wording import labels
from themes.selectors import library_names


def compare_themes(before: FrozenTheme, after: FrozenTheme) -> list[Section]:
    """Every difference, part by part in the order of the theme's pages; parts without any are left out.

    Values of sensitive fields are hidden; where they differ and look the same so, that is told at the end.
    """
    comparison = _Comparison(masked_theme(before), masked_theme(after))
    sections = [
        ("基本信息", comparison.basics()),
        ("事项", comparison.items()),
        ("场景引导：问题", comparison.questions()),
        ("场景引导：规则", comparison.rules()),
        ("场景引导：参数", comparison.parameters()),
        ("材料", comparison.materials()),
        ("表单字段", comparison.fields()),
        ("一表合并的决定", comparison.decisions()),
        ("申报须知", comparison.notices()),
        ("用例", comparison.cases()),
        ("各区可以改什么", comparison.policy()),
        ("部门", comparison.departments()),
        ("登记信息（随版本冻结）", comparison.registers()),
        ("办理地址与受理机构", comparison.places()),
        ("敏感字段的值", _hidden_changes(before, after)),
    ]
    return sections_of(sections)


def _hidden_changes(before: FrozenTheme, after: FrozenTheme) -> Iterator[Line]:
    count = count_hidden_changes(before, after)
    if count:
        yield Line("遮掩后看不出的改动", "（已遮掩）", f"{count} 处不同")


_FIELD_RENDERS: Mapping[str, Render] = {
    "data_type": lambda code: TYPES.get(code, code),
    "sensitivity": lambda code: dict(CLASSES)[code],
    "prefill": prefill_text,
}
_KEYED = frozenset(  # parts of a document that have a section of their own
    {
        "items", "materials", "field_uses", "field_groups", "prefill_conditions", "guidance", "notices",
        "cases", "departments", "field_order", "merge_decisions", "localisation",
    }
)  # fmt: skip


class _Comparison:
    def __init__(self, before: FrozenTheme, after: FrozenTheme) -> None:
        self.before, self.after = before, after
        self.old, self.new = before.document, after.document
        self.old_names, self.new_names = names_of(before), names_of(after)
        self.names = joined(self.old_names, self.new_names)

    # --- the document ------------------------------------------------------------------------------------------------

    def basics(self) -> Iterator[Line]:
        divisions: Render = lambda codes: text_of([self.names.divisions.get(code, code) for code in codes])  # noqa: E731
        yield from attributes(
            "",
            self.old,
            self.new,
            labels.THEME,
            {
                "handling_divisions": divisions,
                "lead_department": self._department,
                "platform_department": self._department,
                "coop_departments": self._departments,
            },
            handled=_KEYED,
        )

    def items(self) -> Iterator[Line]:
        yield from self._order("事项的次序", self.old.items, self.new.items, self.names.items)
        for code, old, new in pairs(self.old.items, self.new.items):
            what = f"事项“{self.names.items.get(code, code)}”"
            if old is None or new is None:
                yield whole(what, old, new, self._item_text)
                continue
            yield from attributes(
                what,
                old,
                new,
                labels.ITEM,
                {"depends_on": lambda codes: text_of([self.names.items.get(one, one) for one in codes])},
                handled=frozenset({"code", "materials", "fields"}),
            )
            for material, before, after in pairs(old.materials, new.materials, "material"):
                name = f"{what}的材料“{self.names.materials.get(material, material)}”"
                yield from changed(name, before, after, self._use_text)
            for field, before, after in pairs(old.fields, new.fields, "field"):
                label = self.names.fields.get(f"{code}.{field}", field)
                yield from changed(f"{what}的字段“{label}”", before, after, self._binding_text)

    def questions(self) -> Iterator[Line]:
        old, new = self.old.guidance, self.new.guidance
        if old.division_question != new.division_question:
            yield Line("决定办理区划的问题", text_of(old.division_question), text_of(new.division_question))
        for _code, before, after in pairs(old.questions, new.questions):
            question = after or before
            assert question is not None  # one of the two is there
            what = f"问题“{question.text}”"
            if before is None or after is None:
                yield whole(what, before, after, _question_text)
                continue
            if before.show_when != after.show_when:
                yield Line(f"{what}的显示条件", self._old_condition(before), self._new_condition(after))
            if before.order != after.order:
                yield Line(f"{what}的次序", str(before.order), str(after.order))
            yield from attributes(
                what,
                before,
                after,
                labels.QUESTION,
                {"type": lambda kind: labels.QUESTION_TYPES[kind], "legal_basis": laws_text},
                handled=frozenset({"code", "options", "show_when", "order"}),
            )
            for option, was, now in pairs(before.options, after.options):
                text = (now or was or Option(code=option, text=option)).text
                yield from changed(f"{what}的选项“{text}”", was, now, _option_text)
            yield from self._order(f"{what}的选项次序", before.options, after.options, {})

    def rules(self) -> Iterator[Line]:
        old, new = self.old.guidance, self.new.guidance
        for _code, before, after in pairs(old.rules, new.rules):
            rule = after or before
            assert rule is not None  # one of the two is there
            yield from changed(
                f"规则“{rule.name}”",
                before,
                after,
                lambda one: self._rule_text(one, is_old=one is before),  # noqa: B023
            )

    def parameters(self) -> Iterator[Line]:
        for _code, before, after in pairs(self.old.guidance.parameters, self.new.guidance.parameters):
            known = after or before
            assert known is not None  # one of the two is there
            yield from changed(f"参数“{known.name}”", before, after, self._parameter_text)

    def _parameter_text(self, parameter: Parameter) -> str:
        values = "；".join(value_sentence(value, parameter, self.names) for value in parameter.values) or "没有值"
        return f"{parameter.name}：{values}"

    def materials(self) -> Iterator[Line]:
        for code, before, after in pairs(self.old.materials, self.new.materials):
            what = f"材料“{self.names.materials.get(code, code)}”"
            if before is None or after is None:
                yield whole(what, before, after, lambda one: self.names.materials.get(one.code, one.material))
            else:
                yield from attributes(
                    what,
                    before,
                    after,
                    labels.MATERIAL_BINDING,
                    {"result_of_item": lambda item: text_of(self.names.items.get(item, item))},
                )

    def fields(self) -> Iterator[Line]:
        uses = list(pairs(self.old.field_uses, self.new.field_uses))
        added = [after.label for _code, before, after in uses if before is None]
        removed = [before.label for _code, before, after in uses if after is None]
        if added:
            yield Line("新增的公共字段", None, "、".join(added))
        if removed:
            yield Line("去掉的公共字段", "、".join(removed), None)
        for code, before, after in uses:
            if before is not None and after is not None:
                what = f"公共字段“{self.names.fields.get(code, code)}”"
                yield from attributes(what, before, after, labels.FIELD_USE, {})
        yield from self._field_order()
        for _code, group, now in pairs(self.old.field_groups, self.new.field_groups):
            known = now or group
            assert known is not None  # one of the two is there
            yield from changed(f"字段分组“{known.name}”", group, now, lambda one: f"{one.name}（次序 {one.order}）")
        before, after = self.old.prefill_conditions, self.new.prefill_conditions
        libraries = library_names() if before != after else {}
        for library, was, then in pairs(before, after, "library"):
            yield from changed(
                f"从“{libraries.get(library, library)}”预填的条件",
                was,
                then,
                lambda one: condition_sentence(one.when, self.new.guidance, self.names),
            )

    def _field_order(self) -> Iterator[Line]:
        """The order, where fields on both sides changed places; what came or went is told already."""
        old, new = self.old.field_order, self.new.field_order
        kept, still = [code for code in old if code in new], [code for code in new if code in old]
        names = self.names.fields
        if kept != still:
            yield Line(
                "表单字段的次序", *("、".join(names.get(code, code) for code in codes) for codes in (kept, still))
            )
        bound = {use.code for use in self.old.field_uses} & {use.code for use in self.new.field_uses}
        if bound & (set(old) ^ set(new)):
            yield Line(
                "排了次序的表单字段", *(text_of([names.get(code, code) for code in codes]) for codes in (old, new))
            )

    def notices(self) -> Iterator[Line]:
        yield from self._order(
            "须知的次序", _by_order(self.old.notices), _by_order(self.new.notices), self.names.notices
        )
        for code, before, after in pairs(self.old.notices, self.new.notices):
            what = f"须知“{self.names.notices.get(code, code)}”"
            if before is None or after is None:
                yield whole(what, before, after, lambda notice: notice.content)
            else:
                yield from attributes(what, before, after, labels.NOTICE, {}, handled=frozenset({"code", "order"}))

    def cases(self) -> Iterator[Line]:
        for _code, before, after in pairs(self.old.cases, self.new.cases):
            case = after or before
            assert case is not None  # one of the two is there
            what = f"用例“{case.name}”"
            if before is None or after is None:
                yield whole(what, before, after, self._case_text)
                continue
            if before.name != after.name:
                yield Line(f"{what}的名称", before.name, after.name)
            if before.answers != after.answers:
                yield Line(f"{what}的回答", self._answers(before), self._answers(after))
            for key in {**before.expected, **after.expected}:
                was, now = before.expected.get(key), after.expected.get(key)
                if was != now:
                    label = CASE_KEYS.get(key, key)
                    yield Line(f"{what}预期的{label}", self._expectation(key, was), self._expectation(key, now))
            kept = frozenset({"code", "name", "answers", "expected"})
            yield from attributes(what, before, after, labels.CASE, {}, handled=kept)

    def decisions(self) -> Iterator[Line]:
        for _code, before, after in pairs(self.old.merge_decisions, self.new.merge_decisions):
            known = after or before
            assert known is not None  # one of the two is there
            what = f"“{self.names.fields.get(known.key, known.key)}”"
            yield from changed(what, before, after, self._decision_text)

    def _decision_text(self, decision: MergeDecision) -> str:
        return f"{decision_sentence(decision, self.names)}{decision_record(decision)}"

    def departments(self) -> Iterator[Line]:
        for code, before, after in pairs(self.old.departments, self.new.departments):
            yield from changed(
                f"部门“{self._department(code)}”",
                before,
                after,
                lambda one: "，".join(part for part in (one.name or self._department(one.code), one.role) if part),
            )

    def policy(self) -> Iterator[Line]:
        old = dict(policy_told(self.old.localisation, self.before))
        new = dict(policy_told(self.new.localisation, self.after))
        for what in [*old, *(what for what in new if what not in old)]:
            if old.get(what) != new.get(what):
                yield Line(what, old.get(what), new.get(what))

    # --- the registers as they were frozen ---------------------------------------------------------------------------

    def registers(self) -> Iterator[Line]:
        if self.before.category_name != self.after.category_name:
            yield Line("场景分类的名称", text_of(self.before.category_name), text_of(self.after.category_name))
        for code, old_item, new_item in _both(self.before.items, self.after.items):
            yield from attributes(
                f"事项“{self.names.items.get(code, code)}”",
                old_item,
                new_item,
                labels.REGISTERED_ITEM,
                {"department": self._department, "division_days": self._division_days, "results": _results},
            )
        for code, old_fields, new_fields in _both(self.before.item_forms, self.after.item_forms):
            form = f"事项“{self.names.items.get(code, code)}”的表单字段"
            names = self._form_names(code)
            for _field, before, after in pairs(old_fields, new_fields):
                known = after or before
                assert known is not None  # one of the two is there
                if before is None or after is None or _unnumbered(before) != _unnumbered(after):
                    yield from changed(f"{form}“{known.label}”", before, after, partial(field_text, names=names))
            old_seen = _as_seen(old_fields, self.before.sections.get(code, ()))
            new_seen = _as_seen(new_fields, self.after.sections.get(code, ()))
            yield from self._order(f"{form}的次序", old_seen, new_seen, {one.code: one.label for one in new_fields})
        for code, old_material, new_material in _both(self.before.materials, self.after.materials):
            yield from attributes(
                f"材料“{self.names.materials.get(code, code)}”",
                old_material,
                new_material,
                labels.REGISTERED_MATERIAL,
                {"exempt": lambda way: labels.SUBMISSION.get(way, text_of(way))},
            )
        for code, old_public, new_public in _both(self.before.public_fields, self.after.public_fields):
            what = f"公共字段“{self.names.fields.get(code, code)}”"
            yield from attributes(what, old_public, new_public, labels.REGISTERED_FIELD, _FIELD_RENDERS)
        for code, old_list, new_list in _both(self.before.dictionaries, self.after.dictionaries):
            yield from _dictionary(code, old_list, new_list)
        yield from _crosswalks(self.before, self.after)
        for code, old_sections, new_sections in _both(self.before.sections, self.after.sections):
            form = f"事项“{self.names.items.get(code, code)}”的表单分节"
            for section, was, now in pairs(old_sections, new_sections):
                yield from changed(f"{form} {section}", was, now, lambda one: text_of([one.name, one.help]))
        for code, old_body, new_body in _both(self.before.departments, self.after.departments):
            what = f"部门“{self._department(code)}”"
            yield from changed(what, old_body, new_body, lambda one: text_of([one.name, one.role, one.uscc]))

    def _form_names(self, item: str) -> FormNames:
        """What is named in the item's form, on either side."""
        both = (self.before, self.after)
        fields = {field.code: field for side in both for field in side.item_forms.get(item, ())}
        sections = {section.code: section for side in both for section in side.sections.get(item, ())}
        document = ItemFormDocument(fields=tuple(fields.values()), sections=tuple(sections.values()))
        return FormNames(document, {**self.before.dictionaries, **self.after.dictionaries})

    def places(self) -> Iterator[Line]:
        divisions = {**self.before.divisions, **self.after.divisions}
        if self.before.divisions.keys() != self.after.divisions.keys():
            counts = (len(self.before.divisions), len(self.after.divisions))
            yield Line("涉及的市、区、街道（镇）", *(f"{count} 个" for count in counts))
        for code, division in divisions.items():
            old, new = self.before.service_points.get(code, ()), self.after.service_points.get(code, ())
            for _name, before, after in pairs(old, new, "name"):
                yield from changed(f"{division.name}的办理地址", before, after, _point_text)
            was, now = self.before.divisions.get(code), self.after.divisions.get(code)
            if was is not None and now is not None and was != now:
                yield Line(f"区划 {code}", was.name, now.name)
        if self.before.receivers != self.after.receivers:
            yield from self._receivers()

    def _receivers(self) -> Iterator[Line]:
        for code in {**self.before.receivers, **self.after.receivers}:
            old, new = self.before.receivers.get(code, ()), self.after.receivers.get(code, ())
            what = f"{self._department(code)}的受理机构"
            if not old or not new:
                if old or new:
                    yield whole(what, old or None, new or None, lambda bodies: f"{len(bodies)} 个")
                continue
            for division, before, after in pairs(old, new, "division"):
                place = self.names.divisions.get(division, division)
                yield from changed(f"{place}：{what}", before, after, _receiver_text)

    # --- texts that need names ---------------------------------------------------------------------------------------

    def _order(self, what: str, old: Sequence[Any], new: Sequence[Any], names: Mapping[str, str]) -> Iterator[Line]:
        was, now = [one.code for one in old], [one.code for one in new]
        kept = [code for code in was if code in now]
        if kept != [code for code in now if code in was]:
            texts = {one.code: getattr(one, "text", one.code) for one in (*old, *new)}
            naming = {**texts, **names}
            yield Line(what, *("、".join(naming.get(code, code) for code in codes) for codes in (was, now)))

    def _department(self, code: str) -> str:
        name = department_name(self.after, code)
        return text_of(name if name != code else department_name(self.before, code))

    def _division_days(self, table: Sequence[Any]) -> str:
        names = self.names.divisions
        return text_of(
            [
                f"{'、'.join(names.get(code, code) for code in one.division_codes)}：{one.promised_days} 个工作日"
                for one in table
            ]
        )

    def _departments(self, codes: Sequence[str]) -> str:
        return text_of([self._department(code) for code in codes])

    def _item_text(self, item: ThemeItem) -> str:
        return f"{self.names.items.get(item.code, item.code)}（{'必办' if item.mandatory else '按情形办理'}）"

    def _use_text(self, use: MaterialUse) -> str:
        parts = [condition_sentence(use.when, self.new.guidance, self.names)]
        if use.necessity_code:
            parts.append(self.names.necessities.get(use.necessity_code, use.necessity_code))
        return "；".join([*parts, use.note] if use.note else parts)

    def _binding_text(self, binding: FieldBinding) -> str:
        parts = [condition_sentence(binding.visible_when, self.new.guidance, self.names)]
        if binding.from_question:
            parts.append(f"由问题 {binding.from_question} 带入 {text_of(binding.values)}")
        return "；".join(parts)

    def _old_condition(self, question: Question) -> str:
        return condition_sentence(question.show_when, self.old.guidance, self.names)

    def _new_condition(self, question: Question) -> str:
        return condition_sentence(question.show_when, self.new.guidance, self.names)

    def _rule_text(self, rule: Rule, *, is_old: bool) -> str:
        guidance = self.old.guidance if is_old else self.new.guidance
        sentence = rule_sentence(rule, guidance, self._names(is_old=is_old))
        return f"{rule.name}（优先级 {rule.priority}）：{sentence}"

    def _names(self, *, is_old: bool) -> Names:
        return joined(self.new_names, self.old_names) if is_old else self.names

    def _answers(self, case: SavedCase) -> str:
        questions = {question.code: question for question in self.new.guidance.questions}
        return "；".join(answer_text(questions.get(code), given, self.names) for code, given in case.answers.items())

    def _case_text(self, case: SavedCase) -> str:
        return f"回答：{self._answers(case)}。办理：{self._expectation('items', case.expected.get('items'))}"

    def _expectation(self, key: str, value: Any) -> str:
        return expectation_text(key, value, self.names, self.new.guidance)


def expectation_text(key: str, value: Any, names: Names, guidance: Guidance) -> str:
    """What a case expects, or what was computed, under the key: codes by their names."""
    known = names_under(key, names, guidance)
    return text_of([known.get(one, one) for one in value] if isinstance(value, list) else value)


# --- how two sides are paired and told -------------------------------------------------------------------------------


def _both(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Entries frozen on both sides that differ; those on one side only came or went with the document's own element."""
    for code in old:
        if code in new and old[code] != new[code]:
            yield code, old[code], new[code]


def _by_order(notices: tuple[Notice, ...]) -> list[Notice]:
    return sorted(notices, key=lambda notice: notice.order)


def _unnumbered(field: FormField) -> FormField:
    return msgspec.structs.replace(field, order=0)


def _as_seen(fields: Sequence[FormField], sections: Sequence[FormSection]) -> list[FormField]:
    """First those under no heading, then section by section; another number is not yet another place."""
    places = {section.code: number for number, section in enumerate(sections, start=1)}
    return sorted(fields, key=lambda field: (places.get(field.group or "", 0), field.order))


def _question_text(question: Question) -> str:
    options = f"：{text_of([option.text for option in question.options])}" if question.options else ""
    return f"{question.text}（{labels.QUESTION_TYPES[question.type]}{options}）"


def _option_text(option: Option) -> str:
    return f"{option.text}（{option.help}）" if option.help else option.text


def _results(results: Sequence[Any]) -> str:
    return text_of([one.name for one in results])


def _dictionary(code: str, old: DictionaryContent, new: DictionaryContent) -> Iterator[Line]:
    what = f"字典“{new.name or code}”"
    if (old.name, old.standard) != (new.name, new.standard):
        yield Line(f"{what}的名称与标准", text_of([old.name, old.standard]), text_of([new.name, new.standard]))
    for _code, before, after in pairs(old.entries, new.entries):
        yield from changed(f"{what}的字典项", before, after, lambda entry: f"{entry.code} {entry.name}")


def _crosswalks(before: FrozenTheme, after: FrozenTheme) -> Iterator[Line]:
    """How codes are translated for single items."""
    old, new = (
        {(one.merged, one.own, one.items, one.decision): one for one in side.crosswalks} for side in (before, after)
    )
    names = {code: content.name for side in (before, after) for code, content in side.dictionaries.items()}
    for place in {**old, **new}:
        what = f"字典“{names.get(place[0], place[0])}”的代码在字典“{names.get(place[1], place[1])}”中的写法"
        yield from changed(what, old.get(place), new.get(place), lambda one: text_of(one.codes))


def _point_text(point: ServicePointContent) -> str:
    parts = [point.name, point.address, point.window, point.hours]
    parts += [f"{day} {point.holidays[day]}" for day in sorted(point.holidays)]
    parts.append(point.phone)
    if point.longitude is not None and point.latitude is not None:
        parts.append(f"坐标 {point.longitude},{point.latitude}")
    parts += [f"{point.valid_from} 启用"] if point.valid_from else []
    parts += [f"{point.valid_to} 停用"] if point.valid_to else []
    return "，".join(part for part in parts if part)


def _receiver_text(receiver: ReceiverBody) -> str:
    return f"{receiver.name}（{receiver.uscc}）"
