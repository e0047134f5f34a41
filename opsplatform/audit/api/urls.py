"""Routes of the audit trail."""

from django.urls import path

from opsplatform.audit.api import views

urlpatterns = [
    path("audit-entries/", views.AuditEntryList.as_view()),
    path("audit-entries/<int:id>/", views.AuditEntryDetail.as_view()),
]
