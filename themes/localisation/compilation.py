"""The package of a division: a pure function of the city's version, the district's localisation, and the division."""

from functools import lru_cache

import msgspec
from msgspec.structs import replace

from themes.localisation.documents import FrozenLocalisation
from themes.localisation.effective import localise
from themes.packages.compilation import compile_package
from themes.packages.structure import FrozenTheme, Package, PackageLocalisation

MOST_KEPT = 64


def compile_localised(
    frozen: FrozenTheme, division: str, number: int, localisation: FrozenLocalisation | None = None, revision: int = 0
) -> Package:
    """The package of version `number` in the division under version `revision` of its localisation."""
    localised = localise(frozen, localisation, division)
    package = compile_package(localised.frozen, division, number)
    if localisation is None:
        return package
    told = PackageLocalisation(
        version=revision,
        base_version=localisation.document.base_version,
        changed=tuple(one.code for one in localised.applied),
        suspended=tuple(one.key for one in localised.judged if one.standing == "conflict"),
        overruled=tuple(one.key for one in localised.judged if one.standing == "overruled" or localised.is_idle(one)),
    )
    return replace(package, meta=replace(package.meta, localisation=told))


@lru_cache(maxsize=MOST_KEPT)
def read_localisation(content: bytes) -> FrozenLocalisation:
    """The frozen localisation of these bytes; kept, since a release reads it more than once."""
    return msgspec.json.decode(content, type=FrozenLocalisation)
