"""The designer of a theme's guidance: the draft is worked on in the browser and saved whole through the API."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from forms_builder.documents import FormField
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import DomainError
from opsplatform.kernel.parsing import MAX_BYTES, TooLarge, parse_json
from opsplatform.kernel.shape import read_document
from opsplatform.release.review_selectors import what_saving_voids
from themes.documents import ThemeDocument
from themes.guidance import necessity
from themes.guidance.dictionary_options import dictionaries_asked
from themes.guidance.drawing.svg import draw_guidance
from themes.packages.masking import masked_theme
from themes.packages.names import item_name, names_of
from themes.packages.structure import FrozenTheme
from themes.pages.base import ThemePage
from themes.services.hiding import masked_draft, sees_values
from themes.services.inspecting import examine
from themes.services.showing import show_document, show_draft


@method_decorator(never_cache, name="dispatch")
class GuidanceDesigner(ThemePage):
    """Who may not edit the theme, or only looks (`?look=1`), reads it and changes nothing.

    The page carries the draft, so whoever comes back to it gets it anew.
    """

    action = "themes.view_draft"
    template_name = "themes/guidance_designer.html"
    is_wide = True
    tab = "guidance"
    title = "设计引导"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the gate would find in the document of the body, which is not saved: asked while it is worked on."""
        self.require("themes.edit")
        findings = examine(self.theme, _tree_of(request))
        return JsonResponse({"results": write(findings)})

    def refused(self, refusal: DomainError) -> HttpResponse:
        """A document that cannot be judged, and why."""
        if self.request.method == "POST":
            return JsonResponse({"detail": refusal.sentence}, status=refusal.status)
        return super().refused(refusal)

    def context(self) -> dict[str, Any]:
        """The draft, what its things are called, and what the page needs to save it."""
        if not self.may_view_draft:
            self.require("themes.view_draft")
        theme, subject = self.theme, self.theme.subject
        is_whole = sees_values(self.actor, theme)  # a masked document cannot be saved
        route = f"/api/v1/themes/{quote(theme.code, safe='')}"
        return {
            "voids": what_saving_voids(subject),
            "document": subject.draft if is_whole else masked_draft(theme),
            "facts": {
                "code": theme.code,
                "person": self.actor.username,
                "revision": subject.draft_revision,
                "tag": "draft",
                "may_edit": is_whole and self.may("themes.edit") and "look" not in self.request.GET,
                "draft_url": f"{route}/draft/",
                "look_at_url": self.request.path,
                "findings_url": f"{route}/findings/",
                "look_url": f"{self.request.path}?look=1",
                "flow_url": self.url("flow"),
                "table_url": self.url("guidance_table"),
                "preview_url": self.url("preview"),
                **facts_of(show_draft(theme).frozen),
            },
        }


class GuidanceFlow(ThemePage):
    """The flow of the draft's guidance as a picture, or of a document that is worked on and not saved yet."""

    action = "themes.view_draft"
    title = "流程图"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The SVG of the draft."""
        if not self.may_view_draft:
            self.require("themes.view_draft")
        return self._drawn(show_draft(self.theme).frozen)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The SVG of the document of the body, which is not saved."""
        self.require("themes.edit")
        document = read_document(ThemeDocument, _tree_of(request))
        return self._drawn(show_document(self.theme, document).frozen)

    def refused(self, refusal: DomainError) -> HttpResponse:
        """A document that cannot be drawn."""
        if self.request.method == "POST":
            return JsonResponse({"detail": refusal.sentence}, status=refusal.status)
        return super().refused(refusal)

    def _drawn(self, seen: FrozenTheme) -> HttpResponse:
        frozen = masked_theme(seen)
        picture = draw_guidance(frozen.document.guidance, names_of(frozen), f"{frozen.document.name}：场景引导")
        return HttpResponse(picture, content_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


def _tree_of(request: HttpRequest) -> Any:
    """What the body spells; raises BadJSON, TooLarge also where the server did not take the body in."""
    try:
        return parse_json(request.body)
    except RequestDataTooBig as error:
        raise TooLarge(f"内容超过 {MAX_BYTES} 字节。") from error


def facts_of(frozen: FrozenTheme) -> dict[str, Any]:
    """What registers say of the theme's things, by local code: names; and of fields their kind and values."""
    names = names_of(frozen)
    return {
        "items": {item.code: item_name(frozen, item.code) for item in frozen.document.items},
        "materials": dict(names.materials),
        "necessities": dict(necessity.NAMES),
        "item_fields": {item: [field.code for field in fields] for item, fields in frozen.item_forms.items()},
        "fields": dict(_fields(frozen)),
        "dictionaries": {
            code: {"name": frozen.dictionaries[code].name, "entries": _entries(frozen, code)}
            for _, code in dictionaries_asked(frozen.document.guidance)
        },
    }


def _fields(frozen: FrozenTheme) -> Iterator[tuple[str, dict[str, Any]]]:
    for use in frozen.document.field_uses:
        content = frozen.public_fields.get(use.code)
        kind, dictionary = (content.data_type, content.dictionary) if content else ("string", None)
        yield use.code, {"label": use.label, "kind": kind, "values": _entries(frozen, dictionary)}
    for item, fields in frozen.item_forms.items():
        for field in fields:
            yield (
                f"{item}.{field.code}",
                {"label": field.label, "kind": field.data_type, "values": _values(frozen, field)},
            )


def _values(frozen: FrozenTheme, field: FormField) -> list[list[str]] | None:
    if field.options:
        return [[option.code, option.name] for option in field.options]
    return _entries(frozen, field.dictionary)


def _entries(frozen: FrozenTheme, dictionary: str | None) -> list[list[str]] | None:
    content = frozen.dictionaries.get(dictionary or "")
    return None if content is None else [[entry.code, entry.name] for entry in content.entries]
