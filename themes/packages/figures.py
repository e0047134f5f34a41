"""四减 figures of one path (domain.md §4): computed from what is selected, never typed."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from themes.packages.structure import PackageItem

MEASURES: Mapping[str, tuple[str, str]] = {
    "windows": ("跑部门", "个"),
    "days": ("办理时限", "个工作日"),
    "materials": ("提交材料", "份"),
    "visits": ("跑动次数", "次"),
    "fields": ("填写字段", "项"),
}
"""Name and unit of each measure."""


class Figures(msgspec.Struct, frozen=True):
    """Before (items one by one) and after (the theme). Days are working days; trips are visits in person."""

    fields_before: int
    fields_after: int
    materials_before: int
    materials_after: int
    days_before: int
    days_after: int
    visits_before: int
    visits_after: int
    windows_before: int
    windows_after: int

    def as_pairs(self) -> dict[str, dict[str, int]]:
        """The figures by name, each as {"before": …, "after": …}."""
        pairs: dict[str, dict[str, int]] = {}
        for name in self.__struct_fields__:
            measure, _, side = name.rpartition("_")
            pairs.setdefault(measure, {})[side] = getattr(self, name)
        return pairs


def longest_path(items: Sequence[PackageItem], days: Mapping[str, int]) -> int:
    """The longest chain of promised days along `depends_on` among the items; an item waits for selected ones only.

    The gate refuses cycles; where one stands all the same, an item on it does not wait for itself.
    """
    chosen = {item.code: item for item in items}
    finished: dict[str, int] = {}

    def finish(code: str, path: frozenset[str]) -> int:
        if code not in finished:
            waits = [
                finish(other, path | {code})
                for other in chosen[code].depends_on
                if other in chosen and other not in path and other != code
            ]
            finished[code] = max(waits, default=0) + days[code]
        return finished[code]

    return max((finish(code, frozenset()) for code in chosen), default=0)


def summarise(cases: Sequence[Mapping[str, Mapping[str, int]]]) -> dict[str, Any]:
    """The range of every figure over the saved cases: name → {"before": [least, most], "after": [least, most]}."""
    if not cases:
        return {}
    return {
        name: {
            side: [min(case[name][side] for case in cases), max(case[name][side] for case in cases)]
            for side in ("before", "after")
        }
        for name in cases[0]
    }
