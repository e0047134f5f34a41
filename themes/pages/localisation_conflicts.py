"""Where the city and the district changed the same: base, city and ours side by side, and one click to choose."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.kernel.errors import Invalid
from themes.localisation.wording import name_of, told
from themes.pages.localisation_base import LocalisedPage
from themes.services.localising import settle_conflict

_CHOICES = {"take_city": "已改为以市级为准。", "keep_ours": "已保留本区的内容。"}


class LocalisationConflicts(LocalisedPage):
    title = "与市级变更的冲突"
    template_name = "themes/localisation_conflicts.html"

    def context(self) -> dict[str, Any]:
        """Every conflict with its three values, and what was decided before."""
        shown, frozen = self.localised, self.localised.city.frozen
        return {
            "conflicts": [
                {
                    "key": one.key,
                    "name": name_of(one.key, frozen),
                    "base": told(one.operation.base),
                    "city": told(one.city),
                    "ours": told(one.operation.value),
                    "by": one.operation.changed_by_name,
                    "on": one.operation.changed_on,
                    "may_keep": shown.may_keep(one),
                }
                for one in shown.conflicts
            ],
            "settlements": [
                {
                    "name": name_of(one.code, frozen),
                    "chosen": told(one.city if one.choice == "take_city" else one.ours),
                    "choice": "以市级为准" if one.choice == "take_city" else "保留本区的",
                    "record": f"{one.decided_by_name} 于 {one.decided_on}，针对市 v{one.city_version}",
                }
                for one in self.place.document.settlements
            ],
            "is_settled": any(one.city_version == shown.city.version for one in self.place.document.settlements),
            "keeps_old": shown.policy.on_conflict == "keep_old",
        }

    def post(self, request: HttpRequest, code: str, division: str) -> HttpResponse:
        """The choice stands in the draft."""
        choice = request.POST.get("choice", "")
        if choice not in _CHOICES:
            raise Invalid("没有这项选择。")
        settle_conflict(
            **self.where, key=request.POST.get("key", ""), choice=choice,  # type: ignore[arg-type]
            expected_revision=self.number_sent(),
        )  # fmt: skip
        return self.done(_CHOICES[choice], self.here("localisation_conflicts"))
