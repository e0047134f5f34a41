"""What merging found, in plain Chinese."""

from collections.abc import Mapping

from forms_builder.merge.intersection import Finding


def merge_sentence(finding: Finding, label: str, items: Mapping[str, str]) -> str:
    """The finding as a sentence: the field, who accepts the witness, who refuses it."""
    field = f"“{label}”" + (f"的“{finding.column}”列" if finding.column else "")
    accepts = "、".join(items.get(code, code) for code in finding.accepts)
    refuses = "、".join(items.get(code, code) for code in finding.refuses)
    if finding.severity == "narrowing":
        return f"{field}合并后更严：{accepts}接受“{finding.witness}”，{refuses}不接受。"
    if not finding.accepts:
        return f"{field}在{refuses}中没有任何取值可以通过。"
    return f"{field}无法合并：{accepts}接受“{finding.witness}”，{refuses}不接受，没有取值能同时满足。"
