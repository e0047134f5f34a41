"""Every element of a theme in a division with the city's value, the value there, and where that comes from."""

from typing import Any, Literal

from opsplatform.kernel.documents import Document
from themes.documents import ElementMode
from themes.localisation.documents import FrozenLocalisation
from themes.localisation.effective import Localised
from themes.localisation.elements import elements_of
from themes.localisation.keys import ancestors_of
from themes.localisation.limits import exception_granted
from themes.localisation.merging import Judged
from themes.localisation.policy import mode_of, policy_in
from themes.packages.structure import FrozenTheme

Origin = Literal["city", "district", "excepted", "suspended", "overruled"]


class Sourced(Document, frozen=True):
    """One element. `changed_on` and `changed_by` are there where the district did something with it."""

    code: str
    city: Any
    here: Any
    origin: Origin
    mode: ElementMode
    changed_on: str = ""
    changed_by: str = ""
    until: str = ""  # of an exception


def sourced_elements(
    frozen: FrozenTheme, localised: Localised, localisation: FrozenLocalisation | None, division: str
) -> list[Sourced]:
    """The elements in the city's order, then what the district added.

    A window that the district only changed in parts is the city's; its parts say what is not.
    """
    city, here = elements_of(frozen, division), elements_of(localised.frozen, division)
    judged = {one.key: one for one in localised.judged}
    exceptions = {}
    for key, one in judged.items():
        granted = exception_granted(localisation, one.operation, one.city) if localisation else None
        if granted is not None:
            exceptions[key] = granted.expires_on
    policy = policy_in(frozen.document.localisation, division)
    keys = dict.fromkeys([*city, *here, *judged])
    return [_sourced(key, city, here, judged, exceptions, mode_of(policy, key)) for key in keys]


def _sourced(
    key: str, city: dict[str, Any], here: dict[str, Any], judged: dict[str, Judged], exceptions: dict[str, str],
    mode: ElementMode,
) -> Sourced:  # fmt: skip
    one = judged.get(key) or next((judged[above] for above in ancestors_of(key) if above in judged), None)
    found = Sourced(code=key, city=city.get(key), here=here.get(key), origin="city", mode=mode)
    if one is None or one.standing == "agreed":
        return found
    origin: Origin = "district"
    if one.standing == "conflict":
        origin = "suspended"
    elif one.standing == "overruled":
        origin = "overruled"
    elif key in exceptions:
        origin = "excepted"
    return Sourced(
        code=key,
        city=found.city,
        here=found.here,
        origin=origin,
        mode=mode,
        changed_on=one.operation.changed_on,
        changed_by=one.operation.changed_by_name,
        until=exceptions.get(key, "") if origin == "excepted" else "",
    )


def source_told(one: Sourced, *, version: int, district: str) -> str:
    """Where the value comes from: 市 v3, or which district changed it when, and whether that counts now."""
    city = f"市 v{version}"
    changed = f"{district}改于 {one.changed_on}" + (f"（{one.changed_by}）" if one.changed_by else "")
    if one.origin == "city":
        return city
    if one.origin == "district":
        return changed
    if one.origin == "excepted":
        return f"{changed}，市级批准例外至 {one.until}"
    if one.origin == "suspended":
        return f"{city}，{changed}的内容等待决定，暂不采用"
    return f"{city}，{changed}的内容因市级不再允许而不生效"
