"""The sheet of scene categories."""

from opsplatform.spreadsheets.columns import by_code, columns_of
from opsplatform.spreadsheets.sheets import RegisterSheet, register
from themes.models import SceneCategory
from themes.services.categories import save_category

register(
    RegisterSheet(
        model=SceneCategory,
        columns=columns_of(
            SceneCategory,
            ("code", "name", "parent", "order", "valid_from", "valid_to"),
            {"parent": by_code(SceneCategory)},
        ),
        key=("code",),
        near=("code", "code"),
        save=save_category,
        related=("parent",),
    ),
)
