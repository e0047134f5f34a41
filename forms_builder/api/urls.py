"""Routes of dictionaries, crosswalks, public fields and item forms."""

from django.urls import path

from forms_builder.api import views

urlpatterns = [
    path("dictionaries/", views.DictionaryList.as_view()),
    path("dictionaries/<str:code>/", views.DictionaryDetail.as_view()),
    path("dictionaries/<str:code>/entries/<str:entry>/uses/", views.CodeUses.as_view()),
    path("dictionaries/<str:code>/entries/<str:entry>/ending/", views.CodeEnding.as_view()),
    path("dictionaries/<str:code>/entries/<str:entry>/name/", views.CodeName.as_view()),
    path("crosswalks/", views.CrosswalkList.as_view()),
    path("crosswalks/<str:code>/", views.CrosswalkDetail.as_view()),
    path("public-fields/", views.PublicFieldList.as_view()),
    path("public-fields/<str:code>/", views.PublicFieldDetail.as_view()),
    path("item-forms/", views.ItemFormList.as_view()),
    path("item-forms/<path:key>/", views.ItemFormDetail.as_view()),
]
