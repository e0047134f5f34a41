"""Routes of dictionaries, crosswalks, public fields and item forms."""

from django.urls import path

from forms_builder.api import item_forms, views
from forms_builder.api.candidates import ItemFormCandidates

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
    path("item-forms/", item_forms.ItemFormList.as_view()),
    path("item-forms/<path:key>/draft/schema/", item_forms.ItemFormDraftSchema.as_view()),
    path("item-forms/<path:key>/candidates/", ItemFormCandidates.as_view()),
    path("item-forms/<path:key>/draft/", item_forms.ItemFormDraft.as_view()),
    path("item-forms/<path:key>/findings/", item_forms.ItemFormFindings.as_view()),
    path("item-forms/<path:key>/submit/", item_forms.ItemFormSubmission.as_view()),
    path("item-forms/<path:key>/approve/", item_forms.ItemFormApproval.as_view()),
    path("item-forms/<path:key>/return/", item_forms.ItemFormReturn.as_view()),
    path("item-forms/<path:key>/enable/", item_forms.ItemFormEnabling.as_view()),
    path("item-forms/<path:key>/disable/", item_forms.ItemFormDisabling.as_view()),
    path("item-forms/<path:key>/versions/", item_forms.ItemFormVersions.as_view()),
    path("item-forms/<path:key>/", item_forms.ItemFormDetail.as_view()),
]
