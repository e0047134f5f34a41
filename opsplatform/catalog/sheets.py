"""The sheets of items with their legal bases, materials with their review points, and service points."""

from opsplatform.catalog.models import LegalBasis, Material, ReviewPoint, ServiceItem, ServicePoint
from opsplatform.catalog.services import items, materials, service_points
from opsplatform.organizations.sheets import BY_BODY, BY_DIVISION, BY_KIND
from opsplatform.spreadsheets.columns import columns_of
from opsplatform.spreadsheets.sheets import Elements, RegisterSheet, register, related_elements

register(
    RegisterSheet(
        model=ServiceItem,
        columns=columns_of(
            ServiceItem, (*items.IDENTITY, *items.FIELDS), {"department": BY_BODY, "body_kind": BY_KIND}
        ),
        elements=Elements("legal_bases", columns_of(LegalBasis, items.BASIS_FIELDS), related_elements("legal_bases")),
        key=items.IDENTITY,
        near=("basic_code", "basic_code"),
        save=items.save_item,
        related=("department__division", "body_kind"),
        prefetched=("legal_bases",),
    ),
    RegisterSheet(
        model=Material,
        columns=columns_of(Material, ("code", *materials.FIELDS)),
        elements=Elements("review_points", columns_of(ReviewPoint, ("text",)), related_elements("review_points")),
        key=("code",),
        near=("code", "code"),
        save=materials.save_material,
        prefetched=("review_points",),
    ),
    RegisterSheet(
        model=ServicePoint,
        columns=columns_of(ServicePoint, ("division", *service_points.FIELDS), {"division": BY_DIVISION}),
        key=("division", "theme_code", "name"),
        near=("name", "name"),
        save=service_points.save_service_point,
        related=("division",),
    ),
)
