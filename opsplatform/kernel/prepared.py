"""A statement that the server plans once per connection: for a route polled so often that planning was its cost."""

import hashlib
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.db import NotSupportedError, connection
from django.db.backends.utils import CursorWrapper

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # the driver's connection → names it knows


class PreparedStatement:
    """A query by its text; `parameters` are the names in it, each with its SQL type."""

    def __init__(self, text: str, parameters: Mapping[str, str]) -> None:
        self.text, self.parameters = text, parameters
        self._name = f"prepared_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        places = {parameter: f"${number}" for number, parameter in enumerate(parameters, start=1)}
        self._prepare = f"PREPARE {self._name} ({', '.join(parameters.values())}) AS {text % places}"
        self._execute = f"EXECUTE {self._name} ({', '.join(f'%({parameter})s' for parameter in parameters)})"

    def find(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row, None where there is none."""
        with connection.cursor() as cursor:
            names = _prepared.setdefault(cursor.connection, set())
            if self._name not in names:
                cursor.execute(self._prepare)
                names.add(self._name)
            try:
                cursor.execute(self._execute, values)
            except NotSupportedError:  # a migration has changed the type of a column since
                self._plan_anew(cursor)
                cursor.execute(self._execute, values)
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row

    def _plan_anew(self, cursor: CursorWrapper) -> None:
        cursor.execute(f"DEALLOCATE {self._name}")
        cursor.execute(self._prepare)
