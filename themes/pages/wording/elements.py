"""The elements of a theme that a reviewer can speak about, each with its pointer and what people call it."""

from opsplatform.release.models import Version
from themes.packages.compilation import read_frozen
from themes.packages.names import names_of
from themes.packages.structure import FrozenTheme
from themes.pages.wording import labels

WHOLE = "整个主题"
_BASICS = ("name", "summary", "keywords", "category_code", "handling_divisions", "effective_from", "effective_to")


def elements_of(frozen: FrozenTheme) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of elements: title, then pointer and name of each; a pointer names elements by their codes."""
    names, document = names_of(frozen), frozen.document
    guidance = document.guidance
    groups = [
        ("基本信息", [(f"/{name}", labels.THEME[name]) for name in _BASICS]),
        ("事项", [(f"/items/{one.code}", names.items[one.code]) for one in document.items]),
        ("问题", [(f"/guidance/questions/{one.code}", one.text) for one in guidance.questions]),
        ("规则", [(f"/guidance/rules/{one.code}", one.name) for one in guidance.rules]),
        ("参数", [(f"/guidance/parameters/{one.code}", one.name) for one in guidance.parameters]),
        ("材料", [(f"/materials/{one.code}", names.materials.get(one.code, one.code)) for one in document.materials]),
        ("表单字段", [(f"/field_uses/{one.code}", one.label) for one in document.field_uses]),
        ("申报须知", [(f"/notices/{one.code}", one.title) for one in document.notices]),
        ("用例", [(f"/cases/{one.code}", one.name) for one in document.cases]),
    ]
    return [group for group in groups if group[1]]


def names_of_elements(*shown: FrozenTheme) -> dict[str, str]:
    """What each element is called, by pointer; of the last that knows it."""
    return {pointer: name for frozen in shown for _, elements in elements_of(frozen) for pointer, name in elements}


def names_in(version: Version) -> dict[str, str]:
    """What each element of the version is called, by pointer."""
    return names_of_elements(read_frozen(bytes(version.content)))
