"""What stands behind each figure of one path (domain.md §4): the parts it is made of, before and after."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from themes.packages.evaluation import OpenPackage, PathOutcome
from themes.packages.figures import critical_path
from themes.packages.structure import PackageItem


class Part(NamedTuple):
    """One part of a figure: what people call it, and how much of the figure it is."""

    name: str
    amount: int


class Parts(NamedTuple):
    """The parts of both sides of a figure; those of each side add up to it."""

    before: tuple[Part, ...]
    after: tuple[Part, ...]


def figures_behind(opened: OpenPackage, path: PathOutcome) -> dict[str, Parts]:
    """The parts of every figure of the path, by the figure's name.

    Of the time after, the parts are the items that wait for one another longest; of the visits after, the item that
    asks for most of them; everything else is a plain sum.
    """
    items = [opened.items[code] for code in path.guidance.items]
    return {
        "windows": Parts(_departments(items), (Part("本主题一个窗口", 1),) if items else ()),
        "days": Parts(
            tuple(Part(_name(item), item.content.statutory_days) for item in items),
            tuple(Part(_name(item), path.days[item.code]) for item in critical_path(items, path.days)),
        ),
        "materials": Parts(_materials_before(opened, path), _materials_after(opened, path)),
        "visits": Parts(
            tuple(Part(_name(item), item.content.baseline_visits) for item in items if item.content.baseline_visits),
            _most_visits(items),
        ),
        "fields": Parts(
            tuple(Part(_name(item), len(path.form.projections[item.code])) for item in items),
            tuple(Part(field.label, 1) for field in path.form.fields if field.key not in path.form.provenances),
        ),
    }


def _name(item: PackageItem) -> str:
    return item.content.daily_name or item.content.name


def _departments(items: Iterable[PackageItem]) -> tuple[Part, ...]:
    names = {item.content.department: item.department_name for item in items}
    return tuple(Part(name, 1) for name in names.values())


def _materials_before(opened: OpenPackage, path: PathOutcome) -> tuple[Part, ...]:
    counts = Counter(use.material for code in path.guidance.items for use in path.guidance.materials[code])
    return tuple(Part(opened.names.materials[code], count) for code, count in counts.items())


def _materials_after(opened: OpenPackage, path: PathOutcome) -> tuple[Part, ...]:
    return tuple(Part(opened.names.materials[code], 1) for code in path.materials_to_submit)


def _most_visits(items: Iterable[PackageItem]) -> tuple[Part, ...]:
    most = max(items, key=lambda item: item.content.onsite_times, default=None)
    if most is None or not most.content.onsite_times:
        return ()
    return (Part(_name(most), most.content.onsite_times),)
