"""The web server's entry; an installation unfit to serve ends here."""

import os

from django.core.wsgi import get_wsgi_application

from opsplatform.runtime.starting import refuse_unfit_start
from opsplatform.settings.environment import current_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", current_environment().settings_module)

application = get_wsgi_application()
refuse_unfit_start()
