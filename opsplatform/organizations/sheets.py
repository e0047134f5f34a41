"""The sheets of divisions, kinds of bodies and bodies, and how cells name them."""

from typing import Any

from opsplatform.console.code_lists import entries_of
from opsplatform.organizations.models import BodyKind, Department, Division
from opsplatform.organizations.services import registering
from opsplatform.spreadsheets.columns import Reference, by_code, coded, columns_of
from opsplatform.spreadsheets.sheets import RegisterSheet, register

BY_DIVISION, BY_KIND = by_code(Division), by_code(BodyKind)
CODES = {"level_code": "exercise_level"}  # column → dictionary whose codes it holds


def _department_lookup(text: str) -> dict[str, Any]:
    division, _, name = text.partition("/")
    return {"division__code": division, "name": name}


BY_BODY = Reference(Department, lambda body: f"{body.division.code}/{body.name}", _department_lookup)

register(
    RegisterSheet(
        model=Division,
        columns=columns_of(Division, ("code", "name", "level", "kind", "parent"), {"parent": BY_DIVISION}),
        key=("code",),
        fixed=("level", "parent"),
        near=("code", "code"),
        save=registering.save_division,
        related=("parent",),
    ),
    RegisterSheet(
        model=BodyKind,
        columns=coded(
            columns_of(
                BodyKind,
                ("code", "name", "short_name", "level", "level_code", "responsible"),
                {"responsible": BY_BODY},
            ),
            CODES,
            entries_of,
        ),
        key=("code",),
        fixed=("level",),
        near=("code", "code"),
        save=registering.save_body_kind,
        related=("responsible__division",),
    ),
    RegisterSheet(
        model=Department,
        columns=coded(
            columns_of(
                Department,
                ("division", "name", "short_name", "kind", "level_code", "uscc", "uscc_is_illustrative"),
                {"division": BY_DIVISION, "kind": BY_KIND},
            ),
            CODES,
            entries_of,
        ),
        key=("division", "name"),
        near=("name", "name"),
        save=registering.save_department,
        related=("division", "kind"),
    ),
)
