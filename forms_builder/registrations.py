"""What dictionaries offer to the rooms below, registered when this module is imported by `apps.ready()`."""

from forms_builder.selectors import names_of_codes
from opsplatform.console import code_lists

code_lists.register(names_of_codes)
