"""`make shanghai`: the database named by DATABASE_NAME (else opsplatform_shanghai) holds an installation of a city."""

import os
import sys

import django

from opsplatform.runtime.preparation import prepare_database
from opsplatform.settings.environment import current_environment

DATABASE = "opsplatform_shanghai"


def main() -> None:
    """The database stands, or exit code 1 with the reason."""
    os.environ.setdefault("DATABASE_NAME", DATABASE)
    environment = current_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", environment.settings_module)
    plan = prepare_database(environment)
    django.setup()
    from benchmarks.shanghai.generation import NotOurs, ensure_city  # noqa: PLC0415 (models exist only after setup)

    try:
        ensure_city(plan)
    except NotOurs as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
