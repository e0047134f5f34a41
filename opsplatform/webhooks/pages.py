"""Endpoints on their pages: how they are doing, what became of each message, and what may be done about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.cache import never_cache

from opsplatform.console.pages import ConsolePage, Crumb, Tab
from opsplatform.console.paging import PARAMETER, list_page
from opsplatform.kernel.errors import Invalid
from opsplatform.webhooks import selectors
from opsplatform.webhooks.filters import DeliveryFilter
from opsplatform.webhooks.forms import EndpointForm, NewEndpointForm, PeriodForm, RotateForm
from opsplatform.webhooks.models import Endpoint
from opsplatform.webhooks.services import endpoints, redelivering
from opsplatform.webhooks.wording import outcome_in_words, standing_of, standing_of_delivery, type_in_words

_LIST = "admin:webhooks_endpoint_changelist"
_VIEW = "webhooks.view"
ROWS_PER_PAGE = 50


@method_decorator(never_cache, name="dispatch")
class NewEndpoint(ConsolePage):
    """Registers an endpoint and shows its secret, this once."""

    action = "webhooks.keep"
    title = "新增通知回调"
    template_name = "webhooks/new.html"
    nav = _LIST

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        """The list, and this."""
        return (Crumb("通知回调", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        """The form."""
        return {"form": self._form()}

    def post(self, request: HttpRequest) -> HttpResponse:
        """The endpoint stands, and its secret is shown."""
        form = self._form()
        if not form.is_valid():
            return self.page(status=422, form=form)
        values = {name: form.cleaned_data[name] for name in ("peer", "division", *endpoints.FIELDS)}
        try:
            shown = endpoints.register_endpoint(actor=self.actor, values=values)
        except Invalid as refusal:
            return self.page(status=422, form=_with_problems(form, refusal))
        return self.page(endpoint=shown.endpoint, secret=shown.secret)

    def _form(self) -> NewEndpointForm:
        actor = self.actor
        divisions = actor.divisions_where("webhooks.keep")
        return NewEndpointForm(self.request.POST or None, peers=selectors.list_peers(actor), divisions=divisions)


class _EndpointPage(ConsolePage):
    """One of the pages about one endpoint."""

    action = _VIEW
    nav = _LIST
    tab = "webhook"

    @cached_property
    def endpoint(self) -> Endpoint:
        """The endpoint; raises NotFound out of the person's sight."""
        return selectors.get_endpoint(self.actor, self.kwargs["pk"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.endpoint.name

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        """The list, and the endpoint."""
        return (Crumb("通知回调", self.nav_url), Crumb(self.title))

    def tabs(self) -> tuple[Tab, ...]:
        """Overview and log."""
        return tuple(
            Tab(title, reverse(name, args=[self.endpoint.pk]), is_active=name == self.tab)
            for title, name in (("概况", "webhook"), ("投递记录", "webhook-deliveries"))
        )


@method_decorator(never_cache, name="dispatch")
class Overview(_EndpointPage):
    template_name = "webhooks/endpoint.html"

    def context(self) -> dict[str, Any]:
        """How the endpoint is doing, and which acts are open."""
        endpoint = self.endpoint
        may_keep = selectors.may_keep(self.actor, endpoint) and endpoint.state != Endpoint.State.ENDED
        wanted = "、".join(type_in_words(name) for name in endpoint.event_types) or "全部"
        return {
            "endpoint": endpoint,
            "standing": standing_of(endpoint),
            "facts": [
                ("对方系统", endpoint.peer),
                ("地址", endpoint.url),
                ("区划范围", f"{endpoint.division}及其下级"),
                ("事件", wanted),
                ("最近成功", endpoint.succeeded_at),
                *([("连续失败", f"{endpoint.failures} 次")] if endpoint.failures else []),
                *([("开始失败", endpoint.failing_since)] if endpoint.failing_since else []),
            ],
            "secrets": selectors.secrets_of(endpoint),
            "may_keep": may_keep,
            "form": self._form() if may_keep else None,
            "rotate_form": RotateForm() if may_keep else None,
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The act is done, or refused in place."""
        acts: dict[str, Callable[[str], HttpResponse]] = {
            "correct": self._correct,
            "pause": self._pause,
            "resume": self._resume,
            "end": self._end,
            "rotate": self._rotate,
            "ping": self._ping,
        }
        act = acts.get(request.POST.get("do", ""))
        if act is None:
            raise Invalid("没有这项操作。")
        return act(request.POST.get("note", ""))

    def _correct(self, note: str) -> HttpResponse:
        form = self._form()
        if not form.is_valid():
            return self.page(status=422, form=form)
        values = dict(form.cleaned_data)
        revision = values.pop("revision") or 0
        try:
            endpoints.correct_endpoint(
                actor=self.actor, endpoint_id=self.kwargs["pk"], values=values, expected_revision=revision
            )
        except Invalid as refusal:
            return self.page(status=422, form=_with_problems(form, refusal))
        return self._done("已保存。")

    def _pause(self, note: str) -> HttpResponse:
        endpoints.pause_endpoint(actor=self.actor, endpoint_id=self.kwargs["pk"], note=note)
        return self._done("已暂停；期间的变更在恢复后投递。")

    def _resume(self, note: str) -> HttpResponse:
        endpoints.resume_endpoint(actor=self.actor, endpoint_id=self.kwargs["pk"], note=note)
        return self._done("已恢复，从停下的地方继续投递。")

    def _end(self, note: str) -> HttpResponse:
        endpoints.end_endpoint(actor=self.actor, endpoint_id=self.kwargs["pk"], note=note)
        return self._done("已注销，不再投递。")

    def _ping(self, note: str) -> HttpResponse:
        redelivering.ping_endpoint(actor=self.actor, endpoint_id=self.kwargs["pk"])
        return self.done("测试通知几秒内发出，结果见本页。", "webhook-deliveries", self.kwargs["pk"])

    def _rotate(self, note: str) -> HttpResponse:
        form = RotateForm(self.request.POST)
        if not form.is_valid():
            return self.page(status=422, rotate_form=form)
        shown = endpoints.rotate_secret(
            actor=self.actor,
            endpoint_id=self.kwargs["pk"],
            note=form.cleaned_data["note"],
            overlap=timedelta(hours=form.cleaned_data["overlap_hours"]),
        )
        # Shown once, on this answer only: it is kept sealed.
        return self.page(secret=shown.secret)

    def _form(self) -> EndpointForm:
        endpoint = self.endpoint
        standing = {name: getattr(endpoint, name) for name in (*endpoints.FIELDS, "revision")}
        data = self.request.POST if self.request.POST.get("do") == "correct" else None
        return EndpointForm(data, initial=standing)

    def _done(self, sentence: str) -> HttpResponse:
        return self.done(sentence, "webhook", self.kwargs["pk"])


class Deliveries(_EndpointPage):
    """The log: every message with what became of it."""

    template_name = "webhooks/deliveries.html"
    tab = "webhook-deliveries"
    is_wide = True

    def context(self) -> dict[str, Any]:
        """One page of messages, filtered."""
        query = {name: value for name, value in self.request.GET.items() if name in DeliveryFilter.base_filters}
        filtered = DeliveryFilter(query, queryset=selectors.list_deliveries(self.endpoint), request=self.request)
        for name in ("created_from", "created_to"):
            filtered.form.fields[name].widget.input_type = "datetime-local"
        page = list_page(filtered.qs, self.request.GET.get(PARAMETER), ROWS_PER_PAGE)
        may_keep = selectors.may_keep(self.actor, self.endpoint) and self.endpoint.state != Endpoint.State.ENDED
        return {
            "endpoint": self.endpoint,
            "filter_form": filtered.form,
            "page": page,
            "rows": [
                {
                    "delivery": row,
                    "type": type_in_words(row.type),
                    "standing": standing_of_delivery(row),
                    "outcome": outcome_in_words(row.last_outcome, row.last_status),
                }
                for row in page.rows
            ],
            "period_form": PeriodForm() if may_keep else None,
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The messages of a period wait to be sent again."""
        form = PeriodForm(request.POST)
        if not form.is_valid():
            return self.page(status=422, period_form=form)
        count = redelivering.redeliver_period(actor=self.actor, endpoint_id=pk, **form.cleaned_data)
        return self.done(f"{count} 条通知等待重新投递。", "webhook-deliveries", pk)


class OneDelivery(_EndpointPage):
    """One message: its content, and every attempt at it."""

    template_name = "webhooks/delivery.html"
    tab = "webhook-deliveries"

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        """The list, the endpoint's log, and the message."""
        log = reverse("webhook-deliveries", args=[self.endpoint.pk])
        return (Crumb("通知回调", self.nav_url), Crumb(self.title, log), Crumb(self.kwargs["message"]))

    def context(self) -> dict[str, Any]:
        """The message and its attempts, the latest first."""
        delivery = selectors.get_delivery(self.actor, self.kwargs["pk"], self.kwargs["message"])
        return {
            "delivery": delivery,
            "standing": standing_of_delivery(delivery),
            "facts": [
                ("消息编号", delivery.message_id),
                ("事件", f"{type_in_words(delivery.type)} {delivery.type}"),
                ("对象", delivery.about),
                ("变更流位置", delivery.position),
                ("生成时间", delivery.created_at),
                *([("下次投递", delivery.due_at)] if delivery.finished_at is None else []),
            ],
            "tries": [(row, outcome_in_words(row.outcome, row.status)) for row in delivery.tries.all()],
            "may_redeliver": selectors.may_keep(self.actor, self.endpoint)
            and self.endpoint.state != Endpoint.State.ENDED,
        }

    def post(self, request: HttpRequest, pk: int, message: str) -> HttpResponse:
        """The message waits to be sent again."""
        redelivering.redeliver(actor=self.actor, endpoint_id=pk, message_id=message)
        return self.done("几秒内重新投递，消息编号不变。", "webhook-delivery", pk, message)


def _with_problems(form: forms.Form, refusal: Invalid) -> forms.Form:
    """The form with each problem at its field."""
    for problem in refusal.problems:
        name = problem.pointer.strip("/").split("/")[0]
        form.add_error(name if name in form.fields else None, problem.sentence)
    return form
