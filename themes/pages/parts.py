"""All parts of a theme in plain words: the draft for those who work on it, the version on show for everybody else."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from opsplatform.console.pages import Tab
from opsplatform.kernel.errors import Invalid
from themes import selectors
from themes.packages.compilation import read_frozen
from themes.pages.base import ThemePage
from themes.pages.wording import parts
from themes.services.accepting import accept_case, find_case_differences
from themes.services.showing import Shown, newer_entries, show_version

CODE_LISTS = (
    "service_object", "exercise_level", "handle_form", "item_type", "project_type", "material_type", "material_form",
    "material_source", "material_necessity", "prefill_library",
)  # fmt: skip

PARTS: dict[str, tuple[str, Callable[[parts.Source], dict[str, Any]]]] = {
    "basics": ("基本信息", parts.basics),
    "items": ("事项", parts.items),
    "guidance": ("场景引导", parts.guidance),
    "materials": ("材料", parts.materials),
    "form": ("表单字段", parts.form),
    "notices": ("申报须知", parts.notices),
    "places": ("办理区划与地址", parts.places),
    "cases": ("用例", parts.cases),
}


class Parts(ThemePage):
    """One part of the theme; `?version=` shows a numbered version to those who see the draft."""

    tab = "parts"

    @property
    def part(self) -> str:
        """Which part, from the address; raises Http404 for one that does not exist."""
        part = self.kwargs.get("part", "basics")
        if part not in PARTS:
            raise Http404
        return str(part)

    @property
    def title(self) -> str:  # type: ignore[override]
        return PARTS[self.part][0]

    @property
    def template_name(self) -> str:  # type: ignore[override]
        return f"themes/parts/{self.part}.html"

    @cached_property
    def looked_at(self) -> Shown:
        """What is shown: what the person may see, or the version asked for."""
        number = self.request.GET.get("version", "")
        if not number:
            return self.shown
        if not number.isdecimal() or len(number) > 9:
            raise Http404
        return show_version(actor=self.actor, theme=self.theme, number=int(number))

    def context(self) -> dict[str, Any]:
        """The part, put into words."""
        shown = self.looked_at
        source = parts.Source(shown.frozen, selectors.code_names(*CODE_LISTS), self._newer(shown))
        return {
            "parts": self._parts(shown),
            "shown": shown,
            "revision": self.theme.subject.draft_revision,
            "may_edit": shown.is_draft and self.may("themes.edit"),
            **PARTS[self.part][1](source),
            **self._case_differences(source, is_asked=self.part == "cases" and shown.is_draft),
        }

    def _case_differences(self, source: parts.Source, *, is_asked: bool) -> dict[str, Any]:
        """Where saved cases of the draft no longer hold, in words by case code."""
        if not is_asked:
            return {}
        differences = find_case_differences(self.shown)
        return {
            "differences": {
                case: [parts.difference_of_case(source, key, *sides) for key, sides in found.items()]
                for case, found in differences.items()
            }
        }

    def post(self, request: HttpRequest, code: str, part: str = "") -> HttpResponse:
        """The case named expects what is now computed for it."""
        revision, do = request.POST.get("revision", ""), request.POST.get("do")
        if self.part != "cases" or do != "accept" or not revision.isdecimal():
            raise Invalid("没有这项操作。")
        accept_case(actor=self.actor, code=code, case=request.POST.get("case", ""), expected_revision=int(revision[:9]))
        return self.done(
            "用例的预期已更新为现在的结果，提交审核时审核人会看到这一改动。", self.url("part", part="cases")
        )

    def _parts(self, shown: Shown) -> Sequence[Tab]:
        query = f"?version={shown.version.number}" if self.request.GET.get("version") and shown.version else ""
        return [
            Tab(title, self.url("part", part=part) + query, is_active=part == self.part)
            for part, (title, _) in PARTS.items()
        ]

    def _newer(self, shown: Shown) -> frozenset[str]:
        """Register entries that moved on since the last submission, for those who see the draft."""
        version = self.theme.subject.current_version
        if not self.may_view_draft or version is None or not shown.is_draft:
            return frozenset()
        return frozenset(newer_entries(read_frozen(bytes(version.content)), shown.frozen))
