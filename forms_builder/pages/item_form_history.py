"""What became of an item form: versions with their decisions, what was in force when, two versions compared."""

from typing import Any

from forms_builder import selectors
from forms_builder.pages.item_form_base import ItemFormPage
from forms_builder.pages.item_form_wording import compare_forms
from forms_builder.services.freezing_forms import read_frozen_form
from opsplatform.release.selectors import get_version, list_history, list_releases

MOST_VERSIONS = 50


class History(ItemFormPage):
    """Versions are shown to those who see the draft; what was in force to everybody who sees the form."""

    tab = "item_form_history"
    title = "历史"
    template_name = "forms_builder/item_form_history.html"

    def context(self) -> dict[str, Any]:
        """Versions and releases, newest first."""
        subject = self.form.subject
        versions = list(list_history(subject)[:MOST_VERSIONS]) if self.may_view_draft else []
        return {
            "versions": [
                {"version": version, "previous": version.number - 1 or None, "decisions": list(version.decisions.all())}
                for version in versions
            ],
            "releases": list(list_releases(subject)[:MOST_VERSIONS]),
        }


class Compare(ItemFormPage):
    """Two versions side by side, in words."""

    action = "item_forms.view_draft"
    tab = "item_form_history"
    title = "比较版本"
    template_name = "forms_builder/item_form_compare.html"

    def context(self) -> dict[str, Any]:
        """The differences from the one to the other; without numbers, between the two newest."""
        subject = selectors.get_drafted_form(self.actor, self.kwargs["key"]).subject
        versions = list(list_history(subject)[:MOST_VERSIONS])
        if not versions:
            return {"versions": [], "sections": []}
        newest = versions[0].number
        before = self.version_asked("from", max(newest - 1, 1))
        after = self.version_asked("to", newest)
        forms = [read_frozen_form(bytes(get_version(subject, number).content)) for number in (before, after)]
        return {"versions": versions, "before": before, "after": after, "sections": compare_forms(*forms)}
