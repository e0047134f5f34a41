"""What becomes of a district's localisation when the city releases another version of the theme."""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from opsplatform.jobs.services import asking
from opsplatform.kernel import clock
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release, Subject, Version
from opsplatform.release.selectors import approved_versions
from opsplatform.release.subjects import Terms
from themes.localisation.compilation import read_localisation
from themes.localisation.documents import LocalisationDocument
from themes.localisation.effective import judge_operations
from themes.localisation.policy import policy_in
from themes.models import CityChange, Localisation, Theme
from themes.packages.compilation import read_frozen
from themes.packages.structure import FrozenTheme

KIND = "localisation"
FOLLOW = "themes.follow_city"  # the kind of work that tells the districts


def localisation_code(theme: str, division: str) -> str:
    """The code of the subject that is the division's localisation of the theme; the database's guards spell it too."""
    return f"{theme}@{division}"


def find_localisations(subject: Subject, divisions: Sequence[Division], *, lock: bool = False) -> dict[int, Version]:
    """The localisation that is live in each division; where nothing is live, that of the last release there.

    Not one that is no longer approved, and none where the last release was rolled back: what a district publishes is
    for its publisher to say.

    With `lock`, nobody voids one of them until the transaction ends.
    """
    if lock:
        codes = [localisation_code(subject.code, division.code) for division in divisions]
        rows = Subject.objects.filter(kind=KIND, code__in=codes).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))
    last = (
        Release.objects.filter(subject=subject, division__in=divisions)
        .order_by("division_id", "-pk")
        .distinct("division_id")
        .select_related("localisation__subject")
    )
    found = {row.division_id: row for row in last if row.ending != Release.Ending.ROLLED_BACK}
    approved = approved_versions().filter(pk__in=[row.localisation_id for row in found.values()])
    may_return = set(approved.values_list("pk", flat=True))
    return {
        division: row.localisation
        for division, row in found.items()
        if row.localisation is not None and (row.ended_at is None or row.localisation_id in may_return)
    }


def carry_over(version: Version, localisations: Mapping[int, Version], terms: Terms) -> frozenset[int]:
    """How every localisation stands to the version is on record, and the districts will be told.

    Returns the keys of divisions where the old package stays: it is the theme's way, and both changed the same.
    """
    if not localisations:
        return frozenset()
    frozen = read_frozen(bytes(version.content))
    live = Release.objects.live().filter(subject_id=version.subject_id, division__in=localisations)
    on_show = set(live.values_list("division", flat=True))
    held_back: set[int] = set()
    codes: list[str] = []
    for division, localisation in localisations.items():
        document = read_localisation(bytes(localisation.content)).document
        standings = _standings(frozen, document)
        outcome = CityChange.Outcome.COMBINED
        if "conflict" in standings.values():
            may_wait = division in on_show and _keeps_old(frozen, document.division)
            outcome = CityChange.Outcome.HELD if may_wait else CityChange.Outcome.SUSPENDED
        if outcome == CityChange.Outcome.HELD:
            held_back.add(division)
        is_open = outcome != CityChange.Outcome.COMBINED
        CityChange.objects.update_or_create(
            localisation_id=localisation.subject_id,
            version=version,
            defaults={
                "outcome": outcome,
                "standings": standings,
                "note": terms.note,
                "public_note": terms.public_note,
                "effective_until": terms.until,
                "gave_way_to": None,
                "closed_at": None if is_open else clock.now(),
            },
        )
        _close_others(localisation.subject_id, version)
        codes.append(document.division)
    asking.ask(
        FOLLOW,
        payload={"theme": version.subject.code, "version": version.number, "divisions": codes},
        object_type=Theme._meta.label_lower,
        object_key=version.subject.code,
    )
    return frozenset(held_back)


def _standings(frozen: FrozenTheme, document: LocalisationDocument) -> dict[str, str]:
    return {one.key: one.standing for one in judge_operations(frozen, document.operations, document.division)}


def _close_others(localisation: int, version: Version) -> None:
    """What the district has or gets is this version: it decides about no other any more, unless this is taken back."""
    others = CityChange.objects.filter(localisation=localisation, closed_at__isnull=True).exclude(version=version)
    others.update(closed_at=clock.now(), gave_way_to=version)


def close_moot_changes(subject: Subject) -> None:
    """No division waits for a version of the theme that is not, or can no longer be, on show there."""
    place = OuterRef("localisation__subject__division")
    releases = Release.objects.filter(version=OuterRef("version"))
    here = Release.objects.live().filter(subject=subject, division=place)
    # What the district itself published on it and took back says nothing about what the city wants there.
    is_gone = Q(Exists(releases.exclude(division=place)), ~Exists(releases.live()))
    is_over = Q(~Exists(here.filter(version=OuterRef("version"))), outcome=CityChange.Outcome.SUSPENDED)
    has_no_place = Q(~Exists(here), outcome=CityChange.Outcome.HELD)
    _close(CityChange.objects.filter(is_gone | is_over | has_no_place, localisation__theme=subject.pk))


def close_retracted(version: Version, divisions: Sequence[Division] | None) -> None:
    """No district decides about the version any more where it is not on show: in these divisions, or in any.

    What it held before, and what gave way to the version undecided, it decides about again.
    """
    there = Localisation.objects.filter(theme=version.subject_id)
    if divisions is not None:
        there = there.filter(subject__division__in=divisions)
    shown = Release.objects.live().filter(version=version, division=OuterRef("subject__division"))
    places = list(there.exclude(Exists(shown)))
    gone = CityChange.objects.filter(version=version, localisation__in=places)
    gone.update(gave_way_to=None)
    _close(gone)
    here = Release.objects.live().filter(
        subject=version.subject_id, division=OuterRef("localisation__subject__division")
    )
    before = CityChange.objects.filter(Exists(here), gave_way_to=version, localisation__in=places)
    held = before.filter(outcome=CityChange.Outcome.HELD, version__in=approved_versions())
    held.update(closed_at=None, gave_way_to=None)


def reopen_held(localisation: Localisation, version: Version) -> None:
    """The district took back what it had published on the version: what the version changes is undecided again."""
    held = CityChange.objects.filter(localisation=localisation, outcome=CityChange.Outcome.HELD)
    held.filter(version=version, version__in=approved_versions()).update(closed_at=None)


def reopen_suspended(releases: Sequence[Release]) -> None:
    """Where a localisation is on show again with a version it is at odds with, the district decides about that."""
    for row in releases:
        if row.localisation is None:
            continue
        standings = _standings(
            read_frozen(bytes(row.version.content)), read_localisation(bytes(row.localisation.content)).document
        )
        if "conflict" in standings.values():
            CityChange.objects.update_or_create(
                localisation_id=row.localisation.subject_id,
                version=row.version,
                defaults={
                    "outcome": CityChange.Outcome.SUSPENDED,
                    "standings": standings,
                    "effective_until": row.effective_until,
                    "closed_at": None,
                    "gave_way_to": None,
                },
            )


def close_changes(localisation: Localisation, version: Version) -> None:
    """The district has decided about everything up to this version."""
    _close(CityChange.objects.filter(localisation=localisation, version__number__lte=version.number))


def _close(changes: QuerySet[CityChange]) -> None:
    changes.filter(closed_at__isnull=True).update(closed_at=clock.now())


def _keeps_old(frozen: FrozenTheme, division: str) -> bool:
    return policy_in(frozen.document.localisation, division).on_conflict == "keep_old"
