"""The kinds of string with a shape of their own: their structure, their judge, and their names in JSON Schema."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from forms_builder.merge.automata import automaton
from forms_builder.merge.patterns import Pattern, parse
from opsplatform.kernel.codes import is_citizen_id, is_uscc


class Format(NamedTuple):
    """`structure` is what a pattern can say of it, `judge` the whole truth, `examples` valid texts by rising length.

    `foreign` are texts of the same use that the format refuses: what people lose when a field is narrowed to it.
    """

    schema_name: str
    title: str
    structure: Pattern
    judge: Callable[[str], bool]
    lengths: tuple[int, int]
    examples: tuple[str, ...]
    foreign: tuple[str, ...]


_USCC_CHARACTER = "[0-9A-HJ-NP-RTUWXY]"
_PHONE = parse(
    "^1[3-9][0-9]{9}$"  # mobile
    "|^0[0-9]{2,3}-?[2-9][0-9]{6,7}(?:-[0-9]{1,6})?$"  # landline with area code and extension
    "|^[48]00-?[0-9]{3}-?[0-9]{4}$"  # 400 and 800 numbers
    "|^1[012][0-9]{1,3}$|^9[56][0-9]{3,6}$"  # 110, 12345, 95566, 962222
)
_POSTCODE = parse("^[0-9]{6}$")


def _phone(text: str) -> bool:
    return automaton(_PHONE.whole).matches(text)


def _postcode(text: str) -> bool:
    return automaton(_POSTCODE.whole).matches(text)


FORMATS_BY_KIND: Mapping[str, Format] = MappingProxyType(
    {
        "uscc": Format(
            "uscc",
            "统一社会信用代码",
            parse(f"^{_USCC_CHARACTER}{{2}}[0-9]{{6}}{_USCC_CHARACTER}{{10}}$"),
            is_uscc,
            (18, 18),
            ("11310000002424034N", "91350100M000100Y43"),
            ("310104600123456", "L12345678", "无"),
        ),
        "id_card": Format(
            "id_card",
            "居民身份证号码",
            parse("^[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9X]$"),
            is_citizen_id,
            (18, 18),
            ("11010519491231002X", "310101199003077755"),
            ("E12345678", "H1234567", "无"),
        ),
        "phone": Format(
            "cn-phone",
            "联系电话",
            _PHONE,
            _phone,
            (3, 20),
            ("110", "12345", "962222", "4008208820", "13800138000", "021-63212810", "021-63212810-8001"),
            ("+85221234567", "微信联系", "无"),
        ),
        "postcode": Format(
            "cn-postcode",
            "邮政编码",
            _POSTCODE,
            _postcode,
            (6, 6),
            ("200040",),
            ("SW1A 1AA", "999", "无"),
        ),
    }
)

FORMATS: dict[str, Callable[[str], bool]] = {one.schema_name: one.judge for one in FORMATS_BY_KIND.values()}
"""For jsonschema-rs: `jsonschema_rs.validator_for(schema, formats=FORMATS, validate_formats=True)`."""
