"""Registers of dictionaries, public fields and item forms."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string

from forms_builder.filters import DictionaryFilter, ItemFormFilter, PublicFieldFilter
from forms_builder.models import DATA_TYPES, Dictionary, DictionaryEntry, ItemForm, PublicField
from forms_builder.services.dictionaries import ENTRY_FIELDS, save_dictionary
from forms_builder.services.public_fields import save_public_field
from forms_builder.sheets import CODES
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
    list_display = ("code", "name", "standard")
    list_display_links = ("code", "name")
    fields = ("code", "name", "standard", "source", "confidence", "note")
    service = staticmethod(save_dictionary)


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
