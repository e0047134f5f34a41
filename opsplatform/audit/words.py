"""The trail's codes as people read them."""

from django.apps import apps

_VERBS = {
    "registered": "登记", "changed": "修改", "imported": "导入", "exported": "导出",
    "drafted": "新建草稿", "edited": "修改草稿",
    "submitted": "提交审核", "approved": "批准", "returned": "退回", "voided": "批准失效", "released": "发布",
    "withdrawn": "撤回", "shared": "单独授权", "unshared": "收回单独授权",
    "logged_in": "登录", "logged_out": "退出登录",
    "role_granted": "授予角色", "role_revoked": "收回角色", "password_reset": "重置密码",
    "reset_confirmed": "确认密码重置", "password_changed": "修改密码", "session_ended": "结束登录",
    "founded": "初始开通", "made_demonstration": "设为演示账号",
    "bodies_established": "批量设立机构", "retried": "重试", "cancelled": "取消",
    "recoded": "因字典代码变动改写草稿", "retired": "停用代码", "merged": "合并代码", "split": "拆分代码",
    "renamed": "改名", "settled": "处理代码冲突", "reopened": "重新列为待处理",
}  # fmt: skip
_CHANNELS = {"page": "页面", "admin": "登记页", "api": "接口", "command": "命令行", "job": "后台任务"}


def action_in_words(action: str) -> str:
    """What was done: "发布"; an action without words stays as it is."""
    return _VERBS.get(action.rpartition(".")[2], action)


def type_in_words(object_type: str) -> str:
    """What it was done to: "部门"; a type that no longer exists stays as it is."""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return object_type


def channel_in_words(channel: str) -> str:
    """Through which door."""
    return _CHANNELS.get(channel, channel or "—")
