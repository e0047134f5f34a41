"""Scene categories brought in from the dictionary of theme categories."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from forms_builder.documents import EntryInFile
from forms_builder.services.importing_dictionaries import DictionaryFile
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.codes import CODE_RULE, is_code
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.kernel.list_imports import ImportedList, refuse_list, repeated, wait_for_turn
from opsplatform.kernel.shape import read_document
from themes.models import SceneCategory

CATEGORY_DICTIONARY = "theme_category"


@transaction.atomic
def import_categories(*, actor: User, tree: Any, is_dry_run: bool = False) -> ImportedList:
    """Every entry of the file's dictionary of theme categories is a scene category; known ones stay as they are.

    A dry run changes nothing. Raises Invalid with everything that is wrong, at its JSON pointer.
    """
    actor.require("registers.edit")
    wait_for_turn("themes.import_categories")
    dictionaries = read_document(DictionaryFile, tree).dictionaries
    number = next((place for place, part in enumerate(dictionaries) if part.code == CATEGORY_DICTIONARY), None)
    if number is None:
        raise Invalid(problems=(Problem("/dictionaries", "missing", f"文件中没有字典 {CATEGORY_DICTIONARY}。"),))
    entries = {f"/dictionaries/{number}/items/{order}": one for order, one in enumerate(dictionaries[number].items)}
    known = {category.code: category for category in SceneCategory.objects.select_related("parent")}
    refuse_list(_problems(entries, known))
    result = ImportedList(is_dry_run)
    for order, entry in enumerate(entries.values()):
        row = SceneCategory(code=entry.code, name=entry.name, parent=known.get(entry.parent or ""), order=order)
        if entry.code in known:
            result.met(entry.code, _content(known[entry.code]), _content(row))
            continue
        row.save()
        known[entry.code] = row
        result.new.append(entry.code)
        trail.record(actor, "scene_category.imported", row, after={"name": entry.name})
    if is_dry_run:
        transaction.set_rollback(True)
    return result


def _problems(entries: dict[str, EntryInFile], known: dict[str, SceneCategory]) -> Iterator[Problem]:
    yield from repeated([(f"{place}/code", entry.code) for place, entry in entries.items()])
    above = set(known)
    for place, entry in entries.items():
        for name, text, most in (("code", entry.code, 20), ("name", entry.name, 100)):
            if len(text) > most:
                yield Problem(f"{place}/{name}", "too_long", f"最多 {most} 个字。")
        if not is_code(entry.code):
            yield Problem(f"{place}/code", "malformed_code", CODE_RULE)
        if entry.parent and entry.parent not in above:
            yield Problem(f"{place}/parent", "no_parent", f"上级分类 {entry.parent} 不存在，或排在后面。")
        above.add(entry.code)


def _content(row: SceneCategory) -> dict[str, Any]:
    return {"name": row.name, "parent": row.parent.code if row.parent else ""}
