"""The kinds of things that are published, known to the engine by registration only."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from opsplatform.organizations.models import Department, Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Subject, Version


class SubjectKind(Protocol):
    """What a room supplies so that its documents can be drafted, reviewed and released."""

    kind: str
    room: str  # prefix of its policy actions: "<room>.edit", ".submit", ".approve", ".release", ".withdraw"

    def read(self, tree: Any) -> Any:
        """The tree in its canonical spelling; raises Invalid with every problem."""

    def code_of(self, tree: Any) -> str:
        """The code the tree gives itself; it is the subject's and never changes."""

    def title_of(self, tree: Any) -> str:
        """The name under which lists show it."""

    def authority(self, subject: Subject) -> tuple[Division, Department | None, Any]:
        """The division, the department and the object on which rights to the subject are judged."""

    def follow(self, subject: Subject, tree: Any) -> None:
        """Called when a draft is saved before any release, and at a release: the room's rows say what `tree` says."""

    def findings(self, subject: Subject) -> Sequence[Finding]:
        """Everything the gate finds in the draft."""

    def freeze(self, subject: Subject) -> Any:
        """The draft with every reference resolved, as a JSON tree."""

    def contributors(self, tree: Any, before: Version | None) -> Iterable[int]:
        """Accounts that wrote what was frozen into the tree beside the draft, since it was frozen into that version."""

    def release_findings(self, version: Version, division: Division) -> Sequence[Finding]:
        """What stops, or should be known before, releasing the version in the division."""

    def compile(self, version: Version, division: Division) -> bytes:
        """The canonical bytes of the package for the division."""

    def released(self, subject: Subject, divisions: Sequence[Division]) -> None:
        """Called in the transaction of a release or a withdrawal."""


_KINDS: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """The engine serves this kind from now on."""
    _KINDS[kind.kind] = kind


def kind_of(subject: Subject) -> SubjectKind:
    """The registered kind of the subject; an unregistered one is a defect and raises KeyError."""
    return _KINDS[subject.kind]


def kind_named(name: str) -> SubjectKind:
    """The registered kind of that name."""
    return _KINDS[name]
