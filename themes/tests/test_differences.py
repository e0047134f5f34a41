"""Differences in words: complete (nothing that changed goes untold), in people's words, without machine codes."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from opsplatform.console.differences import Section
from opsplatform.kernel.documents import write
from themes.packages.names import names_of
from themes.packages.structure import FrozenTheme
from themes.pages.wording.differences import compare_themes
from themes.pages.wording.references import uses_of_items, uses_of_notices
from themes.selectors import library_names
from themes.services.showing import newer_entries, show_draft
from themes.tests.demonstrated import DOG, RESTAURANT, get

pytestmark = pytest.mark.usefixtures("demo_db")
UNTOLD = ("revisions",)  # numbers of register entries: what they stand for is compared itself


def frozen(code: str = RESTAURANT) -> FrozenTheme:
    return show_draft(get(code)).frozen


def lines(sections: list[Section]) -> list[str]:
    return [line.what for section in sections for line in section.lines]


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every text, number and truth value."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from leaves(value, (*path, number))
    else:
        yield path


def altered(tree: Any, path: tuple[Any, ...]) -> Any:
    """The tree with another value of the same type at the place."""
    if not path:
        if isinstance(tree, bool):
            return not tree
        return tree + 1 if isinstance(tree, int | float) else f"{tree}改"
    changed = tree.copy()
    changed[path[0]] = altered(tree[path[0]], path[1:])
    return changed


@pytest.mark.parametrize("code", [RESTAURANT, DOG])
def test_every_single_change_is_told(code: str) -> None:
    before = frozen(code)
    tree = write(before)
    tried = 0
    for number, path in enumerate(leaves(tree)):
        is_numbered = path[:2] == ("document", "notices") or path[0] == "item_forms"
        is_mere_number = is_numbered and path[-1] == "order"  # another number, the same order
        if path[0] in UNTOLD or is_mere_number or (number % 7 and path[0] != "document"):
            continue
        try:
            after = msgspec.convert(altered(tree, path), FrozenTheme)
        except (msgspec.ValidationError, ValueError):
            continue  # a closed list of words: no other value of that kind exists
        tried += 1
        assert after == before or compare_themes(before, after), path
    assert tried > 1000


def test_equal_themes_have_no_difference() -> None:
    assert compare_themes(frozen(), frozen()) == []


def test_fields_of_an_item_form_with_new_numbers_are_told_only_where_they_changed_places() -> None:
    tree = write(frozen())
    fields = next(iter(tree["item_forms"].values()))
    for field in fields:
        field["order"] += 1000
    assert compare_themes(frozen(), msgspec.convert(tree, FrozenTheme)) == []
    first, second = [one for one in fields if not one.get("group")][:2]
    first["order"], second["order"] = second["order"], first["order"]
    (section,) = compare_themes(frozen(), msgspec.convert(tree, FrozenTheme))
    (line,) = section.lines
    assert line.what.endswith("的表单字段的次序")


def test_a_library_that_fills_fields_is_called_by_its_name() -> None:
    before = frozen()
    document = msgspec.structs.replace(before.document, prefill_conditions=())
    (section,) = compare_themes(before, msgspec.structs.replace(before, document=document))
    assert {line.what for line in section.lines} == {
        f"从“{library_names()[one.library]}”预填的条件" for one in before.document.prefill_conditions
    }


def test_a_comparison_that_forgets_notices_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("themes.pages.wording.differences._Comparison.notices", lambda _: iter(()))
    with pytest.raises(AssertionError):
        test_every_single_change_is_told(RESTAURANT)


def test_items_notices_and_rules_are_told_in_words() -> None:
    before = frozen()
    document = before.document
    rules = document.guidance.rules[1:]
    after = msgspec.structs.replace(
        before,
        document=msgspec.structs.replace(
            document,
            items=tuple(reversed(document.items[1:])),
            notices=document.notices[:-1],
            guidance=msgspec.structs.replace(document.guidance, rules=rules),
        ),
    )
    told = {line.what: line for section in compare_themes(before, after) for line in section.lines}
    assert told["事项“办营业执照”"].after is None
    assert told["须知“酒类经营”"].after is None
    removed = told[f"规则“{document.guidance.rules[0].name}”"]
    assert removed.before is not None and "不能继续办理" in removed.before
    assert told["事项的次序"].after.startswith("厨余垃圾申报")  # type: ignore[union-attr]
    assert not re.search(r"\b[qcRNM]_?[a-z]+_", " ".join(f"{line.before}{line.after}" for line in told.values()))


def test_what_refers_to_items_and_notices_is_named() -> None:
    shown = frozen()
    items, notices = uses_of_items(shown.document, names_of(shown)), uses_of_notices(shown.document)
    assert any("以它为前置事项" in use for use in items["BL"])
    assert any(use.startswith("规则“") for use in notices["N_LICENSE_FIRST"])


def test_entries_that_moved_on_are_those_still_in_use() -> None:
    version, today = frozen(), frozen()
    key = next(iter(version.revisions))
    newer = msgspec.structs.replace(today, revisions={**today.revisions, key: 99})
    gone = msgspec.structs.replace(today, revisions={})
    assert newer_entries(version, newer) == [key]
    assert newer_entries(version, gone) == newer_entries(version, version) == []
