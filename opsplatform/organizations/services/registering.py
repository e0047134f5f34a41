"""Divisions, kinds of bodies and bodies are registered and corrected."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from opsplatform.kernel import registers
from opsplatform.kernel.codes import CodePatterns, is_uscc
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.registers import Actor
from opsplatform.organizations.models import BodyKind, Department, Division
from opsplatform.organizations.selectors import city_code

_BELOW = {None: Division.Level.CITY, "city": Division.Level.DISTRICT, "district": Division.Level.STREET}


@transaction.atomic
def save_division(
    *, actor: Actor, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> Division:
    """The division stands in the tree; code, level and parent are given once."""
    division = registers.lock_or_new(Division.objects.visible_to(actor), pk, expected_revision)
    before = registers.content_of(division) if pk else {}
    fields = ("name", "kind") if pk else ("code", "name", "level", "kind", "parent")
    registers.fill(division, values, fields)
    actor.require("registers.edit", within=division)
    if not pk:
        division.path = f"{division.parent.path if division.parent else '/'}{division.code}/"
    registers.refuse([*registers.column_problems(division), *division_problems(division)])
    registers.store(
        division,
        registers.differences(before, registers.content_of(division)),
        actor=actor,
        event="division",
        division=division.code,
    )
    return division


@transaction.atomic
def save_body_kind(
    *, actor: Actor, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> BodyKind:
    """The kind of body stands in the register; its code and level are given once."""
    kind = registers.lock_or_new(BodyKind.objects.all(), pk, expected_revision)
    before = registers.content_of(kind) if pk else {}
    fields = ("name", "short_name", "level_code", "responsible")
    registers.fill(kind, values, fields if pk else (*fields, "code", "level"))
    actor.require("registers.edit")
    registers.refuse(registers.column_problems(kind))
    registers.store(
        kind,
        registers.differences(before, registers.content_of(kind)),
        actor=actor,
        event="body_kind",
        division=city_code(),
    )
    return kind


@transaction.atomic
def save_department(
    *, actor: Actor, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> Department:
    """The body stands in the register of its division, which is given once."""
    department = registers.lock_or_new(Department.objects.visible_to(actor), pk, expected_revision)
    before = registers.content_of(department) if pk else {}
    fields = ("name", "short_name", "kind", "level_code", "uscc", "uscc_is_illustrative")
    registers.fill(department, values, fields if pk else (*fields, "division"))
    actor.require("registers.edit", within=department.division)
    registers.refuse([*registers.column_problems(department), *_department_problems(department)])
    registers.store(
        department,
        registers.differences(before, registers.content_of(department)),
        actor=actor,
        event="department",
        division=department.division.code,
    )
    return department


def division_problems(division: Division) -> Iterator[Problem]:
    """What is wrong with the division's code and its place in the tree."""
    parent = division.parent
    if not CodePatterns(settings.CODE_PATTERNS).accepts("division", division.code):
        yield Problem("/code", "malformed_code", "区划代码不符合规定的格式。")
    if _BELOW.get(parent.level if parent else None) != division.level:
        yield Problem("/level", "wrong_level", "层级必须比上级区划低一级。")
    if parent is not None and not division.code.startswith(parent.code.rstrip("0")):
        yield Problem("/code", "wrong_prefix", f"代码应以上级区划 {parent.name} 的代码开头。")


def _department_problems(department: Department) -> Iterator[Problem]:
    if department.uscc and not department.uscc_is_illustrative and not is_uscc(department.uscc):
        yield Problem(
            "/uscc", "wrong_check_digit", "统一社会信用代码的校验位不正确；如只是示例，请勾选“信用代码为示例”。"
        )
    if department.kind is not None and department.kind.level != department.division.level:
        yield Problem("/kind", "wrong_level", "机构类别的层级与所属区划的层级不同。")
