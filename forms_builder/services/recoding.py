"""Codes in a JSON document are replaced where they stand: values, lists, tests of a condition, keys of a map."""

from collections.abc import Sequence
from typing import Any

from opsplatform.kernel.errors import WrongState

# What tests one value, and what tests the same of several.
_OF_SEVERAL = {"eq": "in", "ne": "not_in", "contains": "contains_any"}
OPS_OF_SEVERAL = {*_OF_SEVERAL, *_OF_SEVERAL.values()}


def recode(tree: Any, place: str, code: str, codes: Sequence[str]) -> None:
    """At the place (JSON pointer), `codes` stand instead of `code`; raises WrongState where it is not there.

    A value becomes the one code, a list names each once, a test of one value becomes a test of several where needed; in
    a map each of them leads to what the code led to, unless it leads somewhere already.
    """
    *above, last = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]
    holder = tree
    for step in above:
        holder = _under(holder, step)
    held = _under(holder, last)
    if isinstance(held, dict) and {"q", "op"} <= held.keys():
        _retest(held, code, codes)
    elif isinstance(held, dict):
        holder[_at(holder, last)] = _rekeyed(held, code, codes)
    elif isinstance(held, list):
        holder[_at(holder, last)] = _among(held, code, codes)
    elif held == code and len(codes) == 1:
        holder[_at(holder, last)] = codes[0]
    else:
        raise _moved(place)


def _under(holder: Any, step: str) -> Any:
    try:
        return holder[_at(holder, step)]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise _moved(step) from error


def _at(holder: Any, step: str) -> Any:
    return int(step) if isinstance(holder, list) else step


def _moved(place: str) -> WrongState:
    return WrongState(f"{place} 处的内容已变，请重新核对。")


def _among(held: list[Any], code: str, codes: Sequence[str]) -> list[Any]:
    if code not in held:
        raise _moved(code)
    replaced = [one for old in held for one in (codes if old == code else (old,))]
    return list(dict.fromkeys(replaced))


def _rekeyed(held: dict[str, Any], code: str, codes: Sequence[str]) -> dict[str, Any]:
    if code not in held:
        raise _moved(code)
    rest = {key: value for key, value in held.items() if key != code}
    return dict.fromkeys(codes, held[code]) | rest


def _retest(test: dict[str, Any], code: str, codes: Sequence[str]) -> None:
    value = test.get("value")
    if isinstance(value, list):
        test["value"] = _among(value, code, codes)
    elif value != code:
        raise _moved(code)
    elif len(codes) == 1:
        test["value"] = codes[0]
    elif test["op"] in _OF_SEVERAL:
        test["op"], test["value"] = _OF_SEVERAL[test["op"]], list(codes)
    else:
        raise WrongState(f"条件 {test['op']} 只能改为一个代码。")
