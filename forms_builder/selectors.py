"""Questions about dictionaries."""

from forms_builder.models import DictionaryEntry
from opsplatform.kernel import clock


def names_of_codes(dictionary: str) -> list[tuple[str, str]]:
    """The entries of the dictionary in force today: code and name, in their order."""
    entries = DictionaryEntry.objects.filter(dictionary__code=dictionary).in_force(clock.today())
    return list(entries.order_by("order", "code").values_list("code", "name"))
