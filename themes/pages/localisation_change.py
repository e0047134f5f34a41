"""Changing one element of a theme in a district, or adding one: the form that fits its kind."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict

from opsplatform.catalog.forms import HolidaysField
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.errors import Invalid, NotFound, Problem
from themes.localisation.documents import Operation
from themes.localisation.elements import KINDS, condition_key, elements_of, kind_of
from themes.localisation.fitness import registers_meant
from themes.localisation.keys import key_of
from themes.localisation.limits import exception_needed
from themes.localisation.policy import permits, why_not
from themes.localisation.wording import name_of, told
from themes.pages.localisation_base import LocalisedPage
from themes.services.composing import free_code
from themes.services.excepting import request_exception
from themes.services.localising import change_element


@dataclass(frozen=True)
class Input:
    """One field of the form."""

    name: str
    label: str
    type: str = "text"
    help: str = ""
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_required: bool = False


class ChangeElement(LocalisedPage):
    """`?key=` an element that is there; `?new=` something that is added (`_NEW`)."""

    action = "localisations.edit"
    template_name = "themes/localisation_change.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return "修改" if self.key else _NEW.get(self.new, "增加")

    @property
    def key(self) -> str:
        """The element to change; empty where one is added."""
        return self.request.GET.get("key", "")

    @property
    def new(self) -> str:
        """What is added."""
        return self.request.GET.get("new", "")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, for those who may edit here."""
        self.actor.require("localisations.edit", within=self.place.division)
        return self.page()

    def context(self) -> dict[str, Any]:
        """The form with what stands there now, or with what was typed."""
        frozen, city = self.localised.city.frozen, self._city_value(self.key)
        judged = next((one for one in self.localised.judged if one.key == self.key), None)
        kind = kind_of(self.key)
        if self.key and kind is None:
            raise NotFound
        can_be_missing = kind is not None and not kind.is_needed
        may_remove = can_be_missing and city is not None and permits(
            self.localised.policy, Operation(code=self.key, act="remove", base=city), city
        )  # fmt: skip
        locked = "" if self.new or self._is_open(city) else why_not(self.localised.policy, self.key)
        pattern = kind.pattern if kind else _PATTERN.get(self.new, "")
        if not pattern:
            raise NotFound
        return {
            "element": name_of(self.key, frozen) if self.key else _NEW[self.new],
            "city_value": told(city),
            "inputs": [] if locked else self._inputs(pattern, self._current(self.key)),
            "locked": locked,
            "may_remove": may_remove,
            "is_in_conflict": judged is not None and judged.standing == "conflict",
            "asks": judged is not None
            and judged.standing == "stands"
            and exception_needed(judged.operation, city) is not None,
            "reason": self.request.POST.get("reason", ""),
            "expires_on": self.request.POST.get("expires_on", ""),
        }

    def _city_value(self, key: str) -> Any:
        return elements_of(self.localised.city.frozen, self.place.division.code).get(key)

    def _current(self, key: str) -> Any:
        """What the draft has of the element, else the city."""
        mine = {operation.code: operation.value for operation in self.place.document.operations}
        return mine[key] if key in mine else self._city_value(key)

    def _is_open(self, city: Any) -> bool:
        if any(operation.code == self.key for operation in self.place.document.operations):
            return True
        return permits(self.localised.policy, Operation(code=self.key, act="replace", base=city), city)

    def _inputs(self, pattern: str, current: Any) -> list[Input]:
        typed = self.request.POST
        return [
            Input(
                one.name, one.label, one.type, one.help, typed.get(one.name, _shown(current, one.name)),
                one.choices or self._choices(one.name), one.is_required,
            )
            for one in _inputs_for(pattern, is_new=bool(self.new))
        ]  # fmt: skip

    def _choices(self, name: str) -> tuple[tuple[str, str], ...]:
        if name != "field":
            return ()
        frozen = self.localised.city.frozen
        fields = frozen.item_forms.get(self.request.GET.get("item", ""), ())
        return tuple((field.code, field.label) for field in fields if not field.required)

    def post(self, request: HttpRequest, code: str, division: str) -> HttpResponse:
        """The element says what was typed, in the district's draft."""
        typed = request.POST
        if typed.get("do") == "ask":
            return self._ask(typed)
        key = self.key or self._free_key(typed)
        kind = kind_of(key)
        if kind is None:
            raise NotFound
        value = None if typed.get("do") == "remove" else _value(kind.pattern, typed, self._current(key))
        if self.new == "material" and isinstance(value, dict):
            value["register"] = typed.get("register", "").strip()
        change_element(**self.where, key=key, value=value, expected_revision=self.number_sent())
        return self.done("已保存到本区草稿，提交、审核、发布后才会上线。", self.here("localisation"))

    def _free_key(self, typed: QueryDict) -> str:
        """The key of what is added; raises Invalid at its input where the division has that element already."""
        key = self._new_key(typed)
        there = {one.code for one in self.localised.elements if one.here is not None}
        own = {operation.code for operation in self.place.document.operations if operation.value is not None}
        if key in there | own:
            name = name_of(key, self.localised.here)
            place, label = _TELLS_APART[self.new]
            sentence = f"本区已经有“{name}”，没有保存。要改它，请返回本区页面，在它那里改；要另加，请换{label}。"
            raise Invalid(problems=(Problem(f"/{place}", "already_there", sentence),))
        return key

    def _new_key(self, typed: QueryDict) -> str:
        asked = self.request.GET
        item = asked.get("item", "")
        if self.new not in _TELLS_APART:
            raise NotFound
        given = _given(typed, *_TELLS_APART[self.new])
        match self.new:
            case "point":
                return key_of("service_points", given)
            case "notice":
                return key_of("notices", f"{self.place.division.code}-{given}")
            case "holiday":
                return key_of("service_points", asked.get("point", ""), "holidays", given)
            case "material":
                return key_of("items", item, "materials", self._code_of_material(given))
            case "condition":
                return condition_key(item, given)
            case _:
                return key_of("items", item, "fields", given, "required")

    def _code_of_material(self, register: str) -> str:
        """What the division calls the material of the register; the register's own code where that is free."""
        meant = registers_meant(self.localised.city.frozen, self.localised.frozen)
        return next((code for code, one in meant.items() if one == register), free_code(register, set(meant)))

    def _ask(self, typed: QueryDict) -> HttpResponse:
        until = parse_day(typed.get("expires_on", ""))
        if until is None:
            raise Invalid(problems=(Problem("/expires_on", "not_a_day", "请填写有效期，例如 2026-12-31。"),))
        request_exception(**self.where, key=self.key, reason=typed.get("reason", ""), expires_on=until)
        return self.done("已向市级申请例外，决定后会显示在本页。", self.here("localisation"))


_HOLIDAYS = HolidaysField()
_NEW = {
    "point": "加一个办理地址", "notice": "加一条本区须知", "holiday": "加一天节假日安排", "material": "加一种材料",
    "condition": "加一个受理条件", "required": "把一个字段设为必填",
}  # fmt: skip
_TELLS_APART = {
    "point": ("name", "名称"), "notice": ("code", "编号"), "holiday": ("day", "日期"),
    "material": ("register", "材料代码"),
    "condition": ("value", "受理条件"), "required": ("field", "字段"),
}  # fmt: skip
_PATTERN = {
    "point": "service_points/*", "notice": "notices/*", "holiday": "service_points/*/holidays/*",
    "material": "items/*/materials/*", "condition": "items/*/conditions/*", "required": "items/*/fields/*/required",
}  # fmt: skip


def _inputs_for(pattern: str, *, is_new: bool) -> list[Input]:
    first = list(_FIRST.get(pattern, ())) if is_new else []
    if pattern in _FORMS:
        return [*first, *_FORMS[pattern]]
    label = next(kind.label for kind in KINDS if kind.pattern == pattern)
    is_long = pattern in ("summary", "items/*/conditions/*")
    return [*first, Input("value", label, "textarea" if is_long else "text", is_required=True)]


_DAY_HELP = "写成 2026-01-31 这样，没有就留空。"
_FIRST: dict[str, tuple[Input, ...]] = {
    "service_points/*": (Input("name", "名称", is_required=True),),
    "notices/*": (Input("code", "编号", help="本区内不重复，例如 1。", is_required=True),),
    "service_points/*/holidays/*": (Input("day", "日期", "date", is_required=True),),
    "items/*/materials/*": (
        Input("register", "材料代码", help="在“登记信息”的“材料”里查到的代码。", is_required=True),
    ),
}
_FORMS: dict[str, tuple[Input, ...]] = {
    "items/*/promised_days": (Input("value", "本区承诺（工作日）", "number", "不能比全市慢。", is_required=True),),
    "items/*/onsite_times": (Input("value", "到现场次数", "number", is_required=True),),
    "items/*": (
        Input(
            "mandatory", "怎样加办", "select",
            choices=(("no", "按情形引导，需要的才办"), ("yes", "一律办理")),
        ),
    ),
    "service_points/*": (
        Input("address", "地址", is_required=True),
        Input("window", "窗口"),
        Input("hours", "办公时间", help="例如：周一至周五 9:00-17:00"),
        Input("holidays", "节假日安排", "textarea", "每行一天：日期 当天的办公时间，或“休息”。如：2026-10-01 休息"),
        Input("phone", "电话"),
        Input("coordinates", "坐标", help="经度,纬度，例如 121.38,31.11"),
        Input("valid_from", "启用日期", "date", _DAY_HELP),
        Input("valid_to", "停用日期", "date", _DAY_HELP),
    ),
    "service_points/*/coordinates": (
        Input("coordinates", "坐标", help="经度,纬度，例如 121.38,31.11", is_required=True),
    ),
    "service_points/*/valid_from": (Input("value", "启用日期", "date", is_required=True),),
    "service_points/*/valid_to": (Input("value", "停用日期", "date", is_required=True),),
    "service_points/*/holidays/*": (
        Input("value", "当天办公时间", help="例如：9:00-12:00，或 休息", is_required=True),
    ),
    "notices/*": (
        Input("title", "标题", is_required=True),
        Input("content", "内容", "textarea", is_required=True),
    ),
    "items/*/materials/*": (Input("note", "说明"),),
    "items/*/fields/*/required": (Input("field", "字段", "select", is_required=True),),
}  # fmt: skip


def _given(typed: QueryDict, name: str, label: str) -> str:
    value = typed.get(name, "").strip()
    if not value:
        raise Invalid(problems=(Problem(f"/{name}", "required", f"请填写{label}。"),))
    return value


def _shown(current: Any, name: str) -> str:
    """What an input shows of the value that stands there."""
    if isinstance(current, dict):
        if name == "mandatory":
            return "yes" if current.get("mandatory") else "no"
        current = current.get(name, "")
    elif name not in ("value", "coordinates"):
        return ""
    if isinstance(current, dict):
        return str(_HOLIDAYS.prepare_value(current))
    if isinstance(current, list):
        return ",".join(str(part) for part in current)
    return "" if current is None else str(current)


def _value(pattern: str, typed: QueryDict, current: Any) -> Any:
    """The value that was typed for an element of the kind; what the form does not ask for stays as it is."""
    if pattern in ("items/*/promised_days", "items/*/onsite_times"):
        return _whole(_given(typed, "value", "天数或次数"))
    if pattern == "items/*/fields/*/required":
        return True
    if pattern == "items/*":
        return {"mandatory": True} if typed.get("mandatory") == "yes" else {}
    if pattern == "service_points/*/coordinates":
        return _coordinates(_given(typed, "coordinates", "坐标"))
    names = [one.name for one in _FORMS.get(pattern, ())]
    if names in ([], ["value"]):
        return _given(typed, "value", "内容")
    kept = {name: part for name, part in current.items() if name not in names} if isinstance(current, dict) else {}
    value: dict[str, Any] = kept | {name: text for name in names if (text := typed.get(name, "").strip())}
    if "coordinates" in value:
        value["coordinates"] = _coordinates(value["coordinates"])
    if "holidays" in value:
        value["holidays"] = _days(value["holidays"])
    return value


def _days(text: str) -> dict[str, str]:
    try:
        return _HOLIDAYS.to_python(text)
    except ValidationError as error:
        raise Invalid(problems=(Problem("/holidays", "wrong_shape", error.messages[0]),)) from error


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise Invalid(problems=(Problem("/value", "not_a_number", "请填写一个不太大的整数。"),))
    return int(text)


def _coordinates(text: str) -> list[float]:
    try:
        longitude, latitude = (float(part) for part in text.replace("，", ",").split(","))
        if not (isfinite(longitude) and isfinite(latitude)):
            raise ValueError(text)
    except ValueError as error:
        raise Invalid(problems=(Problem("/coordinates", "wrong_shape", "坐标应写成 121.38,31.11 这样。"),)) from error
    return [longitude, latitude]
