"""Where codes are used, at a city's size: 500 themes with their versions, 3,200 item forms."""

import sys
from functools import partial

from django.conf import settings
from django.db import transaction

from benchmarks.pages import CITY
from benchmarks.shanghai.generation import ensure_city
from benchmarks.table import Row, below
from benchmarks.timing import measured
from forms_builder.models import IndexedDocument
from forms_builder.services import where_used
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.settings.databases import in_database

ROUNDS = 15
READINGS = 3
GOAL = 0.050
CODES = (("alcohol_scope", "retail"), ("service_object", "1"), ("sex", "1"), ("theme_category", "L3"))


def rows() -> list[Row]:
    """A code that every theme names, one that items and themes name, one that nothing names; and reading everything."""
    plan = in_database(settings.DATABASE_PLAN, CITY)
    ensure_city(plan, say=lambda sentence: print(sentence, file=sys.stderr))
    with DisposableDatabases(plan).used_as("application", CITY):
        where_used.bring_up_to_date()
        found = [_where(dictionary, code) for dictionary, code in CODES]
        documents = IndexedDocument.objects.count()
        reading = measured(_read_everything, rounds=READINGS)
        return [*found, Row("everything read anew, which background work does", reading, pace=(documents, "documents"))]


def _where(dictionary: str, code: str) -> Row:
    number = len(where_used.find_uses(dictionary, code))
    taken = measured(partial(where_used.find_uses, dictionary, code), rounds=ROUNDS)
    return Row(f"{dictionary} {code}: {number:,} places", taken, goal=below(GOAL, taken))


def _read_everything() -> None:
    """The index is empty, as after a restore, and is made; what the database had stays."""
    with transaction.atomic():
        IndexedDocument.objects.all().delete()
        where_used.bring_up_to_date()
        transaction.set_rollback(True)
