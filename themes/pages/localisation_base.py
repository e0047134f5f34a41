"""What the pages about a theme in one district share."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.urls import reverse

from opsplatform.console.differences import Line, Section, sections_of
from opsplatform.console.pages import Crumb, whole_number
from opsplatform.kernel.errors import DomainError
from opsplatform.release.review_selectors import what_saving_voids
from themes import localisation_selectors
from themes.localisation.documents import Operation
from themes.localisation.wording import name_of, told
from themes.pages.base import ThemePage
from themes.services.localising import Place, get_place
from themes.services.showing_localisation import ShownLocalisation, show_localisation


class LocalisedPage(ThemePage):
    """A page about the theme in the district whose code is in the address."""

    action = "localisations.view"
    tab = "localisations"

    @cached_property
    def place(self) -> Place:
        """The theme in the district; raises NotFound or Forbidden."""
        return get_place(self.actor, self.kwargs["code"], self.kwargs["division"])

    @cached_property
    def localised(self) -> ShownLocalisation:
        """The district's draft on the city's version."""
        return show_localisation(self.place)

    @property
    def where(self) -> dict[str, Any]:
        """What the services take to find the localisation."""
        return {"actor": self.actor, "code": self.place.theme.code, "division_code": self.place.division.code}

    def may_here(self, action: str) -> bool:
        """Whether the person may do this in the district."""
        return self.actor.may(action, within=self.place.division)

    def here(self, name: str) -> str:
        """The address of a page about the theme in the district."""
        kwargs = {"code": self.place.theme.code, "division": self.place.division.code}
        return reverse(f"themes:{name}", kwargs=kwargs)

    def changed_since(self, refusal: DomainError) -> Sequence[Section]:
        """What others changed in the district's draft since the page was opened."""
        revision = whole_number(self.request.POST.get("revision", "")) or 0
        localisation = self.place.localisation
        seen = localisation_selectors.find_localisation_draft(localisation, revision) if localisation else None
        if not refusal.facts.get("changes") or seen is None:
            return ()
        before, after = ({one.code: one for one in document.operations} for document in (seen, self.place.document))
        lines = (
            Line(name_of(key, self.localised.city.frozen), _done(before.get(key)), _done(after.get(key)))
            for key in sorted(before.keys() | after.keys())
            if _done(before.get(key)) != _done(after.get(key))
        )
        return sections_of([("本区的改动", lines)])

    def _voids(self) -> str:
        """What an editor of the district loses by a change; nothing for everybody else."""
        if self.place.localisation is None or not self.may_here("localisations.edit"):
            return ""
        return what_saving_voids(self.place.localisation.subject, "本地化版本")

    def breadcrumbs(self) -> Sequence[Crumb]:
        """List, theme, districts, page."""
        above = [
            Crumb("主题", self.nav_url),
            Crumb(self.name, self.url("overview")),
            Crumb("各区本地化", self.url("localisations")),
        ]
        district = Crumb(str(self.place.division), self.here("localisation"))
        return [*above, *([] if self.title == district.title else [district]), Crumb(self.title)]

    def page(self, *, status: int = 200, **extra: Any) -> Any:
        """The page with the district and where its draft stands."""
        place = self.place
        return super().page(
            status=status,
            **{
                "place": place,
                "revision": place.revision,
                "city_version": self.localised.city.version,
                "may_edit": self.may_here("localisations.edit"),
                "voids": self._voids(),
                **extra,
            },
        )


def _done(operation: Operation | None) -> str | None:
    """What the district does with an element, in few words."""
    if operation is None:
        return None
    return "去掉" if operation.act == "remove" else told(operation.value)
