"""What a dossier says that it does not itself support: duplicates, references into nothing, cycles, malformed codes."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from opsplatform.kernel.codes import CodePatterns, is_uscc
from opsplatform.kernel.conditions import names_in
from opsplatform.kernel.errors import Problem
from themes.documents import AddItem, AddMaterial, AddNotice, RemoveItem, SetField, SetPromisedDays, WaiveMaterial
from themes.dossier.structure import Dossier, DossierField, DossierItem, DossierPublicField
from themes.guidance.parameters import parameter_named, parameters_in
from themes.guidance.periods import find_period_faults, period_faults

Places = Iterator[Problem]

LONGEST_SEQUENCE = 4  # the register's column

_CODE_KINDS = (
    ("basic_code", "basic_code"),
    ("implement_code", "implementing_code"),
    ("handle_code", "handling_code"),
)


def find_inconsistencies(
    dossier: Dossier,
    *,
    divisions: Collection[str],
    dictionaries: Mapping[str, Collection[str]],
    categories: Collection[str],
    patterns: CodePatterns,
) -> list[Problem]:
    """Every problem at its JSON pointer.

    `divisions`: registered division codes; `dictionaries`: code → entry codes, registered and the dossier's own;
    `categories`: codes of scene categories.
    """
    judge = _Judge(dossier, divisions, dictionaries, categories, patterns)
    return sorted(judge.problems(), key=lambda problem: problem.pointer)


class _Judge:
    def __init__(
        self,
        dossier: Dossier,
        divisions: Collection[str],
        dictionaries: Mapping[str, Collection[str]],
        categories: Collection[str],
        patterns: CodePatterns,
    ) -> None:
        self.dossier = dossier
        self.divisions, self.dictionaries, self.categories = divisions, dictionaries, categories
        self.patterns = patterns
        self.departments = {department.code: department for department in dossier.departments}
        self.items = {item.code: item for item in dossier.items}
        self.materials = {material.code for material in dossier.materials}
        self.public_fields = {field.code for field in dossier.public_fields}
        self.questions = {question.code: question for question in dossier.guide.questions}
        self.notices = {notice.code for notice in dossier.notices}
        self.parameters = {parameter.code for parameter in dossier.guide.parameters}
        self.groups = {group.code for group in dossier.field_groups}

    def problems(self) -> Places:
        yield from self._meta()
        yield from self._duplicates()
        yield from self._periods()
        yield from self._dictionaries()
        yield from self._theme()
        yield from self._departments()
        yield from self._public_fields()
        for number, item in enumerate(self.dossier.items):
            yield from self._item(f"/items/{number}", item)
        yield from self._cycles()
        yield from self._materials()
        yield from self._guide()
        yield from self._rest()

    # --- each part ---------------------------------------------------------------------------------------------------

    def _meta(self) -> Places:
        if not isinstance(self.dossier.meta.get("confidence", ""), str):
            yield Problem("/_meta/confidence", "wrong_type", "应为文本。")
        sources = self.dossier.meta.get("source", [])
        if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
            yield Problem("/_meta/source", "wrong_type", "应为文本的列表。")

    def _duplicates(self) -> Places:
        dossier = self.dossier
        lists: list[tuple[str, Sequence[Any]]] = [
            ("/departments", dossier.departments), ("/public_fields", dossier.public_fields),
            ("/field_groups", dossier.field_groups), ("/items", dossier.items), ("/materials", dossier.materials),
            ("/dictionaries", dossier.dictionaries), ("/notices", dossier.notices),
            ("/guide/questions", dossier.guide.questions), ("/guide/rules", dossier.guide.rules),
            ("/guide/parameters", dossier.guide.parameters),
            *((f"/items/{number}/fields", item.fields) for number, item in enumerate(dossier.items)),
            *((f"/dictionaries/{number}/items", part.items) for number, part in enumerate(dossier.dictionaries)),
        ]  # fmt: skip
        for place, elements in lists:
            counts = Counter(element.code for element in elements)
            for number, element in enumerate(elements):
                if counts[element.code] > 1:
                    yield Problem(f"{place}/{number}/code", "duplicate_code", f"代码 {element.code} 出现了不止一次。")
        examples = dossier.example_codes()
        for number, code in enumerate(examples):
            if examples.count(code) > 1:
                yield Problem(f"/worked_examples/{number}/code", "duplicate_code", f"代码 {code} 出现了不止一次。")
        for number, question in enumerate(dossier.guide.questions):
            codes = Counter(option.code for option in question.options or () if not isinstance(option, str))
            for code, times in codes.items():
                if times > 1:
                    yield Problem(
                        f"/guide/questions/{number}/options", "duplicate_code", f"选项 {code} 出现了不止一次。"
                    )

        yield from self._same_thing_twice()

    def _same_thing_twice(self) -> Places:
        """Things that the registers know by something else than their code."""
        dossier = self.dossier
        named: list[tuple[str, str, list[tuple[str, ...] | None]]] = [
            (
                "/departments", "division_code、name",
                [None if part.is_kind else (part.division_code, part.name) for part in dossier.departments],
            ),
            (
                "/items", "department、basic_code 和办理项序号",
                [(item.department, item.basic_code, item.handle_code[len(item.implement_code):])
                 for item in dossier.items],
            ),
            (
                "/addresses", "division_code、name",
                [(address.division_code, address.name) for address in dossier.addresses],
            ),
        ]  # fmt: skip
        for place, what, keys in named:
            counts = Counter(key for key in keys if key is not None)
            for number, key in enumerate(keys):
                if key is not None and counts[key] > 1:
                    yield Problem(f"{place}/{number}", "same_thing_twice", f"与另一处的{what}相同。")

        for place, codes in (
            ("/theme/division_codes", dossier.theme.division_codes),
            ("/theme/coop_departments", dossier.theme.coop_departments),
            ("/scene_field_order", dossier.scene_field_order),
            *((f"/items/{number}/depends_on", item.depends_on) for number, item in enumerate(dossier.items)),
        ):
            seen = Counter(codes)
            for number, code in enumerate(codes):
                if seen[code] > 1:
                    yield Problem(f"{place}/{number}", "same_thing_twice", f"{code} 出现了不止一次。")

    def _periods(self) -> Places:
        guide = self.dossier.guide
        for fault in (*period_faults(self.dossier.theme, "/theme"), *find_period_faults(guide, "/guide")):
            yield Problem(fault.pointer, "bad_period", fault.message)
        for number, question in enumerate(guide.questions):
            if question.min is not None and question.max is not None and question.min > question.max:
                yield Problem(f"/guide/questions/{number}/max", "out_of_range", "最大值小于最小值。")

    def _dictionaries(self) -> Places:
        for number, dictionary in enumerate(self.dossier.dictionaries):
            yield from dictionary.period_problems(f"/dictionaries/{number}")
            parents = {entry.code: entry.parent for entry in dictionary.items if entry.parent}
            for index, entry in enumerate(dictionary.items):
                place = f"/dictionaries/{number}/items/{index}/parent"
                if entry.parent and entry.parent not in self.dictionaries.get(dictionary.code, ()):
                    yield Problem(place, "dangling_reference", f"上级字典项 {entry.parent} 不存在。")
                elif entry.code in _ancestors(entry.code, parents):
                    yield Problem(place, "cycle", f"字典项 {entry.code} 是自己的上级。")

    def _theme(self) -> Places:
        theme = self.dossier.theme
        yield from self._known("/theme/category_code", theme.category_code, self.categories, "场景分类")
        yield from self._known("/theme/lead_department", theme.lead_department, self.departments, "部门")
        if theme.lead_department in self.departments and self.departments[theme.lead_department].is_kind:
            yield Problem("/theme/lead_department", "kind_cannot_lead", "牵头部门须是具体的部门，不能是机构类别。")
        if theme.platform_department:
            yield from self._known("/theme/platform_department", theme.platform_department, self.departments, "部门")
        for number, code in enumerate(theme.coop_departments):
            yield from self._known(f"/theme/coop_departments/{number}", code, self.departments, "部门")
        for number, code in enumerate(theme.division_codes):
            yield from self._known(f"/theme/division_codes/{number}", code, self.divisions, "区划")

    def _departments(self) -> Places:
        for number, department in enumerate(self.dossier.departments):
            place = f"/departments/{number}"
            yield from self._known(f"{place}/division_code", department.division_code, self.divisions, "区划")
            if department.uscc and not department.uscc_illustrative and not is_uscc(department.uscc):
                yield Problem(f"{place}/uscc", "bad_check_digit", f"统一社会信用代码 {department.uscc} 校验不通过。")

    def _public_fields(self) -> Places:
        for number, field in enumerate(self.dossier.public_fields):
            place = f"/public_fields/{number}"
            yield from self._named_dictionary(place, field)
            if field.group is not None:
                yield from self._known(f"{place}/group", field.group, self.groups, "字段分组")
            if field.from_question is not None:
                yield from self._supplies(f"{place}/from_question", field)

    def _item(self, place: str, item: DossierItem) -> Places:
        yield from self._known(f"{place}/department", item.department, self.departments, "部门")
        for name, kind in _CODE_KINDS:
            code = getattr(item, name)
            if not self.patterns.accepts(kind, code):
                yield Problem(f"{place}/{name}", "malformed_code", f"{code} 不符合编码规则。")
        if item.basic_code not in item.implement_code:
            yield Problem(f"{place}/implement_code", "code_mismatch", "实施编码不含本事项的基本编码。")
        if not item.handle_code.startswith(item.implement_code):
            yield Problem(f"{place}/handle_code", "code_mismatch", "业务办理项编码不以实施编码开头。")
        elif not 1 <= len(item.handle_code) - len(item.implement_code) <= LONGEST_SEQUENCE:
            yield Problem(f"{place}/handle_code", "malformed_code", "实施编码之后应为 1 至 4 位的办理项序号。")
        for number, code in enumerate(item.depends_on):
            yield from self._known(f"{place}/depends_on/{number}", code, self.items, "事项")
        for number, use in enumerate(item.materials):
            yield from self._known(f"{place}/materials/{number}/material", use.material, self.materials, "材料")
            yield from self._condition(f"{place}/materials/{number}/when", use.when)
        for number, override in enumerate(item.region_overrides):
            for index, code in enumerate(override.division_codes):
                yield from self._known(
                    f"{place}/region_overrides/{number}/division_codes/{index}", code, self.divisions, "区划"
                )
        for number, field in enumerate(item.fields):
            yield from self._field(f"{place}/fields/{number}", field)

    def _field(self, place: str, field: DossierField) -> Places:
        if field.common is not None:
            yield from self._known(f"{place}/common", field.common, self.public_fields, "公共字段")
        yield from self._named_dictionary(place, field)
        for number, column in enumerate(field.columns):
            if column.dictionary is not None:
                yield from self._known(
                    f"{place}/columns/{number}/dictionary", column.dictionary, self.dictionaries, "字典"
                )
        yield from self._condition(f"{place}/visible_when", field.visible_when)
        if field.from_question is not None:
            yield from self._supplies(f"{place}/from_question", field)

    def _cycles(self) -> Places:
        known = {item.code: [code for code in item.depends_on if code in self.items] for item in self.dossier.items}
        try:
            TopologicalSorter(known).prepare()
        except CycleError as error:
            circle = " → ".join(reversed(error.args[1]))
            number = [item.code for item in self.dossier.items].index(error.args[1][0])
            yield Problem(f"/items/{number}/depends_on", "cycle", f"前置事项形成循环：{circle}。")

    def _materials(self) -> Places:
        for number, material in enumerate(self.dossier.materials):
            if material.generated_from_form != (material.exempt == "generated"):
                yield Problem(
                    f"/materials/{number}/generated_from_form", "exemption_mismatch",
                    "generated_from_form 与 exempt 须同时表示“由表单生成”。",
                )  # fmt: skip
            if material.result_of_item is not None:
                yield from self._known(
                    f"/materials/{number}/result_of_item", material.result_of_item, self.items, "事项"
                )

    def _guide(self) -> Places:
        guide = self.dossier.guide
        if guide.division_question is not None:
            yield from self._known("/guide/division_question", guide.division_question, self.questions, "问题")
        for number, question in enumerate(guide.questions):
            yield from self._condition(f"/guide/questions/{number}/show_when", question.show_when)
            if question.type in ("single", "multi") and not question.options:
                yield Problem(f"/guide/questions/{number}/options", "missing_options", "选择题没有选项。")
        for number, rule in enumerate(guide.rules):
            place = f"/guide/rules/{number}"
            yield from self._condition(f"{place}/when", rule.when)
            for index, effect in enumerate(rule.effects):
                yield from self._effect(f"{place}/effects/{index}", effect)
        for number, parameter in enumerate(guide.parameters):
            for index, value in enumerate(parameter.values):
                for order, code in enumerate(value.divisions):
                    place = f"/guide/parameters/{number}/values/{index}/divisions/{order}"
                    yield from self._known(place, code, self.divisions, "区划")

    def _effect(self, place: str, effect: Any) -> Places:
        if isinstance(effect, AddItem | RemoveItem | AddMaterial | WaiveMaterial | SetPromisedDays):
            yield from self._known(f"{place}/item", effect.item, self.items, "事项")
        if isinstance(effect, AddMaterial | WaiveMaterial):
            yield from self._known(f"{place}/material", effect.material, self.materials, "材料")
        if isinstance(effect, AddNotice):
            yield from self._known(f"{place}/notice", effect.notice, self.notices, "须知")
        if isinstance(effect, SetField):
            parameter = parameter_named(effect.value)
            if parameter is not None:
                yield from self._known(f"{place}/value", parameter, self.parameters, "参数")
            if effect.item is None:
                yield from self._known(f"{place}/field", effect.field, self.public_fields, "公共字段")
            elif effect.item not in self.items:
                yield from self._known(f"{place}/item", effect.item, self.items, "事项")
            else:
                fields = {field.code for field in self.items[effect.item].fields}
                yield from self._known(f"{place}/field", effect.field, fields, "事项表单字段")

    def _rest(self) -> Places:
        dossier = self.dossier
        for number, address in enumerate(dossier.addresses):
            yield from self._known(f"/addresses/{number}/division_code", address.division_code, self.divisions, "区划")
        for number, code in enumerate(dossier.scene_field_order):
            yield from self._known(f"/scene_field_order/{number}", code, self.public_fields, "公共字段")
        for library, condition in dossier.prefill_conditions.items():
            yield from self._condition(f"/prefill_conditions/{library}", condition)
        for number, example in enumerate(dossier.worked_examples):
            for code in example.answers:
                yield from self._known(f"/worked_examples/{number}/answers/{code}", code, self.questions, "问题")
            if example.division is not None:
                yield from self._known(f"/worked_examples/{number}/division", example.division, self.divisions, "区划")

    # --- shared questions --------------------------------------------------------------------------------------------

    def _known(self, pointer: str, code: str, known: Collection[str], what: str) -> Places:
        if code not in known:
            yield Problem(pointer, "dangling_reference", f"{what} {code} 不存在。")

    def _named_dictionary(self, place: str, field: DossierPublicField | DossierField) -> Places:
        if field.dictionary is not None:
            yield from self._known(f"{place}/dictionary", field.dictionary, self.dictionaries, "字典")
        elif field.data_type in ("dict", "multi_dict"):
            yield Problem(f"{place}/dictionary", "missing_dictionary", "字典类字段没有指定字典。")

    def _condition(self, pointer: str, condition: Any) -> Places:
        for name in dict.fromkeys(names_in(condition)):
            if name not in self.questions:
                yield Problem(pointer, "dangling_reference", f"条件所用的问题 {name} 不存在。")
        for name in dict.fromkeys(parameters_in(condition)):
            yield from self._known(pointer, name, self.parameters, "条件所用的参数")

    def _supplies(self, pointer: str, field: Any) -> Places:
        question = self.questions.get(field.from_question)
        if question is None:
            yield Problem(pointer, "dangling_reference", f"问题 {field.from_question} 不存在。")
        elif isinstance(question.options, tuple) and field.dictionary is not None:
            entries = self.dictionaries.get(field.dictionary, ())
            for option in question.options:
                if option.code not in entries:
                    yield Problem(
                        pointer, "unmapped_option", f"选项 {option.code} 在字典 {field.dictionary} 中没有对应的代码。"
                    )


def _ancestors(code: str, parents: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    while (above := parents.get(code)) is not None and above not in found:
        found.add(above)
        code = above
    return found
