"""The gate of localisations: what one refers to, frozen, and everything wrong with it against the city's version."""

import msgspec
from django.db.models import Q
from django.utils import timezone
from msgspec import UNSET
from msgspec.structs import replace

from forms_builder.selectors import names_of_codes
from opsplatform.catalog.models import Material
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Release, Version
from opsplatform.release.selectors import approved_versions
from themes import selectors
from themes.guidance import necessity
from themes.localisation.compilation import read_localisation
from themes.localisation.documents import (
    DistrictMaterial,
    FrozenLocalisation,
    GrantedException,
    LocalisationDocument,
    Operation,
)
from themes.localisation.effective import localise
from themes.localisation.elements import kind_of
from themes.localisation.keys import key_of, steps_of
from themes.localisation.limits import BEYOND, check_localisation, covers, exception_needed, is_stricter
from themes.localisation.rebasing import City
from themes.localisation.wording import name_of
from themes.models import CityChange, Localisation, LocalisationException, Theme
from themes.packages.compilation import read_frozen
from themes.services.checking import check_division_readiness
from themes.services.freezing import material_content


def city_of(theme: Theme, division: Division) -> City:
    """What the city says to the division, and the number of that version; raises NotFound where it says nothing."""
    version = city_version(theme, division)
    return City(read_frozen(bytes(version.content)), version.number)


def city_version(theme: Theme, division: Division) -> Version:
    """The version of the theme that the division has or gets.

    The one that waits for its decision; else what is live there; else the newest that is live anywhere; else the newest
    that was approved. Raises NotFound where there is none, or where the theme is not offered in the division.
    """
    held = find_held(theme, division)
    if held is not None:
        return held.version
    live = Release.objects.live().filter(subject=theme.subject).select_related("version").order_by("-version__number")
    here = live.filter(division=division).first() or live.first()
    version = here.version if here else selectors.find_approved(theme)
    if version is None or division.code not in read_frozen(bytes(version.content)).divisions:
        raise NotFound(f"“{theme}”不在{division}办理，或还没有经批准的版本。")
    return version


def find_held(theme: Theme, division: Division) -> CityChange | None:
    """The newest change that waits for the division's decision and may still go on show."""
    waiting = CityChange.objects.filter(
        Q(effective_until__isnull=True) | Q(effective_until__gt=clock.now()),
        localisation__theme=theme,
        localisation__subject__division=division,
        outcome=CityChange.Outcome.HELD,
        closed_at__isnull=True,
        version__in=approved_versions(),
    )
    return waiting.select_related("version").order_by("-version__number").first()


def freeze_localisation(document: LocalisationDocument) -> FrozenLocalisation:
    """The localisation with the materials that it adds from the register, and the exceptions granted for it."""
    asked = {
        steps_of(operation.code)[3]: register
        for operation in document.operations
        if (register := _of_material(operation, "register"))
    }
    rows = {row.code: row for row in Material.objects.filter(code__in=asked.values()).prefetch_related("review_points")}
    found = {code: rows[register] for code, register in asked.items() if register in rows}
    return FrozenLocalisation(
        document=document,
        materials={code: material_content(row) for code, row in found.items()},
        exceptions=_exceptions(document),
        revisions={f"material:{row.code}": row.revision for row in found.values()},
    )


def check_localisation_draft(localisation: Localisation) -> list[Finding]:
    """Everything the gate finds in the draft."""
    document = msgspec.convert(localisation.subject.draft, LocalisationDocument)
    division = localisation.subject.division
    city = city_of(localisation.theme, division)
    return check_against(city, freeze_localisation(document), division)


def check_against(city: City, localisation: FrozenLocalisation, division: Division) -> list[Finding]:
    """Everything the gate finds in a localisation on this version of the city, receivers included."""
    withdrawn = exceptions_withdrawn(localisation)
    granted = tuple(one for one in localisation.exceptions if one.number not in withdrawn)
    localisation = replace(localisation, exceptions=granted)
    findings = check_localisation(city.frozen, localisation, division.code, clock.today())
    here = localise(city.frozen, localisation, division.code).frozen
    missing = [one for one in check_division_readiness(here) if one.division == division.code and one.is_blocking]
    return [*missing, *_codes_unlisted(localisation.document), *findings]


def check_publication(version: Version, localisation: Version, division: Division) -> list[Finding]:
    """What stops the approved localisation from going on show with this version of the theme, such as the last window
    gone, which it was not checked with. Conflicts and exceptions are judged elsewhere; what the city keeps to itself
    is not applied."""
    city = City(read_frozen(bytes(version.content)), version.number)
    found = check_against(city, read_localisation(bytes(localisation.content)), division)
    return [finding for finding in found if finding.is_blocking and finding.code not in _JUDGED_ELSEWHERE]


_JUDGED_ELSEWHERE = frozenset((*BEYOND.values(), "unsettled_conflict", "element_locked"))


def _codes_unlisted(document: LocalisationDocument) -> list[Finding]:
    """Materials whose necessity the national list does not have today."""
    named = [(one.code, code) for one in document.operations if (code := _of_material(one, "necessity_code"))]
    if not named:
        return []
    known = {code for code, _ in names_of_codes(necessity.DICTIONARY)}
    return [
        Finding(
            code="unlisted_code",
            severity="blocking",
            place=f"/operations/{key_of(key)}",
            sentence=f"“{name_of(key)}”的必要性“{code}”不是字典 {necessity.DICTIONARY} 的现行代码，请改用字典里的。",
        )
        for key, code in named
        if code not in known
    ]


def _of_material(operation: Operation, name: str) -> str:
    """What the operation says of a material under this name; empty where it is about anything else."""
    kind = kind_of(operation.code)
    if kind is None or kind.shape is not DistrictMaterial or not isinstance(operation.value, dict):
        return ""
    return str(operation.value.get(name) or "")


def exceptions_withdrawn(localisation: FrozenLocalisation) -> dict[int, str]:
    """Which of the exceptions that the localisation was frozen with the city has taken back, and when and why."""
    numbers = [one.number for one in localisation.exceptions]
    rows = LocalisationException.objects.filter(pk__in=numbers, state=LocalisationException.State.WITHDRAWN)
    return {
        row.pk: f"已由市级于 {timezone.localtime(row.withdrawn_at):%Y-%m-%d} 撤回（{row.withdrawal_note}）"
        for row in (rows if numbers else ())
    }


def _exceptions(document: LocalisationDocument) -> tuple[GrantedException, ...]:
    """For each operation that needs one, the exception for what it does; else the last one granted for the element."""
    needing = {one.code: (kind, one) for one in document.operations if (kind := exception_needed(one, one.base))}
    rows = LocalisationException.objects.filter(
        theme__subject__code=document.theme,
        division__code=document.division,
        key__in=needing,
        state=LocalisationException.State.GRANTED,
    )
    found: dict[str, LocalisationException] = {}
    for row in sorted(
        rows.select_related("decided_by"),
        key=lambda row: (
            covers(row.asked_value, needing[row.key][1]),
            not is_stricter(needing[row.key][1].base, row.city_value),
            row.expires_on,
            row.pk,
        ),
    ):
        if row.kind == needing[row.key][0]:
            found[row.key] = row
    return tuple(
        GrantedException(
            code=row.key,
            kind=row.kind,  # type: ignore[arg-type]
            reason=row.reason,
            expires_on=row.expires_on.isoformat(),
            granted_by_name=str(row.decided_by),
            value=row.asked_value,
            city=UNSET if row.asked_value is None else row.city_value,
            number=row.pk,
        )
        for _, row in sorted(found.items())
    )
