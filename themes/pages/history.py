"""What became of a theme: versions with their decisions, releases per division, what was live when, the packages."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from opsplatform.kernel import clock
from opsplatform.release.models import Pause, Release
from opsplatform.release.selectors import get_version, list_history, list_pauses
from themes import selectors
from themes.packages.compilation import read_frozen
from themes.pages.base import ThemePage
from themes.pages.moments import read_moment
from themes.pages.wording.differences import compare_themes
from themes.services.comparing import tell_citizens_difference

MOST_VERSIONS = 50


class History(ThemePage):
    """Versions are shown to those who see the draft; releases to everybody, within their divisions."""

    tab = "history"
    title = "历史"
    template_name = "themes/history.html"

    def context(self) -> dict[str, Any]:
        """Versions newest first, releases by division, and what was live at the moment asked about."""
        theme = self.theme
        versions = list(list_history(theme.subject)[:MOST_VERSIONS]) if self.may_view_draft else []
        releases = list(selectors.list_visible_releases(self.actor, theme).select_related("division"))
        asked = self.request.GET.get("at", "")
        moment = read_moment(asked)
        if moment is not None and moment > clock.now():
            moment = None
        return {
            "versions": [
                {"version": version, "previous": version.number - 1 or None, "decisions": list(version.decisions.all())}
                for version in versions
            ],
            "divisions": _by_division(releases, list(list_pauses(theme.subject))),
            "asked": asked,
            "moment": moment,
            "is_unreadable": bool(asked) and moment is None,
            "live_then": sorted(
                (release for release in releases if moment is not None and _was_live(release, moment)),
                key=lambda release: release.division.code,
            ),
        }


class Compare(ThemePage):
    """Two versions side by side, in words."""

    action = "themes.view_draft"
    tab = "history"
    title = "比较版本"
    template_name = "themes/compare.html"

    def context(self) -> dict[str, Any]:
        """The differences from the one to the other; without numbers, between the two newest."""
        theme = selectors.get_draft(self.actor, self.kwargs["code"])
        versions = list(list_history(theme.subject)[:MOST_VERSIONS])
        if not versions:
            return {"versions": [], "sections": []}
        newest = versions[0].number
        before = self.version_asked("from", max(newest - 1, 1))
        after = self.version_asked("to", newest)
        old, new = (read_frozen(bytes(get_version(theme.subject, number).content)) for number in (before, after))
        return {
            "versions": versions,
            "before": before,
            "after": after,
            "sections": compare_themes(old, new),
            "for_citizens": tell_citizens_difference(old, new),
        }


class PackageFile(ThemePage):
    """The signed bytes of a package, or their detached signature, as a file."""

    tab = "history"
    title = "发布包"
    template_name = "themes/history.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file; NotFound where no release in the person's sight carries it."""
        package = selectors.get_package(self.actor, self.theme, kwargs["digest"])
        name = f"{self.theme.code}-{package.division.code}-v{package.version.number}.json"
        match kwargs["kind"]:
            case "json":
                response = HttpResponse(bytes(package.content), content_type="application/json")
            case "sig":
                response = HttpResponse(package.signature, content_type="text/plain; charset=us-ascii")
                name += ".sig"
            case _:
                raise Http404
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["X-Signature-Key-Id"] = package.key_id
        return response


def _by_division(releases: list[Release], pauses: list[Pause]) -> list[tuple[Any, list[Release], list[Pause]]]:
    """The releases of each division in sight, with the pauses there, newest first."""
    rows: dict[str, list[Release]] = defaultdict(list)
    for release in releases:
        rows[release.division.code].append(release)
    return [
        (rows[code][0].division, rows[code], [pause for pause in pauses if pause.division.code == code])
        for code in sorted(rows)
    ]


def _was_live(release: Release, moment: datetime) -> bool:
    """Past the end of its period nothing is, whether or not it has been ended."""
    ends = [end for end in (release.ended_at, release.effective_until) if end is not None]
    return release.released_at <= moment and all(end > moment for end in ends)
