"""Forms of the registers of this room: lists are typed one element a line."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from opsplatform.catalog.models import ServiceItem, ServicePoint
from opsplatform.console.registers import Choice, LongText, RegisterForm


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = LongText

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """The lines that are not empty."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class DivisionDaysField(LinesField):
    """Promised days of some divisions: "310101 310104 3 备注" a line."""

    def prepare_value(self, value: Any) -> Any:
        """The table as lines."""
        if not isinstance(value, list):
            return value
        return "\n".join(
            " ".join([*row["division_codes"], str(row["promised_days"]), row.get("note", "")]).strip() for row in value
        )

    def to_python(self, value: Any) -> list[dict[str, Any]]:  # type: ignore[override]
        """The table, in the shape the packages read."""
        return [self._row(number, line) for number, line in enumerate(super().to_python(value), start=1)]

    def _row(self, number: int, line: str) -> dict[str, Any]:
        words = line.split()
        numbers = [word for word in words if word.isdecimal()]
        if len(numbers) < 2 or len(numbers[-1]) > 4 or words[: len(numbers)] != numbers:
            raise forms.ValidationError(f"第 {number} 行应为：区划代码（可多个）、承诺工作日、备注，以空格分开。")
        row: dict[str, Any] = {"division_codes": numbers[:-1], "promised_days": int(numbers[-1])}
        note = " ".join(words[len(numbers) :])
        return {**row, "note": note} if note else row


class HolidaysField(LinesField):
    """Days with other hours: "2026-10-01 休息" a line."""

    def prepare_value(self, value: Any) -> Any:
        """The days as lines, in their order."""
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{day} {value[day]}" for day in sorted(value))

    def to_python(self, value: Any) -> dict[str, str]:  # type: ignore[override]
        """Day → hours; what is no day is the service's to refuse."""
        days: dict[str, str] = {}
        for number, line in enumerate(super().to_python(value), start=1):
            day, _, hours = line.partition(" ")
            if not hours.strip():
                raise forms.ValidationError(f"第 {number} 行应为：日期、空格、当天的办公时间或“休息”。")
            if day in days:
                raise forms.ValidationError(f"第 {number} 行的 {day} 已经写过。")
            days[day] = hours.strip()
        return days


class ServiceItemForm(RegisterForm):
    conditions = LinesField(label="受理条件", required=False, help_text="每行一条")
    division_days = DivisionDaysField(
        label="分区承诺时限",
        required=False,
        help_text="每行：区划代码（可多个） 工作日 备注。如：310101 310104 3 中心城区",
    )

    class Meta:
        model = ServiceItem
        fields = "__all__"


class ServicePointForm(RegisterForm):
    """The theme is chosen by name among those the person sees; the one that stands can be kept."""

    themes: ClassVar[Mapping[str, str]] = {}
    theme_code = forms.ChoiceField(label="服务的主题", required=False, widget=Choice)
    holidays = HolidaysField(
        label="节假日安排", required=False, help_text="每行：日期 当天的办公时间，或“休息”。如：2026-10-01 休息"
    )

    class Meta:
        model = ServicePoint
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields.get("theme_code")
        if field is not None:
            held = self.instance.theme_code
            kept = [(held, held)] if held and held not in self.themes else []
            named = [(code, f"{name}（{code}）") for code, name in self.themes.items()]
            field.choices = [("", "所有主题"), *named, *kept]
