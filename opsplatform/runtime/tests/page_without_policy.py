"""Every route of the installation and one more, of a page whose action has no row in the policy table."""

from django.urls import path

from opsplatform import urls
from opsplatform.console.pages import ConsolePage


class Forgotten(ConsolePage):
    action = "nobody.declared_this"


urlpatterns = [*urls.urlpatterns, path("forgotten/", Forgotten.as_view())]
