"""What merging found, in plain Chinese."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

READABLE_LENGTH = 24
FILLER_LENGTH = 6  # of one sign over and over nothing matters but the length
READABLE_COUNT = 3
ASPECTS: Mapping[str, str] = {
    "kinds": "类型不同",
    "nothing_satisfies_all": "要求互相矛盾",
    "fixed_value": "带入的值",
    "length": "长度",
    "pattern": "格式规则",
    "format": "号码种类",
    "codes": "可选代码",
    "crosswalk": "代码对照",
    "range": "取值范围",
    "digits": "整数位数",
    "scale": "小数位数",
    "rows": "行数",
    "count": "选项个数",
    "meaning": "代码含义",
    "presence": "何时要填",
    "within": "所属关系",
}
"""What each aspect of a finding is called."""


class Told(Protocol):
    """A finding, or one that stands in a certificate."""

    @property
    def severity(self) -> str: ...
    @property
    def aspect(self) -> str: ...
    @property
    def accepts(self) -> tuple[str, ...]: ...
    @property
    def refuses(self) -> tuple[str, ...]: ...
    @property
    def witness(self) -> Any: ...
    @property
    def column(self) -> str | None: ...


def merge_sentence(finding: Told, label: str, items: Mapping[str, str], codes: Mapping[Any, str] | None = None) -> str:
    """The finding as a sentence: the field, who accepts the witness, who refuses it. `codes`: what codes are called."""
    field = f"“{label}”" + (f"的“{finding.column}”列" if finding.column else "")
    accepts, refuses = _named(finding.accepts, items), _named(finding.refuses, items)
    if finding.aspect == "presence":
        return f"{field}合并后更常要填：{refuses}要求必填，而按{accepts}的表单有时没有这一项。"
    if finding.aspect == "crosswalk":
        return f"{field}合并后更严：{accepts}的代码{_said(finding.witness, {})}没有可以对照的代码，合并后选不到。"
    witness = _said(finding.witness, codes or {})
    if finding.aspect == "within":
        return _within_sentence(finding, field, accepts, refuses, witness)
    if finding.aspect == "meaning":
        return f"{field}合并后更严：代码{witness}在{accepts}和{refuses}中指的不是同一样，合并后选不到。"
    if finding.severity == "narrowing":
        return f"{field}合并后更严：{accepts}接受{witness}，{refuses}不接受。"
    if not finding.accepts:
        return f"{field}在{refuses}中没有任何取值可以通过。"
    return f"{field}无法合并：{accepts}接受{witness}，{refuses}不接受，没有取值能同时满足。"


def _within_sentence(finding: Told, field: str, accepts: str, refuses: str, witness: str) -> str:
    if finding.severity == "narrowing":
        return (
            f"{field}合并后更严：按{refuses}的表单，可选内容取决于另一字段所选的上级；"
            f"{accepts}接受{witness}，{refuses}不接受。"
        )
    if finding.witness is None:
        return f"{field}在{refuses}中没有任何取值可以通过：可选内容取决于另一字段，那里怎样选都没有可选的内容。"
    return (
        f"{field}无法合并：可选内容所取决的字段或上级不同，{accepts or '一方'}接受{witness}，{refuses}不接受，"
        "分别填写之后可能没有可选的内容。"
    )


def _named(codes: Sequence[str], items: Mapping[str, str]) -> str:
    names = [f"“{items.get(code, code)}”" for code in codes]
    if len(names) <= READABLE_COUNT:
        return "、".join(names)
    return f"{'、'.join(names[:READABLE_COUNT])}等 {len(names)} 个事项"


def _said(witness: Any, codes: Mapping[Any, str]) -> str:
    if isinstance(witness, dict):
        return "、".join(f"“{key}”为{_said(value, codes)}" for key, value in witness.items())
    if isinstance(witness, list) and witness and isinstance(witness[0], dict):
        return f" {len(witness)} 行内容"
    if isinstance(witness, list):
        return "、".join(_said(part, codes) for part in witness) or "空列表"
    if isinstance(witness, bool):
        return "“是”" if witness else "“否”"
    text = str(witness)
    if text in codes:
        return f"“{text} {codes[text]}”"
    if not text.strip():
        return "空白"
    is_filler = len(set(text)) == 1 and not text.isdigit()
    if len(text) <= (FILLER_LENGTH if is_filler else READABLE_LENGTH):
        return f"“{text}”"
    return f"长度为 {len(text)} 的内容（如“{text[:6]}…”）"
