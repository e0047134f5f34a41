"""Materials are registered and corrected, whole: the material and what the examiner checks on it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.catalog.models import Material, ReviewPoint
from opsplatform.kernel import registers
from opsplatform.kernel.errors import Problem, WrongState
from opsplatform.organizations.selectors import city_code

FIELDS = (
    "name", "material_type_code", "form_code", "necessity_code", "original_count", "copy_count", "source_code",
    "issuer", "exempt", "e_license", "confidence",
)  # fmt: skip
CODES = {  # column → dictionary whose codes it holds
    "material_type_code": "material_type",
    "form_code": "material_form",
    "necessity_code": "material_necessity",
    "source_code": "material_source",
}


@transaction.atomic
def save_material(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> Material:
    """The material stands in the register with its review points; its code is given once, and a merged one stays.

    `values` may carry `review_points`: every point, in order. Without it the points stay as they are.
    """
    material = registers.lock_or_new(Material.objects.all(), pk, expected_revision)
    before = _content(material) if pk else {}
    values = dict(values)
    points = values.pop("review_points", None)
    registers.fill(material, values, FIELDS if pk else ("code", *FIELDS))
    actor.require("registers.edit")
    if material.merged_into is not None:
        raise WrongState(f"“{material}”已并入“{material.merged_into}”（{material.merged_into.code}），请改那一项。")
    rows = None if points is None else registers.new_elements(ReviewPoint, points, ("text",))
    registers.refuse(
        [
            *registers.column_problems(material),
            *registers.element_problems(rows or (), "material"),
            *_problems(material),
        ]
    )
    after = registers.content_of(material)
    after["review_points"] = (
        before.get("review_points", []) if rows is None else registers.elements_of(rows, "material")
    )
    changes = registers.differences(before, after)
    is_written = registers.store(material, changes, actor=actor, event="material", division=city_code())
    if is_written and rows is not None:
        registers.write_elements(material, "review_points", rows, key=None)
    return material


def _content(material: Material) -> dict[str, Any]:
    points = registers.elements_of(material.review_points.all(), "material")
    return {**registers.content_of(material), "review_points": points}


def _problems(material: Material) -> Iterator[Problem]:
    if material.exempt == Material.Exempt.E_LICENSE and not material.e_license:
        yield Problem("/e_license", "required", "免提交方式为调用电子证照时，请填写是哪一种电子证照。")
