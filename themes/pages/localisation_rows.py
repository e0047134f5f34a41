"""A theme in a district as a clerk reads it: by subject, each line with both values, a source, and why it is fixed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from themes.localisation.elements import kind_of
from themes.localisation.keys import ancestors_of, key_of, steps_of
from themes.localisation.policy import why_not
from themes.localisation.sources import Sourced, source_told
from themes.localisation.wording import name_of, told
from themes.packages.structure import FrozenTheme
from themes.services.showing_localisation import ShownLocalisation

TONES = {"city": "", "district": "info", "excepted": "info", "suspended": "warn", "overruled": "warn"}
_PARTS = ("address", "window", "hours", "phone", "coordinates", "valid_from", "valid_to")


@dataclass(frozen=True)
class Row:
    """One element. `reason`: why it cannot be changed; `is_own`: the district did something with this very one."""

    key: str
    name: str
    city: str
    here: str
    source: str
    tone: str
    is_own: bool
    reason: str = ""


@dataclass(frozen=True)
class Group:
    """Elements under one heading. `adds`: what can be added here, the query of the page that does it, and in words."""

    title: str
    rows: list[Row]
    key: str = ""
    is_own: bool = False
    is_removed: bool = False
    adds: Sequence[tuple[str, str]] = ()
    explained: str = ""


@dataclass
class Board:
    """Everything on the page, in the order of how often it is needed."""

    points: list[Group] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    excepted: list[Group] = field(default_factory=list)
    locked: list[Row] = field(default_factory=list)


def board_of(shown: ShownLocalisation) -> Board:
    """The elements of the theme in the district."""
    frozen = shown.city.frozen
    rows = {one.code: _row(shown, one) for one in shown.elements}
    return Board(
        points=list(_points(shown, rows)),
        groups=[
            Group(
                "承诺办结时限（工作日）", _of_kind(rows, "items/*/promised_days"), explained="可以比全市快，不能慢。"
            ),
            Group(
                "须知", _of_kind(rows, "notices/*"), adds=[("new=notice", "加一条本区须知")],
                explained="市级的须知在本区照样显示；可以另加本区的。",
            ),
            *_offered(rows),
        ],
        excepted=list(_excepted(frozen, rows)),
        locked=[
            rows[key]
            for key in rows
            if (kind := kind_of(key)) and kind.pattern in ("summary", "items/*/onsite_times", "items/*/statutory_days")
        ],
    )  # fmt: skip


def _row(shown: ShownLocalisation, one: Sourced) -> Row:
    frozen, document = shown.city.frozen, shown.place.document
    is_own = any(operation.code == one.code for operation in document.operations)
    is_open = is_own or one.mode == "free" or (one.mode == "extend_only" and one.city is None)
    return Row(
        key=one.code,
        name=name_of(one.code, frozen),
        city=told(one.city),
        here=told(one.here),
        source=source_told(one, version=shown.city.version, district=shown.place.division.name),
        tone=TONES[one.origin],
        is_own=is_own,
        reason="" if is_open else why_not(shown.policy, one.code),
    )


def _of_kind(rows: dict[str, Row], *patterns: str) -> list[Row]:
    return [row for key, row in rows.items() if (kind := kind_of(key)) and kind.pattern in patterns]


def _points(shown: ShownLocalisation, rows: dict[str, Row]) -> Iterator[Group]:
    removed = {operation.code for operation in shown.place.document.operations if operation.act == "remove"}
    for whole in _of_kind(rows, "service_points/*"):
        name = steps_of(whole.key)[1]
        parts = [key_of("service_points", name, part) for part in _PARTS]
        holidays = [key for key in rows if whole.key in ancestors_of(key) and key not in parts]
        is_added = whole.is_own and whole.key not in removed
        yield Group(
            title=name,
            rows=[_part(rows, key, whole, is_added=is_added) for key in [*parts, *holidays]],
            key=whole.key,
            is_own=whole.is_own,
            is_removed=whole.key in removed,
            adds=() if whole.is_own else [(f"new=holiday&point={name}", "加一天节假日安排")],
        )


def _part(rows: dict[str, Row], key: str, whole: Row, *, is_added: bool) -> Row:
    kind = kind_of(key)
    label = kind.label if kind else key
    steps = steps_of(key)
    name = f"{steps[3]} {label}" if len(steps) > 3 else label
    row = rows.get(key)
    if row is None:
        return Row(key, name, told(None), told(None), whole.source if is_added else "", whole.tone, is_own=False)
    return Row(key, name, row.city, row.here, row.source, row.tone, row.is_own, row.reason)


def _offered(rows: dict[str, Row]) -> Iterator[Group]:
    offered = _of_kind(rows, "optional/*")
    if not offered:
        return
    lines = []
    for row in offered:
        item = rows.get(key_of("items", steps_of(row.key)[1]))
        taken = item is not None and item.is_own
        lines.append(
            Row(
                key_of("items", steps_of(row.key)[1]), row.name, "由区里决定", "加办" if taken else "不办",
                item.source if item and taken else row.source, item.tone if item and taken else "", taken,
            )
        )  # fmt: skip
    yield Group("可以加办的事项", lines, explained="市级列出、由各区决定是否办理的事项。")


def _excepted(frozen: FrozenTheme, rows: dict[str, Row]) -> Iterator[Group]:
    for item in frozen.document.items:
        mine = [
            row
            for row in _of_kind(rows, "items/*/materials/*", "items/*/conditions/*", "items/*/fields/*/required")
            if steps_of(row.key)[1] == item.code
        ]
        content = frozen.items[item.code]
        yield Group(
            content.daily_name or content.name,
            mine,
            adds=[
                (f"new=material&item={item.code}", "加一种材料"),
                (f"new=condition&item={item.code}", "加一个受理条件"),
                (f"new=required&item={item.code}", "把一个字段设为必填"),
            ],
        )
