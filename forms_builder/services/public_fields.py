"""Public fields are registered and corrected."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from forms_builder.models import PublicField
from opsplatform.accounts.models import User
from opsplatform.kernel import registers
from opsplatform.kernel.errors import Problem
from opsplatform.organizations.selectors import city_code

FIELDS = (
    "label", "data_type", "max_length", "scale", "dictionary", "format", "std_format", "prefill_library",
    "prefill_element",
)  # fmt: skip
CODES = {"prefill_library": "prefill_library"}  # column → dictionary whose codes it holds
_CODED = ("dict", "multi_dict")


@transaction.atomic
def save_public_field(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> PublicField:
    """The public field stands in the register; its code is given once."""
    field = registers.lock_or_new(PublicField.objects.all(), pk, expected_revision)
    before = registers.content_of(field) if pk else {}
    registers.fill(field, values, FIELDS if pk else ("code", *FIELDS))
    actor.require("registers.edit")
    registers.refuse([*registers.column_problems(field), *_problems(field)])
    registers.store(
        field,
        registers.differences(before, registers.content_of(field)),
        actor=actor,
        event="public_field",
        division=city_code(),
    )
    return field


def _problems(field: PublicField) -> Iterator[Problem]:
    if field.data_type in _CODED and field.dictionary is None:
        yield Problem("/dictionary", "required", "字典类型的字段须选择字典。")
    if field.data_type not in _CODED and field.dictionary is not None:
        yield Problem("/dictionary", "not_allowed", "只有字典类型的字段可以选择字典。")
    if field.scale is not None and field.data_type != "decimal":
        yield Problem("/scale", "not_allowed", "只有小数类型的字段有小数位数。")
