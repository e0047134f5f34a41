"""Release and withdrawal: which divisions, what stands in the way there, and why."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.kernel.errors import Forbidden, Invalid
from opsplatform.organizations.models import Division
from opsplatform.release.models import Version
from opsplatform.release.subjects import kind_of
from themes import selectors
from themes.packages.compilation import read_frozen
from themes.pages.base import ThemePage
from themes.services.publishing import release_theme, withdraw_theme

EVERYWHERE = "all"


class _DivisionsPage(ThemePage):
    """A page on which divisions are ticked and a note is written."""

    tab = "overview"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, for those who may do this in some division of the theme."""
        self._require_somewhere()
        return self.page()

    def _divisions(self) -> Any:
        return self.actor.divisions_where(self.action).filter(path__startswith=self.theme.subject.division.path)

    def _require_somewhere(self) -> None:
        if not self._divisions().exists():
            raise Forbidden

    def _chosen(self) -> list[str] | None:
        """The codes ticked; None for everywhere."""
        codes = self.request.POST.getlist("division")
        return None if EVERYWHERE in codes else codes


class Release(_DivisionsPage):
    action = "themes.release"
    title = "发布"
    template_name = "themes/release.html"

    def context(self) -> dict[str, Any]:
        """The approved version, and for each offered division what is live there and what is in the way."""
        version = selectors.find_approved(self.theme)
        context = {
            "version": version,
            "note": self.request.POST.get("note", ""),
            "chosen": self.request.POST.getlist("division") if self.request.method == "POST" else None,
        }
        if version is None:
            return context
        rows = self._rows(version)
        return {
            **context,
            "rows": rows,
            "open_count": sum(1 for row in rows if row["is_open"]),
            "withdrawn_count": sum(1 for row in rows if row["withdrawn"]),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The releases have begun in every chosen division, or in none."""
        number = request.POST.get("version", "")
        if not number.isdecimal():
            raise Invalid("请重新打开本页后再发布。")
        releases = release_theme(
            actor=self.actor,
            code=code,
            version=int(number[:9]),
            division_codes=self._chosen(),
            note=request.POST.get("note", ""),
        )
        places = "所选各区此前已是这一版，没有变化" if not releases else f"已在 {len(releases)} 个区上线"
        return self.done(f"版本 {number}：{places}。", self.url("overview"))

    def _rows(self, version: Version) -> list[dict[str, Any]]:
        offered = selectors.list_offered_divisions(read_frozen(bytes(version.content)).document.handling_divisions)
        allowed = set(self._divisions().values_list("pk", flat=True))
        live = {release.division_id: release for release in selectors.list_live(self.theme)}
        withdrawn = selectors.find_withdrawn(self.theme)
        kind = kind_of(self.theme.subject)
        return [
            _row(
                division,
                live.get(division.pk),
                withdrawn.get(division.pk),
                version,
                kind.release_findings(version, division),
                may_release=division.pk in allowed,
            )
            for division in offered
        ]


def _row(
    division: Division, live: Any, withdrawn: Any, version: Version, findings: Sequence[Any], *, may_release: bool
) -> dict[str, Any]:
    is_same = live is not None and live.version_id == version.pk
    is_blocked = any(finding.is_blocking for finding in findings)
    return {
        "division": division,
        "live": live,
        "withdrawn": withdrawn,
        "findings": findings,
        "is_same": is_same,
        "is_blocked": is_blocked,
        "is_open": may_release and not is_same and not is_blocked,
    }


class Withdraw(_DivisionsPage):
    action = "themes.withdraw"
    title = "撤回"
    template_name = "themes/withdraw.html"

    def context(self) -> dict[str, Any]:
        """Where the theme is live."""
        return {
            "live": selectors.list_live(self.theme),
            "note": self.request.POST.get("note", ""),
            "chosen": self.request.POST.getlist("division"),
        }

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The releases have ended in the chosen divisions."""
        ended = withdraw_theme(
            actor=self.actor, code=code, division_codes=self._chosen(), note=request.POST.get("note", "")
        )
        return self.done(f"已在 {len(ended)} 个区撤回。", self.url("overview"))
