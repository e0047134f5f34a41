"""A rule's effects in a column for each kind, one line for each effect: 【FOOD】食品经营许可：【M1】章程（必要）.

Effects stand in the order of the columns, or are numbered in their own: a later one on the same target replaces an
earlier one (domain.md §2).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence

from opsplatform.kernel.condition_spelling import Unreadable
from themes.documents import (
    AddItem,
    AddMaterial,
    AddNotice,
    Effect,
    RemoveItem,
    SetField,
    SetPromisedDays,
    Stop,
    ThemeDocument,
    WaiveMaterial,
)
from themes.guidance.tables.words import Words, past_blanks, read_json, read_value, spell_value

COLUMNS: Mapping[str, type[Effect]] = {
    "增加事项": AddItem,
    "去掉事项": RemoveItem,
    "增加材料": AddMaterial,
    "免交材料": WaiveMaterial,
    "填写字段": SetField,
    "承诺办结": SetPromisedDays,
    "提示须知": AddNotice,
    "不能办理": Stop,
}
HELPS: Mapping[str, str] = {
    "增加事项": "每行一个：【事项代码】名称；名称可以不写",
    "去掉事项": "每行一个：【事项代码】名称",
    "增加材料": "每行一个：【事项代码】名称：【材料代码】名称（必要）；不写括号即照事项的规定",
    "免交材料": "每行一个：【事项代码】名称：【材料代码】名称",
    "填写字段": '每行一个：【字段代码】名称 = "值"，值也可以是数字、是、否、参数“名称”；'
    '只属于一个事项的字段写作 【事项代码】名称：【字段代码】名称 = "值"',
    "承诺办结": "每行一个：【事项代码】名称：5 个工作日",
    "提示须知": "每行一个：【须知代码】标题",
    "不能办理": "每行一个原因，市民看到这句话",
}
_HEADINGS: Mapping[type[Effect], str] = {kind: heading for heading, kind in COLUMNS.items()}
_NUMBERED = re.compile(r"([0-9]{1,4})[.．、]\s+(.*)")
_MOST_QUOTED = 100  # characters of a line, where it is told that it cannot be read
_DAYS = re.compile(r"([0-9]{1,4})\s*个?工作日")


class Known:
    """The things of the theme that effects may name."""

    def __init__(self, document: ThemeDocument, words: Words) -> None:
        self.words = words
        self.items = frozenset(item.code for item in document.items)
        self.materials = frozenset(material.code for material in document.materials)
        self.notices = frozenset(notice.code for notice in document.notices)
        self.public_fields = frozenset(use.code for use in document.field_uses)


# --- out --------------------------------------------------------------------------------------------------------------


def heading_of(effect: Effect) -> str:
    """The heading of the column in which the effect stands."""
    return _HEADINGS[type(effect)]


def cells_of(effects: Sequence[Effect], words: Words) -> dict[str, str]:
    """The cell of each column that has one."""
    places = list(COLUMNS)
    order = [places.index(heading_of(effect)) for effect in effects]
    is_in_order = order == sorted(order)
    lines: dict[str, list[str]] = {}
    for number, effect in enumerate(effects, start=1):
        text = _text(effect, words)
        lines.setdefault(heading_of(effect), []).append(text if is_in_order else f"{number}. {text}")
    return {heading: "\n".join(texts) for heading, texts in lines.items()}


def _text(effect: Effect, words: Words) -> str:
    names = words.names
    match effect:
        case AddNotice():
            return words.spell_target(effect.notice, names.notices)
        case Stop():
            return _message_text(effect.message)
        case SetField(item=None):
            target = words.spell_target(effect.field, names.fields)
            return f"{target} = {spell_value(effect.value, words, names.field_values.get(effect.field, {}))}"
    item = words.spell_target(str(effect.item), names.items)
    match effect:
        case AddItem() | RemoveItem():
            return item
        case AddMaterial():
            necessity = effect.necessity_code
            told = f"（{names.necessities.get(necessity, necessity)}）" if necessity is not None else ""
            return f"{item}：{words.spell_target(effect.material, names.materials)}{told}"
        case WaiveMaterial():
            return f"{item}：{words.spell_target(effect.material, names.materials)}"
        case SetPromisedDays():
            return f"{item}：{effect.value} 个工作日"
        case SetField():
            key = f"{effect.item}.{effect.field}"
            value = spell_value(effect.value, words, names.field_values.get(key, {}))
            return f"{item}：{words.spell_target(effect.field, names.fields, key)} = {value}"


def _message_text(message: str) -> str:
    is_plain = message == message.strip() and len(message.splitlines()) == 1 and not message.startswith('"')
    return message if is_plain and not _NUMBERED.match(message) else json.dumps(message, ensure_ascii=False)


# --- in ---------------------------------------------------------------------------------------------------------------

Line = tuple[int | None, Effect]  # the number it carries


def effects_in(heading: str, cell: str, known: Known) -> list[Line]:
    """The effects of one cell, each with its number where it has one; raises Unreadable."""
    read = _READERS[COLUMNS[heading]]
    found: list[Line] = []
    for line in (line.strip() for line in cell.splitlines()):
        if not line:
            continue
        numbered = _NUMBERED.fullmatch(line)
        number, text = (int(numbered[1]), numbered[2].strip()) if numbered else (None, line)
        try:
            found.append((number, read(text, known)))
        except Unreadable as error:
            raise Unreadable(
                f"“{line if len(line) <= _MOST_QUOTED else f'{line[:_MOST_QUOTED]}…'}”：{error}"
            ) from error
    return found


def in_order(lines: Sequence[Line]) -> tuple[Effect, ...]:
    """The effects in the order in which they hold; raises Unreadable where only some are numbered, or two alike."""
    numbers = [number for number, _ in lines if number is not None]
    if numbers and (len(numbers) != len(lines) or len(set(numbers)) != len(numbers)):
        raise Unreadable("结果的序号要么都写，要么都不写，并且不能重复；不写即按各列从左到右。")
    ordered = sorted(lines, key=lambda line: line[0] or 0) if numbers else lines
    return tuple(effect for _, effect in ordered)


def _item(text: str, known: Known, *, is_alone: bool) -> tuple[str, int]:
    names = known.words.names.items
    code, at = known.words.read_target(text, 0, "事项", known.items.__contains__, names.get)
    if is_alone:
        _require_end(text, at)
        return code, at
    return code, _past_colon(text, at)


def _past_colon(text: str, at: int) -> int:
    if text[at : at + 1] not in ("：", ":"):
        raise Unreadable("事项后面应写“：”，再写别的。")
    return past_blanks(text, at + 1)


def _require_end(text: str, at: int) -> None:
    if text[at:].strip():
        raise Unreadable(f"“{text[at:].strip()}”是多余的；几个要分行写。")


def _material(text: str, known: Known) -> tuple[str, str, int]:
    item, at = _item(text, known, is_alone=False)
    names = known.words.names.materials
    material, at = known.words.read_target(text, at, "材料", known.materials.__contains__, names.get)
    return item, material, at


def _read_add_item(text: str, known: Known) -> Effect:
    return AddItem(item=_item(text, known, is_alone=True)[0])


def _read_remove_item(text: str, known: Known) -> Effect:
    return RemoveItem(item=_item(text, known, is_alone=True)[0])


def _read_add_material(text: str, known: Known) -> Effect:
    item, material, at = _material(text, known)
    rest = text[at:].strip()
    if not rest:
        return AddMaterial(item=item, material=material)
    necessities = known.words.names.necessities
    given = rest[1:-1].strip() if rest[0] in "（(" and rest[-1] in "）)" else rest
    code = next((code for code, name in necessities.items() if given in (code, name)), None)
    if code is None:
        raise Unreadable(f"必要性应为：{'、'.join(f'（{name}）' for name in necessities.values())}。")
    return AddMaterial(item=item, material=material, necessity_code=code)


def _read_waive_material(text: str, known: Known) -> Effect:
    item, material, at = _material(text, known)
    _require_end(text, at)
    return WaiveMaterial(item=item, material=material)


def _read_set_field(text: str, known: Known) -> Effect:
    words, names = known.words, known.words.names
    both = known.items | known.public_fields
    first, at = words.read_target(text, 0, "字段或事项", both.__contains__, names.fields.get, names.items.get)
    item = None
    if text[at : at + 1] in ("：", ":"):
        if first not in known.items:
            raise Unreadable(f"这个主题没有代码为 {first} 的事项；代码见“说明”表。")
        item = first
        at = _past_colon(text, at)
        is_field: Callable[[str], bool] = lambda code: f"{item}.{code}" in names.fields  # noqa: E731
        first, at = words.read_target(text, at, "字段", is_field, lambda code: names.fields.get(f"{item}.{code}"))
    elif first not in known.public_fields:
        raise Unreadable(
            f"这个主题没有代码为 {first} 的公共字段；只属于一个事项的字段写作 【事项代码】：【字段代码】。"
        )
    if text[at : at + 1] not in ("=", "＝"):
        raise Unreadable("字段后面应写“=”，再写填为的值。")
    key = first if item is None else f"{item}.{first}"
    value = read_value(text[at + 1 :].strip(), words, names.field_values.get(key, {}))
    return SetField(item=item, field=first, value=value)


def _read_promised_days(text: str, known: Known) -> Effect:
    item, at = _item(text, known, is_alone=False)
    days = _DAYS.fullmatch(text[at:].strip())
    if days is None:
        raise Unreadable("承诺办结应写作“5 个工作日”。")
    return SetPromisedDays(item=item, value=int(days[1]))


def _read_add_notice(text: str, known: Known) -> Effect:
    notices = known.words.names.notices
    code, at = known.words.read_target(text, 0, "须知", known.notices.__contains__, notices.get)
    _require_end(text, at)
    return AddNotice(notice=code)


def _read_stop(text: str, _known: Known) -> Effect:
    if not text.startswith('"'):
        return Stop(message=text)
    message, at = read_json(text, "以英文引号开头的原因要以英文引号结束，换行写作 \\n。")
    _require_end(text, at)
    return Stop(message=message)


_READERS: Mapping[type[Effect], Callable[[str, Known], Effect]] = {
    AddItem: _read_add_item,
    RemoveItem: _read_remove_item,
    AddMaterial: _read_add_material,
    WaiveMaterial: _read_waive_material,
    SetField: _read_set_field,
    SetPromisedDays: _read_promised_days,
    AddNotice: _read_add_notice,
    Stop: _read_stop,
}
