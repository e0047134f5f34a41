"""The notation of GB/T 39046 for what a value looks like (an..18, n6, n..10,2, YYYYMMDD), without Django.

Read with or without the word for the family before it (字符型 an..18), in either case, together with what other
standards write for the same (D8 of WS 363, ..ul of GB/T 18391). A notation says the most a value may be: a field may
take less of it, never more. That is what `judge` holds a field's type, length and decimals against.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Family = Literal["text", "number", "date", "boolean", "binary"]
_FAMILY_WORDS: dict[str, Family] = {
    "字符型": "text", "数字型": "number", "数值型": "number", "日期型": "date", "日期时间型": "date", "时间型": "date",
    "布尔型": "boolean", "二进制": "binary", "二进制型": "binary",
}  # fmt: skip
_SPELLED: dict[Family, str] = {
    "text": "字符型", "number": "数字型", "date": "日期型", "boolean": "布尔型", "binary": "二进制",
}  # fmt: skip
_TITLES = {"text": "文字", "number": "数字", "date": "日期", "boolean": "是或否", "binary": "文件"}
_WORD = re.compile(rf"^({'|'.join(sorted(_FAMILY_WORDS, key=len, reverse=True))})?\s*(.*)$")
_CHARACTERS = re.compile(r"^(an|a|n)?(\d{1,6})?(?:\.\.(\d{1,6}|ul))?(?:,(\d{1,2}))?$")
_DATES = {"yyyymmdd", "yyyy-mm-dd", "yyyymm", "yyyy", "yyyymmddhhmmss", "yyyy-mm-ddhh:mm:ss", "hhmmss", "d", "d8"}
_BARE: dict[str, Family] = {"布尔": "boolean", "l": "boolean", "by": "binary", **dict.fromkeys(_DATES, "date")}
_DAYS = {"", "yyyymmdd", "yyyy-mm-dd", "d", "d8"}  # a notation of whole days, as fields of the type date hold them

_BY_KIND: dict[str, frozenset[Family]] = {
    "integer": frozenset({"number"}),
    "decimal": frozenset({"number"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "file": frozenset({"binary", "text"}),
}
_TEXT: frozenset[Family] = frozenset({"text"})
_FIXED = {"uscc": (18, "an"), "id_card": (18, "an"), "postcode": (6, "n")}  # always this long, in these characters
_DIVISIONS = (6, 9)  # lengths of division codes
_WITHOUT_LETTERS = frozenset({"division", "postcode"})
_WITHOUT_DIGITS_ONLY = frozenset({"uscc", "address"})
_LIMIT = 999_999


class NotAFormat(ValueError):
    """The text is not of the notation; the message is a sentence for people."""


class StandardFormat(NamedTuple):
    """`characters` a, n or an; lengths in characters, of numbers in digits; `longest` None: no limit is said."""

    family: Family
    characters: str = ""
    shortest: int = 0
    longest: int | None = None
    decimals: int | None = None
    pattern: str = ""  # of a date, as it is written


class Judgement(NamedTuple):
    """Something a field and its notation do not agree about; only a contradiction makes the notation untrue."""

    place: str
    code: str
    sentence: str
    is_contradiction: bool


def _contradiction(place: str, code: str, sentence: str) -> Judgement:
    return Judgement(place, code, sentence, is_contradiction=True)


def _remark(place: str, code: str, sentence: str) -> Judgement:
    return Judgement(place, code, sentence, is_contradiction=False)


def read_format(text: str) -> StandardFormat:
    """What the notation says; raises NotAFormat."""
    found = _WORD.match(text.strip())
    word, rest = (found.group(1), found.group(2).strip()) if found else (None, text)
    family = _FAMILY_WORDS[word] if word else None
    small = rest.lower().replace(" ", "")
    bare = _BARE.get(small)
    if bare is not None and family in (None, bare):
        return StandardFormat(bare, pattern=small if bare == "date" else "")
    if family in ("date", "boolean", "binary") and not small:
        return StandardFormat(family)
    said = _CHARACTERS.match(small) if small and family in (None, "text", "number") else None
    if said is None:
        raise NotAFormat(f"“{text.strip()}”不是标准格式的写法，例如 an..18、n6、n..10,2、YYYYMMDD。")
    return _characters(text, family, *said.groups())


def _characters(
    text: str, family: Family | None, characters: str | None, first: str | None, last: str | None, decimals: str | None
) -> StandardFormat:
    if (decimals is not None or family == "number") and characters not in (None, "n"):
        raise NotAFormat(f"“{text.strip()}”：数字型只能写 n。")
    if decimals is not None and family == "text":
        raise NotAFormat(f"“{text.strip()}”：字符型没有小数位。")
    is_number = family == "number" or decimals is not None
    shortest = int(first) if first else 0
    longest = None if last == "ul" else int(last) if last else int(first) if first else None
    if longest is not None and (shortest > longest or longest == 0 or int(decimals or 0) > longest):
        raise NotAFormat(f"“{text.strip()}”：长度自相矛盾。")
    kind: Family = "number" if is_number else "text"
    return StandardFormat(
        kind, characters or ("n" if is_number else "an"), shortest, longest, int(decimals) if decimals else None
    )


def spell(fmt: StandardFormat) -> str:
    """The notation as this register writes it."""
    word = _SPELLED[fmt.family]
    if fmt.family == "date":
        return f"{word} {(fmt.pattern if fmt.pattern not in ('', 'd', 'd8') else 'yyyymmdd').upper()}"
    if fmt.family in ("boolean", "binary"):
        return word
    if fmt.longest is None:
        return f"{word}..ul" if fmt.family == "text" and fmt.characters == "an" else f"{word} {fmt.characters}..ul"
    least = str(fmt.shortest) if fmt.shortest else ""
    length = least if fmt.shortest == fmt.longest else f"{least}..{fmt.longest}"
    return f"{word} {fmt.characters}{length}{f',{fmt.decimals}' if fmt.decimals else ''}"


def offer(data_type: str, max_length: int | None, scale: int | None) -> str:
    """The notation that says exactly what a field of this type, length and decimals takes."""
    if data_type in ("boolean", "file"):
        return spell(StandardFormat("boolean" if data_type == "boolean" else "binary"))
    if data_type == "date":
        return spell(StandardFormat("date"))
    if data_type in ("integer", "decimal"):
        return spell(StandardFormat("number", "n", 0, max_length, scale if data_type == "decimal" else None))
    if data_type in _FIXED:
        length, characters = _FIXED[data_type]
        return spell(StandardFormat("text", characters, length, length))
    if data_type == "division":
        exactly = max_length if max_length in _DIVISIONS else None
        return spell(StandardFormat("text", "n", exactly or 0, exactly or max(_DIVISIONS)))
    return spell(StandardFormat("text", "an", 0, max_length))


def judge(text: str, data_type: str, max_length: int | None, scale: int | None) -> list[Judgement]:
    """Everything the notation and the field do not agree about; empty where nothing is written."""
    if not text.strip():
        return []
    is_number = data_type in ("integer", "decimal")
    try:
        fmt = read_format(text)
        if is_number and fmt.characters == "n" and text.strip()[0] in "nN":  # written without a word for the family
            fmt = fmt._replace(family="number")
    except NotAFormat as error:
        return [_contradiction("/std_format", "not_a_format", str(error))]
    if fmt.family not in _BY_KIND.get(data_type, _TEXT):
        told = f"标准格式写的是{_TITLES[fmt.family]}，与字段的类型不符。"
        return [_contradiction("/std_format", "format_other_type", told)]
    if fmt.family == "date" and fmt.pattern not in _DAYS:
        return [_contradiction("/std_format", "format_not_a_day", "日期字段精确到日，标准格式应为 YYYYMMDD。")]
    if fmt.family == "number":
        return [*_digits(fmt, max_length), *_decimals(fmt, data_type, scale)]
    return list(_text(fmt, data_type, max_length)) if fmt.family == "text" else []


def _text(fmt: StandardFormat, data_type: str, max_length: int | None) -> Iterator[Judgement]:
    limit = fmt.longest if fmt.longest is not None else _LIMIT
    if data_type in _WITHOUT_LETTERS and fmt.characters == "a":
        yield _contradiction("/std_format", "format_characters", "这类值由数字组成，标准格式却只许字母。")
    if data_type in _WITHOUT_DIGITS_ONLY and fmt.characters != "an":
        yield _contradiction("/std_format", "format_characters", "这类值含有字母和数字，标准格式应写 an。")
    if data_type == "id_card" and fmt.characters != "an":
        yield _contradiction("/std_format", "format_characters", "身份证号码末位可以是 X，标准格式应写 an。")
    if data_type in _FIXED:
        length = _FIXED[data_type][0]
        if not fmt.shortest <= length <= limit:
            yield _contradiction("/std_format", "format_length", f"这类值固定为 {length} 位，标准格式写的不是。")
        return
    if data_type in ("table", "file"):
        return
    if data_type == "division" and max_length not in _DIVISIONS:  # then it takes either length
        max_length = max(_DIVISIONS)
    yield from _length(fmt, max_length, limit, "个字")


def _length(fmt: StandardFormat, max_length: int | None, limit: int, unit: str) -> Iterator[Judgement]:
    if max_length is None:
        if fmt.longest is not None:
            sentence = f"标准格式最多 {fmt.longest} {unit}，字段没有填写最大长度。"
            yield _remark("/max_length", "length_not_said", sentence)
    elif max_length > limit:
        sentence = f"字段最长 {max_length} {unit}，标准格式只容 {limit} {unit}。"
        yield _contradiction("/max_length", "longer_than_format", sentence)
    elif max_length < fmt.shortest:
        sentence = f"字段最长 {max_length} {unit}，标准格式至少要 {fmt.shortest} {unit}。"
        yield _contradiction("/max_length", "shorter_than_format", sentence)
    elif fmt.longest is not None and max_length < limit:
        sentence = f"标准格式容得下 {limit} {unit}，字段只收 {max_length} {unit}。"
        yield _remark("/max_length", "format_is_wider", sentence)


def _digits(fmt: StandardFormat, max_length: int | None) -> Iterator[Judgement]:
    limit = fmt.longest if fmt.longest is not None else _LIMIT
    yield from _length(fmt._replace(shortest=0), max_length, limit, "位数字")


def _decimals(fmt: StandardFormat, data_type: str, scale: int | None) -> Iterator[Judgement]:
    held = fmt.decimals or 0
    if data_type == "integer":
        if held:
            yield _contradiction("/std_format", "format_decimals", "字段是整数，标准格式却有小数位。")
    elif scale is None:
        told = f"有 {held} 位小数" if held else "没有小数位"
        yield _remark("/scale", "scale_not_said", f"标准格式{told}，字段没有填写小数位数。")
    elif scale > held:
        told = f"只有 {held} 位" if held else "没有小数位"
        yield _contradiction("/scale", "more_decimals", f"字段有 {scale} 位小数，标准格式{told}。")
    elif scale < held:
        yield _remark("/scale", "format_is_wider", f"标准格式容得下 {held} 位小数，字段只收 {scale} 位。")
