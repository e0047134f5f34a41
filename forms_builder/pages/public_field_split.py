"""A public field is split: some of the fields of item forms that point to it get a public field of their own."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from forms_builder.pages.public_field import PublicFieldPage
from forms_builder.services.holding_in_forms import ItemFormHolder
from forms_builder.services.moves_as_work import split_or_ask
from forms_builder.services.uses_told import tell_references
from opsplatform.console.pages import whole_number
from opsplatform.jobs.models import Job


class SplitField(PublicFieldPage):
    action = "registers.edit"
    title = "拆分"
    template_name = "forms_builder/public_field_split.html"
    is_wide = True

    def context(self) -> dict[str, Any]:
        """The uses to choose from, and what was typed."""
        self.actor.require("registers.edit")
        field, typed = self.field, self.request.POST
        told = tell_references(self.actor, "public_field", field.code)
        chosen = typed.getlist("use")
        return {
            "field": field,
            "uses": [(one, one.use.id in chosen) for one in told.open if one.use.source == ItemFormHolder.source],
            "themes": [one for one in told.open if one.use.source != ItemFormHolder.source],
            "told": told,
            "code": typed.get("code", ""),
            "label": typed.get("label", ""),
            "note": typed.get("note", ""),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The chosen fields point to a new public field; refused in place otherwise."""
        typed = request.POST
        move = split_or_ask(
            actor=self.actor,
            source=code,
            code=typed.get("code", "").strip(),
            label=typed.get("label", "").strip(),
            uses=typed.getlist("use"),
            note=typed.get("note", ""),
            seen=whole_number(typed.get("revision", "")) or 0,
        )
        if isinstance(move, Job):
            return self.done("要改写的草稿很多，已交后台拆分，完成之前各处不变。", self.url)
        sentence = f"已拆出“{move.target}”，改写了 {len(move.documents)} 份草稿。请核对新字段的名称、长度和标准格式。"
        return self.done(sentence, "public_fields:field", move.target.code)
