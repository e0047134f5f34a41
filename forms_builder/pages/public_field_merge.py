"""A public field is merged into another one of the same meaning: both side by side, what follows, what forbids it."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from forms_builder import selectors
from forms_builder.models import PublicField
from forms_builder.pages.public_field import PublicFieldPage, facts_of
from forms_builder.services.judging_merges import judge_merge
from forms_builder.services.matching import find_alike
from forms_builder.services.moves_as_work import merge_or_ask
from forms_builder.services.uses_told import tell_references
from opsplatform.console.pages import whole_number
from opsplatform.jobs.models import Job
from opsplatform.kernel.errors import NotFound


class MergeField(PublicFieldPage):
    action = "registers.edit"
    title = "并入其他字段"
    template_name = "forms_builder/public_field_merge.html"
    is_wide = True

    def context(self) -> dict[str, Any]:
        """The candidates; with one chosen, both side by side and what the merge would do."""
        self.actor.require("registers.edit")
        field, typed = self.field, self.request.POST or self.request.GET
        into = typed.get("into", "").strip()
        target = self._target(into)
        context = {
            "field": field,
            "into": into,
            "target": target,
            "is_unknown": bool(into) and target is None,
            "note": typed.get("note", ""),
        }
        if target is None:
            alike = find_alike(self.actor, field)
            rows = {row.code: row for row in PublicField.objects.filter(code__in=[one.code for one in alike])}
            return {**context, "alike": [(rows[one.code], "、".join(one.why)) for one in alike]}
        return {
            **context,
            "compared": compared(field, target),
            "judged": judge_merge(field, target),
            "told": tell_references(self.actor, "public_field", field.code),
        }

    def _target(self, code: str) -> PublicField | None:
        try:
            return selectors.get_public_field(code) if code else None
        except NotFound:
            return None

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Every use of the field is a use of the other, or will be once work is done; refused in place otherwise."""
        typed = request.POST
        seen = whole_number(typed.get("revision", "")), whole_number(typed.get("target_revision", ""))
        move = merge_or_ask(
            actor=self.actor,
            source=code,
            target=typed.get("into", "").strip(),
            note=typed.get("note", ""),
            seen=(seen[0] or 0, seen[1] or 0),
        )
        if isinstance(move, Job):
            return self.done("要改写的草稿很多，已交后台合并，完成之前各处不变。", self.url)
        sentence = f"“{move.source}”已并入“{move.target}”，改写了 {len(move.documents)} 份草稿。"
        return self.done(sentence, "public_fields:field", move.target.code)


def compared(left: PublicField, right: PublicField) -> list[tuple[str, Any, Any, bool]]:
    """Both fields line by line: what, the left, the right, whether they differ."""
    own, other = dict(facts_of(left)), dict(facts_of(right))
    lines = [("名称", left.label, right.label)]
    lines += [(what, own.get(what, ""), other.get(what, "")) for what in dict.fromkeys([*own, *other])]
    return [(what, one, two, str(one) != str(two)) for what, one, two in lines]
