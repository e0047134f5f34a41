"""Bodies of a kind, one per division of the kind's level."""

from collections.abc import Mapping

from django.db import transaction

from opsplatform.kernel import recording
from opsplatform.kernel.registers import Actor
from opsplatform.organizations.models import BodyKind, Department, Division


@transaction.atomic
def establish_bodies(*, actor: Actor, kind: BodyKind, bodies: Mapping[int, tuple[str, str]]) -> int:
    """Every division that had no body of the kind has one; returns how many are new. Statistical units get none.

    `bodies`: division id → full name of the body and its USCC; the codes are marked as illustrative.
    """
    actor.require("registers.edit")
    served = set(Department.objects.filter(kind=kind).values_list("division_id", flat=True))
    divisions = Division.objects.filter(pk__in=bodies).exclude(pk__in=served)
    new = Department.objects.bulk_create(
        Department(
            division=division,
            name=bodies[division.pk][0],
            short_name=bodies[division.pk][0],
            kind=kind,
            level_code=kind.level_code,
            uscc=bodies[division.pk][1],
            uscc_is_illustrative=True,
        )
        for division in divisions.exclude(kind=Division.Kind.STATISTICAL)
    )
    recording.trail().record(actor, "body_kind.bodies_established", kind, after={"count": len(new)})
    return len(new)
