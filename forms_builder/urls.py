"""Routes of the pages about dictionaries and crosswalks."""

from django.urls import path

from forms_builder.pages.crosswalk import CrosswalkPage
from forms_builder.pages.dictionary import DictionaryEntries
from forms_builder.pages.ending import EndCode
from forms_builder.pages.entry import Entry

app_name = "dictionaries"

urlpatterns = [
    path("crosswalks/<str:code>/", CrosswalkPage.as_view(), name="crosswalk"),
    path("dictionaries/<str:code>/", DictionaryEntries.as_view(), name="dictionary"),
    path("dictionaries/<str:code>/entries/<str:entry>/", Entry.as_view(), name="entry"),
    path("dictionaries/<str:code>/entries/<str:entry>/end/<slug:act>/", EndCode.as_view(), name="end"),
]
