"""The page of one item form: where it stands, what it asks for, who uses it, what this person can do with it now."""

from typing import Any

from forms_builder.documents import FrozenItemForm, ItemFormDocument
from forms_builder.models import PublicField
from forms_builder.pages.item_form_acts import acts_for, next_step
from forms_builder.pages.item_form_base import ItemFormPage
from forms_builder.pages.item_form_wording import TYPES, FormNames, limits_of, section_titles
from forms_builder.services.checking_forms import check_item_form
from forms_builder.services.forms_used import find_form_users
from forms_builder.services.freezing_forms import freeze_item_form, read_frozen_form
from opsplatform.console.pages import whole_number
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound
from opsplatform.kernel.shape import read_document
from opsplatform.release.models import Version
from opsplatform.release.selectors import find_last_approved, get_version


class Overview(ItemFormPage):
    """Shown is the draft to those who see it, else what is in force; `?version=` shows a version as it was frozen."""

    tab = "item_form"
    template_name = "forms_builder/item_form_overview.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.form.item.name

    def context(self) -> dict[str, Any]:
        """What everybody sees, and for those who see the draft where it stands."""
        form, live = self.form, self.live
        version = self._version()
        frozen = self._frozen(version)
        context = {
            "version": version,
            "parts": _parts(frozen),
            "field_count": len(frozen.document.fields),
            "users": find_form_users(self.actor, form.item.key),
        }
        if not self.may_view_draft:
            return context
        approved = find_last_approved(form.subject)
        findings = [] if version else check_item_form(frozen.document, clock.today())
        return {
            **context,
            "acts": [] if version else acts_for(self.actor, form, frozen, live, approved),
            "next_step": next_step(form.subject, live, approved),
            "findings": findings,
            "blocking_count": sum(finding.is_blocking for finding in findings),
        }

    def _version(self) -> Version | None:
        """The version to show: the one asked for, or what is in force where the draft is out of sight."""
        asked = self.request.GET.get("version", "")
        live = self.live.version if self.live else None
        if asked:
            number = whole_number(asked)
            if number is None:
                raise NotFound
            version = get_version(self.form.subject, number)
            if not self.may_view_draft and (live is None or version.pk != live.pk):
                raise NotFound
            return version
        return None if self.may_view_draft else live

    def _frozen(self, version: Version | None) -> FrozenItemForm:
        if version is not None:
            return read_frozen_form(bytes(version.content))
        document = read_document(ItemFormDocument, self.form.subject.draft)
        return freeze_item_form(document, self.form.item.name, clock.today())


def _parts(frozen: FrozenItemForm) -> list[dict[str, Any]]:
    """The sections with their fields, everything in words."""
    document = frozen.document
    names = FormNames(document, frozen.dictionaries)
    shared = {field.public_field for field in document.fields if field.public_field}
    labels = dict(PublicField.objects.filter(code__in=shared).values_list("code", "label"))
    return [
        {
            "section": section,
            "shown_when": names.condition(section.visible_when) if section and section.visible_when else "",
            "fields": [
                {
                    "field": field,
                    "type": TYPES.get(field.data_type, field.data_type),
                    "limits": limits_of(field, names),
                    "shown_when": names.condition(field.visible_when) if field.visible_when else "",
                    "public_field": labels.get(field.public_field or "", field.public_field),
                    "columns": [
                        {"column": column, "type": TYPES.get(column.data_type), "limits": limits_of(column, names)}
                        for column in field.columns
                    ],
                }
                for field in fields
            ],
        }
        for section, fields in section_titles(document)
    ]
