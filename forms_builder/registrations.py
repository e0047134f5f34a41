"""What this room offers to the rooms below, and who of them and of itself names codes; imported by `apps.ready()`."""

from forms_builder import holders, registry
from forms_builder.models import PublicField
from forms_builder.release_kind import ItemFormKind
from forms_builder.selectors import names_of_codes
from forms_builder.services import public_fields
from forms_builder.services.holding_in_forms import ItemFormHolder
from forms_builder.services.item_form_codes import ItemFormCodes, ItemFormVersionCodes
from forms_builder.services.rows_with_codes import CrosswalkCodes, EndedEntries, EntriesBelow, RegisterCodes
from opsplatform.catalog.models import Material, ServiceItem
from opsplatform.catalog.services import items, materials
from opsplatform.console import code_lists
from opsplatform.organizations.models import BodyKind, Department
from opsplatform.organizations.sheets import CODES as LEVEL_CODES
from opsplatform.release import subjects

code_lists.register(names_of_codes)
subjects.register(ItemFormKind())
registry.register_documents(ItemFormCodes())
registry.register_documents(ItemFormVersionCodes())
holders.register_for_fields(ItemFormHolder())
registry.register_rows(EntriesBelow())
registry.register_rows(EndedEntries())
registry.register_rows(CrosswalkCodes())
for model, dictionaries in (
    (ServiceItem, items.CODES),
    (Material, materials.CODES),
    (BodyKind, LEVEL_CODES),
    (Department, LEVEL_CODES),
    (PublicField, public_fields.CODES),
):
    registry.register_rows(RegisterCodes(model, dictionaries))
