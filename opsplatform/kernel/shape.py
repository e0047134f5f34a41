"""Reading a JSON tree into a typed document with every error at once, each at its JSON pointer, in plain Chinese."""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, TypeVar

import jsonschema_rs
import msgspec

from opsplatform.kernel.codes import CODE_PATTERN, CODE_RULE
from opsplatform.kernel.conditions import DEMANDS
from opsplatform.kernel.errors import MOST_PROBLEMS, Invalid, Problem, more_problems
from opsplatform.kernel.texts import find_unseen

T = TypeVar("T")

MOST_VALUES = 30_000
LONGEST_TEXT = 20_000  # characters, where nothing shorter is said: several pages of a law

_HOLDERS = (str, dict, list)  # what holds texts
_TYPE_NAMES = {
    "string": "文本", "integer": "整数", "number": "数字", "boolean": "true 或 false", "array": "列表",
    "object": "对象", "null": "空",
}  # fmt: skip


_LIMITS = {
    "maxLength": "最多 {} 个字。", "minLength": "最少 {} 个字。",
    "maximum": "不能大于 {}。", "minimum": "不能小于 {}。",
    "maxItems": "最多 {} 项。", "minItems": "最少 {} 项。",
}  # fmt: skip


def read_document(kind: type[T], tree: Any) -> T:
    """The document the tree spells; raises Invalid with all that is wrong."""
    problems = shape_problems(kind, tree)
    if problems:
        raise Invalid(f"有 {len(problems)} 处不符合格式：{problems[0]}", problems=problems)
    return msgspec.convert(tree, kind)


def shape_problems(kind: type, tree: Any) -> tuple[Problem, ...]:
    """Everything in which the tree differs from the shape of the document, in order of place, up to MOST_PROBLEMS.

    A tree of more than MOST_VALUES values, several times what people put into a document, is told its first error only:
    the validator collects all of them before it gives one, and a megabyte of wrong elements would cost gigabytes.
    """
    validator = _validator(kind)
    is_huge = _is_huge(tree)
    errors = _first_error(validator, tree) if is_huge else validator.iter_errors(tree)
    found = (problem for error in errors for problem in _problems_of(error))
    problems = {(problem.pointer, problem.sentence): problem for problem in islice(found, MOST_PROBLEMS)}
    if next(found, None) is not None:
        more = more_problems()
        problems[more.pointer, more.sentence] = more
    for problem in islice(unfit_texts(tree), 0 if is_huge and problems else MOST_PROBLEMS):
        problems.setdefault((problem.pointer, problem.sentence), problem)
    if not problems:
        try:
            msgspec.convert(tree, kind)
        except msgspec.ValidationError as error:
            problem = _from_msgspec(error)
            problems[problem.pointer, problem.sentence] = problem
    return tuple(problems[key] for key in sorted(problems))


def unfit_texts(tree: Any, place: str = "") -> Iterator[Problem]:
    """Texts, wherever they stand, that are longer than anybody writes or hold characters that nobody sees."""
    pending: list[tuple[str, Any]] = [(place, tree)]
    while pending:
        pointer, node = pending.pop()
        if isinstance(node, str):
            if len(node) > LONGEST_TEXT:
                yield Problem(pointer, "out_of_range", _LIMITS["maxLength"].format(LONGEST_TEXT))
            if found := find_unseen(node):
                yield Problem(pointer, "unseen_character", f"含有不可见的控制字符（U+{ord(found):04X}）。")
        elif isinstance(node, dict):
            if find_unseen("".join(node)):
                for key in filter(find_unseen, node):
                    yield Problem(f"{pointer}/{_step(key)}", "unseen_character", "键含有不可见的控制字符。")
            pending.extend((f"{pointer}/{_step(key)}", one) for key, one in node.items() if isinstance(one, _HOLDERS))
        elif isinstance(node, list):
            pending.extend((f"{pointer}/{number}", one) for number, one in enumerate(node) if isinstance(one, _HOLDERS))


def _step(key: object) -> str:
    """A key as a step of a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")


def _first_error(validator: Any, tree: Any) -> list[Any]:
    try:
        validator.validate(tree)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


def _is_huge(tree: Any) -> bool:
    count, pending = 1, [tree]
    while pending and count <= MOST_VALUES:
        node = pending.pop()
        if isinstance(node, dict | list):
            count += len(node)
            pending.extend(node.values() if isinstance(node, dict) else node)
    return count > MOST_VALUES


@cache
def _validator(kind: type) -> Any:
    schema = msgspec.json.schema(kind)
    if "Condition" in schema.get("$defs", {}):
        schema["$defs"]["Condition"] |= DEMANDS
    return jsonschema_rs.validator_for(_pointed(schema))


def _pointed(schema: Any) -> Any:
    """The same schema with unions spelled as if/then, so that errors name the place in the branch that was meant."""
    if isinstance(schema, list):
        return [_pointed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    branches = schema.get("anyOf")
    if branches is None:
        return {key: _pointed(value) for key, value in schema.items()}
    if "discriminator" in schema:
        tag, mapping = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
        return {
            "type": "object",
            "required": [tag],
            "properties": {tag: {"enum": sorted(mapping)}},
            "allOf": [
                {"if": {"properties": {tag: {"const": name}}, "required": [tag]}, "then": {"$ref": reference}}
                for name, reference in sorted(mapping.items())
            ],
        }
    others = [branch for branch in branches if branch != {"type": "null"}]
    if len(others) == 1 and len(others) < len(branches):
        return {"if": {"not": {"type": "null"}}, "then": _pointed(others[0])}
    types = [branch.get("type") for branch in branches]
    if all(isinstance(name, str) for name in types) and len(set(types)) == len(types):
        told = [{"if": {"type": branch["type"]}, "then": _pointed(branch)} for branch in branches]
        return {"type": types, "allOf": told}
    return {key: _pointed(value) for key, value in schema.items()}


def _problems_of(error: Any) -> list[Problem]:
    pointer = "".join(f"/{_step(step)}" for step in error.instance_path)
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    details = error.kind
    if keyword == "required":
        return [Problem(f"{pointer}/{details.property}", "missing", "缺少这一项。")]
    if keyword == "additionalProperties":
        return [Problem(f"{pointer}/{name}", "unknown_key", "不认识的键。") for name in details.unexpected]
    if keyword == "type":
        return [Problem(pointer, "wrong_type", f"应为{_expected(details)}，实为{_shortened(error.instance)}。")]
    if keyword == "enum":
        return [Problem(pointer, "unknown_value", f"{_shortened(error.instance).lstrip()} 不在允许的取值之内。")]
    if keyword == "pattern" and details.pattern == CODE_PATTERN:
        return [Problem(pointer, "malformed_code", CODE_RULE)]
    if keyword in _LIMITS:
        return [Problem(pointer, "out_of_range", _LIMITS[keyword].format(details.limit))]
    if keyword == "oneOf":
        return [Problem(pointer, "wrong_shape", "条件应恰好是 all、any、not 或 q 与 op 之一。")]
    return [Problem(pointer, "wrong_shape", f"不符合格式（{keyword}）：{_shortened(error.instance).lstrip()}。")]


def _expected(details: Any) -> str:
    types = details.types if isinstance(details.types, list | tuple) else [details.types]
    return "或".join(_TYPE_NAMES.get(str(name), str(name)) for name in types)


def _shortened(value: Any) -> str:
    if value is None:
        return "空（null）"
    spelled = json.dumps(value, ensure_ascii=False)
    return f" {spelled if len(spelled) <= 60 else spelled[:57] + '…'}"


def _from_msgspec(error: msgspec.ValidationError) -> Problem:
    message, _, place = str(error).partition(" - at `$")
    steps = re.findall(r"\.([^.\[`]+)|\[([^\]]*)\]", place)
    pointer = "".join(f"/{name or index}" for name, index in steps)
    return Problem(pointer, "wrong_shape", f"不符合格式：{message}。")
