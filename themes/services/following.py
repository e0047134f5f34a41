"""After the city released a version: what each district's localisation is worth on it."""

from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import NotFound
from opsplatform.release.selectors import find_last_approved
from themes.localisation.compilation import read_localisation
from themes.localisation.rebasing import City
from themes.models import CityChange
from themes.packages.compilation import read_frozen
from themes.services.carrying_over import KIND, localisation_code
from themes.services.checking_localisation import check_against


def check_city_change(theme: str, number: int, division_code: str) -> CityChange:
    """What the gate finds in the approved localisation on the city's version stands beside its change; safe twice."""
    change = (
        CityChange.objects.select_related("version", "localisation__subject__division")
        .filter(
            localisation__subject__kind=KIND,
            localisation__subject__code=localisation_code(theme, division_code),
            version__number=number,
        )
        .first()
    )
    if change is None:
        raise NotFound(f"没有 {division_code} 关于主题 {theme} 版本 {number} 的市级变更。")
    approved = find_last_approved(change.localisation.subject)
    if approved is not None:
        city = City(read_frozen(bytes(change.version.content)), number)
        division = change.localisation.subject.division
        change.findings = write(check_against(city, read_localisation(bytes(approved.content)), division))
        change.save(update_fields=["findings"])
    return change
