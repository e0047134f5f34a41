"""Any dialect of JSON Schema, draft-04 to 2020-12, as one tree of 2020-12 keywords in which no reference is left.

Nothing is fetched: what another file would say is a loss. A schema that contains itself has no such tree and is
refused.
"""

from collections.abc import Iterator
from typing import Any, Literal, get_args
from urllib.parse import unquote

import jsonschema_rs
import msgspec

from forms_builder.exchange.combining import Node, combine
from forms_builder.exchange.errors import SchemaRefused
from forms_builder.exchange.losses import Consequence, Loss
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.parsing import parse_json_file

Dialect = Literal["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
MOST_NODES = 20_000  # a few references to references grow beyond any bound
MOST_DEPTH = 64
MOST_NESTED = 40  # schemas within schemas once references are followed
MOST_TOGETHER = 2_000  # schemas, types or names in one list; the judgement of each is kept while it is judged

_ADDRESSES: dict[Dialect, str] = {
    "draft-04": "http://json-schema.org/draft-04/schema#",
    "draft-06": "http://json-schema.org/draft-06/schema#",
    "draft-07": "http://json-schema.org/draft-07/schema#",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
}
_OF_ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
           "unevaluatedProperties", "unevaluatedItems", "additionalItems")  # fmt: skip
_OF_LIST = ("anyOf", "oneOf", "prefixItems")
_OF_NAMES = ("properties", "patternProperties", "dependentSchemas")
STRUCTURE = frozenset(
    {
        "$schema",
        "$id",
        "id",
        "$ref",
        "$anchor",
        "$vocabulary",
        "definitions",
        "$defs",
        "$recursiveAnchor",
        "$dynamicAnchor",
    }
)
_REFERENCES = ("$ref", "$recursiveRef", "$dynamicRef")
_ORIGINALLY = {
    "dependentRequired": "dependencies", "dependentSchemas": "dependencies", "prefixItems": "items",
    "exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum", "items": "additionalItems",
}  # fmt: skip
_SINCE: dict[str, Dialect] = {  # what an earlier version passes over
    **dict.fromkeys(("const", "contains", "propertyNames"), "draft-06"),
    **dict.fromkeys(("if", "then", "else"), "draft-07"),
    **dict.fromkeys(("dependentRequired", "dependentSchemas", "unevaluatedProperties"), "2019-09"),
    **dict.fromkeys(("unevaluatedItems", "minContains", "maxContains"), "2019-09"),
    "prefixItems": "2020-12",
}
_NEWEST = frozenset({"$defs", *(word for word, since in _SINCE.items() if not since.startswith("draft"))})
_LISTS_OF_VALUES = frozenset({"enum", "const", "default", "examples"})
_LATER_FORMATS = ("uuid", "duration")
_BESIDE_REFERENCE = "按这一版本的规范，与 $ref 并列的内容不起作用，没有带入。"


class NormalForm(msgspec.Struct, frozen=True):
    """The root of the tree, the dialect it came from, and what got lost on the way."""

    root: Node
    dialect: Dialect
    losses: tuple[Loss, ...]


def parse_schema(content: bytes) -> Any:
    """The JSON tree of an uploaded schema; raises BadJSON with the place."""
    return parse_json_file(content, max_depth=MOST_DEPTH)


def normal_form(tree: Any) -> NormalForm:
    """The normal form of a schema; raises SchemaRefused with every place that has none."""
    if not isinstance(tree, dict):
        raise SchemaRefused("文件的最外层应是一个 JSON Schema 对象。")
    if problems := tuple(_overlong(tree)):
        raise SchemaRefused(problems[0].sentence, problems=problems)
    dialect = dialect_of(tree)
    _refuse_malformed(tree, dialect)
    reader = _Unfolder(tree, dialect)
    root = reader.node(tree, "", ("#",))
    if reader.problems:
        problems = tuple(dict.fromkeys(reader.problems))
        raise SchemaRefused(f"有 {len(problems)} 处不能读成表单：{problems[0].sentence}", problems=problems)
    return NormalForm(root, reader.dialect, tuple(reader.losses))


def _refuse_malformed(tree: dict[str, Any], dialect: Dialect) -> None:
    """Passes for what the dialect's own schema of schemas accepts."""
    try:
        jsonschema_rs.meta.validate({**tree, "$schema": _ADDRESSES[dialect]})
    except jsonschema_rs.ValidationError as error:
        pointer = "".join(f"/{step(part)}" for part in error.instance_path)
        said = f"{pointer or '最外层'} 不符合 JSON Schema {dialect} 的写法。"
        raise SchemaRefused(said, problems=(Problem(pointer, "not_a_schema", said),)) from error


def _overlong(tree: dict[str, Any]) -> Iterator[Problem]:
    pending: list[tuple[str, Any]] = [("", tree)]
    while pending:
        pointer, node = pending.pop()
        if isinstance(node, dict):
            named = [(key, value) for key, value in node.items() if key not in _LISTS_OF_VALUES]
            pending.extend((f"{pointer}/{step(key)}", value) for key, value in named if isinstance(value, dict | list))
        elif len(node) > MOST_TOGETHER:
            yield Problem(pointer, "too_many", f"{pointer} 有 {len(node)} 项，一处最多 {MOST_TOGETHER} 项。")
        else:
            pending.extend(
                (f"{pointer}/{number}", value) for number, value in enumerate(node) if isinstance(value, dict)
            )


def dialect_of(tree: dict[str, Any]) -> Dialect:
    """The version that the schema names; where it names none, the one whose keywords it uses."""
    named = tree.get("$schema")
    if named is None:
        return "2020-12" if _names_any(tree, _NEWEST) else "draft-07"
    if isinstance(named, str) and "json-schema.org/" in named:
        for dialect in DIALECTS:
            if dialect in named.replace("/draft/", "/"):
                return dialect
    raise SchemaRefused(
        f"不认识的 JSON Schema 版本：{str(named)[:80]}。",
        problems=(Problem("/$schema", "unknown_dialect", f"应为 {'、'.join(DIALECTS)} 之一。"),),
    )


def _names_any(node: Any, keywords: frozenset[str]) -> bool:
    if isinstance(node, list):
        return any(_names_any(one, keywords) for one in node)
    return isinstance(node, dict) and (
        bool(node.keys() & keywords) or any(_names_any(one, keywords) for one in node.values())
    )


def step(name: object) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


class _Unfolder:
    """Walks the schema from the root, in place of every reference what it refers to."""

    def __init__(self, root: dict[str, Any], dialect: Dialect) -> None:
        self.root, self.dialect = root, dialect
        self.is_old = dialect in ("draft-04", "draft-06", "draft-07")
        self.losses: list[Loss] = []
        self.problems: list[Problem] = []
        self.count = self.nested = 0

    def problem(self, pointer: str, code: str, sentence: str) -> Node:
        self.problems.append(Problem(pointer, code, sentence))
        return Node(pointer=pointer)

    def lose(self, pointer: str, keyword: str, consequence: Consequence, sentence: str) -> None:
        self.losses.append(Loss(pointer=pointer, keyword=keyword, consequence=consequence, sentence=sentence))

    def node(self, source: Any, pointer: str, within: tuple[str, ...]) -> Node:
        """The normal form of one schema of the file; `within` are the references it was reached by."""
        self.count += 1
        if self.count > MOST_NODES:
            raise SchemaRefused(f"引用展开后超过 {MOST_NODES} 处，不能读成表单。")
        if not isinstance(source, dict):
            nothing = Node(pointer=pointer)
            return nothing if source is True else Node({"not": nothing}, {"not": [pointer]}, pointer)
        self.nested += 1
        if self.nested > MOST_NESTED:
            raise SchemaRefused(f"{pointer} 处的内容和引用超过 {MOST_NESTED} 层，不能读成表单。")
        keyword = next((key for key in _REFERENCES if key in source), None)
        if keyword is not None and isinstance(source[keyword], str):
            found = self.referred(keyword, source, pointer, within)
        else:
            found = self.keywords(source, pointer, within)
        self.nested -= 1
        return found

    def referred(self, keyword: str, source: dict[str, Any], pointer: str, within: tuple[str, ...]) -> Node:
        """What the keyword refers to, with what stands beside it where the dialect lets that count."""
        reference, place = source[keyword], f"{pointer}/{keyword}"
        if reference in within:
            return self.problem(pointer, "recursive", f"{pointer} 引用了它自己所在的内容（{reference}），没有尽头。")
        beside = {key: value for key, value in source.items() if key not in _REFERENCES}
        target = self.find(reference)
        if target is not None:
            found = self.node(*target, (*within, reference))
        elif reference.startswith("#"):
            return self.problem(place, "no_such_reference", f"引用的 {reference} 不存在。")
        else:
            said = f"内容在另一个文件中（{reference[:80]}），没有读取；按文本处理。"
            self.lose(place, keyword, "different", said)
            found = Node({"type": "string"}, {"type": [place]}, pointer)
        if not self.is_old:
            return self.with_part(found, self.keywords(beside, pointer, within))
        found = Node(dict(found.keywords), dict(found.origins), pointer)
        for key, value in beside.items():
            if key in ("title", "description"):
                found.keywords[key], found.origins[key] = value, [f"{pointer}/{key}"]
            elif key not in STRUCTURE:
                self.lose(f"{pointer}/{step(key)}", key, "none", _BESIDE_REFERENCE)
        return found

    def find(self, reference: str) -> tuple[Any, str] | None:
        """The schema in this file that the reference names, and its place."""
        base, _, fragment = reference.partition("#")
        own = self.root.get("$id", self.root.get("id"))
        if base and (not isinstance(own, str) or base != own.partition("#")[0]):
            return None
        if fragment and not fragment.startswith("/"):
            return self.anchor(fragment)
        node: Any = self.root
        for part in unquote(fragment).split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and key.isdigit() and int(key) < len(node):
                node = node[int(key)]
            elif isinstance(node, dict) and key in node:
                node = node[key]
            else:
                return None
        return node, unquote(fragment)

    def anchor(self, name: str) -> tuple[Any, str] | None:
        pending: list[tuple[Any, str]] = [(self.root, "")]
        while pending:
            node, pointer = pending.pop()
            if isinstance(node, dict):
                if name in (node.get("$anchor"), node.get("$dynamicAnchor")):
                    return node, pointer
                if f"#{name}" in (node.get("$id"), node.get("id")):
                    return node, pointer
                pending += [(value, f"{pointer}/{step(key)}") for key, value in node.items()]
            elif isinstance(node, list):
                pending += [(value, f"{pointer}/{number}") for number, value in enumerate(node)]
        return None

    def keywords(self, source: dict[str, Any], pointer: str, within: tuple[str, ...]) -> Node:
        """The keywords of one schema in the spelling of 2020-12, the schemas below them unfolded."""
        found = Node(pointer=pointer)
        modern = self.modern(source, pointer)
        parts = modern.pop("allOf", [])
        for key, value in modern.items():
            origin = f"{pointer}/{step(key if key in source else _ORIGINALLY.get(key, key))}"
            found.origins[key] = [origin]
            if key in _OF_ONE and isinstance(value, dict | bool):
                found.keywords[key] = value if isinstance(value, bool) else self.node(value, origin, within)
            elif key in _OF_LIST and isinstance(value, list):
                found.keywords[key] = [self.node(one, f"{origin}/{number}", within) for number, one in enumerate(value)]
            elif key in _OF_NAMES and isinstance(value, dict):
                found.keywords[key] = {
                    name: self.node(one, f"{origin}/{step(name)}", within) for name, one in value.items()
                }
            else:
                found.keywords[key] = value
        for number, part in enumerate(parts if isinstance(parts, list) else ()):
            found = self.with_part(found, self.node(part, f"{pointer}/allOf/{number}", within))
        return found

    def with_part(self, whole: Node, part: Node) -> Node:
        """The schema with one part of its allOf; what closes only one of the two off is lost."""
        closings = ((part, whole, "additionalProperties"), (part, whole, "unevaluatedProperties"),
                    (whole, part, "additionalProperties"))  # fmt: skip
        for closed, open_, key in closings:
            strange = set(open_.get("properties", ())) - set(closed.get("properties", ()))
            if closed.get(key) is False and strange:
                del closed.keywords[key]
                self.lose(closed.origin(key), key, "wider", "allOf 的一部分不许其他部分的内容出现，没有带入。")
        return combine(whole, part)

    def comes_later(self, keyword: str) -> bool:
        """Whether the dialect passes the keyword over, as it knows nothing of it yet."""
        return DIALECTS.index(_SINCE.get(keyword, self.dialect)) > DIALECTS.index(self.dialect)

    def modern(self, source: dict[str, Any], pointer: str) -> dict[str, Any]:
        """The keywords as 2020-12 spells them."""
        found = {key: value for key, value in source.items() if key not in STRUCTURE}
        for key in [key for key in found if self.comes_later(key)]:
            self.lose(f"{pointer}/{key}", key, "none", f"这一版本的规范没有 {key}，不起作用。")
            del found[key]
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if isinstance(found.get(exclusive), bool):
                is_exclusive = found.pop(exclusive)
                if is_exclusive and bound in found:
                    found[exclusive] = found.pop(bound)
        if isinstance(found.get("items"), list):
            found["prefixItems"] = found.pop("items")
            if "additionalItems" in found:
                found["items"] = found.pop("additionalItems")
        if isinstance(dependencies := found.get("dependencies"), dict):
            del found["dependencies"]
            lists = {key: value for key, value in dependencies.items() if isinstance(value, list)}
            rest = {key: value for key, value in dependencies.items() if key not in lists}
            found |= {"dependentRequired": lists} if lists else {}
            found |= {"dependentSchemas": rest} if rest else {}
        if self.is_old and found.get("format") in _LATER_FORMATS:
            self.lose(f"{pointer}/format", "format", "none", f"这一版本的规范没有 {found['format']} 格式，不起作用。")
            del found["format"]
        return found
