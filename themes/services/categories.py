"""Scene categories are registered and corrected."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.kernel import registers
from opsplatform.kernel.errors import Problem
from opsplatform.organizations.selectors import city_code
from themes.models import SceneCategory


@transaction.atomic
def save_category(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> SceneCategory:
    """The category stands in the tree; its code is given once."""
    category = registers.lock_or_new(SceneCategory.objects.all(), pk, expected_revision)
    before = registers.content_of(category) if pk else {}
    fields = ("name", "parent", "order")
    registers.fill(category, values, fields if pk else ("code", *fields))
    actor.require("registers.edit")
    registers.refuse([*registers.column_problems(category), *_problems(category)])
    registers.store(
        category,
        registers.differences(before, registers.content_of(category)),
        actor=actor,
        event="scene_category",
        division=city_code(),
    )
    return category


def _problems(category: SceneCategory) -> Iterator[Problem]:
    above = category.parent
    while above is not None:
        if above.pk == category.pk:
            yield Problem("/parent", "cycle", "上级分类不能是自己或自己的下级。")
            return
        above = above.parent
