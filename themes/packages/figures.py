"""四减 figures of one path (domain.md §4): computed from what is selected, never typed."""

from collections import Counter
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
    """How many promised days the longest chain along `depends_on` among the items takes."""
    return sum(days[item.code] for item in critical_path(items, days))


def critical_path(items: Sequence[PackageItem], days: Mapping[str, int]) -> list[PackageItem]:
    """The longest chain of promised days along `depends_on` among the items; an item waits for selected ones only.

    The gate refuses cycles; where one stands all the same, an item on it does not wait for itself.
    """
    chosen = {item.code: item for item in items}
    finished: dict[str, int] = {}
    waited_for: dict[str, str | None] = {}
    for start in chosen:
        path = [] if start in finished else [start]
        while path:
            code = path[-1]
            waits = [other for other in chosen[code].depends_on if other in chosen]
            first = next((other for other in waits if other not in finished and other not in path), None)
            if first is not None:
                path.append(first)
                continue
            latest = max((other for other in waits if other in finished), key=finished.__getitem__, default=None)
            waited_for[code] = latest
            finished[code] = (0 if latest is None else finished[latest]) + days[code]
            path.pop()
    last = max(finished, key=finished.__getitem__, default=None)
    chain = []
    while last is not None:
        chain.append(chosen[last])
        last = waited_for[last]
    return chain[::-1]


def typical_path(paths: Sequence[tuple[str, Sequence[str]]], declared: str) -> str:
    """The code of the case that stands for the theme: the declared one, else the first of the path most cases take.

    `paths`: the code of each case and the items it leads to.
    """
    if any(code == declared for code, _ in paths):
        return declared
    taken = Counter(tuple(items) for _, items in paths)
    return max(paths, key=lambda one: taken[tuple(one[1])], default=("", ()))[0]


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
