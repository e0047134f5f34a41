"""Release and withdrawal: which divisions, what stands in the way there, why, and what is said of it in public."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.kernel.errors import Forbidden
from opsplatform.organizations.models import Division
from opsplatform.release.models import Version
from opsplatform.release.services.on_show import find_barred
from opsplatform.release.subjects import kind_of
from themes import localisation_selectors, selectors
from themes.packages.compilation import read_frozen
from themes.pages.base import ThemePage
from themes.pages.moments import moment_given
from themes.services.carrying_over import find_localisations
from themes.services.publishing import release_theme, withdraw_theme

EVERYWHERE = "all"


class DivisionsPage(ThemePage):
    """A page on which divisions are ticked and a note is written."""

    tab = "overview"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, for those who may do this in some division of the theme."""
        self._require_somewhere()
        return self.page()

    def divisions_allowed(self) -> Any:
        """The divisions of the theme where this person may do it."""
        return self.actor.divisions_where(self.action).filter(path__startswith=self.theme.subject.division.path)

    def _require_somewhere(self) -> None:
        if not self.divisions_allowed().exists():
            raise Forbidden

    def chosen(self) -> list[str] | None:
        """The codes ticked; None for everywhere."""
        codes = self.request.POST.getlist("division")
        return None if EVERYWHERE in codes else codes


class Release(DivisionsPage):
    action = "themes.release"
    title = "发布"
    template_name = "themes/release.html"

    def context(self) -> dict[str, Any]:
        """The approved version, and for each offered division what is live there and what is in the way."""
        version = selectors.find_approved(self.theme)
        context = {
            "version": version,
            "note": self.request.POST.get("note", ""),
            "public_note": self.request.POST.get("public_note", f"发布版本 {version.number}。" if version else ""),
            "until": self.request.POST.get("until", ""),
            "chosen": self.request.POST.getlist("division") if self.request.method == "POST" else None,
        }
        if version is None:
            return context
        rows = self._rows(version)
        return {
            **context,
            "rows": rows,
            "open_count": sum(1 for row in rows if row["is_due"]),
            "may_release": any(row["is_open"] for row in rows),
            "gone_count": sum(1 for row in rows if row["gone"]),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The releases have begun in every chosen division, or in none."""
        number = self.number_sent("version", "发布")
        releases = release_theme(
            actor=self.actor,
            code=code,
            version=number,
            division_codes=self.chosen(),
            note=request.POST.get("note", ""),
            public_note=request.POST.get("public_note", ""),
            until=moment_given(request.POST.get("until", ""), "/effective_until"),
        )
        held = localisation_selectors.list_held(self.theme, number, self.chosen())
        return self.done(f"版本 {number}：{_told(len(releases), held)}。", self.url("overview"))

    def _rows(self, version: Version) -> list[dict[str, Any]]:
        offered = selectors.list_offered_divisions(read_frozen(bytes(version.content)).document.handling_divisions)
        allowed = set(self.divisions_allowed().values_list("pk", flat=True))
        live = {release.division_id: release for release in selectors.list_live(self.theme)}
        gone = selectors.find_gone(self.theme)
        held = localisation_selectors.list_held(self.theme, version.number)
        kind = kind_of(self.theme.subject)
        carried = find_localisations(self.theme.subject, offered)
        return [
            _row(
                division,
                live.get(division.pk),
                gone.get(division.pk),
                version,
                [
                    *kind.release_findings(version, division),
                    *(find_barred(carried[division.pk], division) if division.pk in carried else ()),
                ],
                may_release=division.pk in allowed,
                is_held=division in held,
            )
            for division in offered
        ]


def _told(begun: int, held: Sequence[Division]) -> str:
    """What a release came to: in how many divisions it began, and where the district has to decide first."""
    told = [f"已在 {begun} 个区上线"] if begun else []
    if held:
        names = "、".join(division.name for division in held)
        told.append(f"{names}的改动与这一版有冲突，旧版保留，等本区决定")
    return "；".join(told) or "所选各区此前已是这一版，没有变化"


def _row(
    division: Division,
    live: Any,
    gone: Any,
    version: Version,
    findings: Sequence[Any],
    *,
    may_release: bool,
    is_held: bool,
) -> dict[str, Any]:
    is_same = live is not None and live.version_id == version.pk
    is_blocked = any(finding.is_blocking for finding in findings)
    return {
        "division": division,
        "live": live,
        "gone": gone,
        "findings": findings,
        "is_same": is_same,
        "is_held": is_held,
        "is_blocked": is_blocked,
        "is_open": may_release and not is_blocked,
        "is_due": may_release and not is_blocked and not is_same and not is_held,
    }


class Withdraw(DivisionsPage):
    action = "themes.withdraw"
    title = "撤回"
    template_name = "themes/withdraw.html"

    def context(self) -> dict[str, Any]:
        """Where the theme is live, and which other themes lead people to it there."""
        return {
            "led_here": selectors.list_led_here(self.theme),
            "live": selectors.list_live(self.theme),
            "note": self.request.POST.get("note", ""),
            "public_note": self.request.POST.get("public_note", "本区已停止办理。"),
            "chosen": self.request.POST.getlist("division"),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The releases have ended in the chosen divisions."""
        ended = withdraw_theme(
            actor=self.actor,
            code=code,
            division_codes=self.chosen(),
            note=request.POST.get("note", ""),
            public_note=request.POST.get("public_note", ""),
        )
        return self.done(f"已在 {len(ended)} 个区撤回。", self.url("overview"))
