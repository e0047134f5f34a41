"""How sensitive the values of a field are (分级分类), without Django; opsplatform.kernel.masking hides them.

Classes after GB/T 43697-2024 and GB/T 35273: 公开 and 内部 are shown to every account that sees the place; of 敏感
(identity, contact, place of living) only the ends; of 高度敏感 (health, biometrics, bank accounts) nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from opsplatform.kernel.masking import HIGHLY_SENSITIVE, MASKED, SENSITIVE, shown

PUBLIC, INTERNAL = "public", "internal"
CLASSES = [(PUBLIC, "公开"), (INTERNAL, "内部"), (SENSITIVE, "敏感"), (HIGHLY_SENSITIVE, "高度敏感")]

_STRICTNESS = {code: rank for rank, (code, _) in enumerate(CLASSES)}

_KINDS_OF_PERSONS = frozenset({"id_card", "phone", "address"})
_FORMATS_OF_PERSONS = frozenset({"cert_no"})


def class_of(given: str, data_type: str, value_format: str) -> str:
    """The class that was given, else what the kind of value calls for: identity and contact are sensitive."""
    if given:
        return given
    return SENSITIVE if data_type in _KINDS_OF_PERSONS or value_format in _FORMATS_OF_PERSONS else INTERNAL


def shown_in_field(value: Any, own: str, columns: Mapping[str, str]) -> Any:
    """What is shown of a field's value: of a table whose own class is not masked, each cell by its column's class."""
    if own in MASKED or not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return shown(value, own)
    return [{code: shown(cell, columns.get(code, own)) for code, cell in row.items()} for row in value]


def is_stricter(one: str, than: str) -> bool:
    """Whether the class hides more than the other."""
    return _STRICTNESS[one] > _STRICTNESS[than]


def strictest(classes: Iterable[str]) -> str:
    """The class that hides most: of a value that stands for several fields."""
    return max(classes, key=_STRICTNESS.__getitem__, default=INTERNAL)
