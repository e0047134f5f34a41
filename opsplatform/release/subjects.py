"""The kinds of things that are published, known to the engine by registration only."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from opsplatform.kernel.comparison import Change
from opsplatform.organizations.models import Department, Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Release, Subject, Version


class Terms(NamedTuple):
    """What a release says in the house and in public, and when it ends by itself."""

    note: str
    public_note: str
    until: datetime | None


@dataclass(frozen=True)
class Step:
    """A step that reviews of a kind can have. Who holds `action` on a party of the step may decide for it.

    The rest is what holds where city operation plans nothing else: steps of one position run side by side, `needed` of
    the parties must approve (None: all), within `days`.
    """

    code: str
    name: str
    action: str
    position: int
    days: int
    needed: int | None = None


@dataclass(frozen=True)
class Party:
    """Who takes part in a step: a department, or without one whoever answers for the division."""

    division: Division
    department: Department | None = None

    def __str__(self) -> str:
        return str(self.department or self.division)


class SubjectKind(Protocol):
    """What a room supplies so that its documents can be drafted, reviewed and released."""

    kind: str
    title: str  # what people call it
    room: str  # prefix of its policy actions: "<room>.edit", ".submit", ".release", ".withdraw"
    code_place: str  # JSON pointer to the code in its tree
    is_announced: bool  # whether the change feed tells outsiders of its releases
    steps: Sequence[Step]  # in their order
    takes_emergencies: bool  # "<room>.ask_emergency" and ".confirm_emergency" stand in the policy table

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

    def masked(self, changes: list[Change], before: Any, after: Any) -> list[Change]:
        """Changes from one tree to the other as the trail may tell them: values of sensitive fields hidden."""

    def parties(self, subject: Subject, step: str) -> Sequence[Party]:
        """Who takes part in the step of that code when the draft is reviewed; nobody where it does not concern it."""

    def review_page(self, code: str) -> str:
        """The address of the page on which a submitted version is reviewed."""

    def findings(self, subject: Subject) -> Sequence[Finding]:
        """Everything the gate finds in the draft."""

    def freeze(self, subject: Subject) -> Any:
        """The draft with every reference resolved, as a JSON tree."""

    def contributors(self, tree: Any, before: Version | None) -> Iterable[int]:
        """Accounts that wrote what was frozen into the tree beside the draft, since it was frozen into that version."""

    def release_findings(self, version: Version, division: Division) -> Sequence[Finding]:
        """What stops, or should be known before, releasing the version in the division."""

    def localisations(self, subject: Subject, divisions: Sequence[Division]) -> Mapping[int, Version]:
        """The approved localisations with which the subject goes on show, by the key of their division."""

    def carry_over(self, version: Version, localisations: Mapping[int, Version], terms: Terms) -> Set[int]:
        """Called in the transaction of a release: what becomes of the localisations under the version is on record.

        The keys of divisions where what is live stays, until the division has decided about what the version changes.
        `terms` are the release's, there too.
        """

    def joined_findings(self, version: Version, localisation: Version, division: Division) -> Sequence[Finding]:
        """What stops a localisation that its division publishes with the version from going on show with it today."""

    def compile(self, version: Version, division: Division, localisation: Version | None) -> bytes:
        """The canonical bytes of the package for the division, a function of these three."""

    def retracted(self, version: Version, divisions: Sequence[Division] | None) -> None:
        """Called where the version is no longer meant to go on show in the divisions; None: in any."""

    def released(self, subject: Subject, divisions: Sequence[Division]) -> None:
        """Called in the transaction of a release or a withdrawal."""

    def restored(self, releases: Sequence[Release]) -> None:
        """Called in the transaction of a rollback: these put back what was on show in their divisions before."""


_KINDS: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """The engine serves this kind from now on."""
    _KINDS[kind.kind] = kind


def kind_of(subject: Subject) -> SubjectKind:
    """The registered kind of the subject; an unregistered one is a defect and raises KeyError."""
    return _KINDS[subject.kind]


def kinds() -> list[SubjectKind]:
    """Every registered kind, by name."""
    return [_KINDS[name] for name in sorted(_KINDS)]


def kind_named(name: str) -> SubjectKind:
    """The registered kind of that name."""
    return _KINDS[name]
