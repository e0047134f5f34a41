"""Field patterns in the subset of regular expressions that means the same in Python, ECMAScript and Rust.

A pattern holds where it is found anywhere in the value, as in JSON Schema. Allowed: literals, `.`, classes, `\\d`,
`\\w`, `\\s` and their negations, groups, `|`, quantifiers, `^` at the start and `$` at the end of a top-level branch.
`\\d` and `\\w` are ASCII; `$` is the end of the text, not the place before a last line break.
"""

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from forms_builder.merge.errors import PatternNotPortable

Ranges: TypeAlias = tuple[tuple[int, int], ...]  # code points, both ends included, sorted, disjoint
TOP = 0x10FFFF
MOST_REPEATS = 1000
LONGEST_PATTERN = 700  # characters; equal patterns are compared as deep as they are long
MOST_GROUPS_WITHIN = 50
MOST_PLACES = 3_000  # matching costs their number at each character, at worst


class Chars(NamedTuple):
    """One character out of the ranges."""

    ranges: Ranges


class Chain(NamedTuple):
    """`head`, then `tail`."""

    head: "Node"
    tail: "Node"


class Choice(NamedTuple):
    """Any of the options."""

    options: "tuple[Node, ...]"


class Repeat(NamedTuple):
    """`body` between `low` and `high` times; `high` None is unbounded."""

    body: "Node"
    low: int
    high: int | None


class Nothing(NamedTuple):
    """The empty text."""


Node: TypeAlias = Chars | Chain | Choice | Repeat | Nothing


class Pattern(NamedTuple):
    """`whole` describes every text the pattern holds for; `portable` is its spelling for other engines."""

    whole: Node
    portable: str


def _complement(ranges: Ranges) -> Ranges:
    gaps, next_free = [], 0
    for low, high in ranges:
        if low > next_free:
            gaps.append((next_free, low - 1))
        next_free = high + 1
    if next_free <= TOP:
        gaps.append((next_free, TOP))
    return tuple(gaps)


def _union(ranges: list[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _points(*spans: str) -> Ranges:
    return _union([(ord(span[0]), ord(span[-1])) for span in spans])


DIGITS = _points("09")
WORD = _points("09", "AZ", "_", "az")
# What Python, Unicode and ECMAScript together call white space, so that all agree on what is blank.
BLANK = _points("\t\r", "\x1c ", "\x85", "\xa0", "\u1680", "\u2000\u200a", "\u2028\u2029", "\u202f", "\u205f", "\u3000",
                "\ufeff")  # fmt: skip
ANY = Chars(((0, TOP),))
ANYTHING = Repeat(ANY, 0, None)
_NOT_LINE_END = _complement(_points("\n", "\r", "\u2028\u2029"))
_CLASSES = {"d": DIGITS, "w": WORD, "s": BLANK}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
END_OF_TEXT = r"(?![\s\S])"


def chain(head: Node, tail: Node) -> Node:
    """`head` then `tail`, nested to the right so that equal texts give equal nodes."""
    parts: list[Node] = []
    while isinstance(head, Chain):
        parts.append(head.head)
        head = head.tail
    for part in (head, *reversed(parts)):
        if not isinstance(part, Nothing):
            tail = part if isinstance(tail, Nothing) else Chain(part, tail)
    return tail


def spell(point: int, escaped: str = r"\^$.*+?()[]{}|") -> str:
    character = chr(point)
    if character in escaped:
        return "\\" + character
    return character if 0x20 < point < 0x7F or point > 0xFFFF else f"\\u{point:04x}"


def spell_class(ranges: Ranges) -> str:
    # A class that reaches the top is spelled by what it leaves out: engines disagree about the upper end.
    negated = bool(ranges) and ranges[-1][1] == TOP
    shown = _complement(ranges) if negated else ranges
    if negated and not shown:
        return r"[\s\S]"
    ends = [(spell(low, r"\^[]-"), spell(high, r"\^[]-")) for low, high in shown]
    spans = "".join(low if low == high else f"{low}-{high}" for low, high in ends)
    return f"[^{spans}]" if negated else f"[{spans}]"


class _Parser:
    """Reads one pattern, building its node and its portable spelling side by side."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0  # of the group that is read

    def refuse(self, reason: str) -> PatternNotPortable:
        return PatternNotPortable(f"校验规则“{self.text}”第 {self.at + 1} 个字符处：{reason}。")

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise self.refuse("意外结束")
        self.at += 1
        return character

    def end(self) -> str:
        """How the end of the text is written here, if it is: as people write it, or as this module spells it."""
        return next((one for one in ("$", END_OF_TEXT) if self.text.startswith(one, self.at)), "")

    def pattern(self) -> Pattern:
        nodes: list[Node] = []
        spellings = []
        while True:
            node, spelling = self.top_branch()
            nodes.append(node)
            spellings.append(spelling)
            if not self.peek():
                break
            if self.take() != "|":
                raise self.refuse("多余的右括号")
        return Pattern(nodes[0] if len(nodes) == 1 else Choice(tuple(nodes)), "|".join(spellings))

    def top_branch(self) -> tuple[Node, str]:
        bound_start = self.peek() == "^"
        self.at += bound_start
        node, spelling = self.branch()
        end = self.end()
        bound_end = bool(end)
        self.at += len(end)
        if self.peek() not in ("", "|", ")"):
            raise self.refuse("“$”之后不能再有内容")
        if not bound_end:
            node = chain(node, ANYTHING)
        if not bound_start:
            node = chain(ANYTHING, node)
        return node, ("^" if bound_start else "") + spelling + (END_OF_TEXT if bound_end else "")

    def branch(self) -> tuple[Node, str]:
        parts: list[Node] = []
        spelling = ""
        while self.peek() not in ("", "|", ")") and not self.end():
            node, shown = self.repeated()
            parts.append(node)
            spelling += shown
        whole: Node = Nothing()
        for part in reversed(parts):
            whole = chain(part, whole)
        return whole, spelling

    def repeated(self) -> tuple[Node, str]:
        node, spelling = self.atom()
        character = self.peek()
        if character not in "*+?{" or not character:
            return node, spelling
        self.at += 1
        if character == "{":
            low, high, count = self.count()
        else:
            low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}[character]
            count = character
        if self.peek() == "?":  # a lazy quantifier describes the same texts
            self.at += 1
        if self.peek() and self.peek() in "*+{":
            raise self.refuse("重复次数之后不能再写重复次数")
        if high == 0 or not _places_in(node):  # the empty text, however often
            return Nothing(), ""
        return Repeat(node, low, high), spelling + count

    def count(self) -> tuple[int, int | None, str]:
        written = ""
        while self.peek() and self.peek() != "}":
            written += self.take()
        self.take()
        first, comma, second = written.partition(",")
        numbers = [part for part in (first, second) if part]
        if not first or not all(part.isascii() and part.isdigit() for part in numbers):
            raise self.refuse("重复次数写法不对")
        low = int(first)
        high = (int(second) if second else None) if comma else low
        if low > MOST_REPEATS or (high is not None and not low <= high <= MOST_REPEATS):
            raise self.refuse(f"重复次数应由小到大且不超过 {MOST_REPEATS}")
        return low, high, "{" + written + "}"

    def atom(self) -> tuple[Node, str]:
        character = self.take()
        if character == "(":
            return self.group()
        if character == "[":
            ranges = self.character_class()
            return Chars(ranges), spell_class(ranges)
        if character == ".":
            return Chars(_NOT_LINE_END), spell_class(_NOT_LINE_END)
        if character == "\\":
            return self.outside_escape()
        if character in "^*+?{}]":
            raise self.refuse(f"此处不能使用“{character}”")
        return Chars(((ord(character), ord(character)),)), spell(ord(character))

    def group(self) -> tuple[Node, str]:
        if self.peek() == "?":
            self.at += 1
            if self.take() != ":":
                raise self.refuse("不支持断言、命名分组和内联选项")
        self.depth += 1
        if self.depth > MOST_GROUPS_WITHIN:
            raise self.refuse(f"括号套了 {MOST_GROUPS_WITHIN} 层以上")
        options: list[Node] = []
        spellings = []
        while True:
            node, spelling = self.branch()
            options.append(node)
            spellings.append(spelling)
            following = self.take()
            if following == ")":
                break
            if following != "|":
                raise self.refuse("“$”只能写在整个规则的末尾")
        self.depth -= 1
        node = options[0] if len(options) == 1 else Choice(tuple(options))
        return node, f"(?:{'|'.join(spellings)})"

    def outside_escape(self) -> tuple[Node, str]:
        if self.peek().lower() in _CLASSES:
            name = self.take()
            ranges = _CLASSES[name] if name.islower() else _complement(_CLASSES[name.lower()])
            return Chars(ranges), spell_class(ranges)
        point = self.escaped_point()
        return Chars(((point, point),)), spell(point)

    def escaped_point(self) -> int:
        character = self.take()
        if character in _CONTROLS:
            return ord(_CONTROLS[character])
        if character in "ux":
            length = 4 if character == "u" else 2
            written = self.text[self.at : self.at + length]
            self.at += length
            if len(written) < length or any(one not in "0123456789abcdefABCDEF" for one in written):
                raise self.refuse("字符编码写法不对")
            point = int(written, 16)
            return self.joined(point) if 0xD800 <= point <= 0xDFFF else point
        if character.isalnum() or not character.isascii():
            raise self.refuse(f"不支持“\\{character}”")
        return ord(character)

    def joined(self, first: int) -> int:
        """The character that two escapes together mean, as ECMAScript writes those beyond U+FFFF."""
        second = re.match(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})", self.text[self.at :])
        if first >= 0xDC00 or second is None:
            raise self.refuse("半个字符（代理项）不能单独出现")
        self.at += second.end()
        return 0x10000 + ((first - 0xD800) << 10) + (int(second[1], 16) - 0xDC00)

    def character_class(self) -> Ranges:
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        while self.peek() != "]":
            low = self.class_member(ranges)
            if low is None:
                continue
            high = low
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                upper = self.class_member(ranges)
                if upper is None or upper < low:
                    raise self.refuse("字符范围写法不对")
                high = upper
            ranges.append((low, high))
        self.take()
        found = _union(ranges)
        found = _complement(found) if negated else found
        if not found:
            raise self.refuse("字符类为空")
        return found

    def class_member(self, ranges: list[tuple[int, int]]) -> int | None:
        character = self.take()
        if character == "[":
            raise self.refuse("字符类内的“[”须写作“\\[”")
        if character != "\\":
            return ord(character)
        if self.peek() and self.peek() in _CLASSES:
            ranges.extend(_CLASSES[self.take()])
            return None
        return self.escaped_point()


@lru_cache(maxsize=4096)
def parse(text: str) -> Pattern:
    """The pattern a text spells; raises PatternNotPortable with the place and the reason."""
    if len(text) > LONGEST_PATTERN:
        raise PatternNotPortable(f"校验规则有 {len(text)} 个字，最多 {LONGEST_PATTERN} 个。")
    pattern = _Parser(text).pattern()
    if (places := _places_in(pattern.whole)) > MOST_PLACES:
        said = f"校验规则“{text}”的重复次数相乘太大：写开来有 {places} 个字符的位置，最多 {MOST_PLACES} 个。"
        raise PatternNotPortable(said)
    return pattern


def _places_in(node: Node) -> int:
    """How many characters the pattern names once its repetitions are written out."""
    count = 0
    while isinstance(node, Chain):
        count += _places_in(node.head)
        node = node.tail
    match node:
        case Chars():
            return count + 1
        case Choice(options):
            return count + sum(_places_in(option) for option in options)
        case Repeat(body, low, high):
            return count + _places_in(body) * (low + 1 if high is None else high)
    return count


NOT_BLANK = Pattern(chain(ANYTHING, Chain(Chars(_complement(BLANK)), ANYTHING)), spell_class(_complement(BLANK)))
