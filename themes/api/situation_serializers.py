"""Situations, results of saved cases and what another version means, as REST shows them."""

from typing import Any

from rest_framework import serializers

from opsplatform.api.serializers import Tree


def _codes(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), help_text=help_text)


class ExampleSerializer(serializers.Serializer[Any]):
    """Answers of one applicant."""

    answers = Tree(help_text="问题代码 → 回答，只含看得到的问题。")
    on = serializers.DateField(allow_null=True, help_text="哪一天；没有起止日期时为 null。")
    division = serializers.CharField(allow_null=True, help_text="参数取哪个区划的值；不分区划时为 null。")
    is_smallest = serializers.BooleanField(help_text="没有比它更小的例子。")


class SituationSerializer(serializers.Serializer[Any]):
    """Applicants with the same items and the same reasons."""

    items = _codes("办理的事项。")
    stopped = _codes("不能办理的原因。")
    classes = serializers.IntegerField(allow_null=True, help_text="有多少类回答；数不出来时为 null。")
    example = ExampleSerializer()
    idle = _codes("这些人中有人被问到、怎么回答都不改变任何结果的问题。")
    unsettled = _codes("没有得出有没有影响的问题。")


class SituationsSerializer(serializers.Serializer[Any]):
    """All situations of a theme, or why not all."""

    situations = SituationSerializer(many=True, help_text="回答类最多的在前。")
    classes = serializers.IntegerField(allow_null=True, help_text="全部回答分成多少类；数不出来时为 null。")
    total = serializers.IntegerField(allow_null=True, help_text="共有多少种情形；不知道时为 null。")
    why_not_all = serializers.CharField(help_text="为什么没有全部列出；已全部列出时为空。")


class CaseDifferenceSerializer(serializers.Serializer[Any]):
    """One thing in which a case does not hold."""

    key = serializers.CharField(help_text="与主题资料 worked_examples[].expected 的键相同。")
    expected = serializers.JSONField(allow_null=True)
    computed = serializers.JSONField(allow_null=True)


class CaseResultSerializer(serializers.Serializer[Any]):
    """A saved case and what became of it."""

    case = Tree(help_text="用例，与草稿中的写法相同；敏感字段的值已遮掩，除非可以查看。")
    holds = serializers.BooleanField(help_text="与预期一致。")
    problems = _codes("为什么不能运行。")
    differences = CaseDifferenceSerializer(many=True)
    sentences = _codes("少了什么、多了什么。")


class CaseResultsSerializer(serializers.Serializer[Any]):
    """Every case of the draft, run."""

    results = CaseResultSerializer(many=True)
    failing = serializers.IntegerField(help_text="有几个与预期不同。")


class MeaningChangeSerializer(serializers.Serializer[Any]):
    """One thing that some applicants gain, lose or meet otherwise."""

    kind = serializers.CharField()
    subject = serializers.CharField(help_text="关于什么，以主题中的代码表示。")
    sentence = serializers.CharField()
    who = Tree(help_text="凡是这样回答的人都受影响。")
    example = ExampleSerializer(allow_null=True)


class MeaningSerializer(serializers.Serializer[Any]):
    """What the later version means for citizens."""

    changes = MeaningChangeSerializer(many=True)
    unsettled = _codes("没有比较出来的。")
    is_without_effect = serializers.BooleanField(help_text="对任何申请人都没有影响。")
