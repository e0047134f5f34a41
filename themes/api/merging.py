"""The merge of a theme's draft: what there is to decide, deciding, and taking a decision back."""

from typing import Any, get_args

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from forms_builder.merge.matters import Matter, matters_of
from opsplatform.api import conditional
from opsplatform.api.operations import Operation
from opsplatform.api.serializers import Anything, Body, Several, Text
from opsplatform.api.views import ApiView
from opsplatform.kernel.errors import NotFound
from opsplatform.release.errors import GateClosed
from themes import selectors
from themes.api.serializers import DraftStateSerializer
from themes.api.views import DRAFT, READ, SEE_DRAFT, WRITE
from themes.documents import MergeRule, ThemeDocument
from themes.guidance.wording import Names
from themes.packages.masking import classes_of, masked_finding
from themes.packages.merge_wording import decision_sentence, finding_sentence
from themes.packages.names import names_of
from themes.services.deciding import Standing, Wanted, decide_on_merge, settlement_of, withdraw_merge_decision

_MOST_ITEMS = 500


class SharingSerializer(serializers.Serializer[Any]):
    """A field of an item that went into the merged field."""

    item = serializers.CharField()
    field = serializers.CharField()


class MatterSerializer(serializers.Serializer[Any]):
    """One thing about which the items do not agree."""

    digest = serializers.CharField(help_text="作决定时引用；情况有任何变化，摘要随之不同。")
    key = serializers.CharField(help_text="合并后的字段。")
    label = serializers.CharField()  # type: ignore[assignment]
    column = serializers.CharField(allow_null=True, help_text="表格的列；与整个字段有关时为 null。")
    severity = serializers.CharField(help_text="conflict 冲突，须有决定才能提交；narrowing 变严，仅供知悉。")
    aspect = serializers.CharField(help_text="在哪方面不一致，如 length、range、codes。")
    accepts = serializers.ListField(child=serializers.CharField(), help_text="接受所举取值的事项。")
    refuses = serializers.ListField(child=serializers.CharField(), help_text="不接受它的事项。")
    witness = Anything(help_text="所举的取值。")
    sentence = serializers.CharField()
    shared_by = SharingSerializer(many=True)
    decision = serializers.CharField(allow_null=True, help_text="接受它的决定的代码；还没有决定时为 null。")


class MergeDecisionSerializer(serializers.Serializer[Any]):
    """A decision that stands in the draft."""

    code = serializers.CharField()
    key = serializers.CharField()
    rule = serializers.CharField(help_text="stand_alone 单独填写，use_crosswalk 代码对照，accept_narrowing 接受变严。")
    about = serializers.CharField(help_text="所针对情况的摘要。")
    items = serializers.ListField(child=serializers.CharField())
    crosswalk = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    decided_by = serializers.CharField()
    decided_on = serializers.DateField()
    counts = serializers.BooleanField(help_text="是否仍起作用；作出之后情况变了的不再起作用。")
    sentence = serializers.CharField()


class ThemeMergeSerializer(serializers.Serializer[Any]):
    """The merge of the draft as it stands."""

    code = serializers.CharField()
    draft_revision = serializers.IntegerField()
    matters = MatterSerializer(many=True, help_text="冲突在前。")
    decisions = MergeDecisionSerializer(many=True)


class DecideOnMergeBody(Body):
    about = Text(max_length=64, help_text="所针对情况的 digest。")
    rule = serializers.ChoiceField(choices=list(get_args(MergeRule)))
    reason = Text(help_text="理由。")
    items = Several(child=Text(max_length=100), default=list, max_length=_MOST_ITEMS)
    crosswalk = Text(max_length=60, default="", allow_blank=True, help_text="代码对照的代码，仅用于 use_crosswalk。")


class NothingBody(Body):
    """The address says everything."""


class ThemeMerge(ApiView):
    operations = {"get": Operation("read_theme_merge", "草稿的一表合并：待决定的和已决定的", SEE_DRAFT, READ)}

    @extend_schema(responses=ThemeMergeSerializer)
    def get(self, request: Request, code: str) -> Response:
        """Every matter with the digest that a decision about it names; 404 where the draft cannot be merged yet."""
        subject = selectors.get_draft(self.actor, code).subject
        try:
            standing = settlement_of(msgspec.convert(subject.draft, ThemeDocument))
        except GateClosed as closed:
            raise NotFound(f"草稿还合并不出一张表。{closed.sentence}") from closed
        names = names_of(standing.frozen)
        shown = {
            "code": code,
            "draft_revision": subject.draft_revision,
            "matters": [_matter(standing, names, one) for one in matters_of(standing.settlement.form)],
            "decisions": _decisions(standing, names),
        }
        return Response(ThemeMergeSerializer(shown).data)


class _Deciding(ApiView):
    """An act on the decisions of a draft, at the revision that the caller read."""

    def done(self, theme: Any) -> Response:
        """Where the draft stands now."""
        headers = {"ETag": conditional.strong(f"{DRAFT}-{theme.subject.draft_revision}")}
        return Response(DraftStateSerializer(theme).data, headers=headers)


class ThemeMergeDecisions(_Deciding):
    operations = {
        "post": Operation(
            "decide_on_theme_merge",
            "对合并中的一处作出决定",
            ("themes.edit",),
            WRITE,
            is_change=True,
            needs_match=True,
            has_etag=True,
            description="If-Match 用草稿的 ETag。决定以调用者的名义、当天的日期记入草稿。",
        )
    }

    @extend_schema(request=DecideOnMergeBody, responses=DraftStateSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The decision stands in the draft."""
        body = self.body(DecideOnMergeBody)
        expected = conditional.expected_revision(request, DRAFT)
        wanted = Wanted(**{**body, "items": tuple(body["items"])})
        return self.done(decide_on_merge(actor=self.actor, code=code, wanted=wanted, expected_revision=expected))


class ThemeMergeDecisionWithdrawal(_Deciding):
    operations = {
        "post": Operation(
            "withdraw_theme_merge_decision",
            "撤回一个合并决定",
            ("themes.edit",),
            WRITE,
            is_change=True,
            needs_match=True,
            has_etag=True,
        )
    }

    @extend_schema(request=NothingBody, responses=DraftStateSerializer)
    def post(self, request: Request, code: str, decision: str) -> Response:
        """The decision is gone; what it settled is open again."""
        self.body(NothingBody)
        expected = conditional.expected_revision(request, DRAFT)
        return self.done(
            withdraw_merge_decision(actor=self.actor, code=code, decision=decision, expected_revision=expected)
        )


def _matter(standing: Standing, names: Names, matter: Matter) -> dict[str, Any]:
    finding = masked_finding(matter.finding, classes_of(standing.frozen))
    accepted = standing.settlement.accepted.get(matter.digest)
    return {
        **msgspec.structs.asdict(finding),
        "digest": matter.digest,
        "label": names.fields.get(finding.key, finding.key),
        "sentence": finding_sentence(finding, names),
        "shared_by": [{"item": source.item, "field": source.field} for source in matter.field.sources],
        "decision": accepted.code if accepted else None,
    }


def _decisions(standing: Standing, names: Names) -> list[dict[str, Any]]:
    outdated = {one.code for one in standing.settlement.outdated}
    return [
        {
            **msgspec.structs.asdict(one),
            "counts": one.code not in outdated,
            "sentence": decision_sentence(one, names),
        }
        for one in standing.frozen.document.merge_decisions
    ]
