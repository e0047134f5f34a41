"""All parts of a theme in plain words: the draft for those who work on it, the version on show for everybody else."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from opsplatform.console.pages import Tab, whole_number
from opsplatform.kernel.errors import Invalid
from themes import selectors
from themes.packages.compilation import read_frozen
from themes.packages.masking import masked_theme
from themes.pages.base import ThemePage
from themes.pages.comments import ShownComment, comments_by_element
from themes.pages.wording import parts
from themes.pages.wording.elements import names_in, names_of_elements
from themes.services.hiding import SEE
from themes.services.keeping_cases import accept_case, delete_case, require_case, run_cases
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
_WITH_VALUES = ("guidance", "cases")

PART_OF = {  # by the first step of an element's pointer; the rest is basics
    "items": "items", "guidance": "guidance", "materials": "materials", "field_uses": "form", "notices": "notices",
    "handling_divisions": "places", "cases": "cases",
}  # fmt: skip


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
        wanted = whole_number(number)
        if wanted is None:
            raise Http404
        return show_version(actor=self.actor, theme=self.theme, number=wanted)

    def context(self) -> dict[str, Any]:
        """The part, put into words."""
        shown = self.looked_at
        seen = masked_theme(shown.frozen)
        source = parts.Source(seen, selectors.code_names(*CODE_LISTS), self._newer(shown))
        return {
            "hides_values": self.part in _WITH_VALUES and seen.document != shown.document,
            "may_see_values": shown.is_draft and self.may(SEE),
            "parts": self._parts(shown),
            "shown": shown,
            "revision": self.theme.subject.draft_revision,
            "comments": self._comments(shown),
            "may_edit": shown.is_draft and self.may("themes.edit"),
            **PARTS[self.part][1](source),
            **self._case_results(source),
        }

    def _comments(self, shown: Shown) -> list[ShownComment]:
        """What reviewers said about this part of the draft and nobody has dealt with yet."""
        if not shown.is_draft:
            return []
        comments = comments_by_element(self.theme.subject, names_of_elements(shown.frozen), names_in)
        return [
            one
            for pointer, found in comments.items()
            if PART_OF.get(pointer.split("/", 2)[1] if pointer else "", "basics") == self.part
            for one in found
        ]

    def _case_results(self, source: parts.Source) -> dict[str, Any]:
        """What becomes of the cases now, for those who see the draft."""
        if self.part != "cases" or not self.may_view_draft:
            return {}
        results = run_cases(self.looked_at)
        return parts.case_results(source, results) if results else {}

    def post(self, request: HttpRequest, code: str, part: str = "") -> HttpResponse:
        """What was asked for is done to the case named."""
        given = request.POST
        if self.part != "cases":
            raise Invalid("没有这项操作。")
        case, expected = given.get("case", ""), self.number_sent()
        match do := given.get("do"):
            case "accept":
                reason = given.get("reason", "")
                accept_case(actor=self.actor, code=code, case=case, reason=reason, expected_revision=expected)
                done = "用例的预期已更新为现在的结果，提交审核时审核人会看到这一改动和理由。"
            case "require" | "release":
                wanted = do == "require"
                require_case(actor=self.actor, code=code, case=case, is_required=wanted, expected_revision=expected)
                done = "这个用例不通过就不能提交。" if wanted else "这个用例不通过时只提醒。"
            case "delete":
                delete_case(actor=self.actor, code=code, case=case, expected_revision=expected)
                done = "用例已删除，提交过的版本里仍有它。"
            case _:
                raise Invalid("没有这项操作。")
        return self.done(done, self.url("part", part="cases"))

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
