"""An asynchronous web server's entry."""

import os

from django.core.asgi import get_asgi_application

from opsplatform.settings.environment import current_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", current_environment().settings_module)

application = get_asgi_application()
