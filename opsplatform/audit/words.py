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
    "recoded": "因字典代码变动改写草稿", "retired": "停用代码", "merged": "合并", "split": "拆分",
    "merge_undone": "撤销合并", "split_undone": "撤销拆分", "candidates_refused": "不采用字段对照",
    "renamed": "改名", "settled": "处理代码冲突", "reopened": "重新列为待处理",
    "values_seen": "查看敏感字段的值",
    "confirmed": "审核步骤通过", "commented": "提出审核意见", "comment_resolved": "处理审核意见",
    "delegated": "转交审核", "review_reminded": "提醒审核", "review_planned": "设置审核步骤",
    "emergency_asked": "提出应急发布", "emergency_confirmed": "确认应急发布",
    "secret_rotated": "更换签名密钥", "paused": "暂停", "resumed": "恢复", "ended": "注销", "parked": "停投",
    "redelivered": "重新投递", "pinged": "发送测试通知",
    "redirected": "跳转到另一主题", "replaced": "由另一主题替换",
    "expired": "到期结束", "rolled_back": "回退", "made": "制定", "called_off": "取消未发布的批次",
    "stage_run": "发布一批", "stage_refused": "一批未能发布",
    "conflict_settled": "决定与市级变更的冲突", "exception_requested": "申请例外",
    "exception_granted": "批准例外", "exception_refused": "不批准例外", "exception_withdrawn": "撤回例外",
    "exception_retracted": "收回例外的申请",
    "merge_decided": "决定一表合并", "merge_undecided": "撤回一表合并的决定",
    "cases_saved": "保存用例", "case_accepted": "接受用例的新结果", "case_deleted": "删除用例",
    "case_required": "改用例是否必须通过",
    "epoch_begun": "进入新的纪元",
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
