"""The gate of item forms: everything wrong with a form at once, each finding with its place and how it is mended."""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import Any

from forms_builder.documents import Column, DictionaryContent, FormField, ItemFormDocument
from forms_builder.merge.constraints import CODED, NUMERIC, TEXTUAL, constraint_of
from forms_builder.merge.dependence import has_parent_kind
from forms_builder.merge.errors import FormTooEntangled, PatternNotPortable
from forms_builder.merge.intersection import family, is_satisfiable
from forms_builder.merge.patterns import parse
from forms_builder.merge.schema import item_schema
from forms_builder.merge.sections import effective_fields
from forms_builder.models import PublicField
from forms_builder.services.freezing_forms import dictionaries_named, freeze_dictionaries
from forms_builder.services.item_form_codes import codes_of, tests_in
from opsplatform.kernel.conditions import Condition, names_in
from opsplatform.release.findings import Finding

_TOLD = 3  # names in a sentence; of more, how many there are
_RANGES = (  # least, most, what they bound
    ("min_length", "max_length", "长度"),
    ("minimum", "maximum", "数值"),
    ("min_items", "max_items", "条数"),
)
_APPLIES: dict[str, tuple[str, Collection[str]]] = {  # setting → what it is called, kinds it means something for
    "dictionary": ("字典", CODED),
    "options": ("选项", CODED),
    "scale": ("小数位数", ("decimal",)),
    "minimum": ("最小值", NUMERIC),
    "maximum": ("最大值", NUMERIC),
    "pattern": ("校验规则", TEXTUAL),
    "min_items": ("最少条数", ("table", "multi_dict")),
    "max_items": ("最多条数", ("table", "multi_dict")),
    "columns": ("列", ("table",)),
}


def check_item_form(document: ItemFormDocument, on: date) -> list[Finding]:
    """Every finding of the form, blocking ones first, in order of place."""
    check = _Check(document, on)
    found = list(check.findings())
    if not any(finding.is_blocking for finding in found):
        found += check.entangled()
    return sorted(found, key=lambda finding: (not finding.is_blocking, _steps(finding.place), finding.code))


def _steps(place: str) -> list[tuple[bool, Any]]:
    return [(step.isdigit(), int(step) if step.isdigit() else step) for step in place.split("/")]


class _Check:
    def __init__(self, document: ItemFormDocument, on: date) -> None:
        self.document = document
        self.dictionaries, _ = freeze_dictionaries(dictionaries_named(document), on)
        self.parents = {code: held.parents for code, held in self.dictionaries.items()}
        self.codes = {code: [entry.code for entry in held.entries] for code, held in self.dictionaries.items()}
        shared = {field.public_field for field in document.fields if field.public_field}
        self.public_fields = {row.code: row for row in PublicField.objects.filter(code__in=shared)}

    def findings(self) -> Iterator[Finding]:
        document = self.document
        if not document.fields:
            yield _blocking("no_field", "/fields", "表单还没有字段，请先添加。")
        yield from self._sections()
        for number, field in enumerate(document.fields):
            yield from self._field(field, f"/fields/{number}")
        yield from _repeated(document)
        yield from self._conditions()
        yield from _circles(document)
        for number, field in enumerate(document.fields):
            if field.within is not None:
                yield from self._within(field, f"/fields/{number}/within")
        yield from _circular_lists(document.fields)

    def entangled(self) -> Iterator[Finding]:
        """The field that is to blame most where the conditions cannot be written out; the form is sound otherwise."""
        try:
            item_schema(effective_fields(self.document), self.codes, self.parents)
        except FormTooEntangled as refusal:
            numbers = {field.code: number for number, field in enumerate(self.document.fields)}
            yield _blocking(refusal.code, f"/fields/{numbers[refusal.key]}/visible_when", refusal.sentence)

    def _sections(self) -> Iterator[Finding]:
        used = {field.group for field in self.document.fields}
        known = {section.code for section in self.document.sections}
        for number, section in enumerate(self.document.sections):
            if not section.name.strip():
                yield _blocking("no_label", f"/sections/{number}/name", f"分组 {section.code} 没有名称，请填写。")
            if not section.code.strip():
                yield _blocking("no_code", f"/sections/{number}/code", f"分组“{section.name}”没有代码，请填写。")
            if section.code not in used:
                yield _advisory("empty_section", f"/sections/{number}", f"分组“{section.name}”里没有字段。")
        for number, field in enumerate(self.document.fields):
            if field.group is not None and field.group not in known:
                yield _blocking(
                    "unknown_section",
                    f"/fields/{number}/group",
                    f"字段“{field.label}”所属的分组 {field.group} 不存在，请改选分组。",
                )

    def _field(self, field: FormField, place: str) -> Iterator[Finding]:
        name = f"字段“{field.label or field.code}”"
        yield from self._part(field, place, name)
        if field.public_field is not None:
            yield from self._shared(field, place, name)
        if field.data_type == "table" and not field.columns:
            yield _blocking("no_columns", f"{place}/columns", f"{name}是表格，请至少添加一列。")
        for number, column in enumerate(field.columns):
            title = f"{name}的列“{column.label or column.code}”"
            if column.data_type in ("table", "file"):
                yield _blocking(
                    "column_kind", f"{place}/columns/{number}/data_type", f"{title}不能是表格或附件，请改选类型。"
                )
            else:
                yield from self._part(column, f"{place}/columns/{number}", title)

    def _part(self, part: FormField | Column, place: str, name: str) -> Iterator[Finding]:
        """What fields and columns have in common."""
        if not part.label.strip():
            yield _blocking("no_label", f"{place}/label", f"{name}没有名称，请填写。")
        if not part.code.strip():
            yield _blocking("no_code", f"{place}/code", f"{name}没有代码，请填写。")
        faults = [
            *self._code_list(part, place, name),
            *_pattern(part, place, name),
            *_ranges(part, place, name),
        ]
        yield from faults
        yield from _without_effect(part, place, name)
        has_columns = part.data_type != "table" or bool(getattr(part, "columns", ()))
        if not faults and has_columns and not self._is_satisfiable(part):
            yield _blocking("unsatisfiable", place, f"{name}的各项限制放在一起，没有任何内容能通过，请放宽其中一项。")

    def _code_list(self, part: FormField | Column, place: str, name: str) -> Iterator[Finding]:
        if part.data_type in CODED and not part.dictionary and not part.options:
            yield _blocking("no_code_list", f"{place}/dictionary", f"{name}没有可选的内容，请选择字典或填写选项。")
        if part.dictionary and part.options:
            yield _blocking("two_code_lists", f"{place}/options", f"{name}既有字典又有自己的选项，请只留一种。")
        if part.dictionary and part.dictionary not in self.dictionaries:
            yield _blocking(
                "unresolved_dictionary",
                f"{place}/dictionary",
                f"{name}引用的字典 {part.dictionary} 没有登记，请改选字典。",
            )
        elif part.dictionary and not self.codes[part.dictionary]:
            yield _blocking(
                "empty_dictionary",
                f"{place}/dictionary",
                f"{name}引用的字典“{self.dictionaries[part.dictionary].name}”没有在用的字典项。",
            )

    def _is_satisfiable(self, part: FormField | Column) -> bool:
        tables = getattr(part, "columns", ())
        if any(column.dictionary and column.dictionary not in self.codes for column in tables):
            return True  # said at the column
        try:
            return is_satisfiable(constraint_of(part, self.codes))
        except PatternNotPortable:
            return True  # said at the column's pattern

    def _shared(self, field: FormField, place: str, name: str) -> Iterator[Finding]:
        row = self.public_fields.get(field.public_field or "")
        if row is None:
            yield _blocking(
                "unresolved_public_field",
                f"{place}/public_field",
                f"{name}指向的公共字段 {field.public_field} 没有登记，请改选或取消对应。",
            )
        elif family(row.data_type) != family(field.data_type):
            yield _advisory(
                "public_field_kind",
                f"{place}/public_field",
                f"{name}与公共字段“{row.label}”类型不相容（{row.get_data_type_display()}），"
                "与其他事项合并时会冲突，请核对是否为同一含义。",
            )

    def _within(self, field: FormField, place: str) -> Iterator[Finding]:
        """The field on which a list depends: there, of a kind and a dictionary that lie above it."""
        name = f"字段“{field.label or field.code}”的选项"
        above = next((one for one in self.document.fields if one.code == field.within), None)
        held = self.dictionaries.get(field.dictionary or "")
        if above is None:
            yield _blocking(
                "unknown_field", place, f"{name}取决于字段 {field.within}，它不在表单里，请改选字段或去掉这项设置。"
            )
        elif above is field or not has_parent_kind(field, above):
            yield _blocking(
                "parent_kind",
                place,
                f"{name}不能取决于“{above.label}”：取自字典的单选、多选才能取决于另一个取自字典的单选字段或区划字段，"
                "请改选字段或去掉这项设置。",
            )
        elif held is not None and not _lies_above(field, held, above):
            yield _blocking(
                "parent_dictionary",
                place,
                f"{name}不能取决于“{above.label}”：字典“{held.name}”的上级不是它的字典，"
                "请改选字段，或在字典登记中设定上级字典。",
            )
        elif held is not None:
            yield from self._reachable(field, held, above, place)

    def _reachable(self, field: FormField, held: DictionaryContent, above: FormField, place: str) -> Iterator[Finding]:
        """Choices of the field above that leave nothing, and entries that no choice leads to."""
        parents = held.parents
        answers = {} if above.dictionary is None else self._entries(above.dictionary)
        if answers:
            empty = [name for code, name in answers.items() if code not in parents.values()]
            if empty:
                tell = _blocking if field.required and field.visible_when is None else _advisory
                yield tell(
                    "nothing_below",
                    place,
                    f"“{above.label}”选{_some(empty)}时，字段“{field.label}”没有可选的内容，请核对字典的上级代码。",
                )
        lost = [entry.name for entry in held.entries if not entry.parent or (answers and entry.parent not in answers)]
        if lost and len(lost) < len(held.entries):
            yield _advisory(
                "without_parent",
                place,
                f"字段“{field.label}”的{_some(lost)}没有上级代码，“{above.label}”填写后就选不到，请核对字典。",
            )
        elif lost:
            yield _blocking(
                "no_parents",
                place,
                f"字段“{field.label}”的字典“{held.name}”的字典项都没有上级代码，“{above.label}”填写后无可选，请先登记。",
            )

    def _entries(self, dictionary: str) -> dict[str, str]:
        held = self.dictionaries.get(dictionary)
        return {entry.code: entry.name for entry in held.entries} if held else {}

    def _conditions(self) -> Iterator[Finding]:
        for number, section in enumerate(self.document.sections):
            place = f"/sections/{number}/visible_when"
            yield from self._condition(section.visible_when, place, f"分组“{section.name}”")
        for number, field in enumerate(self.document.fields):
            place = f"/fields/{number}/visible_when"
            yield from self._condition(field.visible_when, place, f"字段“{field.label or field.code}”")

    def _condition(self, condition: Condition | None, place: str, name: str) -> Iterator[Finding]:
        fields = {field.code: field for field in self.document.fields}
        for pointer, test in tests_in(condition, place):
            field = fields.get(test.q or "")
            if field is None:
                yield _blocking(
                    "unknown_field", pointer, f"{name}的显示条件所看的字段 {test.q} 不在表单里，请改选字段。"
                )
                continue
            known = _codes_offered(field, self.dictionaries)
            lost = [code for code in codes_of(test.value) if known is not None and code not in known]
            if lost:
                yield _blocking(
                    "unknown_code",
                    pointer,
                    f"{name}的显示条件所看的“{field.label}”没有选项 {'、'.join(lost)}，这样永远不会成立，请改选。",
                    witness=lost,
                )


def _lies_above(field: FormField, held: DictionaryContent, above: FormField) -> bool:
    """Whether what may be answered there are the parents of the field's entries."""
    if held.is_below_divisions or above.data_type == "division":
        return held.is_below_divisions and above.data_type == "division"
    return above.dictionary == (held.parent_dictionary or field.dictionary)


def _some(names: Sequence[str]) -> str:
    told = "、".join(f"“{name}”" for name in names[:_TOLD])
    return told if len(names) <= _TOLD else f"{told}等 {len(names)} 项"


def _circular_lists(fields: Sequence[FormField]) -> Iterator[Finding]:
    """Lists that depend on one another in a circle: whatever is answered, nothing fits."""
    above = {field.code: [field.within] if field.within else [] for field in fields}
    seen = _without_ends(_reversed(_without_ends(_reversed(above))))
    names = {field.code: field.label or field.code for field in fields}
    told: set[str] = set()
    for number, field in enumerate(fields):
        circle = [] if field.code in told or field.code not in seen else _circle(field.code, seen)
        if len(circle) > 1:
            told.update(circle)
            way = " → ".join(names[code] for code in [*circle, circle[0]])
            yield _blocking(
                "circular_lists",
                f"/fields/{number}/within",
                f"选项互相取决于对方：{way}，请去掉其中一处设置。",
                witness=circle,
            )


def _codes_offered(field: FormField, dictionaries: Mapping[str, DictionaryContent]) -> set[str] | None:
    """The codes that may be answered; None where there is no list that says so."""
    if field.data_type not in CODED:
        return None
    if field.dictionary:
        held = dictionaries.get(field.dictionary)
        return {entry.code for entry in held.entries} if held else None
    return {option.code for option in field.options} or None


def _pattern(part: FormField | Column, place: str, name: str) -> Iterator[Finding]:
    if part.pattern and part.data_type in TEXTUAL:
        try:
            parse(part.pattern)
        except PatternNotPortable as error:
            yield _blocking("pattern_not_portable", f"{place}/pattern", f"{name}：{error.sentence}")


def _ranges(part: FormField | Column, place: str, name: str) -> Iterator[Finding]:
    for least, most, what in _RANGES:
        low, high = getattr(part, least, None), getattr(part, most, None)
        if low is not None and high is not None and low > high:
            yield _blocking(
                "empty_range", f"{place}/{least}", f"{name}的{what}下限 {low:g} 大于上限 {high:g}，请改正其中一个。"
            )


def _without_effect(part: FormField | Column, place: str, name: str) -> Iterator[Finding]:
    for setting, (what, kinds) in _APPLIES.items():
        if getattr(part, setting, None) not in (None, ()) and part.data_type not in kinds:
            yield _advisory("without_effect", f"{place}/{setting}", f"{name}的{what}对这种类型不起作用，可以去掉。")


def _repeated(document: ItemFormDocument) -> Iterator[Finding]:
    """Codes given twice, in rows that were written before anything refused them, and public fields taken twice."""
    codes = Counter(field.code for field in document.fields)
    shared = Counter(field.public_field for field in document.fields if field.public_field)
    for number, field in enumerate(document.fields):
        if codes[field.code] > 1:
            yield _blocking("duplicate_code", f"/fields/{number}/code", f"字段代码 {field.code} 重复，请改用另一代码。")
        if field.public_field and shared[field.public_field] > 1:
            yield _advisory(
                "public_field_twice",
                f"/fields/{number}/public_field",
                f"有 {shared[field.public_field]} 个字段指向同一公共字段，申请人只填一次，几处得到同样的内容；"
                f"“{field.label}”若含义不同，请取消对应。",
            )


def _circles(document: ItemFormDocument) -> Iterator[Finding]:
    """Fields that show only depending on themselves, one finding per circle."""
    fields = effective_fields(document)
    depends = {field.code: list(dict.fromkeys(names_in(field.visible_when))) for field in fields}
    seen = _without_ends(_reversed(_without_ends(_reversed(depends))))
    told: set[str] = set()
    for number, field in enumerate(fields):
        if field.code in told or field.code not in seen:
            continue
        circle = _circle(field.code, seen)
        if circle:
            told.update(circle)
            names = {one.code: one.label or one.code for one in fields}
            way = " → ".join(names[code] for code in [*circle, circle[0]])
            yield _blocking(
                "circular_visibility",
                f"/fields/{number}/visible_when",
                f"显示条件互相依赖：{way}，谁都不会出现，请去掉其中一个条件（分组的条件也算在内）。",
                witness=circle,
            )


def _without_ends(graph: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Without what leads nowhere, or only to what leads nowhere: where there is no circle, nothing is left."""
    sorter = TopologicalSorter(graph)
    with suppress(CycleError):
        sorter.prepare()
    ended: set[str] = set()
    while ready := sorter.get_ready():
        ended.update(ready)
        sorter.done(*ready)
    return {code: names for code, names in graph.items() if code not in ended}


def _reversed(graph: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The same steps the other way round, between those that have any."""
    turned: dict[str, list[str]] = {code: [] for code in graph}
    for code, names in graph.items():
        for name in names:
            if name in turned:
                turned[name].append(code)
    return turned


def _circle(start: str, seen: Mapping[str, Collection[str]]) -> list[str]:
    """The shortest way from the field back to itself; empty where there is none."""
    came_from = {start: ""}
    reached = deque([start])
    while reached:
        code = reached.popleft()
        if start in seen[code]:
            way = [code]
            while way[-1] != start:
                way.append(came_from[way[-1]])
            return way[::-1]
        for name in sorted(seen[code]):
            if name in seen and name not in came_from:
                came_from[name] = code
                reached.append(name)
    return []


def _blocking(code: str, place: str, sentence: str, *, witness: Any = None) -> Finding:
    return Finding(code=code, severity="blocking", place=place, sentence=sentence, witness=witness)


def _advisory(code: str, place: str, sentence: str) -> Finding:
    return Finding(code=code, severity="advisory", place=place, sentence=sentence)
