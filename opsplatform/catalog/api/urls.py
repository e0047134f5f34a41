"""Routes of items, materials and service points."""

from django.urls import path

from opsplatform.catalog.api import views

urlpatterns = [
    path("service-items/", views.ServiceItemList.as_view()),
    path("service-items/<path:key>/", views.ServiceItemDetail.as_view()),
    path("materials/", views.MaterialList.as_view()),
    path("materials/<str:code>/", views.MaterialDetail.as_view()),
    path("service-points/", views.ServicePointList.as_view()),
    path("service-points/<int:id>/", views.ServicePointDetail.as_view()),
]
