"""Scene categories brought in from the dictionary of theme categories."""

from typing import Any

from django.db import transaction

from forms_builder.services.importing_dictionaries import DictionaryFile
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.shape import read_document
from themes.models import SceneCategory

CATEGORY_DICTIONARY = "theme_category"


@transaction.atomic
def import_categories(*, actor: User, tree: Any) -> int:
    """Every entry of the file's dictionary of theme categories is a scene category; returns how many are new."""
    actor.require("registers.edit")
    dictionaries = {part.code: part for part in read_document(DictionaryFile, tree).dictionaries}
    known = {category.code: category for category in SceneCategory.objects.all()}
    before = len(known)
    for order, entry in enumerate(dictionaries[CATEGORY_DICTIONARY].items):
        if entry.code not in known:
            parent = known.get(entry.parent or "")
            known[entry.code] = SceneCategory.objects.create(
                code=entry.code, name=entry.name, parent=parent, order=order
            )
            trail.record(actor, "scene_category.imported", known[entry.code], after={"name": entry.name})
    return len(known) - before
