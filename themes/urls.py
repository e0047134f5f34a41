"""Routes of the pages about themes."""

from django.urls import path

from themes.pages.collision import CollisionPage
from themes.pages.editing import Edit
from themes.pages.findings import Findings
from themes.pages.history import Compare, History, PackageFile
from themes.pages.list import ThemeList
from themes.pages.overview import Overview
from themes.pages.parts import Parts
from themes.pages.preview import Preview
from themes.pages.releasing import Release, Withdraw
from themes.pages.reviewing import Review
from themes.pages.submitting import Submit
from themes.pages.watched import Watched

app_name = "themes"

urlpatterns = [
    path("", ThemeList.as_view(), name="list"),
    path("collisions/<int:pk>/", CollisionPage.as_view(), name="collision"),
    path("<str:code>/", Overview.as_view(), name="overview"),
    path("<str:code>/parts/", Parts.as_view(), name="parts"),
    path("<str:code>/parts/<slug:part>/", Parts.as_view(), name="part"),
    path("<str:code>/preview/", Preview.as_view(), name="preview"),
    path("<str:code>/edit/", Edit.as_view(), name="edit"),
    path("<str:code>/watched/", Watched.as_view(), name="watched"),
    path("<str:code>/findings/", Findings.as_view(), name="findings"),
    path("<str:code>/submit/", Submit.as_view(), name="submit"),
    path("<str:code>/review/", Review.as_view(), name="review"),
    path("<str:code>/release/", Release.as_view(), name="release"),
    path("<str:code>/withdraw/", Withdraw.as_view(), name="withdraw"),
    path("<str:code>/history/", History.as_view(), name="history"),
    path("<str:code>/history/compare/", Compare.as_view(), name="compare"),
    path("<str:code>/history/packages/<slug:digest>.<slug:kind>/", PackageFile.as_view(), name="package"),
]
