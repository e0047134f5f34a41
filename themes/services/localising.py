"""A district's localisation: saved whole, reset, settled where the city changed the same, published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import NotFound, WrongState
from opsplatform.organizations.models import Division
from opsplatform.release.errors import GateClosed
from opsplatform.release.models import Release, Version
from opsplatform.release.selectors import find_last_approved, find_live, lock_subject
from opsplatform.release.services import drafting
from opsplatform.release.services.localising import release_localised
from opsplatform.release.services.rolling_back import roll_back_localised
from opsplatform.release.subjects import Terms
from themes import localisation_selectors, selectors
from themes.localisation.compilation import read_localisation
from themes.localisation.documents import Choice, LocalisationDocument
from themes.localisation.effective import judge_operations
from themes.localisation.rebasing import Signature, rebase, redraft, settle
from themes.models import CityChange, Localisation, Theme
from themes.packages.compilation import read_frozen
from themes.services.carrying_over import KIND, close_changes, localisation_code, reopen_held
from themes.services.checking_localisation import check_publication, city_of, city_version, find_held

NOT_OPEN = 0  # the revision of a localisation that nobody has saved yet


@dataclass(frozen=True)
class Place:
    """A theme in a division, with its localisation where the district has begun one."""

    theme: Theme
    division: Division
    localisation: Localisation | None

    @property
    def document(self) -> LocalisationDocument:
        """The draft; an empty one before the first save."""
        if self.localisation is None:
            return LocalisationDocument(theme=self.theme.code, division=self.division.code)
        return msgspec.convert(self.localisation.subject.draft, LocalisationDocument)

    @property
    def tree(self) -> Any:
        """The draft as JSON."""
        return write(self.document)

    @property
    def begun(self) -> Localisation:
        """The localisation; raises NotFound where the district has begun none."""
        if self.localisation is None:
            raise NotFound("本区还没有这个主题的本地化。")
        return self.localisation

    @property
    def revision(self) -> int:
        """The draft's revision."""
        return self.localisation.subject.draft_revision if self.localisation else NOT_OPEN


def get_place(actor: User, code: str, division_code: str, action: str = "localisations.view") -> Place:
    """The theme in the division for somebody who may do this there; NotFound out of sight, Forbidden otherwise."""
    theme = selectors.get_theme(actor, code)
    division = Division.objects.filter(code=division_code, pk__in=actor.divisions_where("registers.view")).first()
    if division is None or division.level != Division.Level.DISTRICT:
        raise NotFound
    actor.require(action, within=division)
    return Place(theme, division, localisation_selectors.find_localisation(theme, division))


@transaction.atomic
def save_localisation(
    *, actor: User, code: str, division_code: str, values: Mapping[str, Any], expected_revision: int
) -> Localisation:
    """The district changes exactly these elements, each to its value, or takes it out where that is null.

    What was saved before keeps the city's value that it was made on: no change of the city is lost by saving.
    """
    place = get_place(actor, code, division_code, "localisations.edit")
    city = city_of(place.theme, place.division)
    return _save(actor, place, redraft(place.document, values, city, _signature(actor)), expected_revision)


def change_element(
    *, actor: User, code: str, division_code: str, key: str, value: Any, expected_revision: int
) -> Localisation:
    """The district changes this element too; null takes it out."""
    values = _values(get_place(actor, code, division_code, "localisations.edit"))
    return save_localisation(
        actor=actor, code=code, division_code=division_code, values=values | {key: value},
        expected_revision=expected_revision,
    )  # fmt: skip


def reset_element(*, actor: User, code: str, division_code: str, key: str, expected_revision: int) -> Localisation:
    """The element is the city's again."""
    values = _values(get_place(actor, code, division_code, "localisations.edit"))
    if key not in values:
        raise WrongState("本区没有改过这一项。")
    kept = {other: value for other, value in values.items() if other != key}
    return save_localisation(
        actor=actor, code=code, division_code=division_code, values=kept, expected_revision=expected_revision
    )


@transaction.atomic
def settle_conflict(
    *, actor: User, code: str, division_code: str, key: str, choice: Choice, expected_revision: int
) -> Localisation:
    """The district takes the city's value or keeps its own; which of them, and who chose when, is in its draft."""
    place = get_place(actor, code, division_code, "localisations.edit")
    if place.localisation is None:
        raise NotFound
    city = city_of(place.theme, place.division)
    document = settle(place.document, key, choice, city, _signature(actor))
    if document is None:
        raise WrongState("这一项现在没有要决定的，或市级已没有它所属的内容，只能以市级为准。请刷新后再看。")
    localisation = _save(actor, place, document, expected_revision)
    trail.record(
        actor, "localisation.conflict_settled", localisation,
        division=place.division.code, element=key, choice=choice, city_version=city.version,
    )  # fmt: skip
    return localisation


@transaction.atomic
def publish_localisation(
    *, actor: User, code: str, division_code: str, note: str, seen: tuple[str, str] | None = None
) -> Release:
    """The division shows the city's version that it has or gets, with its newest approved localisation.

    `seen`: the digests of that localisation and of the package on show (empty: none), as the actor had them before
    them; raises WrongState where either is another by now.
    Raises WrongState where city and district changed the same and the approved version says nothing about that,
    GateClosed where the two together are not fit to go on show.
    """
    place = get_place(actor, code, division_code, "localisations.release")
    lock_subject(place.theme.subject_id)  # what the city releases meanwhile is not taken back unseen
    localisation = place.begun
    approved = find_last_approved(localisation.subject)
    if approved is None:
        raise WrongState("还没有经第二人批准的本地化版本。")
    live = find_live(place.theme.subject, place.division)
    if seen is not None and seen != (approved.digest, live.package_id if live else ""):
        raise WrongState("所见之后，批准的本地化或本区在用的已经不同，没有发布。请刷新后再看。")
    version = city_version(place.theme, place.division)
    require_fitting(version, approved, place.division)
    held = find_held(place.theme, place.division)
    release = release_localised(
        actor=actor, subject_id=place.theme.subject_id, version=version, division=place.division,
        localisation=approved, note=note,
        terms=Terms(held.note, held.public_note, held.effective_until) if held else None,
    )  # fmt: skip
    close_changes(localisation, version)
    return release


@transaction.atomic
def roll_back_localisation(
    *, actor: User, code: str, division_code: str, digest: str, note: str, public_note: str = ""
) -> Release:
    """The division shows again what it showed before it published its localisation last; the draft stays as it is.

    `digest` is of the package that the actor saw on show there; raises WrongState where it is another by now.
    What it had decided about with that publication, it decides about again.
    """
    place = get_place(actor, code, division_code)
    taken_back, restored = roll_back_localised(
        actor=actor, subject_id=place.theme.subject_id, own=place.begun.subject, division=place.division,
        digest=digest, note=note, public_note=public_note,
    )  # fmt: skip
    if taken_back.version_id != restored.version_id:
        reopen_held(place.begun, taken_back.version)
    return restored


def find_undecided(version: Version, localisation: Version) -> list[str]:
    """The keys of what the localisation changes and the theme's version has changed since it was drawn up."""
    document = read_localisation(bytes(localisation.content)).document
    frozen = read_frozen(bytes(version.content))
    judged = judge_operations(frozen, document.operations, document.division)
    return [one.key for one in judged if one.standing == "conflict"]


def count_undecided(change: CityChange) -> int:
    """In how many places the district's draft is at odds with the city's change and nobody has decided."""
    document = msgspec.convert(change.localisation.subject.draft, LocalisationDocument)
    judged = judge_operations(read_frozen(bytes(change.version.content)), document.operations, document.division)
    return sum(one.standing == "conflict" for one in judged)


def require_fitting(version: Version, localisation: Version, division: Division) -> None:
    """Passes when the approved localisation can go on show with the version; raises WrongState or GateClosed."""
    if undecided := find_undecided(version, localisation):
        raise WrongState(_undecided_told(version, localisation, len(undecided)))
    if findings := check_publication(version, localisation, division):
        raise GateClosed(tuple(findings))


def why_not_now(theme: Theme, division: Division, localisation: Version) -> str:
    """Why the approved localisation cannot go on show with what the city says now; empty where it can."""
    try:
        version = city_version(theme, division)
    except NotFound as refusal:
        return refusal.sentence
    try:
        require_fitting(version, localisation, division)
    except WrongState as refusal:
        return refusal.sentence
    except GateClosed as refusal:
        sentences = "".join(finding.sentence for finding in refusal.findings)
        return f"与市 v{version.number} 一起还不能上线：{sentences}请改好草稿，再提交、审核、发布。"
    return ""


def _undecided_told(version: Version, localisation: Version, count: int) -> str:
    """Why the localisation cannot go on show with the theme's version."""
    return (
        f"市 v{version.number} 与本地化版本 {localisation.number} 有 {count} 处冲突，还没有决定以谁为准。"
        "请先逐处选择，再提交、审核、发布。"
    )


def _values(place: Place) -> dict[str, Any]:
    """What the district changes, but for what the city says by now anyway or no longer allows."""
    carried = rebase(place.document, city_of(place.theme, place.division)).document
    return {operation.code: operation.value for operation in carried.operations}


def _signature(actor: User) -> Signature:
    return Signature(actor.username or actor.name, str(actor), clock.today().isoformat())


def _save(actor: User, place: Place, document: LocalisationDocument, expected_revision: int) -> Localisation:
    tree = write(document)
    if place.localisation is not None:
        place.localisation.subject = drafting.save_draft(
            actor=actor, subject_id=place.localisation.subject_id, tree=tree, expected_revision=expected_revision
        )
        return place.localisation
    if expected_revision != NOT_OPEN:
        raise NotFound("本区还没有这个主题的本地化。")
    subject = drafting.open_draft(
        actor=actor, kind=KIND, code=localisation_code(place.theme.code, place.division.code),
        division=place.division, department=None, tree=tree,
    )  # fmt: skip
    return Localisation.objects.create(subject=subject, theme=place.theme)
