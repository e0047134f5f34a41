"""What the keys of a saved case's expectations are called, in findings and on the pages."""

from collections.abc import Mapping

CASE_KEYS: Mapping[str, str] = {
    "visible_questions": "显示的问题",
    "fired_rules": "生效的规则",
    "items": "事项",
    "stopped": "不能办理的原因",
    "notices": "须知",
    "field_count_before": "原字段数",
    "field_count_merged": "合并后字段数",
    "fields_prefilled": "预填字段数",
    "fields_from_guide": "由引导带入的字段数",
    "fields_left_to_fill": "需填写的字段数",
    "materials_before": "原材料数",
    "materials_merged": "合并后材料数",
    "materials_to_submit": "需上传的材料",
    "days_before_serial_statutory": "原办理天数",
    "days_after_parallel_promised": "现办理天数",
    "visits_before": "原跑动次数",
    "visits_after": "现跑动次数",
    "windows_before": "原跑部门数",
    "windows_after": "现跑部门数",
}
