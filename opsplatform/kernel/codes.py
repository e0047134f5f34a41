"""Codes of people, bodies and items: check digits, configurable patterns, composed item codes.

Each check accepts exactly the printed form: no spaces, no hyphens, no lower case, because partners compare codes
character by character.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.texts import UNSEEN

_CITIZEN_ID = re.compile(r"[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9X]")
_USCC = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ELEMENT_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")
ELEMENT_CODE_RULE = "代码以字母开头，只用字母、数字、下划线、点和短横，不超过 60 个字符"

CODE_PATTERN = rf"^(?!\.{{1,2}}$)[^\s/\\?#%{UNSEEN}]+$"  # a code is a step of an address; also read by JSON Schema
CODE_RULE = "代码不能含有空白、不可见字符和 / \\ ? # %，也不能是 . 或 ..。"
_CODE = re.compile(CODE_PATTERN)


def is_code(text: str) -> bool:
    """Whether a row of a register may have this code."""
    return _CODE.fullmatch(text) is not None


def is_element_code(text: str) -> bool:
    """Whether a person may give an element of a document this code, as the designers' static/console/designer/codes.js
    has it.
    """
    return _ELEMENT_CODE.fullmatch(text) is not None


def is_citizen_id(text: str) -> bool:
    """Whether the text is an 18-character citizen id with a real birth date and the right check digit (GB 11643-1999).

    The division of birth is not looked up: divisions are founded and dissolved, and no table of them is ever complete.
    """
    if not _CITIZEN_ID.fullmatch(text) or ric.calc_check_digit(text) != text[-1]:
        return False
    try:
        ric.get_birth_date(text)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=65_536)  # the bodies of a city, asked for again with every draft that is frozen
def is_uscc(text: str) -> bool:
    """Whether the text is an 18-character unified social credit code with the right check digit (GB 32100-2015).

    The first two characters may be letters (N2 is a rural collective, Y1 another body), which stdnum's own
    `validate` refuses; hence only its check-digit arithmetic is used.
    """
    return bool(_USCC.fullmatch(text)) and uscc.calc_check_digit(text) == text[-1]


def org_code_check_digit(body: str) -> str:
    """The ninth character belonging to the eight characters of an organisation code (GB 11714-1997)."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, _ORG_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


# GB/T 39046-2020 writes an..10 and an..24 for basic and implementing codes, C0109 / GB/T 39554 systems 12 and 31.
DEFAULT_CODE_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "division": r"[0-9]{6}|[0-9]{9}",
        "basic_code": r"[0-9A-Z]{1,10}|[0-9A-Z]{12}",
        "implementing_code": r"[0-9A-Z]{1,24}|[0-9A-Z]{31}",
        "handling_code": r"[0-9A-Z]{33}",
        "dictionary": r"[A-Za-z][A-Za-z0-9_.-]{0,63}",
        "dictionary_entry": r"[0-9A-Za-z_.-]{1,40}",
        "public_field": r"[0-9A-Za-z_][0-9A-Za-z_.@~-]*",  # @ and ~ qualify a dossier's (domain.md §8)
    }
)


class CodePatterns:
    """The patterns whole codes must match, by name; what settings say replaces the defaults one by one."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        """Raises ValueError for a name that has no default or a pattern that is no regular expression."""
        overrides = overrides or {}
        if unknown := sorted(set(overrides) - set(DEFAULT_CODE_PATTERNS)):
            raise ValueError(f"no such code pattern: {', '.join(unknown)}")
        self._compiled: dict[str, re.Pattern[str]] = {}
        for name, pattern in {**DEFAULT_CODE_PATTERNS, **overrides}.items():
            try:
                self._compiled[name] = re.compile(pattern, re.ASCII)
            except re.error as error:
                raise ValueError(f"code pattern {name}: {error}") from error

    def accepts(self, name: str, code: str) -> bool:
        """Whether the whole code matches the pattern of this name; KeyError for a name without pattern."""
        return self._compiled[name].fullmatch(code) is not None


class MalformedCode(Invalid):
    """A part of a composed code has not the shape the standard asks for."""

    code = "malformed_code"
    sentence = "编码的组成部分不符合规定的格式。"


_C0109_BASIC = re.compile(r"[0-9A-Z]{12}")


def implementing_code(body: str, level: str, basic: str) -> str:
    """The 31-character implementing code: USCC of the body 18 + exercise level 1 + basic code 12 (C0109.1-2018).

    Raises MalformedCode naming the part that has not the shape this needs.
    """
    if not is_uscc(body):
        raise MalformedCode(f"“{body}”不是有效的统一社会信用代码。")
    if not re.fullmatch(r"[0-9]", level):
        raise MalformedCode(f"“{level}”不是一位数字的行使层级。")
    if not _C0109_BASIC.fullmatch(basic):
        raise MalformedCode(f"“{basic}”不是 12 位的基本编码。")
    return body + level + basic


def handling_code(body: str, level: str, basic: str, sequence: str) -> str:
    """The 33-character handling code: implementing code 31 + sequence 2 (C0109.1-2018); MalformedCode as above."""
    if not re.fullmatch(r"[0-9]{2}", sequence):
        raise MalformedCode(f"“{sequence}”不是两位数字的办理项序号。")
    return implementing_code(body, level, basic) + sequence
