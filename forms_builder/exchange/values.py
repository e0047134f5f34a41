"""One value of a schema as the attributes of a field or a column: its kind, its checks, its options."""

from decimal import Decimal
from typing import Any

from forms_builder.documents import DataType, FieldOption
from forms_builder.exchange.combining import Node, combine
from forms_builder.exchange.ledger import Ledger
from forms_builder.exchange.losses import DROP, Place
from forms_builder.merge.constraints import DATE_PATTERN, LONGEST_REFERENCE, MOST_DIGITS
from forms_builder.merge.errors import PatternNotPortable
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.patterns import NOT_BLANK, parse

MOST_PATTERNS = 20  # joined as one
LONG_TEXT = 500  # characters from which a text gets several lines
NAMES = "x-enum-names"
_KIND_OF_FORMAT = {one.schema_name: kind for kind, one in FORMATS_BY_KIND.items()}
_TEXT_WORDS = frozenset({"minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"})
_NUMBER_WORDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_LIST_WORDS = frozenset({"items", "minItems", "maxItems", "uniqueItems", "prefixItems", "contains"})
_OBJECT_WORDS = frozenset({"properties", "required", "additionalProperties", "patternProperties", "minProperties"})
_FILE_FORMATS = ("data-url", "binary", "byte")
_BOUND = 10**MOST_DIGITS
_OF_TYPE = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list, "object": dict}

Attributes = dict[str, Any]


class ValueReader:
    """Reads single values; whatever they lose goes to the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    # --- one type, no alternatives ------------------------------------------------------------------------------------

    def settle(self, node: Node, place: Place, field: str) -> tuple[Node, bool]:
        """The schema with one type and no alternatives left, and whether it also accepted null."""
        found, may_be_null = node, False
        for keyword in ("anyOf", "oneOf"):
            if isinstance(found.get(keyword), list) and not found.get("properties"):
                found, null_too = self._one_of(found, keyword, field)
                may_be_null = may_be_null or null_too
        found, null_too = self._without_null(found, field)
        found = self._typed(found, field)
        self.ledger.replace(place, node, found)
        return found, may_be_null or null_too

    def _without_null(self, node: Node, field: str) -> tuple[Node, bool]:
        types = node.get("type")
        if not isinstance(types, list) or "null" not in types:
            return node, False
        self.ledger.lose(node, "type", "different", "空值（null）改为不填这一项。", field)
        rest = [name for name in types if name != "null"] or ["string"]
        found = with_keywords(node, type=rest[0] if len(rest) == 1 else rest)
        if isinstance(node.get("enum"), list):
            found = with_keywords(found, enum=[one for one in node.get("enum") if one is not None])
        return found, True

    def _one_of(self, node: Node, keyword: str, field: str) -> tuple[Node, bool]:
        """One schema in place of alternatives: their options or patterns together, or the first a form can say."""
        branches = [one for one in node.get(keyword) if isinstance(one, Node)]
        kept = [one for one in branches if not _is_null(one)]
        may_be_null = len(kept) < len(branches)
        if may_be_null:
            self.ledger.lose(node, keyword, "different", "空值（null）改为不填这一项。", field)
        self.ledger.carry(node, keyword)
        self.ledger.carry_all(*(one for one in branches if _is_null(one)))
        rest = Node({key: one for key, one in node.keywords.items() if key != keyword}, node.origins, node.pointer)
        if len(kept) <= 1:
            return combine(rest, kept[0]) if kept else rest, may_be_null
        chosen = self._together(node, keyword, kept, field)
        if chosen is None:
            said = f"有 {len(kept)} 种写法，只保留第一种。"
            self.ledger.lose(node, keyword, "narrower", said, field)
            self.ledger.carry_all(*kept[1:])
            chosen, null_too = self._nested(kept[0], field)
            may_be_null = may_be_null or null_too
        return combine(rest, chosen), may_be_null

    def _nested(self, node: Node, field: str) -> tuple[Node, bool]:
        for keyword in ("anyOf", "oneOf"):
            if isinstance(node.get(keyword), list):
                return self._one_of(node, keyword, field)
        return node, False

    def _together(self, node: Node, keyword: str, kept: list[Node], field: str) -> Node | None:
        """All alternatives as one text; None where some of them are no texts."""
        options = _options_of(kept)
        if options is not None:
            self.ledger.carry_all(*kept)
            enum = Node({"enum": list(options)}, {"enum": [node.origin(keyword)]}, node.pointer)
            return with_keywords(enum, **{NAMES: options, "type": "string"})
        if any(_type_of(one) != "string" for one in kept):
            return None
        self.ledger.carry_all(*kept)
        patterns = [one.get("pattern") for one in kept]
        said = {"type", "pattern", "title", "description"}
        is_exact = keyword == "anyOf" and len(kept) <= MOST_PATTERNS and all(set(one.keywords) <= said for one in kept)
        if is_exact and all(isinstance(one, str) and _is_portable(one) for one in patterns):
            return Node(
                {"type": "string", "pattern": "|".join(patterns)}, {"pattern": [node.origin(keyword)]}, node.pointer
            )
        self.ledger.lose(node, keyword, "wider", f"文本的 {len(kept)} 种写法合为一项，不再分别校验。", field)
        return Node({"type": "string"}, {}, node.pointer)

    def _typed(self, node: Node, field: str) -> Node:
        types = node.get("type")
        if isinstance(types, str):
            return node
        chosen = types[0] if isinstance(types, list) and types else _type_of(node)
        said = f"可以是{'、'.join(map(str, types))}" if isinstance(types, list) else "没有写明类型"
        self.ledger.lose(node, "type", "narrower", f"{said}；表单只收一种（{chosen}）。", field)
        return with_keywords(node, type=chosen)

    # --- what a settled value is --------------------------------------------------------------------------------------

    def scalar(self, node: Node, place: Place, field: str) -> Attributes | None:
        """The attributes of a text, number or truth value; None for lists, objects and what no form can hold."""
        kind = node.get("type")
        for word in ("not", "if", "then", "else", "allOf", "contains", "propertyNames"):
            if word in node:
                self.ledger.drop(node, place, word, "这种校验不能带入。", field)
        if kind not in ("string", "integer", "number", "boolean"):
            return None
        self.ledger.carry(node, "type", NAMES)
        for words, kinds in ((_TEXT_WORDS, ("string",)), (_NUMBER_WORDS, ("integer", "number"))):
            for word in sorted(words & node.keywords.keys()):
                if kind not in kinds:
                    self.ledger.lose(node, word, "none", "对这种类型不起作用。", field)
        for word in sorted((_LIST_WORDS | _OBJECT_WORDS) & node.keywords.keys()):
            self.ledger.lose(node, word, "none", "对这种类型不起作用。", field)
            self.ledger.carry_all(*_below(node, word))
        if kind == "string":
            return self._text(node, place, field)
        if "enum" in node or "const" in node:
            self._drop_choice(node, place, field)
        return self._number(node, place, field) if kind != "boolean" else {"data_type": "boolean"}

    def _drop_choice(self, node: Node, place: Place, field: str) -> None:
        for word in ("enum", "const"):
            if word in node:
                values = node.get(word) if word == "enum" else [node.get(word)]
                said = f"只许填 {'、'.join(str(one) for one in values[:5])} 的校验没有带入。"
                self.ledger.drop(node, place, word, said, field)

    def _text(self, node: Node, place: Place, field: str) -> Attributes:
        choices = node.get("enum", [node.get("const")] if "const" in node else None)
        if isinstance(choices, list):
            return self._choice(node, place, field, choices)
        written = node.get("format")
        if written == "date":
            self.ledger.carry(node, "format")
            return self._date(node, place, field)
        if written in _FILE_FORMATS or "contentEncoding" in node:
            word = "format" if written in _FILE_FORMATS else "contentEncoding"
            self.ledger.lose(node, word, "different", "文件改为附件：填写人上传，表单只存附件编号。", field)
            for extra in sorted(_TEXT_WORDS & node.keywords.keys()):
                self.ledger.carry(node, extra)
            self._replace_text(node, place, {"pattern": NOT_BLANK.portable, "maxLength": LONGEST_REFERENCE})
            return {"data_type": "file"}
        found: Attributes = {"data_type": "string"}
        if isinstance(written, str) and written in _KIND_OF_FORMAT:
            self.ledger.carry(node, "format")
            found["data_type"] = _KIND_OF_FORMAT[written]
        elif "format" in node:
            said = f"“{written}”格式只作说明，不再校验。" if isinstance(written, str) else "格式不能识别。"
            self.ledger.drop(node, place, "format", said, field)
            found["format"] = str(written)[:40]
        for word, attribute in (("minLength", "min_length"), ("maxLength", "max_length")):
            if (length := self._count(node, place, word, field)) is not None:
                found[attribute] = length
        if found.get("min_length") == 0:
            del found["min_length"]
        if found["data_type"] == "string" and found.get("max_length", 0) >= LONG_TEXT:
            found["data_type"] = "text"
        if "pattern" in node:
            found |= self._pattern(node, place, field)
        return found

    def _replace_text(self, node: Node, place: Place, instead: dict[str, Any]) -> None:
        bare = Node(
            {key: one for key, one in node.keywords.items() if key not in _TEXT_WORDS}, node.origins, node.pointer
        )
        self.ledger.replace(place, node, with_keywords(bare, **instead))

    def _count(self, node: Node, place: Place, word: str, field: str) -> int | None:
        value = node.get(word)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            self.ledger.carry(node, word)
            return value
        self.ledger.drop(node, place, word, "应是不小于 0 的整数，没有带入。", field)
        return None

    def _pattern(self, node: Node, place: Place, field: str) -> Attributes:
        pattern = node.get("pattern")
        try:
            parse(pattern)
        except PatternNotPortable as refusal:
            self.ledger.drop(node, place, "pattern", f"不再校验：{refusal.sentence}", field)
            return {}
        self.ledger.carry(node, "pattern")
        return {"pattern": pattern}

    def _choice(self, node: Node, place: Place, field: str, choices: list[Any]) -> Attributes:
        word = "enum" if "enum" in node else "const"
        texts = list(dict.fromkeys(one for one in choices if isinstance(one, str) and not _is_blank(one)))
        if len(texts) < len(choices):
            self.ledger.lose(node, word, "narrower", "空白的和不是文本的选项没有带入。", field)
            self.ledger.change((*place, word), texts if word == "enum" else "\0")
        self.ledger.carry(node, word)
        for extra in ("pattern", "minLength", "maxLength", "format"):
            if extra in node:
                self.ledger.drop(node, place, extra, "选项之外的校验没有带入。", field)
        names = node.get(NAMES) or node.get("enumNames") or {}
        self.ledger.carry(node, "enumNames")
        named = dict(zip(choices, names, strict=False)) if isinstance(names, list) else names
        options = tuple(FieldOption(code=one, name=str(named.get(one) or one)) for one in texts)
        return {"data_type": "dict", "options": options}

    def _date(self, node: Node, place: Place, field: str) -> Attributes:
        for extra in ("pattern", "minLength", "maxLength"):
            if extra in node:
                self.ledger.drop(node, place, extra, "日期之外的校验没有带入。", field)
        self.ledger.lose(node, "format", "narrower", "年份须在 1000 到 2999 之间。", field)
        self.ledger.change((*place, "allOf", "+"), {"pattern": DATE_PATTERN})
        return {"data_type": "date"}

    def _number(self, node: Node, place: Place, field: str) -> Attributes:
        found: Attributes = {"data_type": "integer" if node.get("type") == "integer" else "decimal"}
        digits = _whole_digits(node)
        if digits is None:
            self.ledger.lose(node, "type", "narrower", f"数字的整数部分最多 {MOST_DIGITS} 位。", field)
            self.ledger.change((*place, "allOf", "+"), {"exclusiveMinimum": -_BOUND, "exclusiveMaximum": _BOUND})
        for word in ("minimum", "maximum"):
            if _is_number(node.get(word)):
                self.ledger.carry(node, word)
                found[word] = node.get(word)
        for word, bound, sign in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
            edge = node.get(word)
            if not _is_number(edge):
                continue
            if digits is not None:
                self.ledger.carry(node, word)
            elif found["data_type"] == "integer":
                self.ledger.carry(node, word)
                whole = edge + sign if edge == int(edge) else -(-edge // 1) if sign > 0 else edge // 1
                found[bound] = max(whole, found.get(bound, whole)) if sign > 0 else min(whole, found.get(bound, whole))
            else:
                self.ledger.lose(node, word, "wider", f"边界值 {edge} 本身也可以填。", field)
                self.ledger.change((*place, word), DROP)
                inner = found.get(bound, edge)
                found[bound] = max(edge, inner) if sign > 0 else min(edge, inner)
                self.ledger.change((*place, bound), found[bound])
        if "multipleOf" in node:
            found |= self._multiple(node, place, field, found["data_type"])
        if digits is not None and digits < MOST_DIGITS:
            found["max_length"] = digits + found.get("scale", 0)
        return found

    def _multiple(self, node: Node, place: Place, field: str, kind: DataType) -> Attributes:
        step = node.get("multipleOf")
        exponent = Decimal(repr(step)).normalize().as_tuple() if _is_number(step) and step > 0 else None
        if exponent is not None and exponent.digits == (1,) and isinstance(exponent.exponent, int):
            if kind == "integer" and exponent.exponent <= 0:
                self.ledger.carry(node, "multipleOf")
                return {}
            if kind == "decimal" and -6 <= exponent.exponent <= 0:
                self.ledger.carry(node, "multipleOf")
                return {"scale": -exponent.exponent}
        self.ledger.drop(node, place, "multipleOf", f"须为 {step} 的倍数的校验没有带入。", field)
        return {}


def _whole_digits(node: Node) -> int | None:
    """How many digits before the point the exclusive bounds leave, where they say just that."""
    lowest, highest = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    if not (_is_number(lowest) and _is_number(highest) and lowest == -highest):
        return None
    return next((digits for digits in range(1, MOST_DIGITS + 1) if highest == 10**digits), None)


def with_keywords(node: Node, **keywords: Any) -> Node:
    """The schema with these keywords in place of its own."""
    return Node({**node.keywords, **keywords}, node.origins, node.pointer)


def _below(node: Node, word: str) -> list[Node]:
    value = node.get(word)
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    return [one for one in members if isinstance(one, Node)]


def _is_null(node: Node) -> bool:
    return node.get("type") == "null" or node.get("enum") == [None] or ("const" in node and node.get("const") is None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_blank(text: str) -> bool:
    return not text.strip()


def _is_portable(pattern: str) -> bool:
    try:
        parse(pattern)
    except PatternNotPortable:
        return False
    return True


def _options_of(branches: list[Node]) -> dict[str, str] | None:
    """The codes and names that the alternatives offer; None where one of them is more than a list of texts."""
    found: dict[str, str] = {}
    for one in branches:
        choices = one.get("enum", [one.get("const")] if "const" in one else None)
        plain = set(one.keywords) <= {"enum", "const", "type", "title", "description", NAMES}
        if not plain or not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
            return None
        title = one.get("title") if len(choices) == 1 else None
        found |= {choice: title if isinstance(title, str) else choice for choice in choices}
    return found


def _type_of(node: Node) -> str:
    """The type that a schema means without saying it, by its keywords and choices; text where nothing tells."""
    named = node.get("type")
    if isinstance(named, str):
        return named
    choices = node.get("enum", [node.get("const")] if "const" in node else [])
    for choice in choices if isinstance(choices, list) else ():
        for name, kind in _OF_TYPE.items():
            if isinstance(choice, kind) and (name == "boolean" or not isinstance(choice, bool)):  # type: ignore[arg-type]
                return name
    words = node.keywords.keys()
    if words & _OBJECT_WORDS:
        return "object"
    if words & _LIST_WORDS:
        return "array"
    return "number" if words & _NUMBER_WORDS else "string"
