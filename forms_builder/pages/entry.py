"""One code: what it was called when, what took over, and everything that names it; here it is given another name."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from forms_builder import selectors
from forms_builder.models import CrosswalkMapping, FormerName
from forms_builder.pages.base import EntryPage, day_typed
from forms_builder.pages.dictionary import offering, period_of, state_on
from forms_builder.services.endings_as_work import ENTRY
from forms_builder.services.renaming import rename_entry
from forms_builder.services.uses_told import tell_uses
from opsplatform.console.pages import whole_number
from opsplatform.jobs.selectors import list_recent
from opsplatform.jobs.wording import told as works_told
from opsplatform.kernel import clock


class Entry(EntryPage):
    template_name = "forms_builder/entry.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.entry)

    def context(self) -> dict[str, Any]:
        """The entry, its names and kin, and where it is used."""
        entry, dictionary, today = self.entry, self.dictionary, clock.today()
        state, tone = state_on(entry, today)
        told = tell_uses(self.actor, dictionary.code, entry.code)
        moving = selectors.list_moving(today).filter(entry=entry)
        return {
            "dictionary": dictionary,
            "entry": entry,
            "state": state,
            "tone": tone,
            "facts": [
                ("有效期", period_of(entry) or "一直有效"),
                ("上级代码", "，之后 ".join([*map(str, moving), entry.parent_code])),
                ("别名", entry.alias),
                ("停用后改用", "、".join(str(one) for one in entry.successors.all())),
                ("接替了", "、".join(str(one) for one in entry.predecessors.all())),
            ],
            "former_names": FormerName.objects.filter(entry=entry).order_by("-until"),
            "mappings": [
                (mapping, period_of(mapping))
                for side in ("from", "to")
                for mapping in CrosswalkMapping.objects.filter(
                    **{f"crosswalk__{side}_dictionary": dictionary, f"{side}_code": entry.code}
                ).select_related("crosswalk")
            ],
            "told": told,
            "works": works_told(self.actor, list_recent(ENTRY, entry.audit_key)),
            **offering(self.actor, dictionary),
            "may_edit": self.may_edit,
            "may_end": self.may_edit and (entry.valid_to is None or entry.valid_to >= today),
            "typed": self.request.POST,
            "today": today,
        }

    def post(self, request: HttpRequest, code: str, entry: str) -> HttpResponse:
        """The code has another name from a day on; refused in place otherwise."""
        typed = request.POST
        renamed = rename_entry(
            actor=self.actor,
            dictionary=code,
            code=entry,
            name=typed.get("name", ""),
            since=day_typed(typed.get("since", ""), "/since", "启用日期"),
            expected_revision=whole_number(typed.get("revision", "")),
            note=typed.get("note", ""),
        )
        self.__dict__.pop("entry", None)
        return self.done(f"已改名为“{renamed.name}”，此前的记录仍用原来的名称。", self.entry_url)
