"""For `manage.py lintmigrations` only: what judges migrations is no part of the product (docs/adr/0017)."""

from opsplatform.settings.test import *  # noqa: F403
from opsplatform.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "exclude_apps": ["axes", "guardian", "oauth2_provider"],  # theirs are their makers' to judge
    "ignore_initial_migrations": True,  # they make tables nobody uses yet
    "ignore_name": [
        "0003_longer_codes",  # a wider text: PostgreSQL rewrites nothing and old code fits in it
        "0010_packages_once_localised",  # less is forbidden than before, on an index built beside the work
    ],
    "exclude_migration_tests": ["RUNPYTHON_MODEL_VARIABLE_NAME"],  # a matter of names, not of locks
    "warnings_as_errors": [],  # an empty list means all of them
    "quiet": ["ok", "ignore"],
    "no_cache": True,
}
