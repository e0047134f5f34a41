"""What the parts of a theme and of its registers are called on the pages."""

from collections.abc import Mapping

THEME: Mapping[str, str] = {
    "code": "主题代码",
    "name": "主题名称",
    "aliases": "别名",
    "theme_type": "主题类型",
    "category_code": "场景分类",
    "summary": "简介",
    "keywords": "关键词",
    "facts": "背景资料",
    "six_ones": "“六个一”",
    "service_object_codes": "服务对象",
    "exercise_level_codes": "行使层级",
    "handle_form_codes": "办理形式",
    "lead_department": "牵头部门",
    "coop_departments": "配合部门",
    "platform_department": "平台支撑部门",
    "handling_divisions": "办理区划",
    "effective_from": "生效日期",
    "effective_to": "失效日期",
    "field_order": "表单字段的次序",
    "confidence": "资料可信度",
    "sources": "资料来源",
    "typical_case": "典型情形的用例",
    "figures": "手工填写的数字",
}
ITEM: Mapping[str, str] = {
    "item": "对应的登记事项",
    "mandatory": "必办",
    "depends_on": "前置事项",
    "materials": "材料",
    "fields": "字段的显示与带入",
}
QUESTION: Mapping[str, str] = {
    "text": "问法",
    "type": "类型",
    "required": "必答",
    "options": "选项",
    "dictionary": "选项来自字典",
    "show_when": "显示条件",
    "help": "说明",
    "unit": "单位",
    "min": "最小值",
    "max": "最大值",
    "effective_from": "生效日期",
    "effective_to": "失效日期",
    "legal_basis": "依据",
}
CASE: Mapping[str, str] = {
    "division": "区划",
    "on": "日期",
    "required": "“必须通过”",
    "published": "“随主题发布”",
    "reason": "接受新结果的理由",
}
NOTICE: Mapping[str, str] = {"title": "标题", "content": "内容", "default": "始终显示"}
MATERIAL_BINDING: Mapping[str, str] = {"material": "对应的登记材料", "result_of_item": "来自哪个事项的结果"}
FIELD_USE: Mapping[str, str] = {
    "public_field": "对应的公共字段",
    "label": "名称",
    "group": "分组",
    "order": "次序",
    "required": "必填",
    "from_question": "由哪个问题带入",
    "values": "带入的值",
}
REGISTERED_ITEM: Mapping[str, str] = {
    "name": "名称",
    "basic_code": "基本编码",
    "sequence": "业务办理项序号",
    "level_code": "行使层级",
    "department": "实施机构",
    "daily_name": "通俗名称",
    "item_type_code": "事项类型",
    "project_type_code": "办件类型",
    "statutory_days": "法定时限",
    "promised_days": "承诺时限",
    "day_unit": "时限单位",
    "division_days": "分区承诺时限",
    "onsite_times": "到现场次数",
    "baseline_visits": "改革前跑动次数",
    "is_fee": "收费",
    "fee_note": "收费说明",
    "service_object_codes": "服务对象",
    "handle_form_codes": "办理形式",
    "conditions": "受理条件",
    "results": "办理结果",
    "legal_basis": "设定依据",
    "confidence": "资料来源",
}
REGISTERED_FIELD: Mapping[str, str] = {
    "label": "名称",
    "data_type": "类型",
    "max_length": "最大长度",
    "scale": "小数位数",
    "dictionary": "字典",
    "format": "格式",
    "std_format": "标准格式",
    "sensitivity": "敏感程度",
    "prefill": "预填来源",
}
REGISTERED_MATERIAL: Mapping[str, str] = {
    "name": "名称",
    "material_type_code": "材料类型",
    "form_code": "材料形式",
    "necessity_code": "必要性",
    "original_count": "原件份数",
    "copy_count": "复印件份数",
    "source_code": "来源渠道",
    "issuer": "出具单位",
    "exempt": "提交方式",
    "e_license": "电子证照",
    "generated_from_form": "由表单生成",
    "review_points": "审查要点",
    "confidence": "资料来源",
}
QUESTION_TYPES: Mapping[str, str] = {
    "single": "单选",
    "multi": "多选",
    "number": "数字",
    "boolean": "是 / 否",
    "division6": "选择区",
    "division9": "选择街道（镇）",
    "date": "日期",
}
SUBMISSION: Mapping[str | None, str] = {
    None: "申请人上传",
    "e_license": "调用电子证照，免交",
    "data_share": "数据共享核验，免交",
    "generated": "由表单自动生成，免交",
}
STATE_TONES: Mapping[str, str] = {"draft": "neutral", "submitted": "warn", "approved": "good"}
