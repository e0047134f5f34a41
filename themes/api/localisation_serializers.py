"""What the API shows of a localisation, and what it takes for settling and publishing."""

from typing import Any

from rest_framework import serializers

from opsplatform.api.serializers import Anything, Body, Text, Truth
from opsplatform.release.api.serializers import FindingSerializer, PublicNoteBody
from themes.models import CityChange, LocalisationException


class SourcedElementSerializer(serializers.Serializer[Any]):
    """One element of the theme in the division."""

    key = serializers.CharField(help_text="这一项的键，例如 items/REGP/promised_days。")
    city = Anything(help_text="市级的值，没有为 null。")
    here = Anything(help_text="在本区的值，没有为 null。")
    mode = serializers.CharField(help_text="locked 区里不能改，free 可以改，extend_only 只能增加。")
    origin = serializers.CharField(
        help_text="city 市级，district 本区，excepted 经批准的例外，suspended 本区的改动暂停，overruled 不再允许。"
    )
    told_source = serializers.CharField(help_text="来源，一句话。")


class SourcedElementsSerializer(serializers.Serializer[Any]):
    results = SourcedElementSerializer(many=True)
    conflicts = serializers.ListField(child=serializers.CharField(), help_text="等本区决定以谁为准的各项的键。")


class LocalisationStateSerializer(serializers.Serializer[Any]):
    """Where the draft stands after it was saved."""

    code = serializers.CharField(source="subject.code")
    state = serializers.CharField(source="subject.state")
    draft_revision = serializers.IntegerField(source="subject.draft_revision")


class SettleBody(Body):
    key = Text(max_length=400, help_text="这一项的键。")
    choice = serializers.ChoiceField(
        ["take_city", "keep_ours"], help_text="take_city 以市级为准，keep_ours 保留本区的。"
    )


class SeenBody(Body):
    localisation = Text(max_length=64, help_text="最新批准的本地化版本的摘要。")
    package = Text(max_length=64, allow_blank=True, help_text="本区在用的发布包的摘要，没有为空。")


class PublishBody(Body):
    note = Text(help_text="发布说明。")
    seen = SeenBody(required=False, help_text="发布人所见到的；给出而其中一个已经不同时，不发布。")


class ExceptionSerializer(serializers.ModelSerializer[LocalisationException]):
    """What a district asks beyond the city's limits, until when, and what the city said."""

    division = serializers.CharField(source="division.code")
    kind = serializers.CharField(
        help_text="slower 比全市承诺的慢，material 多要材料，required_field 多要必填，condition 多设条件。"
    )
    asked_value = Anything(help_text="申请时本区草稿里的值：批准的就是它，时限则是不慢于它；早先没有记录的为 null。")
    city_value = Anything(help_text="申请时市级的值，没有为 null。")
    state = serializers.CharField(
        help_text="requested 待市级决定，granted 已批准，refused 未批准，withdrawn 市级已撤回，retracted 本区已收回。"
    )
    requested_by = serializers.CharField(source="requested_by.username")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True, read_only=True)
    withdrawn_by = serializers.CharField(source="withdrawn_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = LocalisationException
        fields = [
            "id", "division", "key", "kind", "asked_value", "city_value", "reason", "expires_on", "state",
            "requested_by", "created_at", "decided_by", "decided_at", "decision_note", "withdrawn_by", "withdrawn_at",
            "withdrawal_note",
        ]  # fmt: skip
        read_only_fields: Any = fields


class ExceptionsSerializer(serializers.Serializer[Any]):
    results = ExceptionSerializer(many=True)


class RequestExceptionBody(Body):
    key = Text(max_length=400, help_text="这一项的键，须是草稿里超出限度的一项。")
    reason = Text(help_text="理由。")
    expires_on = serializers.DateField(help_text="有效期至这一天（含），最长三年。")


class DecideExceptionBody(Body):
    is_granted = Truth(help_text="true 批准，false 不批准。")
    note = Text(help_text="意见。")


class WithdrawExceptionBody(Body):
    note = Text(help_text="理由，市级和本区都看得到。")


class RollBackBody(PublicNoteBody):
    digest = Text(
        max_length=64, help_text="所见到的、本区在用的发布包的摘要；已是另一个时不回退，以免重发的请求多退一步。"
    )


class CityChangeSerializer(serializers.ModelSerializer[CityChange]):
    """A version of the city that met the district's localisation, and what became of the two."""

    version = serializers.IntegerField(source="version.number")
    outcome = serializers.CharField(
        help_text="combined 已合并上线，held 旧版保留、等区里决定，suspended 市级新版上线、冲突的改动暂停。"
    )
    standings = serializers.DictField(
        child=serializers.CharField(),
        help_text="各项改动的键 → stands 成立，agreed 与市级相同，overruled 不再允许，conflict 待决定。",
    )
    findings = FindingSerializer(source="found", many=True)

    class Meta:
        model = CityChange
        fields = ["version", "outcome", "standings", "findings", "met_at", "closed_at"]
        read_only_fields: Any = fields


class CityChangesSerializer(serializers.Serializer[Any]):
    results = CityChangeSerializer(many=True)


class PlannedSerializer(serializers.Serializer[Any]):
    """A stage of a plan that will release the theme in the district."""

    plan = serializers.IntegerField()
    title = serializers.CharField()
    position = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="到时自动发布；null 为由人点按。")
    version = serializers.IntegerField(source="version.number")
    localisation = serializers.IntegerField(
        source="joined.localisation.number", default=None, allow_null=True, read_only=True,
        help_text="随之上线的本地化版本号，没有的为 null。",
    )  # fmt: skip


class PlannedHereSerializer(serializers.Serializer[Any]):
    results = PlannedSerializer(many=True)
