"""What the export shows beside the packages' own bytes, and what evaluation takes."""

from typing import Any

from rest_framework import serializers

from opsplatform.api.serializers import Body, Tree


class PausedSerializer(serializers.Serializer[Any]):
    """What applicants are told while nobody may apply, and since when."""

    message = serializers.CharField()
    since = serializers.DateTimeField(source="paused_at")


class LiveThemeSerializer(serializers.Serializer[Any]):
    """One theme on show in one division."""

    code = serializers.CharField(source="subject.code")
    name = serializers.CharField(source="subject.title")
    division = serializers.CharField(source="division.code")
    category = serializers.CharField(
        source="subject.theme.category.code", default=None, allow_null=True, read_only=True
    )
    version = serializers.IntegerField(source="version.number")
    localisation = serializers.IntegerField(
        source="localisation.number", default=None, allow_null=True, read_only=True,
        help_text="本地化的版本号，没有本地化的为 null。",
    )  # fmt: skip
    digest = serializers.CharField(source="package_id")
    released_at = serializers.DateTimeField()
    released_by = serializers.CharField(source="released_by.username")
    note = serializers.CharField(source="told_note", help_text="对外说明。")
    effective_until = serializers.DateTimeField(allow_null=True, help_text="本次发布到这一时刻自行结束。")
    paused = PausedSerializer(allow_null=True, help_text="暂停受理：仍在线，暂不能申报；没有暂停时为 null。")
    effective_from = serializers.DateField(allow_null=True, help_text="主题自己的施行日期。")
    effective_to = serializers.DateField(allow_null=True, help_text="主题自己的失效日期。")


class AnswersBody(Body):
    """Answers by question code; `on` is the day whose rules apply, today without it."""

    answers = Tree(help_text="问题代码 → 回答。")
    on = serializers.DateField(required=False, allow_null=True, default=None, help_text="按哪一天的规则，缺省为今天。")


class AnswerChangeSerializer(serializers.Serializer[Any]):
    """Another answer to a question."""

    question = serializers.CharField()
    answer = serializers.JSONField(allow_null=True, help_text="改成的回答；null 为不回答。")


class TurnSerializer(serializers.Serializer[Any]):
    """What would have to be answered otherwise for an item or a material."""

    code = serializers.CharField()
    is_needed = serializers.BooleanField(help_text="按这些回答要办、要交。")
    changes = AnswerChangeSerializer(
        many=True, allow_null=True, help_text="至少要改的回答，改后要变成不要、不要变成要；没有找到时为 null。"
    )


class AlternativesSerializer(serializers.Serializer[Any]):
    """Items and materials of the package, in its order."""

    items = TurnSerializer(many=True)
    materials = TurnSerializer(many=True, help_text="任何事项要求的材料，不论是否免提交。")
    is_complete = serializers.BooleanField(
        help_text="改两处以内（多选题增或减一项算一处）的改法都试过：没有列出的这样改不了。"
    )


class ExplainedOutcomeSerializer(serializers.Serializer[Any]):
    """Keys of the dossiers' worked examples, and the explanation."""

    visible_questions = serializers.ListField(child=serializers.CharField())
    fired_rules = serializers.ListField(child=serializers.CharField())
    items = serializers.ListField(child=serializers.CharField())
    stopped = serializers.ListField(child=serializers.CharField())
    notices = serializers.ListField(child=serializers.CharField())
    field_count_before = serializers.IntegerField()
    field_count_merged = serializers.IntegerField()
    fields_prefilled = serializers.IntegerField()
    fields_from_guide = serializers.IntegerField()
    fields_left_to_fill = serializers.IntegerField()
    materials_before = serializers.IntegerField()
    materials_merged = serializers.IntegerField()
    materials_to_submit = serializers.ListField(child=serializers.CharField())
    days_before_serial_statutory = serializers.IntegerField()
    days_after_parallel_promised = serializers.IntegerField()
    visits_before = serializers.IntegerField()
    visits_after = serializers.IntegerField()
    windows_before = serializers.IntegerField()
    windows_after = serializers.IntegerField()
    explanation = serializers.DictField(help_text="每个问题、规则、事项为何如此。")


class ScreenSerializer(serializers.Serializer[Any]):
    """How standard renderers show the form."""

    schema = serializers.DictField(help_text="与一表的 schema 判断相同，数据按分组放；draft 7 与 2020-12 通用。")
    places = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2),
        help_text="合并后的字段 → 分组、分组内的名称。",
    )
    start = serializers.DictField(help_text="一开始的内容。")
    rjsf = serializers.DictField(help_text="react-jsonschema-form 的 uiSchema。")
    json_forms = serializers.DictField(help_text="JSON Forms 的 UI schema。")


class WholeFormSerializer(serializers.Serializer[Any]):
    """The one form of the package, all paths in one schema."""

    schema = serializers.DictField(help_text="JSON Schema 2020-12，校验 {answers, data}。")
    order = serializers.ListField(child=serializers.CharField(), help_text="字段的显示次序。")
    groups = serializers.ListField(child=serializers.DictField(), help_text="字段分组。")
    projections = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()), help_text="事项 → 其表单字段 → 合并后的字段。"
    )
    translations = serializers.DictField(
        child=serializers.DictField(child=serializers.DictField(child=serializers.CharField())),
        help_text="事项 → 其表单字段（表格写作“字段/列”）→ 合并后的代码 → 这个事项的代码；没有列出的，代码照原样。",
    )
    ui = ScreenSerializer(help_text="怎样显示：供 RJSF 与 JSON Forms 直接使用。")


class DictionaryEntryInForceSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    alias = serializers.CharField()
    parent_code = serializers.CharField()


class DictionaryInForceSerializer(serializers.Serializer[Any]):
    """A dictionary with the entries in force on one day."""

    code = serializers.CharField()
    name = serializers.CharField()
    standard = serializers.CharField()
    on = serializers.DateField(help_text="在这一天有效的字典项。")
    entries = DictionaryEntryInForceSerializer(many=True)


class KeySerializer(serializers.Serializer[Any]):
    """A public key as JWK (RFC 8037)."""

    kty = serializers.CharField()
    crv = serializers.CharField()
    x = serializers.CharField()
    kid = serializers.CharField(help_text="与 X-Package-Key-Id 对应。")
    use = serializers.CharField()
    alg = serializers.CharField()


class KeySetSerializer(serializers.Serializer[Any]):
    keys = KeySerializer(many=True)
