"""The package that a draft would become, opened; the same one for as long as the draft freezes to the same bytes."""

from functools import lru_cache

import msgspec

from themes.packages.compilation import compile_package
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import FrozenTheme

NUMBER = 0  # of a version that there is not yet
MOST_OPEN_DRAFTS = 32


def open_draft(frozen: FrozenTheme, division: str) -> OpenPackage:
    """The frozen draft compiled for a division, or for the city as a whole; KeyError where it lacks what it refers to.

    Kept by content: whoever freezes the draft anew gets what the registers say now, and pays for compiling only what
    has changed.
    """
    return _opened(msgspec.json.encode(frozen), division)


@lru_cache(maxsize=MOST_OPEN_DRAFTS)
def _opened(content: bytes, division: str) -> OpenPackage:
    return OpenPackage(compile_package(msgspec.json.decode(content, type=FrozenTheme), division, NUMBER))
