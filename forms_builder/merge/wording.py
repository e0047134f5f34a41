"""What merging found, in plain Chinese."""

from collections.abc import Mapping, Sequence
from typing import Any

from forms_builder.merge.intersection import Finding

READABLE_LENGTH = 24
READABLE_COUNT = 3


def merge_sentence(finding: Finding, label: str, items: Mapping[str, str]) -> str:
    """The finding as a sentence: the field, who accepts the witness, who refuses it."""
    field = f"“{label}”" + (f"的“{finding.column}”列" if finding.column else "")
    accepts, refuses = _named(finding.accepts, items), _named(finding.refuses, items)
    if finding.severity == "narrowing":
        return f"{field}合并后更严：{accepts}接受{_said(finding.witness)}，{refuses}不接受。"
    if not finding.accepts:
        return f"{field}在{refuses}中没有任何取值可以通过。"
    return f"{field}无法合并：{accepts}接受{_said(finding.witness)}，{refuses}不接受，没有取值能同时满足。"


def _named(codes: Sequence[str], items: Mapping[str, str]) -> str:
    names = [f"“{items.get(code, code)}”" for code in codes]
    if len(names) <= READABLE_COUNT:
        return "、".join(names)
    return f"{'、'.join(names[:READABLE_COUNT])}等 {len(names)} 个事项"


def _said(witness: Any) -> str:
    if isinstance(witness, list):
        return "、".join(_said(part) for part in witness) or "空列表"
    text = str(witness)
    if len(text) <= READABLE_LENGTH:
        return f"“{text}”"
    return f"长度为 {len(text)} 的内容（如“{text[:6]}…”）"
