"""One public field: what it holds, whether its standard format says the same, who uses it, what was merged or split."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from forms_builder import selectors
from forms_builder.models import FieldMove, PublicField
from forms_builder.services.moves_as_work import FIELD, undo_or_ask
from forms_builder.services.moving_entries import why_not_undone
from forms_builder.services.public_fields import judge_format
from forms_builder.services.uses_told import tell_references
from forms_builder.standard_format import offer
from opsplatform.console.pages import ConsolePage, Crumb, whole_number
from opsplatform.jobs.models import Job
from opsplatform.jobs.selectors import list_recent
from opsplatform.jobs.wording import told
from opsplatform.kernel.errors import Invalid

LIST = "admin:forms_builder_publicfield_changelist"
_MOVES_SHOWN = 10


class PublicFieldPage(ConsolePage):
    """A page about the public field whose code is in the address."""

    action = "registers.view"
    nav = LIST

    @cached_property
    def field(self) -> PublicField:
        """The field; raises NotFound."""
        return selectors.get_public_field(self.kwargs["code"])

    @property
    def url(self) -> str:
        """The field's own page."""
        return reverse("public_fields:field", args=[self.field.code])

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, field, and the page where it is another."""
        own = Crumb(str(self.field), None if self.title == str(self.field) else self.url)
        above = (Crumb("公共字段", self.nav_url), own)
        return above if own.url is None else (*above, Crumb(self.title))


class Field(PublicFieldPage):
    template_name = "forms_builder/public_field.html"
    is_wide = True

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.field)

    def context(self) -> dict[str, Any]:
        """The field with everything that hangs on it."""
        field, may_edit = self.field, self.actor.may("registers.edit")
        moves = FieldMove.objects.filter(Q(source=field) | Q(target=field)).select_related(
            "source", "target", "made_by", "undone_by"
        )
        return {
            "field": field,
            "facts": facts_of(field),
            "judgements": judge_format(field),
            "offered": offer(field.data_type, field.max_length, field.scale),
            "told": tell_references(self.actor, "public_field", field.code),
            "moves": [(move, why_not_undone(move) if may_edit else "") for move in moves[:_MOVES_SHOWN]],
            "merged": list(PublicField.objects.filter(merged_into=field).order_by("code")),
            "works": told(self.actor, list_recent(FIELD, field.code)),
            "may_edit": may_edit,
            "edit_url": reverse("admin:forms_builder_publicfield_change", args=[field.pk]),
            "note": self.request.POST.get("note", ""),
            "undoing": whole_number(self.request.POST.get("move", "")),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """A merge or a split is undone; refused in place otherwise."""
        pk = whole_number(request.POST.get("move", ""))
        if pk is None:
            raise Invalid("没有这项操作。")
        move = undo_or_ask(actor=self.actor, pk=pk, note=request.POST.get("note", ""))
        if isinstance(move, Job):
            return self.done("要恢复的草稿很多，已交后台撤销，完成之前各处不变。", self.url)
        return self.done(f"已撤销{move.get_kind_display()}，各处恢复为“{move.source}”。", self.url)


def facts_of(field: PublicField) -> list[tuple[str, Any]]:
    """The field in pairs of what and its value; what is not said is left out."""
    bounds = [f"{bound.normalize():f}" if bound is not None else "" for bound in (field.minimum, field.maximum)]
    between = f"{bounds[0] or '不限'} 至 {bounds[1] or '不限'}" if any(bounds) else ""
    classes = dict(PublicField._meta.get_field("sensitivity").flatchoices)
    judged = classes[field.effective_sensitivity]
    facts: list[tuple[str, Any]] = [
        ("代码", field.code),
        ("类型", field.get_data_type_display()),
        ("字典", field.dictionary or ""),
        ("最大长度", field.max_length),
        ("小数位数", field.scale),
        ("取值范围", between),
        ("校验规则", field.pattern),
        ("标准格式", field.std_format),
        ("格式", field.format),
        ("敏感程度", judged if field.sensitivity else f"{judged}（按类型判定）"),
        ("同义词", "、".join(field.synonyms)),
        ("预填", " / ".join(part for part in (field.prefill_library, field.prefill_element) if part)),
    ]
    return [(what, value) for what, value in facts if value not in ("", None)]
