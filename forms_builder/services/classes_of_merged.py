"""How sensitive a public field is with what was merged into it: no less than any of that, and as its keepers set it.

The moves that brought something in hold the class that was set (`raised_from`) while another keeps it raised, all the
same one; so it comes back as soon as nothing that was merged in asks for more, in whatever order moves are undone.
"""

from django.db.models import Q, QuerySet

from forms_builder.models import FieldMove, PublicField
from forms_builder.sensitivity import class_of, is_stricter, strictest


def set_class(field: PublicField) -> str:
    """The class that was set for the field itself; empty where none was."""
    raising = _moves_into(field).exclude(raised_to="").order_by("pk").values_list("raised_from", flat=True)
    return next(iter(raising[:1]), field.sensitivity)


def stricter_within(field: PublicField, own: str) -> PublicField | None:
    """What is merged into the field and asks for most, where that is more than this class set for it; else None."""
    within = list(PublicField.objects.filter(merged_into=field).order_by("code"))
    most = strictest(one.effective_sensitivity for one in within)
    if not within or not is_stricter(most, class_of(own, field.data_type, field.format)):
        return None
    return next(one for one in within if one.effective_sensitivity == most)


def settle_class(field: PublicField, own: str) -> str:
    """The class that the field needs where this one was set for it; the moves into it keep the set one in mind."""
    within = stricter_within(field, own)
    if within is None:
        _moves_into(field).update(raised_from="", raised_to="")
        return own
    _moves_into(field).update(raised_from=own, raised_to=within.effective_sensitivity)
    return within.effective_sensitivity


def _moves_into(field: PublicField) -> QuerySet[FieldMove]:
    merges = Q(kind=FieldMove.Kind.MERGE, target=field, undone_at=None)
    return FieldMove.objects.filter(merges | Q(kind=FieldMove.Kind.SPLIT, source=field, undone_at__isnull=False))
