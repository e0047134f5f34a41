"""What objects ask for under conditions: if and then, dependencies, alternatives — as visibility where that says it."""

from typing import TYPE_CHECKING, Any

import msgspec

from forms_builder.exchange.codes import code_of
from forms_builder.exchange.combining import Node
from forms_builder.exchange.conditions import Scope, condition_of, negated
from forms_builder.exchange.ledger import nodes_in
from forms_builder.exchange.losses import APPEND, DROP, Place
from forms_builder.merge.constraints import NUMERIC
from opsplatform.kernel.conditions import Condition, names_in

if TYPE_CHECKING:
    from forms_builder.exchange.reading import ObjectReader

MOST_CHAINED = 8  # conditions that follow from each other; a chain of hundreds is no form
_NOT_CARRIED = "按条件的校验没有带入。"
_REST = ("not", "contains", "enum", "const", "pattern", "format", "minLength", "maxLength", "items")


class Branching:
    """Reads the conditional keywords of one object, once its own fields are known."""

    def __init__(self, reader: "ObjectReader", node: Node, place: Place, way: tuple[str, ...]) -> None:
        self.reader, self.ledger = reader, reader.ledger
        self.node, self.place, self.way = node, place, way
        self.field = code_of(way) if way else ""

    def read(self) -> None:
        """Every conditional keyword of the object is carried or listed."""
        parts = [self.node, *(one for one in self.node.get("allOf", ()) if isinstance(one, Node))]
        places = [self.place, *((*self.place, "allOf", str(number)) for number in range(len(parts) - 1))]
        self.ledger.carry(self.node, "allOf")
        for part, place in zip(parts, places, strict=True):
            self._dependent(part, place)
            self._alternatives(part, place)
            for word in _REST:
                if word in part:
                    self.ledger.drop(part, place, word, "对整个对象的这种校验没有带入。", self.field)
        hiding = [pair for pair in zip(parts, places, strict=True) if "if" in pair[0]]
        for part, place in sorted(hiding, key=lambda pair: "else" not in pair[0]):
            self._conditional(part, place)
        for part, place in list(zip(parts, places, strict=True))[1:]:
            for word in ("properties", "required", "additionalProperties"):
                if word in part:
                    self.ledger.drop(part, place, word, _NOT_CARRIED, self.field)

    # --- if, then, else -----------------------------------------------------------------------------------------------

    def _conditional(self, part: Node, place: Place) -> None:
        test = part.get("if")
        branches = [(word, part.get(word)) for word in ("then", "else") if isinstance(part.get(word), Node)]
        self.ledger.carry(part, "if", "then", "else")
        for word in ("if", "then", "else"):
            self.ledger.change((*place, word), DROP)
        if not isinstance(test, Node) or not branches:
            self.ledger.lose(part, "if", "none", "没有结果的条件不起作用。", self.field)
            self.ledger.carry_all(*nodes_in(test))
            return
        condition = condition_of(test, self._scope(), self.way)
        self.ledger.carry_all(test)
        if condition is None:
            self.ledger.lose(part, "if", "wider", "这个条件表单写不出来，" + _NOT_CARRIED, self.field)
        for word, branch in branches:
            held = condition if condition is None or word == "then" else negated(condition)
            self._branch(branch, held, {"if": answered(test.plain()), "is": word})

    def _branch(self, branch: Node, condition: Condition | None, rule: dict[str, Any]) -> None:
        """What the branch says of the object, under the condition; without one its new fields always show."""
        asked = branch.get("required", [])
        asked = [name for name in asked if isinstance(name, str)] if isinstance(asked, list) else []
        self.ledger.carry(branch, "properties", "required", "type", "title", "description")
        for name, child in branch.get("properties", {}).items():
            code = code_of((*self.way, name))
            if name in self.node.get("properties", {}):
                self._refined(branch, name, child, condition, rule)
            elif self._below(name):
                self.ledger.carry_all(child)
                said = f"{name} 已在别的情形下出现，这里的另一种说法没有带入。"
                self.ledger.lose(branch, "properties", "narrower", said, code)
            elif condition is not None and self.reader.may_depend(code, condition):
                self._shown(name, child, condition, rule, is_asked=name in asked)
            else:
                self.reader.add(child, self._hoist(name, child), (*self.way, name), is_asked=False, condition=None)
                self.ledger.lose(branch, "properties", "wider", f"{name} 的显示条件没有带入，总是显示。", code)
        for name in asked:
            if name not in branch.get("properties", {}) or name in self.node.get("properties", {}):
                self._asked(branch, name, condition, rule)
        if branch.get("additionalProperties") is False:
            self.ledger.lose(branch, "additionalProperties", "wider", _NOT_CARRIED, self.field)
        for word in branch.keywords:
            if word not in ("properties", "required", "type", "title", "description", "additionalProperties"):
                self.ledger.lose(branch, word, "wider", _NOT_CARRIED, self.field)
                self.ledger.carry_all(*nodes_in(branch.get(word)))

    def _hoist(self, name: str, child: Node) -> Place:
        """The property stands in the object itself from now on."""
        place = (*self.place, "properties", name)
        self.ledger.change(place, child.plain())
        return place

    def _shown(self, name: str, child: Node, condition: Condition, rule: dict[str, Any], *, is_asked: bool) -> None:
        """A property that only the branch names exists only under its condition."""
        way = (*self.way, name)
        is_needed = self.reader.add(child, self._hoist(name, child), way, is_asked=is_asked, condition=condition)
        self._rule(rule, self._without(name), unless=True)
        if is_needed:
            self._rule(rule, {"required": [name]})
        elif is_asked:
            self.ledger.lose(child, "required", "wider", f"{name} 不再必填。", code_of(way))

    def _below(self, name: str) -> list[tuple[str, ...]]:
        """The ways from this object to the fields of its property, or to the property itself."""
        way = (*self.way, name)
        return [one[len(self.way) :] for one in self.reader.ways if one[: len(way)] == way]

    def _without(self, name: str) -> dict[str, Any]:
        """An object in which none of these fields is filled in; an empty object is nothing filled in."""
        found: dict[str, Any] = {}
        for way in self._below(name):
            node = found
            for one in way[:-1]:
                node = node.setdefault("properties", {}).setdefault(one, {})
            node.setdefault("properties", {})[way[-1]] = False
        return found

    def _refined(self, branch: Node, name: str, child: Node, condition: Condition | None, rule: dict[str, Any]) -> None:
        code = code_of((*self.way, name))
        field = self.reader.fields.get(code)
        is_never = child.keywords.keys() == {"not"} and not child.get("not").keywords
        self.ledger.carry_all(child)
        hidden = negated(condition) if condition is not None else None
        may_hide = field is not None and not field.required and field.visible_when in (None, hidden)
        if is_never and field is not None and hidden is not None and may_hide and self.reader.may_depend(code, hidden):
            self.reader.fields[code] = msgspec.structs.replace(field, visible_when=hidden)
            self._rule(rule, {"properties": {name: False}})
        elif child.keywords:
            self.ledger.lose(branch, "properties", "wider", f"{name} 在这种情形下的进一步校验没有带入。", code)

    def _asked(self, branch: Node, name: str, condition: Condition | None, rule: dict[str, Any]) -> None:
        """A property asked for under the condition: hidden otherwise, because a form asks for what it shows or not."""
        code = code_of((*self.way, name))
        field = self.reader.fields.get(code)
        if field is not None and field.required and field.visible_when is None:
            return
        if field is None or condition is None or not self.reader.may_depend(code, condition):
            self.ledger.lose(branch, "required", "wider", f"{name} 在这种情形下的必填没有带入。", code)
            return
        if field.visible_when is None:
            said = f"{name} 只在这种情形下出现并且必填；其他情形下原来也可以填。"
            self.ledger.lose(branch, "required", "narrower", said, code)
            self._rule(rule, {"properties": {name: False}}, unless=True)
        elif field.visible_when != condition:
            self.ledger.lose(branch, "required", "wider", f"{name} 在这种情形下的必填没有带入。", code)
            return
        self.reader.require(
            code, condition, (*self.place, "properties", name), self.node.get("properties", {}).get(name, branch)
        )
        self._rule(rule, {"required": [name]})

    def _rule(self, rule: dict[str, Any], then: dict[str, Any], *, unless: bool = False) -> None:
        """The rule as the form has it."""
        is_then = (rule["is"] == "then") != unless
        self.ledger.change((*self.place, "allOf", APPEND), {"if": rule["if"], "then" if is_then else "else": then})

    # --- dependencies and alternatives --------------------------------------------------------------------------------

    def _dependent(self, part: Node, place: Place) -> None:
        for word in ("dependentRequired", "dependentSchemas"):
            if word not in part:
                continue
            self.ledger.carry(part, word)
            self.ledger.change((*place, word), DROP)
            for name, value in part.get(word).items():
                branch = value if isinstance(value, Node) else Node(
                    {"required": value}, {"required": [f"{part.origin(word)}/{name}"]}, f"{part.origin(word)}/{name}"
                )  # fmt: skip
                if not self._chosen(branch, name):
                    known = self.reader.ways.get((*self.way, name))
                    condition = Condition(q=known, op="answered") if known is not None else None
                    self._branch(branch, condition, {"if": answered({"required": [name]}), "is": "then"})

    def _chosen(self, node: Node, name: str) -> bool:
        """Whether the schema is one branch for each value of the property, as form libraries write it."""
        cases = _cases(node.get("oneOf"), name)
        code = self.reader.ways.get((*self.way, name))
        if cases is None or code is None:
            return False
        self.ledger.carry(node, "oneOf", "anyOf")
        said = f"{name} 取其他值时原来不接受。"
        self.ledger.lose(node, "oneOf", "wider", said, code)
        for values, branch in cases:
            for case in nodes_in(branch.get("properties")):
                self.ledger.carry(case, "enum", "const", "type", "title")
            rest = {key: one for key, one in branch.get("properties", {}).items() if key != name}
            case_node = Node({**branch.keywords, "properties": rest}, branch.origins, branch.pointer)
            test = {"required": [name], "properties": {name: {"enum": values}}}
            self._branch(case_node, Condition(q=code, op="in", value=list(values)), {"if": test, "is": "then"})
        return True

    def _alternatives(self, part: Node, place: Place) -> None:
        for word in ("anyOf", "oneOf"):
            branches = part.get(word)
            if not isinstance(branches, list):
                continue
            self.ledger.change((*place, word), DROP)
            names = [name for one in branches for name in one.get("properties", {})]
            if any(self._chosen(part, name) for name in dict.fromkeys(names) if word == "oneOf"):
                continue
            self.ledger.lose(
                part, word, "wider", f"{len(branches)} 种情形的选择没有带入，各情形的内容都可以填。", self.field
            )
            self.ledger.carry_all(*branches)
            for name in dict.fromkeys(names):
                if name not in self.node.get("properties", {}) and code_of((*self.way, name)) not in self.reader.fields:
                    said = [one.get("properties")[name] for one in branches if name in one.get("properties", {})]
                    child = (
                        said[0]
                        if len(said) == 1
                        else Node({"anyOf": said}, {"anyOf": [part.origin(word)]}, part.pointer)
                    )
                    self.reader.add(child, self._hoist(name, child), (*self.way, name), is_asked=False, condition=None)

    # --- what is known of the form ------------------------------------------------------------------------------------

    def _scope(self) -> Scope:
        fields = self.reader.fields.values()
        return Scope(
            self.reader.ways,
            frozenset(field.code for field in fields if field.required and field.visible_when is None),
            frozenset(field.code for field in fields if field.data_type in NUMERIC),
        )


def answered(schema: Any) -> Any:
    """The test of a schema with presence as a form means it: an empty text or list is no answer."""
    if not isinstance(schema, dict):
        return schema
    found = {key: answered(one) for key, one in schema.items()}
    for key in ("allOf", "anyOf"):
        if key in found:
            found[key] = [answered(one) for one in schema[key]]
    if "properties" in schema:
        found["properties"] = {name: answered(one) for name, one in schema["properties"].items()}
    for name in schema.get("required", []) if isinstance(schema.get("required"), list) else []:
        inner = found.setdefault("properties", {}).get(name, {})
        if not inner:
            found["properties"][name] = {"not": {"enum": [None, "", []]}}
    return found


def _cases(branches: Any, name: str) -> list[tuple[list[Any], Node]] | None:
    """The values of the property for which each branch stands, if they are distinct lists of texts."""
    if not isinstance(branches, list) or len(branches) < 2:
        return None
    cases: list[tuple[list[Any], Node]] = []
    seen: set[Any] = set()
    for branch in branches:
        test = branch.get("properties", {}).get(name) if isinstance(branch, Node) else None
        if not isinstance(test, Node):
            return None
        values = test.get("enum", [test.get("const")] if "const" in test else None)
        if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
            return None
        if seen & set(values):
            return None
        seen |= set(values)
        cases.append((values, branch))
    return cases


def may_follow(code: str, condition: Condition, conditions: dict[str, Condition]) -> bool:
    """Whether a field may depend on the condition: not on itself by way of others, nor on a chain without end."""
    asked = set(names_in(condition))
    for _ in range(MOST_CHAINED):
        if code in asked:
            return False
        further = {name for one in asked for name in names_in(conditions.get(one))} - asked
        if not further:
            return True
        asked |= further
    return False
