"""Every route of the installation."""

from django.urls import include, path

from opsplatform.api import health
from opsplatform.console.site import site
from opsplatform.runtime.metrics import metrics

urlpatterns = [
    path("api/v1/export/", include("themes.api.export.urls")),  # the one that is polled is found first
    path("api/v1/export/", include("opsplatform.feed.api.urls")),
    path("health/live/", health.live, name="health-live"),
    path("health/ready/", health.ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path("", include("opsplatform.insight.urls")),
    path("", include("opsplatform.accounts.urls")),
    path("", include("opsplatform.jobs.urls")),
    path("", include("opsplatform.register_files.urls")),
    path("", include("opsplatform.release.urls")),
    path("", include("opsplatform.webhooks.urls")),
    path("admin/", site.urls),
    path("", include("forms_builder.urls")),
    path("", include("forms_builder.item_form_urls")),
    path("", include("forms_builder.public_field_urls")),
    path("themes/", include("themes.urls")),
    path("", include("themes.category_urls")),
    path("oauth/", include("opsplatform.accounts.api.oauth_urls")),
    path("api/v1/", include("opsplatform.api.urls")),
    path("api/v1/", include("opsplatform.organizations.api.urls")),
    path("api/v1/", include("opsplatform.accounts.api.urls")),
    path("api/v1/", include("opsplatform.audit.api.urls")),
    path("api/v1/", include("opsplatform.webhooks.api.urls")),
    path("api/v1/", include("opsplatform.catalog.api.urls")),
    path("api/v1/", include("forms_builder.api.urls")),
    path("api/v1/", include("themes.api.urls")),
]

handler400 = "opsplatform.api.problems.bad_request"
handler403 = "opsplatform.api.problems.permission_denied"
handler404 = "opsplatform.api.problems.page_not_found"
handler500 = "opsplatform.api.problems.server_error"
