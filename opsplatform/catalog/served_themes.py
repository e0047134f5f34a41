"""Themes that a window may serve. Themes are a room above; it registers here how they are looked up."""

from collections.abc import Callable, Collection, Mapping

from opsplatform.accounts.models import User

Lookup = Callable[[User, Collection[str] | None], Mapping[str, str]]
_lookups: list[Lookup] = []


def register(lookup: Lookup) -> None:
    """Themes come from there from now on: those of these codes, or all, that the actor sees, with their names."""
    _lookups[:] = [lookup]


def themes_by_code(actor: User, codes: Collection[str] | None = None) -> Mapping[str, str]:
    """The names of the themes the actor sees, by code; of those codes only where codes are given."""
    return _lookups[0](actor, codes) if _lookups else {}
