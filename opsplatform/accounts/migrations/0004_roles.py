"""The roles of domain.md §5 exist: code, name, what for, whether an administration, whether for machines."""

from django.db import migrations

ROLES = [
    ("platform_operator", "市级运营", "维护分类、区划和公共登记信息，技术审核，发布市级主题，办理上架。", False, False),
    ("lead_editor", "牵头部门编辑", "编写主题草稿并提交审核。", False, False),
    ("lead_reviewer", "牵头部门审核", "审核主题的业务内容。", False, False),
    ("partner_editor", "配合部门编辑", "维护本部门的事项、表单和材料。", False, False),
    ("partner_reviewer", "配合部门审核", "确认主题中涉及本部门的部分。", False, False),
    ("district_editor", "区级编辑", "维护本区的办理地址等本地内容。", False, False),
    ("district_publisher", "区级发布", "审核并发布本区的本地内容。", False, False),
    ("content_provider", "内容提供方", "登记和维护自己的内容。", False, False),
    ("application_provider", "应用提供方", "登记和维护自己的应用。", False, False),
    ("model_provider", "模型提供方", "登记和维护自己的模型。", False, False),
    ("acceptance_platform", "统一受理平台", "读取发布包，送达申报。", False, True),
    ("department_system", "部门业务系统", "读取本部门的办件，回报进度。", False, True),
    ("system_admin", "系统管理员", "管理账号和备份。", True, False),
    ("security_admin", "安全管理员", "管理权限和策略。", True, False),
    ("audit_admin", "审计管理员", "查看审计记录。", True, False),
]


def add_roles(apps, schema_editor):
    role = apps.get_model("accounts", "Role")
    for code, name, description, is_administration, is_for_machines in ROLES:
        role.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "description": description,
                "is_administration": is_administration,
                "is_for_machines": is_for_machines,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_separation_of_duties")]
    operations = [migrations.RunPython(add_roles, migrations.RunPython.noop)]
