"""Routes of scene categories and themes."""

from django.urls import path

from themes.api import views

urlpatterns = [
    path("scene-categories/", views.SceneCategoryList.as_view()),
    path("scene-categories/<str:code>/", views.SceneCategoryDetail.as_view()),
    path("themes/", views.ThemeList.as_view()),
    path("themes/<str:code>/", views.ThemeDetail.as_view()),
    path("themes/<str:code>/draft/", views.ThemeDraft.as_view()),
    path("themes/<str:code>/submit/", views.ThemeSubmission.as_view()),
    path("themes/<str:code>/approve/", views.ThemeApproval.as_view()),
    path("themes/<str:code>/return/", views.ThemeReturn.as_view()),
    path("themes/<str:code>/release/", views.ThemeRelease.as_view()),
    path("themes/<str:code>/withdraw/", views.ThemeWithdrawal.as_view()),
    path("themes/<str:code>/findings/", views.ThemeFindings.as_view()),
    path("themes/<str:code>/versions/", views.ThemeVersions.as_view()),
    path("themes/<str:code>/releases/", views.ThemeReleases.as_view()),
]
