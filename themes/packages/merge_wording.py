"""Decisions about the merge in words, for the gate, the pages and the certificate alike."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from forms_builder.merge.certificate import CertifiedDecision, CertifiedFinding
from forms_builder.merge.intersection import BY_KEY, Finding
from forms_builder.merge.wording import merge_sentence
from themes.documents import MergeDecision
from themes.guidance.wording import Names

Decision = MergeDecision | CertifiedDecision
Told = Finding | CertifiedFinding

_RULES: dict[str, Callable[[str, str, Decision], str]] = {
    "stand_alone": lambda field, items, decision: f"{field}：{items}的字段不合并，单独填写。",
    "use_crosswalk": lambda field, items, decision: f"{field}：{items}的代码按代码对照“{decision.crosswalk}”翻译。",
    "accept_narrowing": lambda field, items, decision: f"{field}：知道合并后更严，仍然合并。",
}


def decision_sentence(decision: Decision, names: Names) -> str:
    """What was decided: the field, the items, the rule."""
    items = "、".join(f"“{names.items.get(code, code)}”" for code in decision.items)
    return _RULES[decision.rule](f"“{names.fields.get(decision.key, decision.key)}”", items, decision)


def finding_sentence(finding: Told, names: Names) -> str:
    """What the merge found, with the names of fields and codes in its example."""
    label, codes = names.fields.get(finding.key, finding.key), names.field_values
    if finding.aspect in BY_KEY and isinstance(finding.witness, dict):
        told = {
            names.fields.get(key, key): _named(value, codes.get(key) or names.divisions)
            for key, value in finding.witness.items()
        }
        finding = msgspec.structs.replace(finding, witness=told)
    return merge_sentence(finding, label, names.items, codes.get(finding.key))


def _named(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, list | tuple):
        return [_named(one, texts) for one in value]
    return texts.get(value, value) if isinstance(value, str) else value


def decision_record(decision: Decision) -> str:
    """Who decided it, when and why."""
    name = f"{decision.decided_by_name} " if decision.decided_by_name else ""
    return f"{name}{decision.decided_by} 于 {decision.decided_on} 决定，理由：{decision.reason}"
