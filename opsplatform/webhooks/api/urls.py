"""Routes of endpoints."""

from django.urls import path

from opsplatform.webhooks.api import views

urlpatterns = [
    path("webhook-endpoints/", views.Endpoints.as_view()),
    path("webhook-endpoints/<int:id>/", views.EndpointDetail.as_view()),
    path("webhook-endpoints/<int:id>/rotate/", views.EndpointRotate.as_view()),
    path("webhook-endpoints/<int:id>/deliveries/", views.EndpointDeliveries.as_view()),
    path("webhook-endpoints/<int:id>/deliveries/<str:message>/redeliver/", views.MessageRedelivery.as_view()),
    path("webhook-endpoints/<int:id>/redeliver/", views.PeriodRedelivery.as_view()),
]
