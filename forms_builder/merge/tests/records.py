"""One item's record judged by that item's form alone: what a projection must satisfy."""

from collections.abc import Mapping, Sequence
from typing import Any

from forms_builder.documents import FormField
from forms_builder.merge.dependence import Parents
from forms_builder.merge.form import item_form
from forms_builder.merge.validation import validate
from opsplatform.kernel.errors import Problem


def validate_item_record(
    fields: Sequence[FormField],
    record: Mapping[str, Any],
    dictionaries: Mapping[str, Sequence[str]],
    parents: Parents | None = None,
) -> list[Problem]:
    """Everything wrong with one item's record against its own form."""
    return validate(item_form("", fields, dictionaries, parents), record)
