"""Labels of form fields in comparable pieces: single characters and pairs of neighbours, without Django.

Labels are short (four to twelve characters) and made of few words, so that pairs of characters serve as well as a
segmenter and its dictionary; what departments call alike in different words is brought to one word first.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

# Words that forms use for the same thing, whatever the field is about; the first of each row is the one they become.
_SAME: tuple[tuple[str, ...], ...] = (
    ("电话", "联系手机号码", "手机号码", "移动电话", "联系电话", "电话号码", "手机号", "联系方式", "手机"),
    ("证件号码", "居民身份证号码", "公民身份号码", "身份证号码", "身份证件号码", "身份证号", "证件号"),
    ("证件类型", "证件类别", "证件种类"),
    ("地址", "住址", "详细地址", "地点"),
    ("收件", "邮寄", "寄送", "收货"),
    ("经办人", "联系人", "联络员", "经办人员"),
    ("经营主体", "市场主体", "企业"),
    ("街镇", "街道(镇)", "街道乡镇", "乡镇街道", "街道"),
    ("门店", "店铺"),
    ("出生日期", "出生年月日", "出生年月"),
    ("所在", "所属"),
    ("法定代表人", "法人代表", "法定代表"),
    ("人数", "人员数"),
    ("开业日期", "营业日期", "开始营业日期"),
)
_BECOMES = {word: row[0] for row in _SAME for word in row}
_KNOWN = re.compile("|".join(re.escape(word) for word in sorted(_BECOMES, key=len, reverse=True)))
_BRACKETS = re.compile(r"[(（\[【〔]([^)）\]】〕]*)[)）\]】〕]")
_RUN = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
_SINGLE, _ASIDE = 0.35, 0.3  # what a single character, and what words in brackets count for
_CODE_WORD = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{3,}")
_NO_WORDS = frozenset({"the", "name", "code", "info", "type", "field"})


@lru_cache(maxsize=65_536)
def pieces(label: str) -> Mapping[str, float]:
    """The pieces of a label, each with what it counts for; an empty mapping for a label without letters."""
    text = unicodedata.normalize("NFKC", label).lower()
    text = _KNOWN.sub(lambda found: _BECOMES[found.group()], text)
    counted: dict[str, float] = {}
    for aside in _BRACKETS.findall(text):
        _count(aside, _ASIDE, counted)
    _count(_BRACKETS.sub(" ", text), 1.0, counted)
    return counted


def _count(text: str, weight: float, counted: dict[str, float]) -> None:
    for run in _RUN.findall(text):
        if run[0].isascii():
            counted[run] = max(weight, counted.get(run, 0.0))
            continue
        for character in run:
            counted[character] = max(weight * _SINGLE, counted.get(character, 0.0))
        for start in range(len(run) - 1):
            pair = run[start : start + 2]
            counted[pair] = max(weight, counted.get(pair, 0.0))


@lru_cache(maxsize=65_536)
def code_words(code: str) -> frozenset[str]:
    """The English words in a code (ENT_NAME, legalPerson, c_legal_name) that say what the field is about."""
    words = {word.lower() for word in _CODE_WORD.findall(code.partition("@")[0])}
    return frozenset(words - _NO_WORDS)


@lru_cache(maxsize=65_536)
def code_stem(code: str) -> str:
    """What codes of one block begin with: "LEGAL" of LEGAL_TEL, "lerep" of lerepCertNo, "fr" of fr_dh."""
    head = code.partition("_")[0]
    found = re.match(r"[a-z]+", head)
    return found.group() if found and "_" not in code else head.lower()
