"""A theme that begins in the console: named, filed and led; everything else is configured in its draft."""

import re

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.kernel.list_imports import wait_for_turn
from opsplatform.organizations.models import Department
from opsplatform.release.models import Subject
from opsplatform.release.services import drafting
from themes.documents import DepartmentBinding, ThemeDocument
from themes.dossier.reading import SIX_ONES
from themes.models import SceneCategory, Theme
from themes.services.composing import text_problems

LEAD = "LEAD"  # the theme's own name for the department that leads it
_NUMBER = re.compile(r"-(\d{4,6})$")


@transaction.atomic
def begin_theme(*, actor: User, name: str, summary: str, category: str, lead: int) -> Theme:
    """A theme stands as a draft without items, led by the department, under a code that nobody has to think of.

    Raises Invalid with everything that is wrong; a department has no two themes of one name, so that nobody makes the
    same one twice.
    """
    wait_for_turn("themes.begin")
    department = Department.objects.select_related("division").filter(pk=lead).first()
    if department is None:
        raise Invalid(problems=(Problem("/lead", "required", "请选择牵头部门。"),))
    actor.require("themes.edit", within=department.division, department=department)
    stage = next((row for row in list_stages() if row.code == category), None)
    problems = [*text_problems(name, summary), *_name_taken(name, department)]
    if stage is None:
        problems.append(Problem("/category", "required", "请选择一个在用的、没有下级的场景分类。"))
    if problems:
        raise Invalid(f"有 {len(problems)} 处需要改正，主题还没有建立。", problems=tuple(problems))
    assert stage is not None
    code = _free_code(department.division.code, stage.code)
    document = ThemeDocument(
        code=code,
        name=name,
        summary=summary,
        category_code=stage.code,
        six_ones=SIX_ONES,
        lead_department=LEAD,
        departments=(
            DepartmentBinding(code=LEAD, role="牵头部门", division=department.division.code, name=department.name),
        ),
        handling_divisions=(department.division.code,),
    )
    subject = drafting.open_draft(
        actor=actor, kind="theme", code=code, division=department.division, department=department, tree=write(document)
    )
    return Theme.objects.create(subject=subject, lead_department=department, category=stage, summary=summary)


def list_stages() -> list[SceneCategory]:
    """The scene categories in use that stand for a stage, having none below them, beside their siblings."""
    rows = list(SceneCategory.objects.in_force(clock.today()).filter(merged_into=None).select_related("parent"))
    above = {row.parent_id for row in rows}
    stages = (row for row in rows if row.pk not in above)
    return sorted(stages, key=lambda row: (*_place_of(row.parent), *_place_of(row)))


def _place_of(category: SceneCategory | None) -> tuple[int, str]:
    return (category.order, category.code) if category else (-1, "")


def _name_taken(name: str, department: Department) -> list[Problem]:
    standing = Theme.objects.select_related("subject").filter(lead_department=department, subject__title=name).first()
    if standing is None:
        return []
    sentence = f"{department}已有主题“{name}”（{standing.code}）。请在“主题”里打开它，或换一个名称。"
    return [Problem("/name", "name_taken", sentence)]


def _free_code(division: str, category: str) -> str:
    """The division's next number, whatever the stage; codes of other shapes do not count."""
    codes = Subject.objects.filter(kind="theme", code__startswith=f"YJS-{division}-").values_list("code", flat=True)
    numbers = [int(found[1]) for found in map(_NUMBER.search, codes) if found]
    return f"YJS-{division}-{category}-{max(numbers, default=0) + 1:04d}"
