"""The elements of a frozen theme in one division: what a district can see, and perhaps change, one key each."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Any

import msgspec

from opsplatform.kernel.documents import Document, write
from themes.documents import ElementMode, MaterialUse, Notice, ThemeItem
from themes.localisation.documents import (
    Address,
    DistrictMaterial,
    DistrictNotice,
    DistrictPoint,
    Phone,
    TakenUp,
    Words,
)
from themes.localisation.keys import fits, key_of, steps_of
from themes.localisation.merging import Elements
from themes.packages.structure import FrozenTheme, ServicePointContent

Days = Annotated[int, msgspec.Meta(ge=0)]
Coordinates = tuple[float, float]


class ElementKind(Document, frozen=True):
    """A kind of element: which keys, what it is called, what districts may do where the city says nothing, and why.

    A fixed one stays locked, whatever the city says: it only shows what others hang on. One that is needed always says
    something: it can be changed and not taken out. One that is only added is never free: what the city has stays.
    """

    pattern: str
    label: str
    mode: ElementMode
    shape: Any
    why: str
    is_fixed: bool = False
    is_needed: bool = False
    is_only_added: bool = False


_CITY_ONLY = "全市统一，由市级维护"
_POINT = "区里自己的窗口，由区里维护"
_MORE = "不能比全市多；确有需要的，先向市级申请例外"

KINDS = (
    ElementKind(pattern="summary", label="主题简介", mode="locked", shape=str, why=_CITY_ONLY),
    ElementKind(
        pattern="items/*", label="事项", mode="extend_only", shape=TakenUp,
        why="市级已列入的事项不能去掉；市级允许的可以加办", is_only_added=True,
    ),
    ElementKind(
        pattern="optional/*", label="可加办的事项", mode="locked", shape=str, why="由市级决定哪些事项可以由区里加办",
        is_fixed=True,
    ),
    ElementKind(
        pattern="items/*/promised_days", label="承诺办结时限（工作日）", mode="free", shape=Days,
        why="可以更快，不能更慢", is_needed=True,
    ),
    ElementKind(
        pattern="items/*/statutory_days", label="法定办结时限（工作日）", mode="locked", shape=Days, why="由法规规定",
        is_fixed=True,
    ),
    ElementKind(
        pattern="items/*/onsite_times", label="到现场次数", mode="locked", shape=Days, why=_CITY_ONLY, is_needed=True
    ),
    ElementKind(pattern="items/*/materials/*", label="材料", mode="extend_only", shape=DistrictMaterial, why=_MORE),
    ElementKind(pattern="items/*/conditions/*", label="受理条件", mode="extend_only", shape=str, why=_MORE),
    ElementKind(
        pattern="items/*/fields/*", label="表单字段", mode="locked", shape=str, why=_CITY_ONLY, is_fixed=True
    ),
    ElementKind(pattern="items/*/fields/*/required", label="必填", mode="extend_only", shape=bool, why=_MORE),
    ElementKind(pattern="service_points/*", label="办理地址", mode="free", shape=DistrictPoint, why=_POINT),
    ElementKind(
        pattern="service_points/*/address", label="地址", mode="free", shape=Address, why=_POINT, is_needed=True
    ),
    ElementKind(pattern="service_points/*/window", label="窗口", mode="free", shape=Words, why=_POINT),
    ElementKind(pattern="service_points/*/hours", label="办公时间", mode="free", shape=Words, why=_POINT),
    ElementKind(pattern="service_points/*/phone", label="电话", mode="free", shape=Phone, why=_POINT),
    ElementKind(pattern="service_points/*/coordinates", label="坐标", mode="free", shape=Coordinates, why=_POINT),
    ElementKind(pattern="service_points/*/valid_from", label="启用日期", mode="free", shape=str, why=_POINT),
    ElementKind(pattern="service_points/*/valid_to", label="停用日期", mode="free", shape=str, why=_POINT),
    ElementKind(pattern="service_points/*/holidays/*", label="节假日办公时间", mode="free", shape=Words, why=_POINT),
    ElementKind(
        pattern="notices/*", label="须知", mode="extend_only", shape=DistrictNotice,
        why="市级的须知不能改；可以加本区的须知",
    ),
)  # fmt: skip


def kind_of(key: str) -> ElementKind | None:
    """The kind of element that the key names; none where there is no such kind."""
    return next((kind for kind in KINDS if fits(kind.pattern, key)), None)


def place_of(key: str) -> tuple[str, ...]:
    """The keys (item, field, window) of which one must be there for the element to have a place; none: always."""
    steps = steps_of(key)
    if steps[0] == "items" and len(steps) == 2:
        return (key_of("optional", steps[1]),)
    if steps[0] == "items" and steps[2] == "fields":
        return (key_of(*steps[:4]),)
    if steps[0] == "items":
        return (key_of(*steps[:2]), key_of("optional", steps[1]))
    if steps[0] == "service_points" and len(steps) > 2:
        return (key_of(*steps[:2]),)
    return ()


def has_place(city: Elements, key: str) -> bool:
    """Whether what the element belongs to is in the city's content."""
    places = place_of(key)
    return not places or any(place in city for place in places)


def elements_of(frozen: FrozenTheme, division: str) -> dict[str, Any]:
    """The theme's elements in the division by key; an element that is empty or no is left out."""
    found: dict[str, Any] = {"summary": frozen.document.summary}
    for item in frozen.document.items:
        found.update(_item(frozen, item, division))
    for name, point in named_points(frozen.service_points.get(division, ())):
        found.update(_point(name, point))
    found.update((key_of("notices", notice.code), _notice(notice)) for notice in frozen.document.notices)
    return {key: value for key, value in found.items() if value is not None and value != "" and value is not False}


def named_points(points: tuple[ServicePointContent, ...]) -> Iterator[tuple[str, ServicePointContent]]:
    """Windows with names that tell them apart: one for all themes and one for this may be called the same."""
    seen: dict[str, int] = {}
    for point in points:
        seen[point.name] = seen.get(point.name, 0) + 1
        yield (point.name if seen[point.name] == 1 else f"{point.name}（{seen[point.name]}）"), point


def condition_key(item: str, text: str) -> str:
    """The key of a condition of the register, which has no code of its own."""
    return key_of("items", item, "conditions", sha256(text.encode()).hexdigest()[:8])


def _item(frozen: FrozenTheme, item: ThemeItem, division: str) -> Iterator[tuple[str, Any]]:
    content = frozen.items[item.code]
    if item.by_district:
        yield key_of("optional", item.code), content.name
    else:
        yield key_of("items", item.code), write(TakenUp(mandatory=item.mandatory))
    yield key_of("items", item.code, "promised_days"), content.promised_days_in(division)
    yield key_of("items", item.code, "statutory_days"), content.statutory_days
    yield key_of("items", item.code, "onsite_times"), content.onsite_times
    for use in item.materials:
        yield key_of("items", item.code, "materials", use.material), _material(use)
    for text in content.conditions:
        yield condition_key(item.code, text), text
    for field in frozen.item_forms.get(item.code, ()):
        yield key_of("items", item.code, "fields", field.code), field.label
        yield key_of("items", item.code, "fields", field.code, "required"), field.required


def _material(use: MaterialUse) -> Any:
    return write(DistrictMaterial(when=use.when, necessity_code=use.necessity_code, note=use.note))


def _notice(notice: Notice) -> Any:
    return write(notice_value(notice))


def notice_value(notice: Notice) -> DistrictNotice:
    """The notice as the value of an element; one of the city may be empty."""
    return DistrictNotice(title=notice.title, content=notice.content, order=notice.order, default=notice.default)


def _point(name: str, point: ServicePointContent) -> Iterator[tuple[str, Any]]:
    value = point_value(point)
    yield key_of("service_points", name), write(value)
    for part in ("address", "window", "hours", "phone", "valid_from", "valid_to"):
        yield key_of("service_points", name, part), getattr(value, part)
    yield key_of("service_points", name, "coordinates"), list(value.coordinates) if value.coordinates else None
    for day, hours in value.holidays.items():
        yield key_of("service_points", name, "holidays", day), hours


def point_value(point: ServicePointContent) -> DistrictPoint:
    """The window as the value of an element, without its name."""
    located = point.longitude is not None and point.latitude is not None
    return DistrictPoint(
        address=point.address,
        window=point.window,
        hours=point.hours,
        phone=point.phone,
        coordinates=(point.longitude, point.latitude) if located else None,  # type: ignore[arg-type]
        valid_from=point.valid_from,
        valid_to=point.valid_to,
        holidays=point.holidays,
    )


def point_content(name: str, value: Any) -> ServicePointContent:
    """The window that such a value describes."""
    point = msgspec.convert(value, DistrictPoint)
    longitude, latitude = point.coordinates or (None, None)
    return ServicePointContent(
        name=name,
        address=point.address,
        window=point.window,
        hours=point.hours,
        phone=point.phone,
        longitude=longitude,
        latitude=latitude,
        valid_from=point.valid_from,
        valid_to=point.valid_to,
        holidays=point.holidays,
    )
