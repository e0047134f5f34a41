"""Registers of dictionaries, crosswalks, public fields and item forms."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse

from forms_builder.filters import CrosswalkFilter, DictionaryFilter, ItemFormFilter, PublicFieldFilter
from forms_builder.models import (
    DATA_TYPES,
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
    edit_action = "registers.edit"
    filterset_class = PublicFieldFilter
    identity_fields = ("code",)
    list_display = ("code", "label", "data_type", "max_length", "dictionary", "prefill_library")
    list_display_links = ("code", "label")
    list_select_related = ("dictionary",)
    autocomplete_fields = ("dictionary",)
    coded_fields = CODES
    service = staticmethod(save_public_field)
    fieldsets = (
        ("字段", {"fields": ("code", "label", "data_type", "dictionary")}),
        ("格式", {"fields": (("max_length", "scale"), ("format", "std_format"))}),
        ("预填", {"fields": (("prefill_library", "prefill_element"),)}),
    )


@admin.register(ItemForm, site=site)
class ItemFormAdmin(ScopedModelAdmin):
    filterset_class = ItemFormFilter
    list_display = ("item", "body", "field_count", "updated_at")
    list_select_related = ("item__department__division", "item__body_kind")
    fields = ("item", "form_fields")
    readonly_fields = ("form_fields",)

    @admin.display(description="实施机构")
    def body(self, form: Any) -> str:
        """The body, or the kind of bodies, whose form it is."""
        item = form.item
        return (
            f"{item.department}（{item.department.division}）" if item.department else item.body_kind.in_every_division
        )

    @admin.display(description="字段数")
    def field_count(self, form: Any) -> int:
        """How many fields the form has."""
        return len(form.document.get("fields", ()))

    @admin.display(description="字段")
    def form_fields(self, form: Any) -> str:
        """The document as a table, one field a row."""
        types = dict(DATA_TYPES)
        fields = [
            {**field, "type": types.get(field["data_type"], field["data_type"])}
            for field in sorted(form.document.get("fields", ()), key=lambda field: field["order"])
        ]
        return render_to_string("console/form_fields.html", {"fields": fields})
