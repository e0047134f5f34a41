"""What a person sees of a localisation: every element with its source, what waits for a choice, what the gate says."""

from dataclasses import dataclass
from functools import cached_property

from opsplatform.release.findings import Finding
from opsplatform.release.selectors import find_live
from themes.documents import LocalisationPolicy
from themes.localisation.compilation import read_localisation
from themes.localisation.documents import FrozenLocalisation
from themes.localisation.effective import localise
from themes.localisation.merging import Judged
from themes.localisation.policy import policy_in
from themes.localisation.rebasing import City, may_be_kept
from themes.localisation.sources import Sourced, sourced_elements
from themes.packages.compilation import read_frozen
from themes.packages.draft import open_draft
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import FrozenTheme
from themes.services.checking_localisation import check_against, city_of, freeze_localisation
from themes.services.localising import Place


@dataclass(frozen=True)
class ShownLocalisation:
    """A localisation's draft on the city's version that its division has or gets."""

    place: Place
    city: City
    frozen: FrozenLocalisation

    @cached_property
    def policy(self) -> LocalisationPolicy:
        """What the city lets this division change."""
        return policy_in(self.city.frozen.document.localisation, self.place.division.code)

    @cached_property
    def elements(self) -> list[Sourced]:
        """The theme's elements in the division, with their sources."""
        localised = localise(self.city.frozen, self.frozen, self.place.division.code)
        return sourced_elements(self.city.frozen, localised, self.frozen, self.place.division.code)

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """How each operation of the district stands to the city's version."""
        return localise(self.city.frozen, self.frozen, self.place.division.code).judged

    @property
    def conflicts(self) -> list[Judged]:
        """Where the district has to choose."""
        return [one for one in self.judged if one.standing == "conflict"]

    def may_keep(self, judged: Judged) -> bool:
        """Whether the district can choose its own value: what it belongs to is still there."""
        return may_be_kept(judged, self.city, self.place.division.code)

    @cached_property
    def here(self) -> FrozenTheme:
        """The theme in the division as the draft would have it."""
        return localise(self.city.frozen, self.frozen, self.place.division.code).frozen

    @cached_property
    def on_show(self) -> FrozenTheme | None:
        """The theme in the division as it is on show there now."""
        live = find_live(self.place.theme.subject, self.place.division)
        if live is None:
            return None
        own = read_localisation(bytes(live.localisation.content)) if live.localisation else None
        return localise(read_frozen(bytes(live.version.content)), own, self.place.division.code).frozen

    @cached_property
    def findings(self) -> list[Finding]:
        """What the gate says about the draft."""
        return check_against(self.city, self.frozen, self.place.division)


def open_localised_draft(place: Place) -> OpenPackage:
    """The package that the draft would become; who may see it has been asked before."""
    return open_draft(show_localisation(place).here, place.division.code)


def show_localisation(place: Place) -> ShownLocalisation:
    """The draft, frozen as it would be submitted now; who may see it has been asked before."""
    city = city_of(place.theme, place.division)
    return ShownLocalisation(place, city, freeze_localisation(place.document))
