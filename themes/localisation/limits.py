"""What is wrong with a localisation: shapes, what the city keeps to itself, limits and exceptions, open conflicts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.documents import write
from opsplatform.kernel.shape import shape_problems
from opsplatform.release.findings import Finding, Severity
from themes.guidance.necessity import is_more_needed
from themes.localisation.documents import (
    DistrictMaterial,
    ExceptionKind,
    FrozenLocalisation,
    GrantedException,
    Operation,
)
from themes.localisation.effective import judge_operations, localise
from themes.localisation.elements import kind_of
from themes.localisation.fitness import faults_of, is_fit
from themes.localisation.keys import ancestors_of, key_of, steps_of
from themes.localisation.merging import Judged
from themes.localisation.policy import policy_in, why_not
from themes.localisation.wording import name_of, told
from themes.packages.structure import FrozenTheme, ServicePointContent

EXPIRING_WITHIN = timedelta(days=60)
LONGEST_EXCEPTION = timedelta(days=3 * 365 + 1)  # an exception is for a time: after three years it is asked for anew
PHONE = re.compile(r"\+?[0-9][0-9\-—（）() 转,，、;；/]{2,49}")
WEST, EAST, SOUTH, NORTH = 73.0, 136.0, 3.0, 54.0  # of China, in degrees

BEYOND: dict[ExceptionKind, str] = {
    "slower": "slower_than_city",
    "material": "more_material",
    "required_field": "more_required_field",
    "condition": "more_condition",
}
_BEYOND_TOLD: dict[ExceptionKind, str] = {
    "slower": "比全市承诺的慢",
    "material": "比全市多要材料",
    "required_field": "比全市多要必填",
    "condition": "比全市多设条件",
}


def check_localisation(
    frozen: FrozenTheme, localisation: FrozenLocalisation, division: str, today: date
) -> list[Finding]:
    """Every finding about the operations, blocking ones first; `place` ends in the key of the element."""
    operations = localisation.document.operations
    found = list(_contradictions(operations))
    found += [
        _finding(fault.code, operation.code, fault.sentence, witness=fault.witness)
        for operation in operations
        for fault in faults_of(frozen, localisation, operation)
    ]
    sound = tuple(operation for operation in operations if is_fit(frozen, localisation, operation))
    for judged in judge_operations(frozen, sound, division):
        found += _standing(frozen, judged, division)
        if judged.standing == "stands":
            found += _limits(frozen, localisation, judged, division, today)
    document = replace(localisation.document, operations=sound)
    found += _windows(frozen, replace(localisation, document=document), division, today)
    return sorted(found, key=lambda finding: (not finding.is_blocking, finding.place, finding.code))


def check_exceptions(localisation: FrozenLocalisation, today: date, withdrawn: Mapping[int, str]) -> list[Finding]:
    """Exceptions that the localisation was approved with and that are over, or withdrawn: by number, and why."""
    found = []
    for one in localisation.exceptions:
        over = withdrawn.get(one.number) or (one.expires_on < today.isoformat() and f"已于 {one.expires_on} 到期")
        if over:
            found.append(_finding(BEYOND[one.kind], one.code, f"“{name_of(one.code)}”的例外{over}。"))
    return found


def exception_needed(operation: Operation, city: Any) -> ExceptionKind | None:
    """The exception without which the operation goes beyond the limits of domain.md §5; none where it stays within."""
    kind, value = kind_of(operation.code), operation.value
    if value is None or kind is None or shape_problems(kind.shape, value):
        return None
    if kind.pattern == "items/*/promised_days":
        return "slower" if city is not None and value > city else None
    if kind.pattern == "items/*/materials/*":
        return None if city is not None and not _asks_more(city, value) else "material"
    if kind.pattern == "items/*/fields/*/required":
        return "required_field"
    return "condition" if kind.pattern == "items/*/conditions/*" else None


def exception_granted(localisation: FrozenLocalisation, operation: Operation, city: Any) -> GrantedException | None:
    """The exception that lets the operation go beyond the limits; none where it needs none, or has none for that."""
    needed = exception_needed(operation, city)
    granted = (one for one in localisation.exceptions if (one.code, one.kind) == (operation.code, needed))
    return next((one for one in granted if covers(one.value, operation) and not is_stricter(city, one.city)), None)


def covers(asked: Any, operation: Operation) -> bool:
    """Whether an exception for the value asked is one for the operation: days up to it, else exactly that value.

    Null is the value of exceptions from before values were recorded; they are for nothing.
    """
    kind = kind_of(operation.code)
    if asked is None or kind is None:
        return False
    allowed, wanted = msgspec.convert(asked, kind.shape), msgspec.convert(operation.value, kind.shape)
    if kind.pattern == "items/*/promised_days":
        return bool(wanted <= allowed)
    return canonical_bytes(write(wanted)) == canonical_bytes(write(allowed))


def is_stricter(city: Any, then: Any) -> bool:
    """Whether the city asks less of applicants, or promises more, than when it allowed an exception from its value.

    Fewer days; of everything else, another value than then. What is not known of then counts as the same.
    """
    if then is UNSET:
        return False
    if isinstance(city, int) and isinstance(then, int):
        return city < then
    return canonical_bytes(write(city)) != canonical_bytes(write(then))


def _asks_more(city: Any, value: Any) -> bool:
    """Whether the material is asked for in other cases than the city's, or needed more, as far as that is known."""
    theirs, ours = msgspec.convert(city, DistrictMaterial), msgspec.convert(value, DistrictMaterial)
    return ours.when != theirs.when or is_more_needed(ours.necessity_code, than=theirs.necessity_code)


def _finding(code: str, key: str, sentence: str, severity: Severity = "blocking", witness: Any = None) -> Finding:
    return Finding(code=code, severity=severity, place=f"/operations/{key_of(key)}", sentence=sentence, witness=witness)


def _contradictions(operations: Iterable[Operation]) -> Iterator[Finding]:
    removed = {operation.code for operation in operations if operation.act == "remove"}
    for operation in operations:
        if above := next((key for key in ancestors_of(operation.code) if key in removed), None):
            yield _finding(
                "contradiction",
                operation.code,
                f"“{name_of(above)}”已去掉，其中的“{name_of(operation.code)}”不能再改。",
            )


def _standing(frozen: FrozenTheme, judged: Judged, division: str) -> Iterator[Finding]:
    what = name_of(judged.key, frozen)
    if judged.standing == "overruled":
        why = why_not(policy_in(frozen.document.localisation, division), judged.key)
        yield _finding("element_locked", judged.key, f"“{what}”区里不能这样改：{why}。")
    if judged.standing == "conflict":
        change = f"市级由{told(judged.operation.base)}改为{told(judged.city)}"
        if judged.city is None and judged.operation.base is None:
            change = "市级已没有它所属的事项、字段或窗口"
        yield _finding("unsettled_conflict", judged.key, f"“{what}”{change}，本区也改过，请选择以哪一个为准。")


def _limits(
    frozen: FrozenTheme, localisation: FrozenLocalisation, judged: Judged, division: str, today: date
) -> Iterator[Finding]:
    key, value, what = judged.key, judged.operation.value, name_of(judged.key, frozen)
    yield from _beyond(localisation, judged, what, today)
    if value is None:
        return
    pattern, steps = kind_of(key).pattern, steps_of(key)  # type: ignore[union-attr]
    if pattern == "items/*/promised_days" and 0 < frozen.items[steps[1]].statutory_days < value:
        days = frozen.items[steps[1]].statutory_days
        yield _finding("slower_than_law", key, f"“{what}”为 {value} 个工作日，超过法定的 {days} 个工作日。")
    if pattern == "items/*/onsite_times" and judged.city is not None and value > judged.city:
        yield _finding("more_visits", key, f"“{what}”为 {value} 次，比全市的 {judged.city} 次多。")


def _beyond(localisation: FrozenLocalisation, judged: Judged, what: str, today: date) -> Iterator[Finding]:
    needed = exception_needed(judged.operation, judged.city)
    if needed is None:
        return
    granted = exception_granted(localisation, judged.operation, judged.city)
    ours = told(judged.operation.value)
    compared = {"slower": f"（全市 {told(judged.city)}，本区 {ours}）", "condition": f"（{ours}）"}.get(needed, "")
    if granted is None:
        other = next((one for one in localisation.exceptions if (one.code, one.kind) == (judged.key, needed)), None)
        but = ""
        if other is not None and covers(other.value, judged.operation):
            but = f"：原来的例外是市级还是“{told(other.city)}”时批准的，现在已改为“{told(judged.city)}”，要市级重新确认"
        elif other is not None:
            but = f"：市级批准的例外是“{told(other.value)}”，不是现在这样"
        yield _finding(
            BEYOND[needed], judged.key, f"“{what}”{_BEYOND_TOLD[needed]}{compared}，须先向市级申请例外{but}。",
            witness={"city": judged.city, "district": judged.operation.value},
        )  # fmt: skip
        return
    until = date.fromisoformat(granted.expires_on)
    if until < today:
        yield _finding(BEYOND[needed], judged.key, f"“{what}”{_BEYOND_TOLD[needed]}，例外已于 {until} 到期。")
        return
    soon = "，即将到期" if until <= today + EXPIRING_WITHIN else ""
    yield _finding(
        f"excepted_{needed}", judged.key,
        f"“{what}”{_BEYOND_TOLD[needed]}{compared}，经市级批准例外至 {until}{soon}：{granted.reason}",
        "advisory",
    )  # fmt: skip


def _windows(frozen: FrozenTheme, localisation: FrozenLocalisation, division: str, today: date) -> Iterator[Finding]:
    """What is wrong with the windows that the district would have, where it changed them."""
    here = localise(frozen, localisation, division).frozen.service_points.get(division, ())
    before = {point.name: point for point in frozen.service_points.get(division, ())}
    for point in here:
        if before.get(point.name) != point:
            yield from _window(key_of("service_points", point.name), point, today)
    if not any(is_open(point, today) for point in here):
        name = frozen.divisions[division].name
        had_one = any(is_open(point, today) for point in before.values())
        yield _finding(
            "no_service_point", "service_points",
            f"{name}没有这个主题的办理地址。" + ("本区的改动去掉了最后一个。" if had_one else ""),
            "blocking" if had_one else "advisory",
        )  # fmt: skip


def is_open(point: ServicePointContent, today: date) -> bool:
    """Whether people can go to the window on that day."""
    day = today.isoformat()
    return (point.valid_from is None or point.valid_from <= day) and (point.valid_to is None or point.valid_to >= day)


def _window(key: str, point: ServicePointContent, today: date) -> Iterator[Finding]:
    if point.phone and not PHONE.fullmatch(point.phone):
        yield _finding("bad_phone", key, f"“{point.name}”的电话 {point.phone} 不像电话号码。")
    if not point.hours:
        yield _finding("no_hours", key, f"“{point.name}”没有办公时间。", "advisory")
    if not _is_in_china(point):
        yield _finding("bad_coordinates", key, f"“{point.name}”的坐标不在中国境内，请检查经度、纬度是否颠倒。")
    days = (point.valid_from, point.valid_to, *point.holidays)
    wrong = [day for day in days if day is not None and parse_day(day) is None]
    if wrong:
        yield _finding("bad_day", key, f"“{point.name}”的日期 {'、'.join(wrong)} 应写成 2026-01-31 这样。")
        return
    if point.valid_from and point.valid_to and point.valid_to < point.valid_from:
        yield _finding("bad_period", key, f"“{point.name}”的停用日期早于启用日期。")
    if point.valid_to and point.valid_to < today.isoformat():
        yield _finding("bad_period", key, f"“{point.name}”已于 {point.valid_to} 停用。")


def _is_in_china(point: ServicePointContent) -> bool:
    if point.longitude is None or point.latitude is None:
        return True
    return WEST <= point.longitude <= EAST and SOUTH <= point.latitude <= NORTH
