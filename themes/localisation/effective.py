"""A theme as it is in a division: the city's frozen theme with every operation of the district that stands."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from themes.documents import MaterialBinding, MaterialUse, Notice, ThemeItem
from themes.localisation.documents import DistrictMaterial, DistrictNotice, FrozenLocalisation, Operation, TakenUp
from themes.localisation.elements import (
    condition_key,
    elements_of,
    has_place,
    kind_of,
    named_points,
    point_content,
)
from themes.localisation.fitness import is_fit
from themes.localisation.keys import key_of, steps_of
from themes.localisation.leaving_out import without_items, without_notices
from themes.localisation.merging import Judged, judge
from themes.localisation.policy import permits, policy_in
from themes.packages.structure import DivisionDays, FrozenTheme, ItemContent, ServicePointContent


class Localised(NamedTuple):
    """The division's theme, frozen, how each operation of the district stands to the city's content, and those of them
    that are in force in it."""

    frozen: FrozenTheme
    judged: tuple[Judged, ...] = ()
    applied: tuple[Operation, ...] = ()

    def is_idle(self, one: Judged) -> bool:
        """Whether an operation stands that cannot be carried out here."""
        return one.standing == "stands" and one.operation not in self.applied


def judge_operations(frozen: FrozenTheme, operations: Iterable[Operation], division: str) -> tuple[Judged, ...]:
    """How each operation stands to what the theme says in the division."""
    city = elements_of(frozen, division)
    policy = policy_in(frozen.document.localisation, division)
    return judge(
        city,
        operations,
        permits=lambda operation, value: permits(policy, operation, value),
        has_place=lambda key: has_place(city, key),
    )


def localise(frozen: FrozenTheme, localisation: FrozenLocalisation | None, division: str) -> Localised:
    """The theme in the division. Items left to districts are out until taken up, but in for the city as a whole.

    Operations that stand are applied, but for those of a draft that cannot be. Where the city changed the same element,
    its value counts until somebody decides.
    """
    if frozen.divisions[division].parent is None:
        return Localised(frozen)
    if localisation is None:
        return Localised(without_items(frozen, _left_to_districts(frozen)))
    judged = judge_operations(frozen, localisation.document.operations, division)
    applied = tuple(
        one.operation for one in judged if one.standing == "stands" and is_fit(frozen, localisation, one.operation)
    )
    return Localised(_Localiser(frozen, localisation, division).apply(applied), judged, applied)


def with_days_in(frozen: FrozenTheme, division: str) -> FrozenTheme:
    """The theme with the promised days of its items as they are in the division, and of no other."""
    items = {
        code: replace(item, division_days=(DivisionDays((division,), item.promised_days_in(division)),))
        for code, item in frozen.items.items()
    }
    return replace(frozen, items=items)


def _left_to_districts(frozen: FrozenTheme) -> frozenset[str]:
    return frozenset(item.code for item in frozen.document.items if item.by_district)


class _Localiser:
    """One division's copy of what districts may change."""

    def __init__(self, frozen: FrozenTheme, localisation: FrozenLocalisation, division: str) -> None:
        self.frozen, self.localisation, self.division = frozen, localisation, division
        self.summary = frozen.document.summary
        self.items = {item.code: item for item in frozen.document.items}
        self.contents = dict(frozen.items)
        self.forms = dict(frozen.item_forms)
        self.materials = dict(frozen.materials)
        self.bindings = {binding.code: binding for binding in frozen.document.materials}
        self.notices = {notice.code: notice for notice in frozen.document.notices}
        self.points = dict(named_points(frozen.service_points.get(division, ())))
        self.left_out = set(_left_to_districts(frozen))
        self.untold: set[str] = set()

    def apply(self, operations: Iterable[Operation]) -> FrozenTheme:
        for operation in operations:
            kind = kind_of(operation.code)
            assert kind is not None, "an operation on nothing has no place and does not stand"
            _ACTS[kind.pattern](self, steps_of(operation.code), operation.value)
        frozen = self.frozen
        document = replace(
            frozen.document,
            summary=self.summary,
            items=tuple(self.items.values()),
            materials=tuple(self.bindings.values()),
            notices=tuple(self.notices.values()),
        )
        changed = replace(
            frozen,
            document=document,
            items=self.contents,
            item_forms=self.forms,
            materials=self.materials,
            service_points=frozen.service_points | {self.division: tuple(self.points.values())},
        )
        return without_notices(without_items(changed, self.left_out), self.untold)

    def set_summary(self, _steps: tuple[str, ...], value: Any) -> None:
        self.summary = value or ""

    def set_item(self, steps: tuple[str, ...], value: Any) -> None:
        code = steps[1]
        self.left_out.discard(code)
        taken = msgspec.convert(value, TakenUp)
        self.items[code] = replace(self.items[code], mandatory=taken.mandatory, by_district=False)

    def set_days(self, steps: tuple[str, ...], value: Any) -> None:
        here = DivisionDays(division_codes=(self.division,), promised_days=value)
        self._change_content(steps[1], division_days=(here, *self.contents[steps[1]].division_days))

    def set_visits(self, steps: tuple[str, ...], value: Any) -> None:
        self._change_content(steps[1], onsite_times=value)

    def set_material(self, steps: tuple[str, ...], value: Any) -> None:
        item, code = self.items[steps[1]], steps[3]
        use = None
        if value is not None:
            asked = msgspec.convert(value, DistrictMaterial)
            use = MaterialUse(material=code, when=asked.when, necessity_code=asked.necessity_code, note=asked.note)
            if code not in self.bindings:
                self.bindings[code] = MaterialBinding(code=code, material=asked.register)
                self.materials[code] = self.localisation.materials[code]
        self.items[item.code] = replace(item, materials=_placed(item, code, use))

    def set_condition(self, steps: tuple[str, ...], value: Any) -> None:
        content = self.contents[steps[1]]
        key = key_of(*steps)
        texts = tuple(text for text in content.conditions if condition_key(steps[1], text) != key)
        self._change_content(steps[1], conditions=texts if value is None else (*texts, value))

    def set_required(self, steps: tuple[str, ...], value: Any) -> None:
        self.forms[steps[1]] = tuple(
            replace(field, required=bool(value)) if field.code == steps[3] else field for field in self.forms[steps[1]]
        )

    def set_point(self, steps: tuple[str, ...], value: Any) -> None:
        if value is None:
            self.points.pop(steps[1], None)
        else:
            self.points[steps[1]] = point_content(steps[1], value)

    def set_text_of_point(self, steps: tuple[str, ...], value: Any) -> None:
        self._change_point(steps[1], **{steps[2]: value or ""})

    def set_day_of_point(self, steps: tuple[str, ...], value: Any) -> None:
        self._change_point(steps[1], **{steps[2]: value})

    def set_coordinates(self, steps: tuple[str, ...], value: Any) -> None:
        longitude, latitude = value or (None, None)
        self._change_point(steps[1], longitude=longitude, latitude=latitude)

    def set_holiday(self, steps: tuple[str, ...], value: Any) -> None:
        point = self.points.get(steps[1])
        if point is not None:
            days = point.holidays | {steps[3]: value}
            self._change_point(steps[1], holidays={day: days[day] for day in sorted(days) if days[day] is not None})

    def set_notice(self, steps: tuple[str, ...], value: Any) -> None:
        if value is None:
            self.untold.add(steps[1])
            return
        told = msgspec.convert(value, DistrictNotice)
        self.notices[steps[1]] = Notice(
            code=steps[1], title=told.title, content=told.content, order=told.order, default=told.default
        )

    def _change_content(self, item: str, **parts: Any) -> None:
        content: ItemContent = self.contents[item]
        self.contents[item] = replace(content, **parts)

    def _change_point(self, name: str, **parts: Any) -> None:
        point: ServicePointContent | None = self.points.get(name)
        if point is not None:  # the same district may have taken the window away
            self.points[name] = replace(point, **parts)


def _placed(item: ThemeItem, code: str, use: MaterialUse | None) -> tuple[MaterialUse, ...]:
    """The item's materials with this use at the place where it was, else at the end; without it where there is none."""
    uses = {one.material: one for one in item.materials}
    if use is None:
        uses.pop(code, None)
    else:
        uses[code] = use
    return tuple(uses.values())


_ACTS: dict[str, Callable[[_Localiser, tuple[str, ...], Any], None]] = {
    "summary": _Localiser.set_summary,
    "items/*": _Localiser.set_item,
    "items/*/promised_days": _Localiser.set_days,
    "items/*/onsite_times": _Localiser.set_visits,
    "items/*/materials/*": _Localiser.set_material,
    "items/*/conditions/*": _Localiser.set_condition,
    "items/*/fields/*/required": _Localiser.set_required,
    "service_points/*": _Localiser.set_point,
    "service_points/*/address": _Localiser.set_text_of_point,
    "service_points/*/window": _Localiser.set_text_of_point,
    "service_points/*/hours": _Localiser.set_text_of_point,
    "service_points/*/phone": _Localiser.set_text_of_point,
    "service_points/*/valid_from": _Localiser.set_day_of_point,
    "service_points/*/valid_to": _Localiser.set_day_of_point,
    "service_points/*/coordinates": _Localiser.set_coordinates,
    "service_points/*/holidays/*": _Localiser.set_holiday,
    "notices/*": _Localiser.set_notice,
}
