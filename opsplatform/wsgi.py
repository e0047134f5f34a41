"""The web server's entry; an unsafe production installation ends here."""

import os

from django.core.wsgi import get_wsgi_application

from opsplatform.runtime.production import refuse_unsafe_start
from opsplatform.settings.environment import current_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", current_environment().settings_module)

application = get_wsgi_application()
refuse_unsafe_start()
