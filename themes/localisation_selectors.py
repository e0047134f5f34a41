"""Questions about what districts change of themes, always within what the actor may see."""

from collections.abc import Collection

import msgspec
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division
from opsplatform.release.models import DraftRevision
from themes.localisation.documents import LocalisationDocument
from themes.models import CityChange, Localisation, LocalisationException, Theme


def find_localisation(theme: Theme, division: Division) -> Localisation | None:
    """What the division has drawn up for the theme, whoever asks."""
    rows = Localisation.objects.select_related("subject__division", "subject__current_version", "theme__subject")
    return rows.filter(theme=theme, subject__division=division).first()


def list_localisations(actor: User, theme: Theme) -> QuerySet[Localisation]:
    """The localisations of the theme that the actor sees, by division."""
    return (
        Localisation.objects.visible_to(actor)
        .filter(theme=theme)
        .select_related("subject__division", "subject__current_version")
        .order_by("subject__division__code")
    )


def list_exceptions(actor: User, theme: Theme) -> QuerySet[LocalisationException]:
    """The exceptions asked for by divisions whose localisations the actor sees, those that wait first."""
    return (
        LocalisationException.objects.filter(theme=theme, division__in=actor.divisions_where("localisations.view"))
        .select_related("division", "requested_by", "decided_by", "withdrawn_by", "theme__subject")
        .order_by(Case(When(state="requested", then=0), default=1), "-id")
    )


def get_exception(actor: User, theme: Theme, division: Division, pk: int) -> LocalisationException:
    """That exception of the theme in the division, as far as the actor sees it; raises NotFound."""
    exception = list_exceptions(actor, theme).filter(pk=pk, division=division).first()
    if exception is None:
        raise NotFound
    return exception


def list_city_changes(theme: Theme, division: Division) -> QuerySet[CityChange]:
    """The versions of the theme that met the division's localisation, the newest first."""
    rows = CityChange.objects.filter(localisation__theme=theme, localisation__subject__division=division)
    return rows.select_related("version").defer("version__content").order_by("-version__number")


def list_held(theme: Theme, version: int, codes: Collection[str] | None = None) -> list[Division]:
    """Divisions, or those of these codes, where the theme's version waits for the district to decide."""
    held = CityChange.objects.filter(
        localisation__theme=theme,
        version__number=version,
        outcome=CityChange.Outcome.HELD,
        closed_at__isnull=True,
        **({} if codes is None else {"localisation__subject__division__code__in": codes}),
    )
    return list(Division.objects.filter(pk__in=held.values("localisation__subject__division")).order_by("code"))


def list_open_changes(actor: User, action: str) -> QuerySet[CityChange]:
    """Changes of the city that wait for the districts where the actor may do this, the oldest first.

    Of each localisation that of the newest version, against which its draft is held, among those not over by now.
    """
    in_time = Q(effective_until__isnull=True) | Q(effective_until__gt=clock.now())
    waiting = CityChange.objects.filter(in_time, closed_at__isnull=True)
    newer = waiting.filter(localisation=OuterRef("localisation"), version__number__gt=OuterRef("version__number"))
    return (
        waiting.filter(~Exists(newer), localisation__subject__division__in=actor.divisions_where(action))
        .select_related("localisation__subject__division", "localisation__theme__subject", "version")
        .defer("version__content", "localisation__subject__draft", "localisation__theme__subject__draft")
        .order_by("id")
    )


def find_localisation_draft(localisation: Localisation, revision: int) -> LocalisationDocument | None:
    """The district's draft as it stood at the revision, where that is known."""
    saved = DraftRevision.objects.filter(subject=localisation.subject_id, revision=revision).first()
    return msgspec.convert(saved.document, LocalisationDocument) if saved else None
