"""Routes of the pages about scene categories and national lists, which stand beside themes' own addresses."""

from django.urls import path

from themes.pages.categories import CategoryTree
from themes.pages.category import CategoryPage
from themes.pages.national_themes import NationalThemes

app_name = "categories"

urlpatterns = [
    path("scene-categories/", CategoryTree.as_view(), name="tree"),
    path("scene-categories/<path:code>/", CategoryPage.as_view(), name="category"),
    path("national-themes/", NationalThemes.as_view(), name="national"),
]
