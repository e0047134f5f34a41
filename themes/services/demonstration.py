"""The demonstration installation: organisation, accounts of every role, both dossiers released; through services."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from stdnum.cn import uscc

from forms_builder.models import Dictionary, ItemForm
from forms_builder.services.crosswalks import save_crosswalk
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.importing_dictionaries import import_dictionaries
from forms_builder.services.item_forms import approve_and_enable, submit_item_form
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services.founding import found_installation, make_demonstration_account
from opsplatform.accounts.services.memberships import grant_role
from opsplatform.accounts.services.users import open_account
from opsplatform.catalog.selectors import responsible_department
from opsplatform.kernel.codes import org_code_check_digit
from opsplatform.kernel.errors import WrongState
from opsplatform.organizations.models import BodyKind, Department, Division
from opsplatform.organizations.services.establishing_bodies import establish_bodies
from opsplatform.organizations.services.importing_divisions import import_divisions
from opsplatform.organizations.services.registering import save_body_kind
from opsplatform.release.models import ReviewParty, Version
from opsplatform.release.review_selectors import list_colleagues
from opsplatform.release.services.reviewing import approve
from themes import selectors
from themes.models import NationalTheme, Theme
from themes.services.importing import import_dossier
from themes.services.importing_categories import import_categories
from themes.services.national_themes import import_national_themes, place_national_theme
from themes.services.publishing import release_theme
from themes.services.reviewing import submit_theme

CITY_CODE, CITY_NAME = "310000", "上海市"
DOSSIERS = ("theme_restaurant.json", "theme_dog_license.json")
NATIONAL = {"开办餐饮店": "YJS-310000-L1-0001"}  # entries of national lists that the dossiers are about

Say = Callable[[str], Any]


class DemoAccount(NamedTuple):
    """An account of the demonstration: its role and where it holds it (division, or division and body)."""

    name: str
    role: str
    division: str = CITY_CODE
    department: str | None = None


MARKET, POLICE, GREENING, FARMING, FIRE = (
    "上海市市场监督管理局",
    "上海市公安局",
    "上海市绿化和市容管理局",
    "上海市农业农村委员会",
    "上海市消防救援总队",
)
# Kinds of bodies, by their code in the dossiers → who answers for their items. Water, tobacco and the service centres
# have no body of the city in the dossiers: city operation sees to them.
RESPONSIBLE = {
    "D-SCJG": MARKET,
    "D-GA": POLICE,
    "D-XF": FIRE,
    "D-LHSR": GREENING,
    "S-JD": GREENING,
    "D-DW": FARMING,
}

ACCOUNTS: dict[str, DemoAccount] = {
    "operator": DemoAccount("周运营", RoleCode.OPERATOR),
    "operator2": DemoAccount("郑复核（运营）", RoleCode.OPERATOR),
    "sj_editor": DemoAccount("李编辑（市场监管）", RoleCode.LEAD_EDITOR, department=MARKET),
    "sj_reviewer": DemoAccount("王审核（市场监管）", RoleCode.LEAD_REVIEWER, department=MARKET),
    "ga_editor": DemoAccount("陈编辑（公安）", RoleCode.LEAD_EDITOR, department=POLICE),
    "ga_reviewer": DemoAccount("赵审核（公安）", RoleCode.LEAD_REVIEWER, department=POLICE),
    "lh_editor": DemoAccount("孙编辑（绿化市容）", RoleCode.PARTNER_EDITOR, department=GREENING),
    "lh_reviewer": DemoAccount("钱审核（绿化市容）", RoleCode.PARTNER_REVIEWER, department=GREENING),
    "ny_editor": DemoAccount("吴编辑（农业农村）", RoleCode.PARTNER_EDITOR, department=FARMING),
    "ny_reviewer": DemoAccount("冯审核（农业农村）", RoleCode.PARTNER_REVIEWER, department=FARMING),
    "xf_editor": DemoAccount("蒋编辑（消防救援）", RoleCode.PARTNER_EDITOR, department=FIRE),
    "xf_reviewer": DemoAccount("沈审核（消防救援）", RoleCode.PARTNER_REVIEWER, department=FIRE),
    "hp_editor": DemoAccount("黄浦编辑", RoleCode.DISTRICT_EDITOR, "310101"),
    "hp_publisher": DemoAccount("黄浦发布", RoleCode.DISTRICT_PUBLISHER, "310101"),
    "mh_editor": DemoAccount("闵行编辑", RoleCode.DISTRICT_EDITOR, "310112"),
    "mh_publisher": DemoAccount("闵行发布", RoleCode.DISTRICT_PUBLISHER, "310112"),
    "content": DemoAccount("内容提供方", RoleCode.CONTENT_PROVIDER, "310101"),
    "application": DemoAccount("应用提供方", RoleCode.APPLICATION_PROVIDER, "310101"),
    "model": DemoAccount("模型提供方", RoleCode.MODEL_PROVIDER, "310101"),
}


@transaction.atomic
def seed_demonstration(say: Say = print) -> None:
    """A whole demonstration stands where no account existed before; refused where the profile has no demo password."""
    if settings.DEMO_PASSWORD is None:
        raise WrongState("生产环境不建立演示数据。")
    found_installation(city_code=CITY_CODE, city_name=CITY_NAME)
    for administrator in User.objects.all():
        make_demonstration_account(administrator, settings.DEMO_PASSWORD)
    operator = _account("operator")
    say(f"区划：{len(import_divisions(actor=operator, tree=_sample('divisions_shanghai.json')).new)} 个")
    dictionaries = _sample("dictionaries.json")
    say(f"字典：{len(import_dictionaries(actor=operator, tree=dictionaries).new)} 个")
    say(f"区和街镇字典：{_dependent_lists(operator, _sample('streets.json'))} 个")
    say(f"代码对照：{_crosswalks(operator, _sample('crosswalks.json'))} 个")
    say(f"场景分类：{len(import_categories(actor=operator, tree=dictionaries).new)} 个")
    national = import_national_themes(actor=operator, tree=_sample("themes_national.json"))
    say(f"全国清单事项：{len(national.new)} 项")
    for name in DOSSIERS:
        report = import_dossier(actor=operator, tree=_sample(name))
        say(f"主题 {report.theme_code}：已导入，代码冲突 {len(report.collisions)} 处")
    _place_national_themes(operator)
    say(f"机构类别：{_name_responsible(operator)} 类已指定负责部门")
    say(f"各区各街镇机构：{_bodies(operator)} 个")
    for username in ACCOUNTS:
        if username != "operator":
            _account(username)
    say(f"演示账号：{User.objects.filter(is_demo=True).count()} 个，口令均为 {settings.DEMO_PASSWORD}")
    say(f"事项表单：已启用 {_enable_forms()} 张")
    for theme in Theme.objects.select_related("subject", "lead_department").order_by("subject__code"):
        _release(theme, operator)
        say(f"主题 {theme.code}：已发布到 {selectors.list_live(theme).count()} 个区")


def _place_national_themes(operator: User) -> None:
    """The themes of the dossiers that stand on a national list are linked to their entries."""
    for name, theme in NATIONAL.items():
        row = NationalTheme.objects.get(name=name)
        category = Theme.objects.get(subject__code=theme).category
        place_national_theme(
            actor=operator,
            pk=row.pk,
            category=category.code if category else "",
            theme=theme,
            expected_revision=row.revision,
        )


def _name_responsible(operator: User) -> int:
    """Every kind of bodies says which department of the city answers for its items, where the dossiers have one."""
    kinds = [kind for kind in BodyKind.objects.order_by("code") if _local_code(kind) in RESPONSIBLE]
    for kind in kinds:
        department = Department.objects.get(division__code=CITY_CODE, name=RESPONSIBLE[_local_code(kind)])
        save_body_kind(actor=operator, pk=kind.pk, values={"responsible": department}, expected_revision=kind.revision)
    return len(kinds)


def _local_code(kind: BodyKind) -> str:
    """What the dossiers call the kind: without the theme that qualifies it."""
    return kind.code.partition("@")[0]


def _sample(name: str) -> Any:
    return json.loads((settings.SAMPLE_DATA_DIRECTORY / name).read_bytes())


def _dependent_lists(operator: User, tree: Any) -> int:
    for one in tree["dictionaries"]:
        above = Dictionary.objects.filter(code=one.get("parent_dictionary")).first()
        entries = [
            {"code": entry["code"], "name": entry["name"], "parent_code": entry.get("parent", "")}
            for entry in one["items"]
        ]
        values = {name: one[name] for name in ("code", "name", "standard", "source", "confidence")}
        save_dictionary(actor=operator, values={**values, "parent_dictionary": above, "entries": entries})
    return len(tree["dictionaries"])


def _crosswalks(operator: User, tree: Any) -> int:
    for values in tree["crosswalks"]:
        ends = {side: Dictionary.objects.get(code=values[side]) for side in ("from_dictionary", "to_dictionary")}
        save_crosswalk(actor=operator, values={**values, **ends})
    return len(tree["crosswalks"])


def _account(username: str) -> User:
    account = ACCOUNTS[username]
    division = Division.objects.get(code=account.division)
    department = None
    if account.department is not None:
        department = Department.objects.get(division=division, name=account.department)
    user, _ = open_account(
        actor=User.objects.get(username="sysadmin"),
        values={"username": username, "name": account.name, "kind": User.Kind.PERSON, "division": division},
    )
    grant_role(
        actor=User.objects.get(username="secadmin"),
        user_id=user.pk,
        role=Role.objects.get(code=account.role),
        division=division,
        department=department,
        note="演示账号",
    )
    make_demonstration_account(user, str(settings.DEMO_PASSWORD))
    return User.objects.get(pk=user.pk)


def _bodies(operator: User) -> int:
    count = 0
    for number, kind in enumerate(BodyKind.objects.order_by("code")):
        divisions = list(Division.objects.filter(level=kind.level).order_by("code"))
        bodies = {
            division.pk: (_body_name(kind, division), illustrative_uscc(division.code, number * 1000 + place))
            for place, division in enumerate(divisions)
        }
        count += establish_bodies(actor=operator, kind=kind, bodies=bodies)
    return count


def _body_name(kind: BodyKind, division: Division) -> str:
    if kind.level == Division.Level.STREET:
        office = "办事处" if division.kind == Division.Kind.SUBDISTRICT else "人民政府"
        return f"{division.name}{office}"
    return f"{division.name}{kind.name.removeprefix('区')}"


def illustrative_uscc(division_code: str, number: int) -> str:
    """A well-formed code of a body that exists nowhere."""
    subject = f"MB{number:06d}"
    body = f"11{division_code[:6]}{subject}{org_code_check_digit(subject)}"
    return body + uscc.calc_check_digit(body)


def _enable_forms() -> int:
    """Every form is in force, approved by a reviewer of its department, else by the operators' second."""
    forms = ItemForm.objects.select_related("item__body_kind__responsible", "subject").order_by("item__key")
    for form in forms:
        editor = _member(form, (RoleCode.LEAD_EDITOR, RoleCode.PARTNER_EDITOR)) or "operator"
        reviewer = _member(form, (RoleCode.LEAD_REVIEWER, RoleCode.PARTNER_REVIEWER)) or "operator2"
        version = submit_item_form(
            actor=User.objects.get(username=editor),
            item_key=form.item.key,
            expected_revision=form.subject.draft_revision,
            note="随主题资料导入，首次提交",
        )
        approve_and_enable(
            actor=User.objects.get(username=reviewer),
            item_key=form.item.key,
            digest=version.digest,
            note="字段与办事指南一致，同意启用",
        )
    return len(forms)


def _member(form: ItemForm, roles: tuple[str, ...]) -> str | None:
    """An account of the demonstration with one of the roles in the department that answers for the form's item."""
    department = responsible_department(form.item)
    if department is None:
        return None
    held = Membership.objects.filter(role__code__in=roles, department=department)
    return held.order_by("pk").values_list("user__username", flat=True).first()


def approve_by_all(version: Version, note: str, *, before: str = "") -> Version:
    """Every step of the version's review has agreed, or every one that comes before the step of that code: each party
    by the first of its people who wrote nothing of the version."""
    parties = ReviewParty.objects.filter(step__version=version, state=ReviewParty.State.OPEN).exclude(step__code=before)
    while party := parties.select_related("step__version", "department", "division").first():
        reviewer = list_colleagues(party).first()
        if reviewer is None:
            raise WrongState(f"“{party.step}”没有能决定的人：{party}。")
        approve(actor=reviewer, subject_id=version.subject_id, digest=version.digest, note=note)
    return version


def _release(theme: Theme, operator: User) -> None:
    short = "sj" if theme.lead_department.name == MARKET else "ga"
    editor = User.objects.get(username=f"{short}_editor")
    version = submit_theme(
        actor=editor, code=theme.code, expected_revision=theme.subject.draft_revision, note="首次提交"
    )
    approve_by_all(version, note="内容与依据一致，同意")
    release_theme(
        actor=operator, code=theme.code, version=version.number, division_codes=None, note="首次发布到全市各区"
    )
