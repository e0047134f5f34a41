"""Every route of the installation and one more, of an API view that states no rights."""

from django.urls import path
from rest_framework.views import APIView

from opsplatform import urls

urlpatterns = [*urls.urlpatterns, path("api/v1/forgotten/", APIView.as_view())]
