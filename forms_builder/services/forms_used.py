"""Who works with an item's form: documents of any room that name the item, as far as a person sees them."""

from forms_builder import registry
from forms_builder.models import CodeUse
from forms_builder.registry import Owner
from forms_builder.services.where_used import bring_up_to_date
from opsplatform.accounts.models import User


def find_form_users(actor: User, item_key: str) -> list[Owner]:
    """The documents that can still change and name the item, by name; versions keep the form they froze."""
    bring_up_to_date()
    uses = CodeUse.objects.filter(carrier=f"item:{item_key}").values_list("document__source", "document__key")
    keys: dict[str, set[str]] = {}
    for source, key in uses.distinct():
        keys.setdefault(source, set()).add(key)
    found = (registry.source_named(source).owners(actor, named) for source, named in keys.items())
    return sorted((owner for owners in found for owner in owners.values()), key=lambda owner: owner.name)
