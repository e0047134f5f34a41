"""Submitting a form, deciding on a submitted version, enabling what is approved, disabling what is in force."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from forms_builder import selectors
from forms_builder.documents import ItemFormDocument
from forms_builder.pages.item_form_acts import why_not_enable, why_not_submit
from forms_builder.pages.item_form_base import ItemFormPage
from forms_builder.pages.item_form_wording import compare_forms
from forms_builder.services.checking_forms import check_item_form
from forms_builder.services.forms_used import find_form_users
from forms_builder.services.freezing_forms import freeze_item_form, read_frozen_form
from forms_builder.services.item_forms import (
    approve_and_enable,
    approve_item_form,
    disable_item_form,
    enable_item_form,
    return_item_form,
    submit_item_form,
)
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.shape import read_document
from opsplatform.release.models import Subject, Version
from opsplatform.release.review_selectors import why_not_decide
from opsplatform.release.selectors import find_last_approved, list_authors
from opsplatform.release.wording import why_nothing_waits


class Submit(ItemFormPage):
    """The gate's result first, then the note; then the version waits for a second person."""

    action = "item_forms.submit"
    tab = "item_form"
    title = "提交审核"
    template_name = "forms_builder/item_form_submit.html"

    def context(self) -> dict[str, Any]:
        """The findings, and what changed since the version approved last."""
        form = selectors.get_drafted_form(self.actor, self.kwargs["key"])
        self.require("item_forms.submit")
        document = read_document(ItemFormDocument, form.subject.draft)
        findings = check_item_form(document, clock.today())
        previous = find_last_approved(form.subject) or form.subject.current_version
        draft = freeze_item_form(document, form.item.name, clock.today())
        return {
            "findings": findings,
            "blocking_count": sum(finding.is_blocking for finding in findings),
            "why_not": why_not_submit(form.subject, draft),
            "previous": previous,
            "sections": compare_forms(read_frozen_form(bytes(previous.content)), draft) if previous else [],
            "revision": form.subject.draft_revision,
            "note": self.request.POST.get("note", ""),
        }

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """The version that now waits, or the same page with what refused it."""
        revision = self.number_sent(then="提交")
        version = submit_item_form(
            actor=self.actor, item_key=key, expected_revision=revision, note=request.POST.get("note", "")
        )
        return self.done(f"已提交为版本 {version.number}，等待另一位同事审核。", self.url("item_form"))


class Review(ItemFormPage):
    """Everybody who sees the draft may read it; the buttons are for those whose turn it is and who wrote nothing."""

    action = "item_forms.view_draft"
    tab = "item_form"
    title = "审核"
    template_name = "forms_builder/item_form_review.html"

    def context(self) -> dict[str, Any]:
        """The pending version beside the one it would replace."""
        subject = selectors.get_drafted_form(self.actor, self.kwargs["key"]).subject
        version = subject.current_version
        note = self.request.POST.get("note", "")
        if subject.state != Subject.State.SUBMITTED or version is None:
            return {"version": None, "note": note, "why_nothing": why_nothing_waits(subject)}
        previous = find_last_approved(subject)
        return {
            "version": version,
            "previous": previous,
            "authors": list_authors(version),
            "sections": _differences(previous, version),
            "may_enable": self.may("item_forms.release"),
            "why_not": why_not_decide(self.actor, version),
            "note": note,
        }

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """The version is approved, approved and in force, or returned; refused in place otherwise."""
        digest, note = request.POST.get("digest", ""), request.POST.get("note", "")
        form = self.form
        match request.POST.get("do"):
            case "approve":
                version = approve_item_form(actor=self.actor, item_key=key, digest=digest, note=note)
                sentence = f"版本 {version.number} 已批准，可以启用。"
            case "approve_and_enable":
                release = approve_and_enable(actor=self.actor, item_key=key, digest=digest, note=note)
                sentence = f"版本 {release.version.number} 已批准并启用。"
            case "return":
                version = return_item_form(actor=self.actor, item_key=key, digest=digest, note=note)
                sentence = f"版本 {version.number} 已退回修改。"
            case _:
                raise Invalid("没有这项操作。")
        # Who decided for the department that had answered for the item before may see it no longer.
        is_in_sight = selectors.may_see_form(self.actor, form)
        return self.done(sentence, self.url("item_form") if is_in_sight else self.nav_url)


class Enable(ItemFormPage):
    """An approved version comes into force; what changes for whoever takes the form is said beforehand."""

    action = "item_forms.release"
    tab = "item_form"
    title = "启用"
    template_name = "forms_builder/item_form_enable.html"

    def context(self) -> dict[str, Any]:
        """The approved version beside the one in force."""
        form = selectors.get_drafted_form(self.actor, self.kwargs["key"])
        self.require("item_forms.release")
        approved = find_last_approved(form.subject)
        return {
            "version": approved,
            "sections": _differences(self.live.version if self.live else None, approved),
            "why_not": why_not_enable(self.live, approved),
            "users": find_form_users(self.actor, form.item.key),
            "note": self.request.POST.get("note", ""),
        }

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """The version is in force; refused in place otherwise."""
        number = self.number_sent("version", "启用")
        release = enable_item_form(actor=self.actor, item_key=key, version=number, note=request.POST.get("note", ""))
        return self.done(f"版本 {release.version.number} 已启用。", self.url("item_form"))


class Disable(ItemFormPage):
    """The version in force goes out of force, with its reason."""

    action = "item_forms.withdraw"
    tab = "item_form"
    title = "停用"
    template_name = "forms_builder/item_form_disable.html"

    def context(self) -> dict[str, Any]:
        """What would be without a form."""
        self.require("item_forms.withdraw")
        return {
            "users": find_form_users(self.actor, self.form.item.key),
            "note": self.request.POST.get("note", ""),
        }

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """No version is in force; refused in place otherwise."""
        release = disable_item_form(actor=self.actor, item_key=key, note=request.POST.get("note", ""))
        return self.done(f"版本 {release.version.number} 已停用。", self.url("item_form"))


def _differences(before: Version | None, after: Version | None) -> list[Any]:
    if before is None or after is None:
        return []
    return compare_forms(read_frozen_form(bytes(before.content)), read_frozen_form(bytes(after.content)))
