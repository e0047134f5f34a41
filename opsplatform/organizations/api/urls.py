"""Routes of divisions, kinds of bodies and bodies."""

from django.urls import path

from opsplatform.organizations.api import views

urlpatterns = [
    path("divisions/", views.DivisionList.as_view()),
    path("divisions/<str:code>/", views.DivisionDetail.as_view()),
    path("body-kinds/", views.BodyKindList.as_view()),
    path("body-kinds/<str:code>/", views.BodyKindDetail.as_view()),
    path("departments/", views.DepartmentList.as_view()),
    path("departments/<int:id>/", views.DepartmentDetail.as_view()),
]
