"""The database is up and has its roles before anything of Django asks for it."""

from opsplatform.runtime.database_roles import setup_database
from opsplatform.runtime.embedded_postgres import ensure_running
from opsplatform.settings.databases import DatabasePlan, plan_for
from opsplatform.settings.embedded_location import locate_embedded
from opsplatform.settings.environment import Environment

READY_MARK = "roles-ready"  # one per database: DATABASE_NAME may name others on the same server


def prepare_database(environment: Environment) -> DatabasePlan:
    """The embedded server answers and has database and roles; a server named by DATABASE_URL is left as it is."""
    location = locate_embedded(environment.var_directory)
    plan = plan_for(environment, location.socket_directory)
    if environment.uses_embedded_database:
        ensure_running(location)
        mark = location.home / f"{READY_MARK}-{plan.name}"
        if not mark.exists():
            setup_database(plan)
            mark.touch()
    return plan
