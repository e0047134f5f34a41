"""The asynchronous web server's entry; an installation unfit to serve ends here."""

import os

from django.core.asgi import get_asgi_application

from opsplatform.runtime.starting import refuse_unfit_start
from opsplatform.settings.environment import current_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", current_environment().settings_module)

application = get_asgi_application()
refuse_unfit_start()
