"""Routes of webhook pages."""

from django.urls import path

from opsplatform.webhooks import pages

urlpatterns = [
    path("webhooks/new/", pages.NewEndpoint.as_view(), name="webhook-new"),
    path("webhooks/<int:pk>/", pages.Overview.as_view(), name="webhook"),
    path("webhooks/<int:pk>/deliveries/", pages.Deliveries.as_view(), name="webhook-deliveries"),
    path("webhooks/<int:pk>/deliveries/<slug:message>/", pages.OneDelivery.as_view(), name="webhook-delivery"),
]
