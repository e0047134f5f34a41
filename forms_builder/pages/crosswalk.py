"""One crosswalk: how the codes of a dictionary are spelled for a partner on any day, and which codes it leaves out."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.urls import reverse

from forms_builder import selectors
from forms_builder.models import Crosswalk
from forms_builder.pages.base import day_of_query
from forms_builder.pages.dictionary import period_of
from opsplatform.console.pages import ConsolePage, Crumb


class CrosswalkPage(ConsolePage):
    action = "registers.view"
    nav = "admin:forms_builder_crosswalk_changelist"
    template_name = "forms_builder/crosswalk.html"

    @cached_property
    def crosswalk(self) -> Crosswalk:
        """The crosswalk; raises NotFound."""
        return selectors.get_crosswalk(self.kwargs["code"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.crosswalk)

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, crosswalk."""
        return (Crumb("代码对照", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """The counterparts on the day asked for."""
        crosswalk, on = self.crosswalk, day_of_query(self.request.GET.get("at"))
        names = {
            side: {entry.code: entry.name for entry in selectors.entries_at(dictionary, on)}
            for side, dictionary in (("from", crosswalk.from_dictionary), ("to", crosswalk.to_dictionary))
        }
        mappings = selectors.mappings_on(crosswalk, on)
        mapped = {mapping.from_code for mapping in mappings}
        return {
            "crosswalk": crosswalk,
            "on": on,
            "lines": [
                {
                    "mapping": mapping,
                    "from_name": names["from"].get(mapping.from_code, ""),
                    "to_name": names["to"].get(mapping.to_code, ""),
                    "period": period_of(mapping),
                }
                for mapping in mappings
            ],
            "left_out": [(code, name) for code, name in names["from"].items() if code not in mapped],
            "may_edit": self.request.user.may("registers.edit"),  # type: ignore[union-attr]
            "edit_url": reverse("admin:forms_builder_crosswalk_change", args=[crosswalk.pk]),
        }
