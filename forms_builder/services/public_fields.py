"""Public fields are registered and corrected."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from forms_builder.documents import MOST_SCALE
from forms_builder.merge.constraints import NUMERIC, TEXTUAL
from forms_builder.merge.errors import PatternNotPortable
from forms_builder.merge.patterns import parse
from forms_builder.models import PublicField
from forms_builder.sensitivity import CLASSES
from forms_builder.services.classes_of_merged import settle_class, stricter_within
from forms_builder.standard_format import Judgement, judge
from opsplatform.accounts.models import User
from opsplatform.kernel import registers
from opsplatform.kernel.codes import CodePatterns, is_code
from opsplatform.kernel.errors import Problem, WrongState
from opsplatform.organizations.selectors import city_code

FIELDS = (
    "label", "synonyms", "data_type", "max_length", "scale", "minimum", "maximum", "pattern", "dictionary", "format",
    "std_format", "sensitivity", "prefill_library", "prefill_element",
)  # fmt: skip
CODES = {"prefill_library": "prefill_library"}  # column → dictionary whose codes it holds
_CODED = ("dict", "multi_dict")
MOST_SYNONYMS, SYNONYM_LENGTH = 40, 60


@transaction.atomic
def save_public_field(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> PublicField:
    """The public field stands in the register; its code is given once, and one that was merged changes no more."""
    field = registers.lock_or_new(PublicField.objects.all(), pk, expected_revision)
    before = registers.content_of(field) if pk else {}
    registers.fill(field, values, FIELDS if pk else ("code", *FIELDS))
    actor.require("registers.edit")
    if field.merged_into is not None:
        raise WrongState(f"“{field}”已并入“{field.merged_into}”（{field.merged_into.code}），请改那一项。")
    field.synonyms = list(dict.fromkeys(text for one in field.synonyms if (text := one.strip())))
    within = stricter_within(field, field.sensitivity) if pk else None
    registers.refuse([*registers.column_problems(field), *_problems(field), *_class_problems(within)])
    changes = registers.differences(before, registers.content_of(field))
    if pk and before["sensitivity"] != field.sensitivity:
        settle_class(field, field.sensitivity)
    registers.store(
        field,
        changes,
        actor=actor,
        event="public_field",
        division=city_code(),
    )
    return field


def judge_format(field: PublicField) -> list[Judgement]:
    """What the field and its standard format do not agree about."""
    return judge(field.std_format, field.data_type, field.max_length, field.scale)


def _problems(field: PublicField) -> Iterator[Problem]:
    """A code is the key of a value in what departments and platforms receive, and is given once; what a dossier calls a
    field of its own, it goes on being called.
    """
    is_malformed = not CodePatterns(settings.CODE_PATTERNS).accepts("public_field", field.code)
    if field._state.adding and is_code(field.code) and is_malformed:
        said = "代码只用英文字母、数字和 _ . - @ ~，例如 c_ent_name；中文写在“名称”和“同义词”里。"
        yield Problem("/code", "malformed_code", said)
    if field.data_type in _CODED and field.dictionary is None:
        yield Problem("/dictionary", "required", "字典类型的字段须选择字典。")
    if field.data_type not in _CODED and field.dictionary is not None:
        yield Problem("/dictionary", "not_allowed", "只有字典类型的字段可以选择字典。")
    if field.scale is not None and field.data_type != "decimal":
        yield Problem("/scale", "not_allowed", "只有小数类型的字段有小数位数。")
    if field.scale is not None and field.scale > MOST_SCALE:
        yield Problem("/scale", "too_many", f"小数位数最多 {MOST_SCALE} 位。")
    if len(field.synonyms) > MOST_SYNONYMS:
        yield Problem("/synonyms", "too_many", f"同义词最多 {MOST_SYNONYMS} 个。")
    yield from _check_problems(field)
    for found in judge_format(field):
        if found.is_contradiction:
            yield Problem(found.place, found.code, found.sentence)


def _class_problems(within: PublicField | None) -> Iterator[Problem]:
    if within is not None:
        told = dict(CLASSES)[within.effective_sensitivity]
        sentence = f"“{within}”（{within.code}）并入了这一项，它的敏感程度是“{told}”，这一项不能更低。"
        yield Problem("/sensitivity", "less_than_merged", sentence)


def _check_problems(field: PublicField) -> Iterator[Problem]:
    bounds = {"minimum": field.minimum, "maximum": field.maximum}
    for name, bound in bounds.items():
        if bound is not None and field.data_type not in NUMERIC:
            yield Problem(f"/{name}", "not_allowed", "只有数字类型的字段有最小值和最大值。")
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield Problem("/minimum", "empty_range", "最小值大于最大值，没有数能满足。")
    if not field.pattern:
        return
    if field.data_type not in TEXTUAL:
        yield Problem("/pattern", "not_allowed", "只有文字类型的字段有校验规则。")
        return
    try:
        parse(field.pattern)
    except PatternNotPortable as error:
        yield Problem("/pattern", "not_portable", str(error))
