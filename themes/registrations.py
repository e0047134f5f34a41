"""What themes register with the rooms below: policy rows, their kind of release subject, which themes there are, and
where they name codes of dictionaries."""

from collections.abc import Collection

from django.urls import reverse

from forms_builder import holders
from forms_builder import registry as codes
from opsplatform.accounts.models import User
from opsplatform.catalog import served_themes
from opsplatform.jobs.registry import Named, Thing, register_thing
from opsplatform.release import subjects
from opsplatform.release.models import ReleasePlan
from themes import policies, selectors
from themes.localisation_kind import LocalisationKind
from themes.models import Theme
from themes.release_kind import ThemeKind
from themes.services.codes_named import DraftCodes, VersionCodes
from themes.services.holding_fields import ThemeHolder
from themes.services.holding_materials import ThemeMaterialHolder
from themes.services.settling import reopen_undone


def _named_themes(actor: User, codes: Collection[str]) -> dict[str, Named]:
    names = selectors.names_by_code(actor, codes)
    return {code: Named(name, reverse("themes:overview", args=[code])) for code, name in names.items()}


def _named_plans(actor: User, keys: Collection[str]) -> dict[str, Named]:
    plans = selectors.list_plans(actor).filter(pk__in=[key for key in keys if key.isdecimal()])
    return {str(plan.pk): Named(plan.title, reverse("themes:plan", args=[plan.pk])) for plan in plans}


policies.declare_policies()
subjects.register(ThemeKind())
subjects.register(LocalisationKind())
served_themes.register(selectors.names_by_code)
codes.register_documents(DraftCodes())
codes.register_documents(VersionCodes())
holders.register_for_fields(ThemeHolder())
holders.register_for_materials(ThemeMaterialHolder())
holders.tell_undone(reopen_undone)
register_thing(Theme._meta.label_lower, Thing("主题", _named_themes))
register_thing(ReleasePlan._meta.label_lower, Thing("发布计划", _named_plans))
