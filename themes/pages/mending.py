"""Where a finding of the gate is mended: the page that shows the place, and the register where it is put right."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from opsplatform.console.differences import text_of
from opsplatform.release.findings import Finding
from themes.documents import ThemeDocument
from themes.guidance.proof.record import KINDS
from themes.guidance.wording import Names
from themes.pages.preview_given import DRAFT, write_answers

IDLE = KINDS["never_matters"] | {"never_matters"}
PROVED = frozenset[str]().union(*KINDS.values())  # with an example

GROUPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("引用", frozenset({"unresolved_reference", "unlisted_code", "malformed_code"})),
    (
        "场景引导",
        frozenset(
            {
                "question_cycle",
                "no_answer",
                "no_words",
                "not_a_division",
                "bad_period",
                "unvalued_parameter",
                "parameter_overlap",
                "parameter_mismatch",
            }
        ),
    ),
    ("事项与依据", frozenset({"no_item", "dependency_cycle", "repealed_legal_basis", "expiring_legal_basis"})),
    (
        "一表合并",
        frozenset(
            {
                "coverage_gap",
                "merge_conflict",
                "merge_narrowing",
                "refused_value",
                "crosswalk_unclear",
                "decision_outdated",
                "merge_settled",
            }
        ),
    ),
    ("证明：每位申请人都有着落", frozenset({"dead_end", "waits_in_vain"})),
    ("证明：相互矛盾的规则", frozenset({"contradiction"})),
    ("证明：没有证明的", frozenset({"not_proved", "being_proved"})),
    ("用例与数字", frozenset({"case_failing", "figures_differ"})),
    (
        "办理区划",
        frozenset({"no_division", "no_service_point", "expiring_service_point", "no_receiver", "division_not_offered"}),
    ),
    ("不起作用的内容", IDLE),
    ("即将到期", frozenset({"expiring_dictionary_entry"})),
    ("资料来源", frozenset({"illustrative_data"})),
)
OTHER = "其他"

_PARTS: Mapping[str, str] = {
    "items": "items", "materials": "materials", "field_uses": "form", "field_groups": "form", "field_order": "form",
    "prefill_conditions": "form", "guidance": "guidance", "notices": "notices", "cases": "cases",
    "handling_divisions": "places",
}  # fmt: skip
_EDITABLE: Mapping[str, str] = {
    "name": "basics", "summary": "basics", "keywords": "basics", "items": "items", "notices": "notices",
    "handling_divisions": "divisions",
}  # fmt: skip
_REGISTERS: Mapping[str, tuple[str, str]] = {
    "no_service_point": ("admin:catalog_servicepoint_changelist", "登记办理地址"),
    "expiring_service_point": ("admin:catalog_servicepoint_changelist", "更新办理地址"),
    "expiring_dictionary_entry": ("admin:forms_builder_dictionary_changelist", "更新字典"),
    "no_receiver": ("admin:organizations_department_changelist", "登记机构"),
    "repealed_legal_basis": ("admin:catalog_serviceitem_changelist", "更新事项的设定依据"),
    "expiring_legal_basis": ("admin:catalog_serviceitem_changelist", "更新事项的设定依据"),
    "refused_value": ("admin:forms_builder_dictionary_changelist", "看字典"),
    "merge_conflict": ("forms_builder:item_forms", "改事项表单"),
    "form_not_in_force": ("forms_builder:item_forms", "看事项表单"),
}
_MERGE = frozenset({"merge_conflict", "merge_narrowing", "decision_outdated", "merge_settled"})
_TOLD = frozenset(
    {
        "no_receiver",
        "merge_conflict",
        "merge_narrowing",
        "refused_value",
        "expiring_dictionary_entry",
        "coverage_gap",
        "crosswalk_unclear",
        "unvalued_parameter",
    }
)  # whose sentences quote their witness
_WITNESS_SHOWN = 60
_QUOTED = re.compile("“([^“”]+)”")


@dataclass(frozen=True)
class Link:
    """Where to go, and what that is called."""

    title: str
    url: str


@dataclass(frozen=True)
class Shown:
    """A finding for reading: its sentence, its witness in words, and where it is mended."""

    finding: Finding
    witness: str
    links: tuple[Link, ...]


def links_of(finding: Finding, document: ThemeDocument, *, may_edit: bool) -> tuple[Link, ...]:
    """The part that shows the place, the editing page where the place is editable there, and the register."""
    steps = finding.place.strip("/").split("/")
    code = document.code
    part, anchor = _PARTS.get(steps[0], "basics"), _anchor(steps, document)
    links = [Link(_place_name(steps, document), reverse("themes:part", kwargs={"code": code, "part": part}) + anchor)]
    if may_edit and steps[0] in _EDITABLE and _register_of(finding) is None:
        links.append(Link("去编辑", reverse("themes:edit", kwargs={"code": code}) + f"#{_EDITABLE[steps[0]]}"))
    if finding.code in _MERGE:
        links.append(Link("看一表合并", reverse("themes:merging", kwargs={"code": code})))
    if finding.code in PROVED and finding.witness is not None:
        links.append(Link("照例子预览", _preview_of(finding.witness, code)))
    register = _register_of(finding)
    if register is not None:
        name, title = register
        query = f"?division={finding.division}" if finding.division else ""
        links.append(Link(title, reverse(name) + query))
    return tuple(links)


def _preview_of(example: dict[str, Any], code: str) -> str:
    """The preview of the draft with the answers of an example, on its day."""
    given = [("source", DRAFT), ("on", example.get("on") or ""), *write_answers(example["answers"])]
    return reverse("themes:preview", kwargs={"code": code}) + "?" + urlencode(given)


def _register_of(finding: Finding) -> tuple[str, str] | None:
    if finding.code == "illustrative_data" and finding.place == "/handling_divisions":
        return ("admin:catalog_servicepoint_changelist", "核实办理地址")
    if finding.place.startswith("/guidance/"):  # its laws stand in the theme itself
        return None
    return _REGISTERS.get(finding.code)


def witness_in_words(finding: Finding, document: ThemeDocument, names: Names, former: Names) -> str:
    """The witness as a person reads it; long texts are cut, which their length then tells.

    `names` are the draft's, `former` those of the version submitted last, which knows what was taken out since.
    """
    witness = finding.witness
    if finding.code in ("unresolved_reference", "case_failing"):
        return _former_names(finding.sentence, former)
    if witness is None or finding.code in _TOLD | PROVED:
        return ""
    if finding.code == "figures_differ" and isinstance(witness, dict):
        return f"填写的是 {_short(witness['typed'])}，计算得 {_short(witness['computed'])}"
    if finding.code in ("question_cycle", "dependency_cycle"):
        return " → ".join(str(step) for step in witness)
    if finding.code == "illustrative_data":
        return f"{len(witness)} 处"
    return f"例：{_short(witness)}"


def _former_names(sentence: str, former: Names) -> str:
    known = {**former.notices, **former.materials, **former.items}
    codes = dict.fromkeys(_QUOTED.findall(sentence))
    return "；".join(f"{code} 原来是“{known[code]}”" for code in codes if code in known)


def _short(value: Any) -> str:
    return _cut(text_of(value))


def _cut(text: str) -> str:
    return text if len(text) <= _WITNESS_SHOWN else f"{text[:_WITNESS_SHOWN]}…（共 {len(text)} 个字符）"


def _place_name(steps: list[str], document: ThemeDocument) -> str:
    """What the link to the place is called."""
    if steps[:2] == ["guidance", "rules"] and len(steps) > 2 and steps[2].isdecimal():
        rules = document.guidance.rules
        if int(steps[2]) < len(rules):
            return f"看规则“{rules[int(steps[2])].name}”"
    if steps[0] == "cases" and len(steps) > 1 and steps[1].isdecimal() and int(steps[1]) < len(document.cases):
        return f"看用例“{document.cases[int(steps[1])].name}”"
    return "看所在的位置"


def _anchor(steps: list[str], document: ThemeDocument) -> str:
    """The anchor on the part's page for a pointer such as /items/3 or /guidance/rules/2/effects/0."""
    if steps[0] == "guidance" and len(steps) > 2 and steps[2].isdecimal():
        found = document.guidance.rules if steps[1] == "rules" else document.guidance.questions
        place = int(steps[2])
        return f"#{steps[1].removesuffix('s')}-{found[place].code}" if place < len(found) else f"#{steps[1]}"
    if len(steps) < 2:
        return ""
    elements: Mapping[str, tuple[str, tuple[Any, ...]]] = {
        "items": ("item", document.items),
        "materials": ("material", document.materials),
        "field_uses": ("field", document.field_uses),
        "notices": ("notice", document.notices),
    }
    if steps[0] == "cases":
        return f"#case-{int(steps[1]) + 1}" if steps[1].isdecimal() else ""
    if steps[0] not in elements:
        return ""
    word, rows = elements[steps[0]]
    if not steps[1].isdecimal():
        return f"#{word}-{steps[1]}"
    return f"#{word}-{rows[int(steps[1])].code}" if int(steps[1]) < len(rows) else ""
