"""Routes of users and roles."""

from django.urls import path

from opsplatform.accounts.api import views

urlpatterns = [
    path("users/", views.UserList.as_view()),
    path("users/<str:username>/", views.UserDetail.as_view()),
    path("roles/", views.RoleList.as_view()),
    path("roles/<str:code>/", views.RoleDetail.as_view()),
]
