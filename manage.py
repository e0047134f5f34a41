#!/usr/bin/env python
"""The command line: the embedded database is up before a command runs, and owners' commands connect as the owner."""

import os
import sys

from django.core.management import execute_from_command_line

from opsplatform.runtime.errors import CannotRun
from opsplatform.runtime.preparation import prepare_database
from opsplatform.settings.environment import EnvironmentInvalid, current_environment

# These change tables or rights; everything else, the console's and the API's own services included, is the application.
OWNER_COMMANDS = frozenset({"migrate", "setup_database"})
WITHOUT_DATABASE = frozenset({"help", "version", "collectstatic", "makemessages", "compilemessages"})


def main(arguments: list[str]) -> None:
    """The command has run; what keeps the installation from running is one sentence and exit code 1."""
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in OWNER_COMMANDS:
        os.environ["OPSPLATFORM_DATABASE_AS"] = "owner"
    try:
        environment = current_environment()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", environment.settings_module)
        if command not in WITHOUT_DATABASE:
            prepare_database(environment)
    except (CannotRun, EnvironmentInvalid) as refusal:
        sys.exit(str(refusal))
    execute_from_command_line(arguments)


if __name__ == "__main__":
    main(sys.argv)
