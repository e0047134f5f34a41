"""What themes register with the rooms below: policy rows, their kind of release subject, which themes there are, and
where they name codes of dictionaries."""

from collections.abc import Collection

from django.urls import reverse

from forms_builder import registry as codes
from opsplatform.accounts.models import User
from opsplatform.catalog import served_themes
from opsplatform.jobs.registry import Named, Thing, register_thing
from opsplatform.release import subjects
from themes import policies, selectors
from themes.models import Theme
from themes.release_kind import ThemeKind
from themes.services.codes_named import DraftCodes, VersionCodes


def _named_themes(actor: User, codes: Collection[str]) -> dict[str, Named]:
    names = selectors.names_by_code(actor, codes)
    return {code: Named(name, reverse("themes:overview", args=[code])) for code, name in names.items()}


policies.declare_policies()
subjects.register(ThemeKind())
served_themes.register(selectors.names_by_code)
codes.register_documents(DraftCodes())
codes.register_documents(VersionCodes())
register_thing(Theme._meta.label_lower, Thing("主题", _named_themes))
