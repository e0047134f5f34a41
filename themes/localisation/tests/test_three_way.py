"""The three-way merge on random themes, changes of the city and localisations; the long form takes 5,000 of each."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from themes.localisation import rebasing
from themes.localisation.documents import FrozenLocalisation, LocalisationDocument
from themes.localisation.effective import localise
from themes.localisation.elements import elements_of
from themes.localisation.keys import ancestors_of, steps_of
from themes.localisation.merging import Judged
from themes.localisation.rebasing import City, may_be_kept, rebase, redraft, settle
from themes.localisation.tests.random_themes import BY, DISTRICT, changed, localisations, themes
from themes.packages.structure import FrozenTheme

SHORT, LONG = 150, 5_000

Property = Callable[[st.DataObject], None]


def effective(theme: FrozenTheme, document: LocalisationDocument) -> dict[str, Any]:
    return elements_of(localise(theme, FrozenLocalisation(document=document), DISTRICT).frozen, DISTRICT)


def is_whole(key: str) -> bool:
    """Whether the element stands for all that is below it, which has keys of its own."""
    return len(steps_of(key)) == 2 and steps_of(key)[0] in ("service_points", "items")


def is_offered(key: str) -> bool:
    """Whether it belongs to an item that the city leaves to districts: there only where one takes it up."""
    return steps_of(key)[0] == "optional"


def drawn(data: st.DataObject) -> tuple[FrozenTheme, LocalisationDocument, FrozenTheme]:
    """A theme, what a district does with it, and the theme as the city then changes it."""
    before = data.draw(themes())
    drawn_up = data.draw(localisations(before))
    document = rebase(drawn_up, City(before, 1)).document  # what the city does not allow never passes the gate
    return before, document, data.draw(changed(before))


def settled_somehow(data: st.DataObject, document: LocalisationDocument, city: City) -> LocalisationDocument:
    for one in rebase(document, city).conflicts:
        may_keep = may_be_kept(one, city, DISTRICT)
        choice = data.draw(st.sampled_from(["take_city", "keep_ours"] if may_keep else ["take_city"]))
        after = settle(document, one.key, choice, city, BY)
        assert after is not None
        document = after
    return document


def twice_is_once(data: st.DataObject) -> None:
    _, document, theme = drawn(data)
    city = City(theme, 2)
    once = rebase(document, city).document
    assert rebase(once, city).document == once
    assert effective(theme, once) == effective(theme, document)


def independent_changes_of_the_city_commute(data: st.DataObject) -> None:
    """Addresses and the rest; what districts may do with either is independent of neither, and stays."""
    before, document, theme = drawn(data)
    theme = replace(theme, document=replace(theme.document, localisation=before.document.localisation))
    first = replace(before, service_points=theme.service_points)
    second = replace(theme, service_points=before.service_points)
    both = City(theme, 3)
    at_once = rebase(document, both).document
    assert rebase(rebase(document, City(first, 2)).document, both).document == at_once
    assert rebase(rebase(document, City(second, 2)).document, both).document == at_once


def independent_edits_of_the_district_commute(data: st.DataObject) -> None:
    theme = data.draw(themes())
    city = City(theme, 1)
    values = {one.code: one.value for one in data.draw(localisations(theme)).operations}
    mine = data.draw(st.sets(st.sampled_from(sorted(values)))) if values else set()
    empty = LocalisationDocument(theme="t", division=DISTRICT)
    some = {key: value for key, value in values.items() if key in mine}
    others = {key: value for key, value in values.items() if key not in mine}
    one_way = redraft(redraft(empty, some, city, BY), values, city, BY)
    other_way = redraft(redraft(empty, others, city, BY), values, city, BY)
    assert one_way == other_way
    assert effective(theme, one_way) == effective(theme, other_way)


def what_the_city_changes_is_seen_until_the_district_decides(data: st.DataObject) -> None:
    before, document, theme = drawn(data)
    carried = rebase(document, City(theme, 2)).document
    assert lost_changes(before, theme, carried) == []


def what_the_city_changes_gives_way_only_to_a_recorded_decision(data: st.DataObject) -> None:
    before, document, theme = drawn(data)
    city = City(theme, 2)
    after = settled_somehow(data, document, city)
    assert rebase(after, city).conflicts == ()
    kept = {one.code: one.city for one in after.settlements if one.choice == "keep_ours" and one.city_version == 2}
    elements = elements_of(theme, DISTRICT)
    assert all(elements.get(key) == value for key, value in kept.items())
    assert [key for key in lost_changes(before, theme, after) if not _is_about(key, kept)] == []


def what_the_district_changed_is_kept_or_told(data: st.DataObject) -> None:
    _, document, theme = drawn(data)
    city = City(theme, 2)
    carried = rebase(document, city)
    told = {one.key: one for one in carried.judged}
    assert told.keys() == {one.code for one in document.operations}
    here, elements = effective(theme, carried.document), elements_of(theme, DISTRICT)
    for operation in document.operations:
        judged = told[operation.code]
        if judged.standing == "agreed":
            assert elements.get(operation.code) == operation.value
        elif judged.standing == "stands":
            assert elements.get(operation.code) == operation.base
            assert operation in carried.document.operations
        elif judged.standing == "conflict":
            is_not_taken_up = bool(left_to_districts(theme, here) & {operation.code, *ancestors_of(operation.code)})
            is_the_citys = here.get(operation.code) == elements.get(operation.code)
            assert is_the_citys or is_whole(operation.code) or is_not_taken_up


def _is_about(key: str, decided: dict[str, Any]) -> bool:
    related = {key, *ancestors_of(key)}
    return bool(related & decided.keys()) or any(key in ancestors_of(other) for other in decided)


def left_to_districts(theme: FrozenTheme, here: dict[str, Any]) -> set[str]:
    """The items that the city leaves to districts and that this one has not taken up."""
    offered = (f"items/{item.code}" for item in theme.document.items if item.by_district)
    return {key for key in offered if key not in here}


def lost_changes(before: FrozenTheme, after: FrozenTheme, document: LocalisationDocument) -> list[str]:
    """Elements that the city changed and that do not say in the district what the city says now."""
    old, new, here = elements_of(before, DISTRICT), elements_of(after, DISTRICT), effective(after, document)
    not_taken_up = left_to_districts(after, here)
    lost = []
    for key in old.keys() | new.keys():
        if old.get(key) == new.get(key) or is_offered(key) or not_taken_up & {key, *ancestors_of(key)}:
            continue
        is_same = (key in here) == (key in new) if is_whole(key) else here.get(key) == new.get(key)
        if not is_same:
            lost.append(key)
    return sorted(lost)


PROPERTIES = (
    twice_is_once,
    independent_changes_of_the_city_commute,
    independent_edits_of_the_district_commute,
    what_the_city_changes_is_seen_until_the_district_decides,
    what_the_city_changes_gives_way_only_to_a_recorded_decision,
    what_the_district_changed_is_kept_or_told,
)


def hold(rule: Property, runs: int) -> None:
    """Raises where the property fails in one of so many runs; the first failure found is told as it is."""
    checked = settings(
        max_examples=runs, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )  # fmt: skip
    checked(given(st.data())(rule))()


@pytest.mark.drill
@pytest.mark.parametrize("rule", PROPERTIES, ids=lambda rule: rule.__name__)
def test_the_merge_keeps_its_promises(rule: Property, long_form: bool) -> None:
    hold(rule, LONG if long_form else SHORT)


def the_district_always_wins(judged: Any) -> tuple[Any, ...]:
    return tuple(replace(one.operation, base=one.city) for one in judged if one.standing in ("stands", "conflict"))


def the_last_operation_is_forgotten(judged: Any) -> tuple[Any, ...]:
    return tuple(one.operation for one in judged if one.standing in ("stands", "conflict"))[:-1]


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (the_district_always_wins, what_the_city_changes_is_seen_until_the_district_decides),
        (the_last_operation_is_forgotten, what_the_district_changed_is_kept_or_told),
        (the_last_operation_is_forgotten, twice_is_once),
    ],
)
def test_a_merge_that_drops_a_key_is_caught(
    broken: Callable[[tuple[Judged, ...]], Any], rule: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebasing, "rebased", broken)
    with pytest.raises(AssertionError):
        hold(rule, LONG)
