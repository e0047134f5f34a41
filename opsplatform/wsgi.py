"""The web server's entry; an installation unfit to serve ends here."""

import os

from django.core.wsgi import get_wsgi_application

from opsplatform.runtime.starting import refuse_unfit_start
from opsplatform.settings.environment import current_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", current_environment().settings_module)

# Before anything imports the metrics' client: it decides at its import whether web processes are summed.
_metrics = current_environment().var_directory / "metrics"
_metrics.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_metrics))

application = get_wsgi_application()
refuse_unfit_start()
