"""Forms of the webhook pages. They read what was typed; services judge it."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from opsplatform.accounts.models import User
from opsplatform.feed import vocabulary
from opsplatform.organizations.models import Division


class _Peers(forms.ModelChoiceField):
    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name}（{obj.division}）"


class EndpointForm(forms.Form):
    """What may be changed of an endpoint."""

    name = forms.CharField(label="名称", max_length=100)
    url = forms.CharField(
        label="地址", max_length=2000, help_text="主机须先在“出口目的地”中批准；内部网络之外一律用 https。"
    )
    event_types = forms.MultipleChoiceField(
        label="事件",
        required=False,
        choices=vocabulary.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="一个都不勾选，就是全部事件，包括以后新增的。",
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)


class NewEndpointForm(EndpointForm):
    """An endpoint with whom it is for and how far it reaches, which are given once."""

    peer = _Peers(label="对方系统", queryset=User.objects.none(), help_text="收到通知的系统。")
    division = forms.ModelChoiceField(
        label="区划范围", queryset=Division.objects.none(), help_text="通知这一区划及其下级的变更。"
    )
    field_order = ("peer", "division", "name", "url", "event_types")

    def __init__(self, *args: Any, peers: QuerySet[User], divisions: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["peer"].queryset = peers  # type: ignore[attr-defined]
        self.fields["division"].queryset = divisions  # type: ignore[attr-defined]


class RotateForm(forms.Form):
    """How long the previous secret goes on signing beside the new one, and why."""

    overlap_hours = forms.IntegerField(
        label="新旧密钥并用（小时）", initial=24, min_value=0, max_value=168, help_text="这段时间里两个密钥都签名。"
    )
    note = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 2}))


class PeriodForm(forms.Form):
    """Which messages are sent again."""

    since = forms.DateTimeField(label="生成自", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    until = forms.DateTimeField(label="生成至", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    only_failed = forms.BooleanField(label="只重投没有送达的", required=False, initial=True)
