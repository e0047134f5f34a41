"""What a person may see of a theme: the draft for those who work on it, the version on show for everybody else."""

from dataclasses import dataclass

import msgspec

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import NotFound
from opsplatform.release.models import Release, Version
from opsplatform.release.selectors import get_version
from themes import selectors
from themes.documents import ThemeDocument
from themes.models import Theme
from themes.packages.compilation import read_frozen
from themes.packages.merging import certified
from themes.packages.structure import FrozenTheme
from themes.services.checking_structure import check_structure
from themes.services.freezing import Freezing, freeze_theme


@dataclass(frozen=True)
class Shown:
    """A theme as one person may see it. `version` is None for the draft, `release` set where it is what is on show.

    A draft that refers to what is not there, in the registers or in itself, cannot be compiled: then `has_gaps`, and
    the gate says what is missing.
    """

    theme: Theme
    frozen: FrozenTheme
    version: Version | None = None
    release: Release | None = None
    has_gaps: bool = False

    @property
    def document(self) -> ThemeDocument:
        """The theme document shown."""
        return self.frozen.document

    @property
    def is_draft(self) -> bool:
        """Whether it is the draft."""
        return self.version is None


def show_theme(*, actor: User, theme: Theme) -> Shown:
    """The draft for an actor who may see it, the version on show otherwise; raises NotFound where there is neither."""
    if selectors.may_view_draft(actor, theme):
        return show_draft(theme)
    release = selectors.find_own_live(actor, theme)
    if release is None:
        raise NotFound
    version = release.version
    return Shown(theme, read_frozen(bytes(version.content)), version, release)


def show_version(*, actor: User, theme: Theme, number: int) -> Shown:
    """A numbered version for an actor who may see the draft; raises NotFound otherwise."""
    if not selectors.may_view_draft(actor, theme):
        raise NotFound
    version = get_version(theme.subject, number)
    return Shown(theme, read_frozen(bytes(version.content)), version)


def show_draft(theme: Theme) -> Shown:
    """The draft with what the registers say today; who may see it has been asked before."""
    return show_document(theme, msgspec.convert(theme.subject.draft, ThemeDocument))


def show_document(theme: Theme, document: ThemeDocument) -> Shown:
    """A document of the theme, such as an earlier state of its draft, with what the registers say today."""
    return show_freezing(theme, freeze_theme(document, clock.today()))


def show_freezing(theme: Theme, freezing: Freezing) -> Shown:
    """A document of the theme as it has just been frozen."""
    return Shown(theme, freezing.frozen, has_gaps=bool(check_structure(freezing)))


def is_as_submitted(shown: Shown) -> bool:
    """Whether the draft, frozen now, has the very bytes of the version submitted last."""
    version = shown.theme.subject.current_version
    if version is None or shown.has_gaps:
        return False
    return digest_of(canonical_bytes(write(certified(shown.frozen)))) == version.digest


def newer_entries(version: FrozenTheme, today: FrozenTheme) -> list[str]:
    """Keys of register entries ("item:KEY" …) that were changed since the version was frozen and are still in use."""
    return [key for key, revision in version.revisions.items() if today.revisions.get(key, revision) != revision]
