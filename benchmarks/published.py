"""The demonstration's two themes, by the short names the table gives them."""

from typing import NamedTuple

from themes.packages.compilation import compile_package, read_frozen
from themes.packages.structure import FrozenTheme, Package
from themes.tests.demonstrated import DOG, RESTAURANT, get

NAMES = {RESTAURANT: "restaurant", DOG: "dog"}
DIVISION = "310101"


class Published(NamedTuple):
    """What a version froze, and the package compiled of it for one district."""

    frozen: FrozenTheme
    package: Package


def published(code: str) -> Published:
    """The theme's current version."""
    version = get(code).subject.current_version
    assert version is not None, "the theme has no version: the database is not seeded"
    frozen = read_frozen(bytes(version.content))
    return Published(frozen, compile_package(frozen, DIVISION, version.number))
