"""The route of the feed."""

from django.urls import path

from opsplatform.feed.api import views

urlpatterns = [path("feed/", views.Feed.as_view(), name="export-feed")]
