"""What the city lets districts change of a theme: part of its draft, reviewed with it, in force with its release."""

import msgspec
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.kernel.documents import write
from opsplatform.release.services.drafting import require_revision
from themes import selectors
from themes.documents import LocalisationPolicy, ThemeDocument
from themes.models import Theme
from themes.services.drafting import save_theme


@transaction.atomic
def save_policy(*, actor: User, code: str, policy: LocalisationPolicy, expected_revision: int) -> Theme:
    """The draft says this about localisations, at its next revision; everything else of it stays."""
    theme = selectors.get_theme(actor, code, lock=True)
    actor.require("themes.edit", within=theme.subject.division, department=theme.lead_department, on=theme)
    require_revision(theme.subject, expected_revision)
    document = msgspec.convert(theme.subject.draft, ThemeDocument)
    tree = write(msgspec.structs.replace(document, localisation=policy))
    return save_theme(actor=actor, code=code, tree=tree, expected_revision=expected_revision)
