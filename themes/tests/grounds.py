"""An installation with divisions, dictionaries, categories and an operator, and no theme yet."""

import json
from typing import Any

from django.conf import settings

from forms_builder.services.importing_dictionaries import import_dictionaries
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.organizations.services.importing_divisions import import_divisions
from themes.services.importing_categories import import_categories


def empty_ground() -> User:
    """The operator of that installation."""
    operator = person("platform_operator", username="operator", name="周运营")
    import_divisions(actor=operator, tree=_sample("divisions_shanghai.json"))
    dictionaries = _sample("dictionaries.json")
    import_dictionaries(actor=operator, tree=dictionaries)
    import_categories(actor=operator, tree=dictionaries)
    return operator


def _sample(name: str) -> Any:
    return json.loads((settings.SAMPLE_DATA_DIRECTORY / name).read_bytes())
