"""What tests of localisations take: Minhang's changes of the dog theme, the way to approval, the city's changes."""

from typing import Any

from opsplatform.catalog.models import ServiceItem, ServicePoint
from opsplatform.catalog.services.items import save_item
from opsplatform.catalog.services.service_points import save_service_point
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release, ReleasePlan, Version
from themes.localisation.compilation import read_localisation
from themes.localisation.documents import LocalisationDocument
from themes.models import Localisation
from themes.packages.evaluation import OpenPackage, open_package
from themes.services.localising import get_place, publish_localisation, save_localisation
from themes.services.planning import ThemePlan, ThemeStage, plan_release, run_plan_stage
from themes.services.publishing import release_theme
from themes.services.reviewing_localisation import approve_localisation, submit_localisation
from themes.tests.demonstrated import DOG, account, get, new_version, save

MINHANG, HUANGPU = "310112", "310101"
DAYS, PHONE_HALL = "items/REGP/promised_days", "service_points/莘庄办事大厅"
CITY_HALL = "service_points/闵行区公安分局养犬登记受理点(示例)"
HALL = {"address": "莘松路555号", "window": "12号窗口", "hours": "周一至周五 9:00-17:00", "phone": "021-64881234"}
WHERE = {"code": DOG, "division_code": MINHANG}


def draft() -> LocalisationDocument:
    return get_place(account("mh_editor"), DOG, MINHANG).document


def revision() -> int:
    return get_place(account("mh_editor"), DOG, MINHANG).revision


def localise(values: dict[str, Any], *, by: str = "mh_editor") -> Localisation:
    """Minhang changes exactly these elements."""
    return save_localisation(actor=account(by), **WHERE, values=values, expected_revision=revision())


def submit() -> Version:
    return submit_localisation(actor=account("mh_editor"), **WHERE, expected_revision=revision(), note="按本区实际")


def approve(version: Version) -> Version:
    for name in ("mh_publisher", "operator"):
        approve_localisation(actor=account(name), **WHERE, digest=version.digest, note="同意")
    return version


def publish() -> Release:
    return publish_localisation(actor=account("mh_publisher"), **WHERE, note="本区办理方式")


def put_on_show(values: dict[str, Any]) -> Release:
    """Minhang's changes are saved, submitted, approved and published."""
    localise(values)
    approve(submit())
    return publish()


def city_promises(
    days: int, *divisions: str, on_conflict: str = "keep_old", more: dict[str, Any] | None = None
) -> Version:
    """The city's next approved version of the dog theme, with other promised days in Minhang, or in the divisions."""
    city_drafts(days, *divisions, on_conflict=on_conflict, more=more)
    return new_version(DOG)


def city_drafts(days: int, *divisions: str, on_conflict: str = "keep_old", more: dict[str, Any] | None = None) -> None:
    """The city's draft of the dog theme, with other promised days in Minhang, or in the divisions."""
    there = list(divisions) or [MINHANG]
    (key,) = (one["item"] for one in get(DOG).subject.draft["items"] if one["code"] == "REGP")
    item = ServiceItem.objects.get(key=key)
    others = [row for row in item.division_days if row["division_codes"] != there]
    table = [{"division_codes": there, "promised_days": days}, *others]
    save_item(actor=account("operator"), pk=item.pk, values={"division_days": table}, expected_revision=item.revision)
    save(DOG, lambda tree: _follow(tree, {"on_conflict": on_conflict, **(more or {})}))


def _follow(tree: dict[str, Any], policy: dict[str, Any]) -> None:
    """The draft says what becomes of conflicts, and expects no days of Minhang any more."""
    tree["localisation"] = policy
    tree["cases"] = [case for case in tree["cases"] if "Minhang" not in case["name"]]


def city_releases(version: Version, *divisions: str) -> list[Release]:
    """The city releases the version in the divisions; in all of them where none is named."""
    return release_theme(
        actor=account("operator"), code=DOG, version=version.number, division_codes=list(divisions) or None, note="改版"
    )


def planned(version: Version, *divisions: str) -> ReleasePlan:
    """A plan put the version on show in the divisions, in one stage."""
    stages = [ThemeStage(None, list(divisions))]
    wanted = ThemePlan(title="改版", versions=[(DOG, version.number)], stages=stages, note="改版")
    plan = plan_release(actor=account("operator"), wanted=wanted)
    run_plan_stage(actor=account("operator"), plan_id=plan.pk, position=1)
    return plan


def second_window() -> ServicePoint:
    """Minhang has another window for the dog theme in the register."""
    values = {
        "division": division(),
        "theme_code": DOG,
        "name": "二号点",
        "address": "莘松路1号",
        "hours": "周一 9:00-10:00",
    }
    return save_service_point(actor=account("mh_editor"), values=values)


def close_window(point: ServicePoint) -> None:
    """The window is in the register no more, since long ago."""
    values = {"valid_from": "2019-01-01", "valid_to": "2020-01-01"}
    save_service_point(actor=account("mh_editor"), pk=point.pk, values=values, expected_revision=point.revision)


def live(division: str = MINHANG) -> Release:
    return (
        Release.objects.live()
        .select_related("package", "version", "localisation")
        .get(subject__code=DOG, division__code=division)
    )


def package(division: str = MINHANG) -> OpenPackage:
    return open_package(bytes(live(division).package.content))


def days_in(opened: OpenPackage) -> int:
    return next(item.promised_days_here for item in opened.package.items if item.code == "REGP")


def frozen(version: Version) -> LocalisationDocument:
    return read_localisation(bytes(version.content)).document


def division(code: str = MINHANG) -> Division:
    return Division.objects.get(code=code)
