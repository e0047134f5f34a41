"""The route of the home page."""

from django.urls import path

from opsplatform.insight.pages import Home

urlpatterns = [path("", Home.as_view(), name="home")]
