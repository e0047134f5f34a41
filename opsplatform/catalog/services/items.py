"""Service items are registered and corrected, whole: the item and what it stands on."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.catalog.models import LegalBasis, ServiceItem
from opsplatform.catalog.selectors import responsible_department
from opsplatform.kernel import registers
from opsplatform.kernel.codes import CodePatterns
from opsplatform.kernel.errors import Problem
from opsplatform.organizations.models import Department, Division
from opsplatform.organizations.selectors import find_city

IDENTITY = ("department", "body_kind", "basic_code", "sequence")
FIELDS = (
    "name", "daily_name", "level_code", "item_type_code", "project_type_code", "statutory_days", "promised_days",
    "day_unit", "division_days", "onsite_times", "baseline_visits", "is_fee", "fee_note", "service_object_codes",
    "handle_form_codes", "conditions", "results", "confidence",
)  # fmt: skip
CODES = {  # column → dictionary whose codes it holds
    "level_code": "exercise_level",
    "item_type_code": "item_type",
    "project_type_code": "project_type",
    "service_object_codes": "service_object",
    "handle_form_codes": "handle_form",
}
BASIS_FIELDS = ("text", "valid_from", "valid_to", "is_repealed")


@transaction.atomic
def save_item(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> ServiceItem:
    """The item stands in the register with its legal bases. Its body and codes are given once.

    `values` may carry `legal_bases`: every basis, in order. Without it the bases stay as they are.
    """
    known = ServiceItem.objects.visible_to(actor).select_related(
        "department__division", "body_kind__responsible__division"
    )
    item = registers.lock_or_new(known, pk, expected_revision)
    before = _content(item) if pk else {}
    values = dict(values)
    bases = values.pop("legal_bases", None)
    registers.fill(item, values, FIELDS if pk else (*FIELDS, *IDENTITY))
    within, department = authority(item)
    actor.require("catalog.edit_items", within=within, department=department)
    if not pk:
        item.key = key_of(item)
    rows = None if bases is None else registers.new_elements(LegalBasis, bases, BASIS_FIELDS)
    registers.refuse(
        [
            *registers.column_problems(item),
            *registers.element_problems(rows or (), "item"),
            *_problems(item, rows or []),
        ]
    )
    after = registers.content_of(item)
    after["legal_bases"] = before.get("legal_bases", []) if rows is None else registers.elements_of(rows, "item")
    changes = registers.differences(before, after)
    is_written = registers.store(item, changes, actor=actor, event="item", division=within.code if within else "")
    if is_written and rows is not None:
        registers.write_elements(item, "legal_bases", rows, key=None)
    return item


def authority(item: ServiceItem) -> tuple[Division | None, Department | None]:
    """The division and the department on which the right to the item is judged: a kind's item is the whole city's,
    and the department's that answers for it, if any."""
    department = responsible_department(item)
    return department.division if department else find_city(), department


def key_of(item: ServiceItem) -> str:
    """What the item is known by: its body or kind, basic code and sequence (domain.md §8)."""
    body = item.department
    owner = f"{body.division.code}/{body.name}" if body else (item.body_kind.code if item.body_kind else "")
    return f"{owner}:{item.basic_code}:{item.sequence}"


def _content(item: ServiceItem) -> dict[str, Any]:
    return {**registers.content_of(item), "legal_bases": registers.elements_of(item.legal_bases.all(), "item")}


def _problems(item: ServiceItem, bases: list[Any]) -> Iterator[Problem]:
    if not CodePatterns(settings.CODE_PATTERNS).accepts("basic_code", item.basic_code):
        yield Problem("/basic_code", "malformed_code", "基本编码不符合规定的格式。")
    if item.statutory_days and item.promised_days > item.statutory_days:
        yield Problem("/promised_days", "slower_than_law", "承诺时限不能长于法定时限。")
    for number, basis in enumerate(bases):
        if basis.valid_from and basis.valid_to and basis.valid_to < basis.valid_from:
            yield Problem(
                f"/legal_bases/{number}/valid_to", "empty_period", f"第 {number + 1} 条设定依据的失效日期早于施行日期。"
            )
