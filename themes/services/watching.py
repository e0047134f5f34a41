"""Watching what is on show: versions are frozen, the registers move on, and somebody has to be told."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from django.db import transaction

from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.organizations.models import Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Release, Version
from opsplatform.release.selectors import lock_subject
from themes import selectors
from themes.localisation.compilation import read_localisation
from themes.localisation.effective import localise
from themes.localisation.limits import is_open
from themes.models import LiveFinding, Theme
from themes.packages.compilation import read_frozen
from themes.packages.names import ENTRY_KINDS
from themes.packages.structure import FrozenTheme, ServicePointContent
from themes.services.checking import check_legal_basis
from themes.services.checking_localisation import exceptions_withdrawn
from themes.services.freezing import freeze_theme
from themes.services.showing import newer_entries
from themes.services.watching_localisations import check_live_localisation

WATCH = "themes.watch_live"  # the kind of work that does this


@transaction.atomic
def watch_live_themes(theme: Theme) -> list[LiveFinding]:
    """What today's registers say against the versions of the theme on show replaces what they said before.

    Doing it twice leaves the same; a theme that is live nowhere has no findings.
    """
    lock_subject(theme.subject_id)
    found = [
        LiveFinding(
            theme=theme,
            version=version.number,
            division=places.get(finding.division or ""),
            code=finding.code,
            is_blocking=finding.is_blocking,
            finding=write(finding),
        )
        for version, places, finding in _findings(theme, clock.today())
    ]
    LiveFinding.objects.filter(theme=theme).delete()
    return LiveFinding.objects.bulk_create(found)


def _findings(theme: Theme, today: date) -> Iterator[tuple[Version, dict[str, Division], Finding]]:
    """Every finding with its version and the divisions where that is on show."""
    live = list(selectors.list_live(theme).select_related("localisation"))
    for version in Version.objects.filter(pk__in={release.version_id for release in live}).order_by("number"):
        here = [release for release in live if release.version_id == version.pk]
        places = {release.division.code: release.division for release in here}
        frozen = read_frozen(bytes(version.content))
        localised = {
            release.division.code: read_localisation(bytes(release.localisation.content))
            for release in here
            if release.localisation is not None
        }
        shown = {code: localise(frozen, own, code).frozen.service_points[code] for code, own in localised.items()}
        for finding in check_live_version(frozen, places, today, shown):
            yield version, places, finding
        for code, own in localised.items():
            for finding in check_live_localisation(frozen, own, places[code], today, exceptions_withdrawn(own)):
                yield version, places, finding


def list_codes_on_show() -> list[str]:
    """The codes of the themes that are live anywhere."""
    live = Release.objects.live().filter(subject__kind="theme")
    return sorted(set(live.values_list("subject__code", flat=True)))


def check_live_version(
    frozen: FrozenTheme,
    divisions: dict[str, Division],
    today: date,
    localised: Mapping[str, tuple[ServicePointContent, ...]],
) -> Iterator[Finding]:
    """What is no longer right in a version that is on show in these divisions (by code).

    `localised`: the windows on show where a district has changed something, by division.
    """
    document = frozen.document
    yield from _period(document.effective_from, document.effective_to, today)
    yield from check_legal_basis(document, today)
    now = freeze_theme(document, today)
    for missing in now.unresolved:
        yield _finding("unresolved_reference", missing.pointer, missing.sentence)
    for one in now.unlisted:
        sentence = f"{one.what}“{one.code}”已不是字典 {one.dictionary} 的现行代码。"
        yield _finding("unlisted_code", one.pointer, sentence)
    yield from _entries(frozen, now.frozen)
    for code, division in divisions.items():
        city, own = frozen.service_points.get(code, ()), localised.get(code)
        there = {(point.name, point.address) for point in (city if own is None else own)}
        kept = tuple(point for point in city if (point.name, point.address) in there)
        yield from _windows(code, division.name, kept, now.frozen, today)
        open_now = now.frozen.service_points.get(code) if own is None else [one for one in own if is_open(one, today)]
        if not open_now:
            yield Finding(
                code="no_service_point",
                severity="advisory",
                place="/handling_divisions",
                sentence=f"{division.name}没有这个主题的办理地址。",
                division=code,
            )
    newer = newer_entries(frozen, now.frozen)
    if newer:
        counts: dict[str, int] = defaultdict(int)
        for key in newer:
            counts[ENTRY_KINDS[key.partition(":")[0]]] += 1
        told = "、".join(f"{kind} {count} 项" for kind, count in counts.items())
        yield Finding(
            code="newer_register",
            severity="advisory",
            place="",
            sentence=f"登记信息在发布之后有更新：{told}；需要采用的，请重新提交主题。",
            witness=newer,
        )


def _finding(code: str, place: str, sentence: str, division: str | None = None) -> Finding:
    return Finding(code=code, severity="blocking", place=place, sentence=sentence, division=division)


def _period(begins: str | None, ends: str | None, today: date) -> Iterator[Finding]:
    if ends is not None and ends < today.isoformat():
        yield _finding("period_over", "/effective_to", f"主题的有效期已于 {ends} 结束，仍在上线。")
    if begins is not None and begins > today.isoformat():
        yield _finding("period_not_begun", "/effective_from", f"主题自 {begins} 起有效，已经上线。")


def _entries(frozen: FrozenTheme, now: FrozenTheme) -> Iterator[Finding]:
    """Dictionary entries that people can still choose and that are no longer in force."""
    for code, dictionary in frozen.dictionaries.items():
        in_force = {entry.code for entry in now.dictionaries[code].entries} if code in now.dictionaries else set()
        ended = [entry.name for entry in dictionary.entries if entry.code not in in_force]
        if ended:
            names = "、".join(f"“{name}”" for name in ended[:3]) + (f"等 {len(ended)} 项" if len(ended) > 3 else "")
            yield _finding("dictionary_entry_expired", "", f"字典“{dictionary.name}”的{names}已停用，表单上仍可选。")


def _windows(
    code: str, name: str, points: tuple[ServicePointContent, ...], now: FrozenTheme, today: date
) -> Iterator[Finding]:
    valid = {(point.name, point.address) for point in now.service_points.get(code, ())}
    for point in points:
        if (point.name, point.address) not in valid:
            ended = point.valid_to is not None and point.valid_to < today.isoformat()
            what = f"已于 {point.valid_to} 停用" if ended else "已停用或变更"
            yield _finding(
                "service_point_expired",
                "/handling_divisions",
                f"{name}的办理地址“{point.name}”{what}，发布包里仍是它。",
                code,
            )
