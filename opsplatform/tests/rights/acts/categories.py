"""Acts on the tree of scene categories and on the national lists, which are the whole city's."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from typing import Any

from django.conf import settings

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.tests.rights.acts import Act, Ask, Door, in_the_city
from opsplatform.tests.rights.world import demo
from themes.models import NationalTheme, SceneCategory
from themes.services.categories import merge_category, move_category, retire_category, save_category
from themes.services.national_themes import import_national_themes, place_national_theme

_numbers = count(1)


def category_acts() -> Iterator[Act]:
    """Moving, merging, retiring; bringing lists in and placing their entries."""
    yield _act("move", "scene_category.changed", move_category, _move, _move_by_page)
    yield _act("merge", "scene_category.merged", merge_category, _merge, _merge_by_page)
    yield _act("retire", "scene_category.changed", retire_category, _retire, _retire_by_page)
    yield Act(
        "national_themes.bring_in",
        in_the_city(_lists),
        lambda actor, tree: import_national_themes(actor=actor, tree=tree),
        import_national_themes,
    )
    yield Act(
        "national_theme.place",
        in_the_city(_entry),
        _place,
        place_national_theme,
        {Door.PAGE: _place_by_page},
        trace="national_theme.changed",
    )


def _act(
    do: str,
    trace: str,
    service: Callable[..., Any],
    call: Callable[[User, Any], Any],
    by_page: Callable[[Any], Ask],
) -> Act:
    return Act(f"scene_category.{do}", in_the_city(_category), call, service, {Door.PAGE: by_page}, trace=trace)


def _category() -> SceneCategory:
    """A stage of its own that holds nothing, with one before it among its siblings."""
    code = f"X{next(_numbers)}"
    values = {"code": code, "name": "阶段", "parent": SceneCategory.objects.get(code="L"), "order": 999}
    return save_category(actor=demo("operator"), values=values)


def _move(actor: User, row: SceneCategory) -> Any:
    return move_category(actor=actor, code=row.code, parent="P", before=None, expected_revision=row.revision)


def _move_by_page(row: SceneCategory) -> Ask:
    place = {"do": "place", "parent": "P", "before": ""}
    return Ask("/scene-categories/", {"code": row.code, "revision": row.revision, **place})


def _merge(actor: User, row: SceneCategory) -> Any:
    return merge_category(actor=actor, code=row.code, into="P1", expected_revision=row.revision, note="理由")


def _merge_by_page(row: SceneCategory) -> Ask:
    form = {"do": "merge", "into": "P1", "revision": row.revision, "note": "理由"}
    return Ask(f"/scene-categories/{row.code}/", form)


def _retire(actor: User, row: SceneCategory) -> Any:
    return retire_category(
        actor=actor, code=row.code, last_day=clock.today(), expected_revision=row.revision, note="理由"
    )


def _retire_by_page(row: SceneCategory) -> Ask:
    form = {"do": "retire", "last_day": clock.today().isoformat(), "revision": row.revision, "note": "理由"}
    return Ask(f"/scene-categories/{row.code}/", form)


@cache
def _lists() -> Any:
    return json.loads((settings.SAMPLE_DATA_DIRECTORY / "themes_national.json").read_bytes())


def _entry() -> NationalTheme:
    return NationalTheme.objects.create(batch="x", batch_name="清单", name=f"事项{next(_numbers)}")


def _place(actor: User, row: NationalTheme) -> Any:
    return place_national_theme(actor=actor, pk=row.pk, category="P1", theme="", expected_revision=row.revision)


def _place_by_page(row: NationalTheme) -> Ask:
    form = {f"revision:{row.pk}": row.revision, f"category:{row.pk}": "P1", f"was_category:{row.pk}": ""}
    return Ask("/national-themes/", form)
