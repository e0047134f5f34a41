"""What can be done, and how: each act with the things it is done to, its service, and the requests that lead to it."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from opsplatform.accounts.models import User
from opsplatform.tests.rights.oracle import Relation
from opsplatform.tests.rights.world import CITY, SPOTS, Spot

Place = Spot | Relation  # relations that only themes can stand in have a thing of their own
Things = Mapping[Place, Any]
NEVER_WAS = 987654321


@dataclass(eq=False)
class Scene:
    """What sets things out, given those of the scene `after` which it comes, if any.

    A scene that several build on is `kept`: it stands in a database of its own, and calling it there, where `standing`
    are its things, sets out nothing anew.
    """

    make: Callable[..., Things]
    after: "Scene | None" = None
    is_kept: bool = False
    standing: Things | None = None

    def __call__(self) -> Things:
        if self.standing is not None:
            return copy.deepcopy(self.standing)
        return self.make(self.after()) if self.after else self.make()

    @property
    def kept(self) -> "Scene | None":
        """The nearest kept scene that it builds on or is."""
        return self if self.is_kept else self.after and self.after.kept


def set_out(*, after: Scene | None = None, kept: bool = False) -> Callable[[Callable[..., Things]], Scene]:
    """Makes a scene of the function that sets it out."""
    return lambda make: Scene(make, after, kept)


class Door(Enum):
    """A way in."""

    SERVICE = "service"
    API = "API"
    PAGE = "page"
    ADMIN = "admin"


@dataclass(frozen=True)
class Ask:
    """A request: a form where `form` is given, JSON where `body` is."""

    path: str
    form: Mapping[str, Any] | None = None
    body: Any = None
    method: str = "get"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """One thing that somebody may or may not do.

    `scene` sets out the things, `own` makes the one that is the actor's own where that is what counts; `trace` is the
    audit action of the deed, empty where it leaves none; `never_was` turns a thing into one that does not exist;
    `missing` is the error's code where the thing is named in the body, so that 404 is told as 422 at its place.
    """

    name: str
    scene: Callable[[], Things]
    call: Callable[[User, Any], Any] | None = None
    service: Callable[..., Any] | None = None
    asks: Mapping[Door, Callable[[Any], Ask]] = field(default_factory=dict)
    own: Callable[[User], Any] | None = None
    trace: str = ""
    never_was: Callable[[Any], Any] | None = None
    missing: str = ""

    @property
    def doors(self) -> tuple[Door, ...]:
        """The ways in, the cheapest first."""
        first = (Door.SERVICE,) if self.call else ()
        return (*first, *(door for door in Door if door in self.asks))


def at_every_spot(make: Callable[[Spot], Any]) -> Callable[[], Things]:
    """A scene with one thing at every spot."""
    return lambda: {spot: make(spot) for spot in SPOTS}


def in_every_division(make: Callable[[Spot], Any]) -> Callable[[], Things]:
    """A scene with one thing in every division: bodies make no difference."""
    return lambda: {spot: make(spot) for spot in SPOTS if spot.body == 0}


def at_bodies_of_the_city(make: Callable[[Spot], Any]) -> Callable[[], Things]:
    """A scene with one thing at each body of the city."""
    return lambda: {spot: make(spot) for spot in SPOTS if spot.division == CITY}


def in_the_city(make: Callable[[], Any]) -> Callable[[], Things]:
    """A scene with one thing, which is the whole city's."""
    return lambda: {SPOTS[0]: make()}
