"""The route of the page about one piece of work."""

from django.urls import path

from opsplatform.jobs.pages import Work

urlpatterns = [path("jobs/<int:pk>/", Work.as_view(), name="job")]
