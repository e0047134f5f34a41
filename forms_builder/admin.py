"""Registers of dictionaries, crosswalks, public fields and item forms."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse

from forms_builder.filters import CrosswalkFilter, DictionaryFilter, ItemFormFilter, PublicFieldFilter
from forms_builder.forms import PublicFieldForm
from forms_builder.models import (
    Crosswalk,
    CrosswalkMapping,
    Dictionary,
    DictionaryEntry,
    ItemForm,
    PublicField,
)
from forms_builder.services.crosswalks import MAPPING_FIELDS, save_crosswalk
from forms_builder.services.dictionaries import ENTRY_FIELDS, save_dictionary
from forms_builder.services.public_fields import CODES, save_public_field
from opsplatform.console.registers import ElementInline, ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.release.models import Release


class DictionaryEntryInline(ElementInline):
    model = DictionaryEntry
    element = "entries"
    fields = ENTRY_FIELDS


@admin.register(Dictionary, site=site)
class DictionaryAdmin(ScopedModelAdmin):
    edit_action = "registers.edit"
    filterset_class = DictionaryFilter
    identity_fields = ("code",)
    inlines = (DictionaryEntryInline,)
    list_display = ("code", "name", "standard", "parent_dictionary")
    list_display_links = ("code", "name")
    list_select_related = ("parent_dictionary",)
    autocomplete_fields = ("parent_dictionary",)
    fields = (
        "code", "name", "standard", ("parent_dictionary", "is_below_divisions"), "source", "confidence", "note",
    )  # fmt: skip
    service = staticmethod(save_dictionary)

    def page_url(self, row: Any) -> str:
        """The dictionary's own page, which leads to this form."""
        return reverse("dictionaries:dictionary", args=[row.code])


class CrosswalkMappingInline(ElementInline):
    model = CrosswalkMapping
    element = "mappings"
    fields = MAPPING_FIELDS


@admin.register(Crosswalk, site=site)
class CrosswalkAdmin(ScopedModelAdmin):
    edit_action = "registers.edit"
    filterset_class = CrosswalkFilter
    identity_fields = ("code",)
    inlines = (CrosswalkMappingInline,)
    list_display = ("code", "name", "partner", "from_dictionary", "to_dictionary")
    list_display_links = ("code", "name")
    list_select_related = ("from_dictionary", "to_dictionary")
    autocomplete_fields = ("from_dictionary", "to_dictionary")
    fields = ("code", "name", "partner", ("from_dictionary", "to_dictionary"), "note")
    service = staticmethod(save_crosswalk)

    def page_url(self, row: Any) -> str:
        """The crosswalk's own page, which leads to this form."""
        return reverse("dictionaries:crosswalk", args=[row.code])


@admin.register(PublicField, site=site)
class PublicFieldAdmin(ScopedModelAdmin):
    form = PublicFieldForm
    edit_action = "registers.edit"
    filterset_class = PublicFieldFilter
    identity_fields = ("code",)
    list_display = (
        "code",
        "label",
        "data_type",
        "dictionary",
        "std_format",
        "prefill_library",
        "sensitivity",
        "merged_into",
    )
    list_display_links = ("code", "label")
    list_select_related = ("dictionary", "merged_into")
    autocomplete_fields = ("dictionary",)
    coded_fields = CODES
    service = staticmethod(save_public_field)
    fieldsets = (
        ("字段", {"fields": ("code", "label", "synonyms", "data_type", "dictionary", "sensitivity")}),
        (
            "格式与校验",
            {"fields": (("max_length", "scale"), ("format", "std_format"), ("minimum", "maximum"), "pattern")},
        ),
        ("预填", {"fields": (("prefill_library", "prefill_element"),)}),
    )

    def page_url(self, row: Any) -> str:
        """The field's own page, which leads to this form."""
        return reverse("public_fields:field", args=[row.code])


@admin.register(ItemForm, site=site)
class ItemFormAdmin(ScopedModelAdmin):
    """What is in force and what is drafted; the work on a form is done on its own pages."""

    filterset_class = ItemFormFilter
    list_display = ("item", "body", "state", "in_force")
    list_select_related = ("subject", "item__department__division", "item__body_kind")
    fields = ("item",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ItemForm]:
        """The forms in sight, each with whether its draft is, and which version is in force."""
        seen = ItemForm.objects.drafts_visible_to(request.user)  # type: ignore[arg-type]
        live = Release.objects.live().filter(subject=OuterRef("subject"))
        rows = super().get_queryset(request).defer("subject__draft")
        return rows.annotate(
            sees_draft=Exists(seen.filter(pk=OuterRef("pk"))), version=Subquery(live.values("version__number")[:1])
        )

    @admin.display(description="实施机构")
    def body(self, form: Any) -> str:
        """The body, or the kind of bodies, whose form it is."""
        item = form.item
        return (
            f"{item.department}（{item.department.division}）" if item.department else item.body_kind.in_every_division
        )

    @admin.display(description="草稿")
    def state(self, form: Any) -> str:
        """The draft's state, for those who see the draft."""
        return str(form.subject.get_state_display()) if form.sees_draft else "—"

    @admin.display(description="在用")
    def in_force(self, form: Any) -> str:
        """Which version others work with."""
        return f"版本 {form.version}" if form.version else "未启用"

    def page_url(self, row: Any) -> str:
        """The form's own page."""
        return reverse("forms_builder:item_form", args=[row.item.key])
