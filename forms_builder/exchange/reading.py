"""A schema in the normal form as an item form: objects as sections and dotted codes, lists as tables and choices."""

import re
from typing import Any, NamedTuple

import msgspec

from forms_builder.documents import Column, FormField, FormSection, ItemFormDocument
from forms_builder.exchange.branches import Branching, may_follow
from forms_builder.exchange.codes import code_of
from forms_builder.exchange.combining import Node
from forms_builder.exchange.dependent_lists import DependentLists
from forms_builder.exchange.edited import EditedForm
from forms_builder.exchange.errors import SchemaRefused
from forms_builder.exchange.ledger import Ledger, nodes_in
from forms_builder.exchange.losses import APPEND, REFUSED, Change, Loss, Place
from forms_builder.exchange.normal_form import Dialect, NormalForm, normal_form
from forms_builder.exchange.values import ValueReader, with_keywords
from forms_builder.exchange.writing import ELEMENT, FormBeside, as_written, form_beside, written_by_us
from forms_builder.merge.patterns import NOT_BLANK
from forms_builder.merge.validation import pointer
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.errors import DomainError, Problem

MOST_FIELDS = 1_000
_LONGEST_LABEL = 200
_OBJECT_ONLY = ("minProperties", "maxProperties", "propertyNames", "patternProperties", "unevaluatedProperties")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-\s]+")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A form read from a schema, all that it lost, and the normal form as the form understands it."""

    document: ItemFormDocument
    title: str
    dialect: Dialect
    losses: tuple[Loss, ...]
    normal: dict[str, Any]
    changes: tuple[Change, ...]
    carried: frozenset[str]


def read_schema(tree: Any) -> Reading:
    """The item form that a JSON Schema describes; raises SchemaRefused with the places."""
    tree = as_written(tree)
    form = normal_form(tree)
    own = written_by_us(tree)
    beside = None if own is not None else form_beside(tree)
    told = DependentLists(beside, tree)
    rest = told.rest_of(tree)
    form = normal_form(rest) if told.rules else form
    reader = ObjectReader(form)
    document = reader.read()
    ledger = reader.ledger
    losses, changes = ledger.losses, ledger.changes
    if own is not None:
        document, losses, changes = own, [], []
    elif beside is not None and (before := _before(beside, told, form)) is not None:
        edited = EditedForm(beside.document, before.written, rest)
        document = told.restored(edited.document(before.document, document), form.root, ledger)
        losses, changes = edited.losses(before.losses, ledger.losses), edited.changes(before.changes, ledger.changes)
    title = form.root.get("title")
    return Reading(
        document=document,
        title=title if isinstance(title, str) else "",
        dialect=form.dialect,
        losses=tuple(losses),
        normal=form.root.plain(),
        changes=tuple(changes),
        carried=frozenset(ledger.settled),
    )


class _Before(NamedTuple):
    """What is read of the schema as it was written, before anybody edited it."""

    written: Any
    document: ItemFormDocument
    losses: list[Loss]
    changes: list[Change]


def _before(beside: FormBeside, told: DependentLists, form: NormalForm) -> _Before | None:
    """The schema of the form beside, without the rules that still stand; None where no schema can be written of it."""
    try:
        written = told.rest_of(beside.schema(str(form.root.get("title"))))
        reader = ObjectReader(normal_form(written))
        return _Before(written, reader.read(), reader.ledger.losses, reader.ledger.changes)
    except (DomainError, KeyError):
        return None


def _refuse_unnamed(name: str, place: Place) -> None:
    """A property of whose name no code can be made."""
    if not name.strip():
        said = "有一个属性没有名称（空白），不能作为字段的代码，请在文件里给它名称。"
        raise SchemaRefused(said, problems=(Problem(pointer(place), "no_code", said),))


class ObjectReader:
    """Walks objects from the root; every field gets a code that is the way to it, its steps joined by dots."""

    def __init__(self, form: NormalForm) -> None:
        self.form = form
        self.ledger = Ledger(form.root, form.losses)
        self.values = ValueReader(self.ledger)
        self.sections: dict[str, FormSection] = {}
        self.fields: dict[str, FormField] = {}
        self.ways: dict[tuple[str, ...], str] = {}

    def read(self) -> ItemFormDocument:
        root, place = self._root(self.form.root, ())
        self.ledger.carry(root, "title", "description")
        self._object(root, place, (), is_needed=True, condition=None)
        if not self.fields:
            raise SchemaRefused("这个 JSON Schema 里没有能读成字段的内容。")
        self.ledger.close()
        used = {field.group for field in self.fields.values()}
        sections = tuple(section for section in self.sections.values() if section.code in used)
        return ItemFormDocument(sections=sections, fields=tuple(self.fields.values()))

    def _root(self, node: Node, place: Place) -> tuple[Node, Place]:
        """The object at the root; of a list of objects, its element."""
        found, _ = self.values.settle(node, place, "")
        if found.get("type") == "array" and isinstance(found.get("items"), Node):
            said = "最外层是列表：表单只填其中的一项。"
            self.ledger.lose(found, "type", "different", said)
            self.ledger.carry(found, "items")
            for word in ("minItems", "maxItems", "uniqueItems"):
                if word in found:
                    self.ledger.lose(found, word, "wider", "最外层列表的项数不校验。")
            return self._root(found.get("items"), (*place, "items"))
        if found.get("type") != "object":
            raise SchemaRefused(f"最外层应是对象（object），实为 {found.get('type')}。")
        self.ledger.carry(found, "type")
        return found, place

    # --- objects ------------------------------------------------------------------------------------------------------

    def _object(
        self, node: Node, place: Place, way: tuple[str, ...], *, is_needed: bool, condition: Condition | None
    ) -> bool:
        """Fields for the properties; whether one of them is now required wherever the object stands."""
        asked = node.get("required", [])
        asked = [name for name in asked if isinstance(name, str)] if isinstance(asked, list) else []
        properties = node.get("properties", {})
        self.ledger.carry(node, "properties", "type", "required")
        kept = []
        for name, child in (properties if isinstance(properties, dict) else {}).items():
            is_required = self._property(
                child, (*place, "properties", name), (*way, name),
                is_asked=is_needed and name in asked, condition=condition,
            )  # fmt: skip
            if is_required and name in asked:
                kept.append(name)
        missing = [name for name in asked if name not in kept]
        if missing:
            self._unasked(node, missing, way, is_needed=is_needed)
            self.ledger.change((*place, "required"), kept)
        self._closed(node, place, way)
        if condition is None:
            Branching(self, node, place, way).read()
        return bool(kept)

    def _unasked(self, node: Node, missing: list[str], way: tuple[str, ...], *, is_needed: bool) -> None:
        properties = node.get("properties", {})
        unknown = [name for name in missing if name not in properties]
        if unknown:
            said = f"要求填写 {'、'.join(unknown)}，却没有说是什么，没有带入。"
            self.ledger.lose(node, "required", "wider", said, code_of(way))
        rest = [name for name in missing if name in properties]
        if rest and not is_needed:
            said = f"“{'.'.join(way)}”整体可以不填，其中的 {'、'.join(rest)} 因此不再必填。"
            self.ledger.lose(node, "required", "wider", said, code_of(way))
        elif rest:
            said = f"{'、'.join(rest)} 可以为空或其内容都可不填，因此不再必填。"
            self.ledger.lose(node, "required", "wider", said, code_of(way))

    def _closed(self, node: Node, place: Place, way: tuple[str, ...]) -> None:
        """The form takes nothing that it does not name."""
        field = code_of(way)
        for word in _OBJECT_ONLY:
            if word in node and node.get(word) is not False:
                self.ledger.drop(node, place, word, "对整个对象的这种校验没有带入。", field)
            else:
                self.ledger.carry(node, word)
        further = node.get("additionalProperties")
        if further is False or (further is None and node.get("unevaluatedProperties") is False):
            self.ledger.carry(node, "additionalProperties")
        else:
            self.ledger.lose(node, "additionalProperties", "narrower", "表单没有列出的内容不收。", field)
            self.ledger.carry_all(*nodes_in(further))
        self.ledger.change((*place, "additionalProperties"), REFUSED)

    def _property(
        self, node: Node, place: Place, way: tuple[str, ...], *, is_asked: bool, condition: Condition | None
    ) -> bool:
        """A field, or the fields of an object; whether something of it is required."""
        code = code_of(way)
        _refuse_unnamed(way[-1], place)
        if len(self.fields) >= MOST_FIELDS:
            raise SchemaRefused(f"字段超过 {MOST_FIELDS} 个，请拆成几张表单。")
        found, may_be_null = self.values.settle(node, place, code)
        if found.get("type") == "object" and isinstance(found.get("properties"), dict) and found.get("properties"):
            self._section(found, way)
            return self._object(found, place, way, is_needed=is_asked and not may_be_null, condition=condition)
        field = self._field(found, place, way, is_required=is_asked and not may_be_null, condition=condition)
        if field is None:
            self.ledger.change(place, REFUSED)
            return False
        self.fields[code] = field
        self.ways[way] = code
        return field.required

    def _section(self, node: Node, way: tuple[str, ...]) -> None:
        self.ledger.carry(node, "title", "description")
        if len(way) == 1:
            code = code_of(way)
            self.sections[code] = FormSection(code=code, name=self._label(node, way), help=_text(node, "description"))

    def _label(self, node: Node, way: tuple[str, ...]) -> str:
        self.ledger.carry(node, "title")
        title = _text(node, "title") or " ".join(_WORDS.split(way[-1])).strip() or way[-1]
        return title[:_LONGEST_LABEL]

    def _field(
        self, node: Node, place: Place, way: tuple[str, ...], *, is_required: bool, condition: Condition | None
    ) -> FormField | None:
        code = code_of(way)
        if node.get("type") == "array":
            attributes = self._list(node, place, code)
        elif node.get("type") == "object":
            self.ledger.lose(node, "type", "narrower", "没有列出内容的对象填不了，这一项没有带入。", code)
            self.ledger.carry_all(node)
            return None
        else:
            attributes = self.values.scalar(node, place, code)
        if attributes is None:
            said = f"这种内容（{node.get('type')}）填不了，这一项没有带入。"
            self.ledger.lose(node, "type", "narrower", said, code)
            self.ledger.carry_all(node)
            return None
        if is_required:
            self._filled(node, place, code, attributes)
        self.ledger.carry(node, "description")
        parents = " · ".join(" ".join(_WORDS.split(name)) for name in way[1:-1])
        label = self._label(node, way)
        return FormField(
            code=code,
            label=f"{parents} · {label}"[:_LONGEST_LABEL] if parents else label,
            order=(len(self.fields) + 1) * 10,
            required=is_required,
            visible_when=condition,
            group=code_of(way[:1]) if len(way) > 1 else None,
            help=_text(node, "description"),
            **attributes,
        )

    def _filled(self, node: Node, place: Place, code: str, attributes: dict[str, Any]) -> None:
        """What is required is really filled in: no blank text, no empty list."""
        kind = attributes["data_type"]
        if kind in ("string", "text"):
            self.ledger.lose(node, "type", "narrower", "必填的文字不能只有空白。", code)
            self.ledger.change((*place, "allOf", APPEND), {"pattern": NOT_BLANK.portable})
        elif kind in ("multi_dict", "table") and not attributes.get("min_items"):
            self.ledger.lose(node, "minItems", "narrower", "必填的列表至少有一项。", code)
            self.ledger.change((*place, "minItems"), 1)

    # --- lists --------------------------------------------------------------------------------------------------------

    def _list(self, node: Node, place: Place, code: str) -> dict[str, Any] | None:
        """A choice of several codes, a table, or a table of one column."""
        self.ledger.carry(node, "type", "items")
        for word in ("prefixItems", "contains", "minContains", "maxContains", "unevaluatedItems", "allOf", "not", "if",
                     "then", "else", "enum", "const", "pattern", "format", "minLength", "maxLength"):  # fmt: skip
            if word in node:
                self.ledger.drop(node, place, word, "对列表的这种校验没有带入。", code)
        items = node.get("items")
        if not isinstance(items, Node):
            self.ledger.lose(node, "items", "narrower", "没有写明列表的内容，每项按文字填写。", code)
            items = Node({"type": "string"}, {}, f"{node.pointer}/items")
            self.ledger.change((*place, "items"), {"type": "string"})
        found, _ = self.values.settle(items, (*place, "items"), code)
        rows = self._rows(node, place, code)
        if found.get("type") == "object" and isinstance(found.get("properties"), dict):
            self.ledger.carry(found, "title", "description")
            columns: list[Column] = []
            self._columns(found, (*place, "items"), (), code, columns, is_needed=True)
            return self._table(node, place, code, rows, columns)
        inner = self.values.scalar(found, (*place, "items"), code)
        self.ledger.carry(found, "title", "description")
        if inner is None:
            self.ledger.carry_all(found)
            return None
        if inner["data_type"] == "dict":
            if node.get("uniqueItems") is not True:
                self.ledger.lose(node, "uniqueItems", "narrower", "同一选项只能选一次。", code)
                self.ledger.replace(place, node, with_keywords(node, uniqueItems=True))
            self.ledger.carry(node, "uniqueItems")
            return {"data_type": "multi_dict", "options": inner["options"], **rows}
        inner.pop("format", None)
        column = self._column(found, (*place, "items"), ELEMENT, "内容", inner, code, is_required=True)
        return self._table(node, place, code, rows, [column])

    def _table(
        self, node: Node, place: Place, code: str, rows: dict[str, Any], columns: list[Column]
    ) -> dict[str, Any] | None:
        if node.get("uniqueItems") is True:
            self.ledger.drop(node, place, "uniqueItems", "表格不校验两行是否相同。", code)
        self.ledger.carry(node, "uniqueItems")
        return {"data_type": "table", "columns": tuple(columns), **rows} if columns else None

    def _rows(self, node: Node, place: Place, code: str) -> dict[str, Any]:
        found = {}
        for word, attribute in (("minItems", "min_items"), ("maxItems", "max_items")):
            value = node.get(word)
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                self.ledger.carry(node, word)
                if value or word == "maxItems":
                    found[attribute] = value
            elif word in node:
                self.ledger.drop(node, place, word, "应是不小于 0 的整数，没有带入。", code)
        return found

    def _columns(
        self, node: Node, place: Place, way: tuple[str, ...], table: str, columns: list[Column], *, is_needed: bool
    ) -> bool:
        """Columns for the properties of a row; whether one of them is required."""
        asked = node.get("required", [])
        asked = [name for name in asked if isinstance(name, str)] if isinstance(asked, list) else []
        self.ledger.carry(node, "properties", "type", "required")
        kept = []
        for name, child in node.get("properties", {}).items():
            below = (*place, "properties", name)
            if self._cell(child, below, (*way, name), table, columns, is_asked=is_needed and name in asked):
                kept.append(name)
        missing = [name for name in asked if name not in kept]
        if missing:
            said = f"表格中 {'、'.join(missing)} 因可以为空、可以整体不填或没有带入，不再必填。"
            self.ledger.lose(node, "required", "wider", said, table)
            self.ledger.change((*place, "required"), kept)
        for word in ("anyOf", "oneOf", "allOf", "if", "then", "else", "not", "dependentRequired", "dependentSchemas"):
            if word in node:
                self.ledger.drop(node, place, word, "一行之内各列之间的校验没有带入。", table)
        self._closed(node, place, (table,))
        return bool(kept)

    def _cell(
        self, node: Node, place: Place, way: tuple[str, ...], table: str, columns: list[Column], *, is_asked: bool
    ) -> bool:
        name = code_of(way)
        _refuse_unnamed(way[-1], place)
        code = f"{table}/{name}"
        found, may_be_null = self.values.settle(node, place, code)
        is_required = is_asked and not may_be_null
        if found.get("type") == "object" and found.get("properties"):
            self.ledger.carry(found, "title", "description")
            return self._columns(found, place, way, table, columns, is_needed=is_required)
        inner = self.values.scalar(found, place, code) if found.get("type") != "array" else None
        if inner is None or name == ELEMENT:
            self.ledger.lose(found, "type", "narrower", "表格里不能再有列表，这一列没有带入。", code)
            self.ledger.carry_all(found)
            self.ledger.change(place, REFUSED)
            return False
        inner.pop("format", None)
        if inner["data_type"] == "file":
            inner = {"data_type": "string"}
        columns.append(self._column(found, place, name, self._label(found, way), inner, code, is_required=is_required))
        return is_required

    def _column(
        self, node: Node, place: Place, name: str, label: str, inner: dict[str, Any], code: str, *, is_required: bool
    ) -> Column:
        if is_required:
            self._filled(node, place, code, inner)
        self.ledger.carry(node, "description")
        return Column(code=name, label=label, required=is_required, help=_text(node, "description"), **inner)

    # --- what branches ask for ----------------------------------------------------------------------------------------

    def add(
        self, node: Node, place: Place, way: tuple[str, ...], *, is_asked: bool, condition: Condition | None
    ) -> bool:
        """The fields of a property that stands in a branch; whether one of them is required where they show."""
        return self._property(node, place, way, is_asked=is_asked, condition=condition)

    def require(self, code: str, condition: Condition, place: Place, node: Node) -> None:
        """The field must be answered where the condition holds, and exists only there."""
        field = self.fields[code]
        self._filled(node, place, code, {"data_type": field.data_type, "min_items": field.min_items})
        self.fields[code] = msgspec.structs.replace(field, visible_when=condition, required=True)

    def may_depend(self, code: str, condition: Condition) -> bool:
        """Whether the field may show under the condition without asking, in a circle, about itself."""
        conditions = {one.code: one.visible_when for one in self.fields.values() if one.visible_when is not None}
        return may_follow(code, condition, conditions)


def _text(node: Node, keyword: str) -> str:
    value = node.get(keyword)
    return value.strip() if isinstance(value, str) else ""
