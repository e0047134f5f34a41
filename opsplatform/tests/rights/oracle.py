"""Reads the table kept by hand: act × post × relation → what shall happen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

TABLE = Path(__file__).parent / "oracle.txt"


class Standing(Enum):
    """At which height of the tree a post stands."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"


class Relation(Enum):
    """How the thing stands to the post."""

    OWN = "own"
    OTHER_DEPARTMENT = "other_department"
    PARTNER = "partner"
    CHILD = "child"
    PARENT = "parent"
    NEIGHBOUR = "neighbour"
    GRANTED_VIEW = "granted_view"
    GRANTED_EDIT = "granted_edit"
    NONE = "none"


class Verdict(Enum):
    """What the act comes to."""

    DONE = "是"
    FORBIDDEN = "403"  # the thing is seen, the act refused
    NOT_FOUND = "404"  # the thing is as if it were not


@dataclass(frozen=True)
class Post:
    """A role where it is held."""

    role: str
    standing: Standing

    def __str__(self) -> str:
        return f"{self.role}@{self.standing.value}"


@dataclass(frozen=True)
class Cell:
    """One question to the table."""

    act: str
    post: Post
    relation: Relation

    def __str__(self) -> str:
        return f"{self.act} by {self.post} on {self.relation.value}"


@dataclass(frozen=True)
class Section:
    """One act: the action of the policy table it needs, and for every line its posts and its marks."""

    act: str
    action: str
    marks: Mapping[tuple[str, Standing | None], Mapping[Relation, Verdict]]

    @property
    def kind(self) -> str:
        """The kind of thing: what stands before the dot."""
        return self.act.partition(".")[0]

    def speaks_of(self, post: Post) -> bool:
        """Whether a line is about the role at just this height."""
        return (post.role, post.standing) in self.marks

    def verdict(self, post: Post, relation: Relation) -> Verdict | None:
        """What the table says; None where the relation cannot be."""
        marks = self.marks.get((post.role, post.standing)) or self.marks[post.role, None]
        return marks.get(relation)


class BadTable(ValueError):
    """The table cannot be read."""


@dataclass(frozen=True)
class Oracle:
    """The whole table."""

    names: Mapping[str, tuple[str, ...]]  # what a role, or a group of them, is called → codes
    sections: Mapping[str, Section]

    def is_like_an_earlier(self, section: Section) -> bool:
        """Whether an earlier section says the same of the same kind of thing and the same action."""
        for other in self.sections.values():
            if other is section:
                return False
            if other.kind == section.kind and other.action == section.action and other.marks == section.marks:
                return True
        raise KeyError(section.act)

    def silent_about(self, roles: Iterable[str]) -> list[str]:
        """Which act leaves which role out."""
        return [
            f"{section.act}: {role}"
            for section in self.sections.values()
            for role in roles
            if (role, None) not in section.marks
        ]


_STANDINGS = {"市": Standing.CITY, "区": Standing.DISTRICT, "街": Standing.STREET}


def read_oracle(text: str | None = None) -> Oracle:
    """The table; raises BadTable with the number of the line that makes no sense."""
    names: dict[str, tuple[str, ...]] = {}
    sections: dict[str, Section] = {}
    columns: list[Relation] = []
    marks: dict[tuple[str, Standing | None], Mapping[Relation, Verdict]] = {}
    for number, line in enumerate((TABLE.read_text() if text is None else text).splitlines(), start=1):
        line = line.strip()
        try:
            if not line or line.startswith("#"):
                continue
            if " = " in line:
                name, codes = line.split(" = ")
                names[name] = tuple(codes.split())
            elif line.startswith("["):
                act, action, *_ = line.strip("[]").split()
                if act in sections:
                    raise BadTable(f"{act} stands twice")
                marks = {}
                sections[act] = Section(act, action, marks)
            elif line.startswith("|"):
                columns = [Relation(word) for word in line.strip("| ").split()]
            else:
                _read_line(line, names, columns, marks)
        except (KeyError, ValueError) as error:
            raise BadTable(f"line {number}: {error}") from error
    return Oracle(names, sections)


def _read_line(
    line: str,
    names: Mapping[str, tuple[str, ...]],
    columns: list[Relation],
    marks: dict[tuple[str, Standing | None], Mapping[Relation, Verdict]],
) -> None:
    posts, _, words = line.partition("|")
    row = dict(zip(columns, words.split(), strict=True))
    verdicts = {relation: Verdict(word) for relation, word in row.items() if word != "—"}
    for post in posts.split():
        name, _, place = post.partition("@")
        for role in names[name]:
            key = role, _STANDINGS[place] if place else None
            if key in marks:
                raise BadTable(f"{post} stands twice")
            marks[key] = verdicts
