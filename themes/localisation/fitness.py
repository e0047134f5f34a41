"""Whether an operation can be carried out at all: its element is of a known kind, its value of that kind's shape."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from opsplatform.kernel.shape import shape_problems
from themes.guidance.references import find_unresolved_in
from themes.localisation.documents import DistrictMaterial, FrozenLocalisation, Operation
from themes.localisation.elements import ElementKind, condition_key, kind_of
from themes.localisation.keys import steps_of
from themes.localisation.wording import name_of
from themes.packages.structure import FrozenTheme

LONGEST_STEP = 200  # characters of a name or a number within a key


class Fault(NamedTuple):
    """Why an operation cannot be carried out."""

    code: str
    sentence: str
    witness: Any = None


def is_fit(frozen: FrozenTheme, localisation: FrozenLocalisation, operation: Operation) -> bool:
    """Whether nothing is wrong with the operation itself; what the city allows is another question."""
    return next(faults_of(frozen, localisation, operation), None) is None


def faults_of(frozen: FrozenTheme, localisation: FrozenLocalisation, operation: Operation) -> Iterator[Fault]:
    """Everything that is wrong with the operation itself."""
    key, value = operation.code, operation.value
    kind = kind_of(key)
    if kind is None:
        yield Fault("unknown_element", f"主题没有“{key}”这一项。")
    elif operation.act == "remove" and kind.is_needed:
        yield Fault("wrong_value", f"“{name_of(key)}”必须有内容，不能去掉；不改的请恢复市级。")
    elif operation.act == "remove":
        if value is not None:
            yield Fault("wrong_value", f"“{name_of(key)}”去掉时不能带内容。")
    elif value is None or value == "" or value is False:
        yield Fault("wrong_value", f"“{name_of(key)}”没有填写；不要这一项的，请选择去掉。")
    else:
        yield from _faults_of_value(frozen, localisation, operation, kind)


def _faults_of_value(
    frozen: FrozenTheme, localisation: FrozenLocalisation, operation: Operation, kind: ElementKind
) -> Iterator[Fault]:
    key, value = operation.code, operation.value
    if any(not step.strip() for step in steps_of(key)):
        yield Fault("wrong_value", "办理地址、须知等都要有名称或编号，不能是空白。")
    if any(len(step) > LONGEST_STEP for step in steps_of(key)):
        yield Fault("wrong_value", f"名称或编号最多 {LONGEST_STEP} 个字。")
    for problem in shape_problems(kind.shape, value):
        yield Fault("wrong_value", f"“{name_of(key)}”{problem.sentence}", problem.pointer)
    if kind.pattern == "items/*/conditions/*" and isinstance(value, str):
        expected = condition_key(steps_of(key)[1], value)
        if key != expected:
            yield Fault("wrong_value", f"受理条件的键由它的文字得出，应为 {expected}。")
    if kind.shape is DistrictMaterial and not shape_problems(kind.shape, value):
        yield from _faults_of_material(frozen, localisation, operation)


def _faults_of_material(frozen: FrozenTheme, localisation: FrozenLocalisation, operation: Operation) -> Iterator[Fault]:
    code, asked = steps_of(operation.code)[3], msgspec.convert(operation.value, DistrictMaterial)
    if code not in frozen.materials | localisation.materials:
        yield Fault("unknown_material", f"材料“{code}”在登记信息中不存在。")
    meant = registers_meant(frozen, localisation).get(code, "")
    if asked.register not in ("", meant):
        sentence = (
            f"“{code}”在这个主题里是登记信息中的材料 {meant}，不是 {asked.register}；"
            "请恢复市级后重新加（接口写入的，换一个代码）。"
        )
        yield Fault("other_material", sentence)
    divisions = frozenset(frozen.divisions)
    for missing in find_unresolved_in(asked.when, frozen.document, divisions, "/when"):
        yield Fault("unresolved_reference", f"“{name_of(operation.code)}”的条件里，{missing.message}", missing.pointer)


def registers_meant(frozen: FrozenTheme, localisation: FrozenLocalisation) -> dict[str, str]:
    """The register entry that each code of a material means in the division: the theme's, else what is added first."""
    meant = {binding.code: binding.material for binding in frozen.document.materials}
    for operation in localisation.document.operations:
        kind = kind_of(operation.code)
        if kind is not None and kind.shape is DistrictMaterial and isinstance(operation.value, dict):
            meant.setdefault(steps_of(operation.code)[3], str(operation.value.get("register") or ""))
    return meant
