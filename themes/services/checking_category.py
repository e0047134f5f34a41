"""Whether a draft is filed under a scene category that is still offered."""

from collections.abc import Iterator
from datetime import date

from opsplatform.release.findings import Finding
from themes.documents import ThemeDocument
from themes.models import SceneCategory


def check_category(document: ThemeDocument, today: date) -> Iterator[Finding]:
    """A category that is over blocks; one that is not known is told as a reference that does not resolve."""
    category = SceneCategory.objects.select_related("merged_into").filter(code=document.category_code).first()
    if category is None or not category.is_over(today):
        return
    instead = f"已并入“{category.merged_into}”" if category.merged_into else f"只用到 {category.valid_to}"
    yield Finding(
        code="category_over",
        severity="blocking",
        place="/category_code",
        sentence=f"场景分类“{category}”{instead}，请在它的页面上把主题移到别的分类。",
    )
